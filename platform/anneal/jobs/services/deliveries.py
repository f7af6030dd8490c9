"""A model of a checkpoint: a job that trains nothing, but evaluates, exports and registers what a checkpoint of another one holds."""

from __future__ import annotations

from typing import Final

from anneal.common.errors import AnnealError, not_found
from anneal.common.ids import uuid7
from anneal.jobs.models import Checkpoint, Job
from anneal.jobs.services.launch import check_room, job_announce
from anneal.tenants.actor import Actor
from workers.contract.spec import JobSpec
from workers.contract.states import State

_ESTIMATED_S: Final = 60.0
"""Evaluation and export, in order of magnitude: it decides who goes first."""


def checkpoint_deliver(*, actor: Actor, checkpoint: Checkpoint, name: str | None) -> Job:
    """Queue a job that makes a model of a checkpoint. Raises AnnealError: 404 where it is deleted meanwhile, 409 for one of a search."""
    source = checkpoint.job
    if source.search is not None:
        raise AnnealError("checkpoint.of_search", status=409)
    check_room()
    # Held until the job is there: `checkpoint_prune` deletes none that a job delivers.
    Job.objects.select_for_update().get(id=source.id)
    if not Checkpoint.objects.filter(id=checkpoint.id).exists():
        raise not_found("checkpoint")
    spec = JobSpec.model_validate(source.spec)
    checkpointing = spec.checkpointing.model_copy(update={"deliver_step": checkpoint.step})
    spec = spec.model_copy(update={"checkpointing": checkpointing})
    job = Job.objects.create(
        id=uuid7(),
        name=name or f"{source.name[:180]} · {checkpoint.step}",
        spec=spec.model_dump(mode="json"),
        spec_sha256=spec.sha256(),
        base_model=source.base_model,
        dataset_version_id=source.dataset_version_id,
        delivers_id=checkpoint.id,
        created_by_id=actor.user_id,
        state=State.QUEUED.value,
        reason_code="user:launched",
        seq=1,
        estimated_s=_ESTIMATED_S,
    )
    return job_announce(job, actor=actor)
