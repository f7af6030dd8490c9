"""What the quotas of a tenant keep in the queue: jobs beyond those that may run at once, and jobs that have not begun when the hours of
the month are used up. What has begun goes on to its end, tries again after a failure and makes the trials of its search.
"""

from __future__ import annotations

import uuid

from anneal.common.tenancy import tenant_scope
from anneal.jobs.models import Job
from anneal.plans.kinds import QuotaKind
from anneal.plans.measures import used
from anneal.plans.selectors import QuotaUse, quota_limits
from anneal.plans.services import quota_lock
from workers.contract.states import State


def quota_keeps(job: Job) -> bool:
    """Whether a locked job has to stay in the queue. Until this transaction ends, nobody else's job of the same tenant is let go."""
    tenant_id = uuid.UUID(str(job.tenant_id))
    with tenant_scope(tenant_id):
        limits = quota_limits()
        if limits[QuotaKind.RUNNING_JOBS] is not None:
            quota_lock(QuotaKind.RUNNING_JOBS, tenant_id)
        return _kept_by(job, limits) is not None


def quota_waits_for(job: Job) -> QuotaUse | None:
    """The quota that keeps a job in the queue, with what is used of it; None for one that waits for a machine alone, or not at all."""
    return _kept_by(job, quota_limits()) if job.state == State.QUEUED else None


def _kept_by(job: Job, limits: dict[QuotaKind, float | None]) -> QuotaUse | None:
    kinds = [QuotaKind.RUNNING_JOBS] if _has_begun(job) else [QuotaKind.COMPUTE_HOURS, QuotaKind.RUNNING_JOBS]
    for kind in kinds:
        limit = limits[kind]
        if limit is not None and (taken := used(kind)) >= limit:
            return QuotaUse(kind, limit, taken)
    return None


def _has_begun(job: Job) -> bool:
    """Whether it, or the search that it is a trial of, ever ran."""
    if job.started_at is not None or job.search_of_id is None:
        return job.started_at is not None
    return Job.objects.filter(id=job.search_of_id, started_at__isnull=False).exists()
