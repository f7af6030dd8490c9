"""Putting away jobs that have ended, since jobs are history and never deleted: lists leave them out, all else stays."""

from __future__ import annotations

from django.db.models.functions import Now

from anneal.common.errors import AnnealError
from anneal.jobs.models import Job
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write
from workers.contract.states import TERMINAL


def job_archive(*, actor: Actor, job: Job) -> Job:
    """Put a job away; said twice, it is done once. Raises AnnealError (409) for one that has not ended."""
    ended = Job.objects.filter(id=job.id, state__in=[state.value for state in TERMINAL])
    if ended.filter(archived_at__isnull=True).update(archived_at=Now()):
        audit_write(actor=actor, action="job.archived", target=str(job.id))
    elif not ended.exists():
        raise AnnealError("job.not_ended", status=409, params={"state": job.state})
    return job


def job_unarchive(*, actor: Actor, job: Job) -> Job:
    """Bring a job back into lists; one that is in them stays there."""
    if Job.objects.filter(id=job.id, archived_at__isnull=False).update(archived_at=None):
        audit_write(actor=actor, action="job.brought_back", target=str(job.id))
    return job
