"""Whom a move of a job is worth telling, and in which words. Called in the transaction of the move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anneal.jobs.models import Job
from anneal.tenants.services.notifications import notify
from workers.contract.reasons import REASONS, Follow
from workers.contract.states import State


def move_tell(*, job: Job, to: State, reason: str, summary: Mapping[str, Any] | None) -> None:
    """Tell whoever started the job, and whoever follows every job, that it ended or stands still. Runs in the tenant's scope.

    A trial tells nobody: its search does. What somebody asked for themselves, to pause or to cancel, is no news.
    """
    if job.search_of_id is not None:
        return
    code = f"reason.{reason}"
    if to is State.SUCCEEDED:
        kind, code = "job_succeeded", f"notification.job_succeeded.{(summary or {}).get('verdict')}"
    elif to is State.FAILED:
        kind = "job_failed"
    elif to is State.PAUSED and reason in REASONS and REASONS[reason].follow is Follow.PAUSE:
        kind = "job_paused"
    else:
        return
    notify(kind=kind, user_ids=[job.created_by_id], name=job.name, code=code, opens=job.id)
