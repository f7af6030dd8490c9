"""The one way in which a job moves, and the clock that every report of it is stamped with.

Whoever calls holds the job's row locked (`job_lock`), so that what was read is still true when it is written: a
condition that does not hold finds no row, and then nothing is written.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from django.db.models import F, Q, Subquery
from django.db.models.functions import Now

from anneal.common.tenancy import tenant_scope
from anneal.jobs.models import Job, JobEvent
from anneal.jobs.services.telling import move_tell
from anneal.jobs.timing import timing
from workers.contract.states import LEASED, TERMINAL, Desired, State, is_allowed

STREAM_CHANNEL = "anneal_jobs"
DISPATCH_CHANNEL = "anneal_dispatch"
NO_ESTIMATE: Mapping[str, Any] = {"seconds_remaining": None, "seconds_remaining_spread": None}


class LeaseLost(Exception):  # noqa: N818 - the word of the literature: what a fenced writer is told
    """Another attempt has the job, or it has ended: whoever hears this stops and throws its work away."""


def job_lock(job_id: uuid.UUID, *, states: Collection[State], **conditions: Any) -> Job | None:
    """The job's row, locked, if it is in one of `states` and meets the conditions; else None.

    The search that a trial belongs to is locked by the same statement, before the trial: Postgres sorts first and locks in that order.
    """
    is_meant = Q(state__in=[state.value for state in states], **conditions)
    rows = Job.objects.select_for_update().filter(~Q(id=job_id) | is_meant, id__in=[job_id, _search_id_of(job_id)])
    ordered = rows.order_by(F("search_of_id").asc(nulls_first=True))  # a search belongs to none
    return next((row for row in ordered if row.id == job_id), None)


def search_lock(trial_job_id: uuid.UUID) -> None:
    """Lock the search that a trial belongs to. It is always locked before its trials, so nobody waits for each other in a circle."""
    Job.objects.select_for_update().filter(id=_search_id_of(trial_job_id)).first()


def _search_id_of(job_id: uuid.UUID) -> Subquery:
    return Subquery(Job.objects.filter(id=job_id).values("search_of_id"))


def attempt_lock(job_id: uuid.UUID, attempt: int) -> Job:
    """The job's row, locked, for the attempt that holds the lease. Raises LeaseLost for everybody else.

    A worker may freeze at any instant, also between two statements; then the database ends its transaction well before the lease
    does, so that the row is free for the reaper.
    """
    with connection.cursor() as cursor:
        limit_ms = max(1, int(timing().lease_s * 1000 / 4))
        cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [str(limit_ms)])
    job = job_lock(job_id, states=LEASED, attempt=attempt)
    if job is None:
        raise LeaseLost(f"job {job_id}, attempt {attempt}")
    return job


def job_move(*, job: Job, to: State, reason: str, params: Mapping[str, Any] | None = None, **columns: Any) -> int:
    """Move a locked job, write the event, wake who watches, tell who is away; returns the job's new `seq`.

    Raises ValueError for a move not in MOVES.
    """
    frm = State(job.state)
    if not is_allowed(frm, to):
        raise ValueError(f"a job does not move from {frm} to {to}")
    changes: dict[str, Any] = {"reason_code": reason, "reason_params": dict(params or {}), **columns}
    if to not in LEASED:
        changes |= {"worker_id": None, "lease_until": None}
    if to in TERMINAL:
        changes |= {"finished_at": Now(), "not_before": None, **NO_ESTIMATE}
    if to is State.QUEUED:
        changes |= {"dispatched_at": None, "not_before": None, "queued_at": Now()}
        channel_notify(DISPATCH_CHANNEL, str(job.id))
    seq = job_tick(job, state=to.value, **changes)
    with tenant_scope(job.tenant_id):
        JobEvent.objects.create(
            job_id=job.id,
            seq=seq,
            attempt=changes.get("attempt", job.attempt),
            type="state",
            frm=frm.value,
            to=to.value,
            reason_code=reason,
            reason_params=dict(params or {}),
        )
        move_tell(job=job, to=to, reason=reason, summary=changes.get("summary"))
    job.state = to.value
    return seq


def job_note(*, job: Job, data: Mapping[str, Any], reason: str | None = None, **columns: Any) -> int:
    """Tell something about a locked job without moving it; returns the new `seq`."""
    seq = job_tick(job, **columns)
    with tenant_scope(job.tenant_id):
        JobEvent.objects.create(
            job_id=job.id, seq=seq, attempt=job.attempt, type="note", reason_code=reason, data=dict(data)
        )
    return seq


def job_tick(job: Job, **columns: Any) -> int:
    """Write columns of a locked job and advance its clock by one; returns the new `seq`."""
    job.seq += 1
    won = Job.objects.filter(id=job.id, attempt=job.attempt, state=job.state).update(seq=job.seq, **columns)
    if not won:
        raise LeaseLost(f"job {job.id}, attempt {job.attempt}")
    channel_notify(STREAM_CHANNEL, str(job.id))
    return job.seq


def channel_notify(channel: str, payload: str) -> None:
    """Wake listeners when (and only when) this transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])


def wish_apply(job: Job) -> bool:
    """End or park a locked job that no worker has, as its customer wishes; whether anything was done."""
    if State(job.state) in TERMINAL | {State.PAUSED} and job.desired != Desired.CANCEL:
        return False
    if job.desired == Desired.CANCEL:
        job_move(job=job, to=State.CANCELLED, reason="user:cancelled")
        return True
    if job.desired == Desired.PAUSE:
        job_move(job=job, to=State.PAUSED, reason="user:paused")
        return True
    return False
