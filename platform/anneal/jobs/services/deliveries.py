"""A model of a checkpoint: a job that trains nothing, but evaluates, exports and registers what a checkpoint of another one holds."""

from __future__ import annotations

from typing import Final

from anneal.common.errors import AnnealError, not_found
from anneal.datasets.services.leftovers import dataset_version_hold
from anneal.jobs.models import Checkpoint, Job
from anneal.jobs.selectors import checkpoints_kept
from anneal.jobs.services.launch import check_quotas, check_room, job_queue
from anneal.tenants.actor import Actor
from workers.contract.spec import JobSpec

_ESTIMATED_S: Final = 60.0
"""Evaluation and export, in order of magnitude: it decides who goes first."""


def checkpoint_deliver(*, actor: Actor, checkpoint: Checkpoint, name: str | None) -> Job:
    """Queue a job that makes a model of a checkpoint.

    Raises AnnealError: 404 where it is deleted meanwhile, 409 for one of a search, where a quota is used up, or where the data that
    it would be judged on are gone.
    """
    source = checkpoint.job
    if source.search is not None:
        raise AnnealError("checkpoint.of_search", status=409)
    check_room()
    check_quotas()
    # Held until the job is there: `checkpoint_prune` deletes none that a job delivers.
    Job.objects.select_for_update().get(id=source.id)
    if not checkpoints_kept().filter(id=checkpoint.id).exists():
        raise not_found("checkpoint")
    if not dataset_version_hold(source.dataset_version_id):
        raise AnnealError("checkpoint.data_gone", status=409)
    return job_queue(
        actor=actor,
        name=name or f"{source.name[:180]} · {checkpoint.step}",
        spec=JobSpec.model_validate(source.spec).delivering(checkpoint.step),
        dataset_version_id=source.dataset_version_id,
        dataset_id=source.dataset_id,
        estimated_s=_ESTIMATED_S,
        delivers_id=checkpoint.id,
    )
