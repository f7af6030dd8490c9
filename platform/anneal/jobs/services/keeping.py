"""How long files are kept for which nobody asks any more: those of deleted datasets and models, and those of jobs that made no model.

Decided here from rows alone, in the dispatcher's transaction; `anneal.common.removing` removes the files after it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

from django.db.models import Q
from django.db.models.functions import Now

from anneal.common.isolation import each
from anneal.common.removing import removal_ask
from anneal.common.tenancy import tenant_scope
from anneal.datasets.services.leftovers import leftovers_sweep
from anneal.jobs.models import FAILED_KEPT_FOR, UNSUCCESSFUL, Checkpoint, Job
from anneal.jobs.selectors import datasets_in_use, jobs_going_on, jobs_in_use, jobs_leased
from anneal.jobs.services.walking import walks_plan
from anneal.jobs.services.wishes import job_pause
from anneal.registry.services import models_sweep
from anneal.tenants.actor import Actor
from anneal.tenants.selectors import tenants_deleted
from anneal.tenants.services.closing import purges_plan
from workers.contract.states import TERMINAL

_AT_ONCE: Final = 100


def keeping_sweep(*, limit: int = 100) -> int:
    """Let go of what is kept no longer; returns of how much. Runs in `service_scope`."""
    return (
        leftovers_sweep(in_use=datasets_in_use, limit=limit)
        + models_sweep(forget=_forget, limit=limit)
        + _jobs_sweep(limit=limit)
        + walks_plan()
        + purges_plan(is_free=lambda tenant_id: not jobs_leased(tenant_id).exists())
    )


def deleted_tenants_rest() -> int:
    """Pause the jobs of organisations that were deleted; returns how many. Runs in `service_scope`."""
    jobs = jobs_going_on(tenants_deleted().values("id"))
    return each(list(jobs.order_by("?")[:_AT_ONCE]), _pause, event="job.not_paused")


def _pause(job: Job) -> int:
    with tenant_scope(job.tenant_id):
        job_pause(actor=Actor(None, None, job.tenant_id, None), job=job)
    return 1


def _jobs_sweep(*, limit: int) -> int:
    """Files of jobs that failed or were cancelled, and of trials whose search has ended: they made no model."""
    late = Now() - FAILED_KEPT_FOR
    ended = [state.value for state in TERMINAL]
    of_no_search = Q(search_of__isnull=True, state__in=UNSUCCESSFUL)
    of_ended_search = Q(search_of__state__in=ended, search_of__finished_at__lt=late)
    jobs = Job.objects.filter(of_no_search | of_ended_search, files_gone_at__isnull=True, finished_at__lt=late)
    # In no order, so that those that have to wait keep no others waiting.
    ids = list(jobs.order_by("?").values_list("id", flat=True)[:limit])
    return each(ids, lambda job_id: _forget([job_id]), event="job.not_swept")


def _forget(job_ids: Collection[uuid.UUID]) -> bool:
    """Have all files of ended jobs removed; False where another job is to make a model of a checkpoint of one."""
    # Whoever takes a checkpoint for a job holds the lock on these as well.
    jobs = list(
        Job.objects.select_for_update(of=("self",)).filter(id__in=job_ids).order_by("id").only("id", "tenant_id")
    )
    if jobs_in_use(job_ids):
        return False
    Checkpoint.objects.filter(job_id__in=job_ids).update(gone_at=Now())
    Job.objects.filter(id__in=job_ids).update(files_gone_at=Now())
    for job in jobs:
        removal_ask(f"{job.tenant_id}/jobs/{job.id}")
    return True
