"""The one way from a request to a job, to a checkpoint, to a preview, and to a view that a person keeps."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from anneal.common.errors import not_found
from anneal.jobs.models import Checkpoint, Job, SavedView, TokenPreview
from anneal.jobs.selectors import checkpoint_get, job_get, jobs_by_id, preview_get, saved_views
from anneal.tenants.access import require_person
from anneal.tenants.actor import Actor
from anneal.tenants.roles import Role

CHECKPOINT_SALT = "anneal.jobs.checkpoint"


def access_job(*, actor: Actor, job_id: uuid.UUID, level: Role) -> Job:
    """A job of the actor's tenant. Raises AnnealError (403, 404); a foreign job answers like a missing one."""
    actor.require(level)
    job = job_get(job_id)
    if job is None:
        raise not_found("job")
    return job


def access_jobs(*, actor: Actor, job_ids: Sequence[uuid.UUID], level: Role) -> list[Job]:
    """Several jobs of the actor's tenant in this order. Raises AnnealError (403, 404) unless all are there."""
    actor.require(level)
    found = jobs_by_id(job_ids)
    if len(found) < len(set(job_ids)):
        raise not_found("job")
    return [found[job_id] for job_id in job_ids]


def access_checkpoint(*, actor: Actor, checkpoint_id: uuid.UUID, level: Role) -> Checkpoint:
    """A checkpoint of a job of the actor's tenant, with that job. Raises AnnealError (403, 404)."""
    actor.require(level)
    checkpoint = checkpoint_get(checkpoint_id)
    if checkpoint is None:
        raise not_found("checkpoint")
    return checkpoint


def access_checkpoint_download(*, checkpoint_id: uuid.UUID, sha256: str) -> Checkpoint:
    """The checkpoint of a verified token, in the scope of the token's tenant. Raises AnnealError (404) when it was deleted since."""
    checkpoint = checkpoint_get(checkpoint_id)
    if checkpoint is None or checkpoint.manifest_sha256 != sha256:
        raise not_found("checkpoint")
    return checkpoint


def access_preview(*, actor: Actor, preview_id: uuid.UUID, level: Role) -> TokenPreview:
    """A preview of the actor's tenant. Raises AnnealError (403, 404); a foreign one answers like a missing one."""
    actor.require(level)
    preview = preview_get(preview_id)
    if preview is None:
        raise not_found("preview")
    return preview


def access_saved_view(*, actor: Actor, view_id: uuid.UUID) -> SavedView:
    """A view that the actor keeps. Raises AnnealError (403, 404); another person's answers like a missing one."""
    view = saved_views(require_person(actor)).filter(id=view_id).first()
    if view is None:
        raise not_found("saved_view")
    return view
