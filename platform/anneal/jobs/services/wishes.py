"""What a customer wants of a job that exists: cancel, pause, resume. Done at once where no worker has it, else told to the worker."""

from __future__ import annotations

from anneal.common.errors import AnnealError
from anneal.jobs.models import Job
from anneal.jobs.services.moves import job_lock, job_move, job_note, wish_apply
from anneal.jobs.services.side_by_side import is_side_by_side, search_advance, trials_wish
from anneal.plans.services import quota_hours_check
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write
from workers.contract.spec import JobSpec
from workers.contract.states import LEASED, TERMINAL, Desired, State

_WAITING = frozenset({State.SEARCHING, State.QUEUED, State.RETRY_WAIT})


def job_cancel(*, actor: Actor, job: Job) -> Job:
    """End a job: at once, or after the worker has stopped. Raises AnnealError (409) for one that has ended."""
    return _wish(actor, job, Desired.CANCEL)


def job_pause(*, actor: Actor, job: Job) -> Job:
    """Park a job; a running one writes a checkpoint first. Raises AnnealError (409) for one that cannot be parked."""
    return _wish(actor, job, Desired.PAUSE)


def job_resume(*, actor: Actor, job: Job) -> Job:
    """Queue a paused job again, or take back a wish to pause. Raises AnnealError (409) for any other, and where this month's training
    hours are used up.
    """
    locked = _lock(job)
    state = State(locked.state)
    is_pausing = state in LEASED and locked.desired == Desired.PAUSE
    if state is State.PAUSED:
        quota_hours_check()
    if state is State.PAUSED and locked.desired != Desired.CANCEL and _has_trials_to_make(locked):
        job_move(job=locked, to=State.SEARCHING, reason="user:resumed", desired=Desired.RUN.value)
        trials_wish(locked, Desired.RUN)
        search_advance(locked)
    elif state is State.PAUSED:
        job_move(job=locked, to=State.QUEUED, reason="user:resumed", desired=Desired.RUN.value)
    elif is_pausing:
        job_note(job=locked, data={"wish": Desired.RUN.value}, reason="user:resumed", desired=Desired.RUN.value)
    else:
        raise _refusal(locked)
    audit_write(actor=actor, action="job.resumed", target=str(job.id))
    return locked


def _wish(actor: Actor, job: Job, desired: Desired) -> Job:
    locked = _lock(job)
    state = State(locked.state)
    is_too_late = locked.desired == Desired.CANCEL or (desired is Desired.PAUSE and state is State.PAUSED)
    if locked.desired == desired and state in LEASED:
        return locked  # said twice
    if state in TERMINAL or is_too_late:
        raise _refusal(locked)
    locked.desired = desired.value
    reason = "user:cancelled" if desired is Desired.CANCEL else "user:paused"
    if state in _WAITING or state is State.PAUSED:
        Job.objects.filter(id=locked.id).update(desired=desired.value)
        wish_apply(locked)
        trials_wish(locked, desired)
    else:
        job_note(job=locked, data={"wish": desired.value}, reason=reason, desired=desired.value)
    audit_write(actor=actor, action="job.cancelled" if desired is Desired.CANCEL else "job.paused", target=str(job.id))
    return locked


def _has_trials_to_make(job: Job) -> bool:
    return (
        job.search is not None and is_side_by_side(JobSpec.model_validate(job.spec)) and job.search["ended_by"] is None
    )


def _lock(job: Job) -> Job:
    locked = job_lock(job.id, states=frozenset(State))
    if locked is None:
        raise AnnealError("job.not_found", status=404)
    return locked


def _refusal(job: Job) -> AnnealError:
    return AnnealError("job.wrong_state", status=409, params={"state": job.state})
