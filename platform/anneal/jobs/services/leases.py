"""The life of one attempt: claim, heartbeat, and the ways in which a lease ends. The supervisor's side of the state machine.

Every function runs in the service's scope, and every write but the claim is fenced by (id, attempt, a leased state): when
another attempt has the job, nothing is written and LeaseLost is raised. The database's clock is the only one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Any, Final

import structlog
from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from pydantic import ValidationError

from anneal.common.ids import uuid7
from anneal.common.leased_work import STORE_PATIENCE
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.jobs.models import Checkpoint, Job, JobEvent
from anneal.jobs.price import price_per_hour
from anneal.jobs.selectors import checkpoint_newest, checkpoint_of_best_trial, curves_of_training, dataset_version_facts
from anneal.jobs.services.moves import (
    DISPATCH_CHANNEL,
    LeaseLost,
    attempt_lock,
    channel_notify,
    job_lock,
    job_move,
    job_note,
    job_tick,
    wish_apply,
)
from anneal.jobs.services.quotas import quota_keeps
from anneal.jobs.services.side_by_side import part_of, search_advance, search_of, trial_over, trial_stopped
from anneal.jobs.services.trials import search_end
from anneal.jobs.timing import timing
from anneal.registry.services import model_publish
from workers.contract.events import Started, TrialEnded
from workers.contract.reasons import REASONS, Follow
from workers.contract.results import Evaluation, SearchPart, SearchReport
from workers.contract.spec import JobSpec
from workers.contract.states import LEASED, Desired, State, is_allowed
from workers.contract.storable import storable

__all__ = [
    "Claim",
    "LeaseLost",
    "timing",
]  # the supervisor's door also hands out what it must catch and how long to wait
log = structlog.get_logger(__name__)
POISON_AFTER: Final = 3
_MOST_DOUBLINGS: Final = 20
# Endings that say something about the job at that step, rather than about the machine it ran on.
MOST_HALVINGS: Final = 3
"""Attempts that the kernel may end for want of memory, each of which halves the batches of the next."""
_BLAMED_ON_STEP: Final = frozenset({"worker:crashed", "worker:stalled"})


@dataclass(frozen=True)
class StoredFile:
    """A file of the object store and what it must be."""

    name: str
    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class CheckpointToRestore:
    id: uuid.UUID
    step: int
    files: tuple[StoredFile, ...]


@dataclass(frozen=True)
class TrialToDeliver:
    """The best trial of a search, with its last checkpoint."""

    number: int
    checkpoint: CheckpointToRestore


@dataclass(frozen=True)
class Claim:
    """What a supervisor needs to run one attempt."""

    job_id: uuid.UUID
    tenant_id: uuid.UUID
    attempt: int
    spec_json: str
    data_files: tuple[StoredFile, ...]
    checkpoint: CheckpointToRestore | None
    part: SearchPart | None
    delivered: TrialToDeliver | None
    price_per_hour: float | None
    memory_kills: int
    """How often attempts since the last checkpoint ended for want of memory: the next one works smaller batches."""
    ran_s: float
    """Seconds since the job first ran."""


def job_claim(*, job_id: uuid.UUID, worker_id: uuid.UUID) -> Claim | None:
    """Take a queued job; None when it is not to be had (taken, ended, paused, kept by a quota: a wake message is only a hint).

    One that cannot be read (its spec is of another release, its data or the checkpoint that it delivers is gone) counts as a try: another
    worker may know it, and when none does it fails.
    """
    with service_scope():
        job = job_lock(job_id, states={State.QUEUED}, desired=Desired.RUN.value)
        if job is None or quota_keeps(job):
            return None
        attempt = job.attempt + 1
        is_resumed = job.committed_step > 0 and job.attempt > 0
        job_move(
            job=job,
            to=State.STARTING,
            reason="worker:claimed",
            params={"worker_id": str(worker_id)},
            attempt=attempt,
            worker_id=worker_id,
            lease_until=Now() + timedelta(seconds=timing().lease_s),
            heartbeat_at=Now(),
            started_at=Coalesce("started_at", Now()),
            resumed_count=job.resumed_count + is_resumed,
            phase=None,
            seconds_remaining=None,
            examples_per_second=None,
        )
        job.attempt = attempt
        try:
            with tenant_scope(job.tenant_id):
                claim = _claim(job, is_resumed=is_resumed)
        except (LookupError, ValidationError) as error:
            log.exception("job.not_readable", job_id=str(job.id), attempt=attempt)
            attempt_end(job=job, code="platform:internal", params=storable({"detail": str(error)[:1000]}))
            return None
    log.info("job.claimed", job_id=str(job.id), attempt=attempt, committed_step=job.committed_step)
    return claim


def _claim(job: Job, *, is_resumed: bool) -> Claim:
    """What a job that was just claimed needs, in the scope of its tenant. Raises LookupError, ValidationError."""
    [ran_for] = Job.objects.filter(id=job.id).values_list(Now() - F("started_at"), flat=True)
    version = dataset_version_facts(job.dataset_version_id, with_deleted=True)
    if version is None:
        raise LookupError(f"dataset version {job.dataset_version_id} of job {job.id} is not there")
    checkpoint = checkpoint_newest(job.id) if is_resumed else job.delivers
    part = part_of(job)
    delivered = _to_deliver(job) if part is not None and part.trial is None else None
    Job.objects.filter(trial_jobs=job, started_at__isnull=True).update(started_at=Now())
    return Claim(
        job_id=job.id,
        tenant_id=uuid.UUID(str(job.tenant_id)),
        attempt=job.attempt,
        spec_json=JobSpec.model_validate(job.spec).canonical_json(),
        data_files=tuple(_stored(file) for file in version.files),
        checkpoint=_to_restore(checkpoint) if checkpoint is not None else None,
        part=part,
        delivered=delivered,
        price_per_hour=price_per_hour(),
        memory_kills=job.memory_kills,
        ran_s=ran_for.total_seconds(),
    )


def _to_restore(checkpoint: Checkpoint) -> CheckpointToRestore:
    return CheckpointToRestore(checkpoint.id, checkpoint.step, tuple(_stored(file) for file in checkpoint.files))


def _to_deliver(search: Job) -> TrialToDeliver:
    checkpoint = checkpoint_of_best_trial(search.id)
    if checkpoint is None or checkpoint.job.trial_number is None:
        raise LookupError(f"the best trial of search {search.id} has no checkpoint")
    return TrialToDeliver(checkpoint.job.trial_number, _to_restore(checkpoint))


def _stored(file: Mapping[str, Any]) -> StoredFile:
    return StoredFile(file["name"], file["key"], file["sha256"], file["size_bytes"])


def job_heartbeat(*, job_id: uuid.UUID, attempt: int) -> Desired:
    """Renew the lease and learn what the customer wants. Raises LeaseLost.

    An attempt whose lease ran out while nobody else took the job keeps it.
    """
    with service_scope():
        job = attempt_lock(job_id, attempt)
        _charge(job)
        Job.objects.filter(id=job.id).update(
            heartbeat_at=Now(), lease_until=Now() + timedelta(seconds=timing().lease_s)
        )
    return Desired(job.desired)


def job_started(*, job_id: uuid.UUID, attempt: int, started: Started) -> Desired:
    """The trainer knows its plan and steps. Raises LeaseLost."""
    columns: dict[str, Any] = {
        "total_steps": started.total_steps,
        "step": started.resumed_from_step,
        "trainable_parameters": started.trainable_parameters,
        "total_parameters": started.total_parameters,
        "fingerprint": started.fingerprint,
        "resolved": [value.model_dump(mode="json") for value in started.resolved],
    }
    with service_scope():
        job = attempt_lock(job_id, attempt)
        if job.state == State.STARTING:
            job_move(job=job, to=State.RUNNING, reason="worker:claimed", **columns)
        else:
            job_tick(job, **columns)
    return Desired(job.desired)


def job_finalizing(*, job_id: uuid.UUID, attempt: int) -> Desired:
    """Training is over; what it made is being stored. Raises LeaseLost."""
    with service_scope():
        job = attempt_lock(job_id, attempt)
        if job.state == State.STARTING:  # a resumed run that had nothing left to train
            job_move(job=job, to=State.RUNNING, reason="worker:claimed")
        if job.state == State.RUNNING:
            job_move(job=job, to=State.FINALIZING, reason="worker:claimed")
    return Desired(job.desired)


def job_finish(
    *,
    job_id: uuid.UUID,
    attempt: int,
    step: int,
    evaluation: Mapping[str, Any],
    artifacts: Sequence[Mapping[str, Any]],
    search: Mapping[str, Any] | None = None,
    row_figures_key: str = "",
) -> State:
    """Publish the model and end the job, in one transaction; the state that it ended in. Raises LeaseLost.

    `row_figures_key` names what was found of single held-out rows (`RowFigures`) in the store, where there is something of the kind.
    `search` is the report of a job that searched: then a step of the job is a trial, while `step` is one of the delivered run. A wish to
    cancel that came in time wins; a wish to pause has nothing left to pause.
    """
    evaluation, search = storable(evaluation), storable(search)
    document = Evaluation.model_validate(evaluation)
    report = SearchReport.model_validate(search) if search is not None else None
    with service_scope():
        job = attempt_lock(job_id, attempt)
        _charge(job)
        if job.desired == Desired.CANCEL:
            wish_apply(job)
            return State.CANCELLED
        with tenant_scope(job.tenant_id):
            version = model_publish(
                job_id=job.id,
                dataset_version_id=job.dataset_version_id,
                name=job.name,
                task=job.spec["task"]["type"],
                base_model=job.base_model,
                labels=list(document.labels),
                evaluation=dict(evaluation),
                artifacts=[dict(artifact) for artifact in artifacts],
                row_figures_key=row_figures_key,
            )
        if report is not None:
            step = len(report.trials)
            search_end(job, report)
        else:
            # Curves of an earlier attempt on another machine may reach further than the one that counts.
            curves_of_training(job.id).filter(step__gt=step, attempt__lt=attempt).delete()
        if job.state == State.RUNNING:
            job_move(job=job, to=State.FINALIZING, reason="worker:claimed")
        job_move(
            job=job,
            to=State.SUCCEEDED,
            reason="training:completed",
            model_version_id=version.id,
            summary=document.summary(),
            step=step,
            committed_step=max(step, job.committed_step),
        )
    log.info("job.finished", job_id=str(job_id), attempt=attempt, step=step)
    channel_free()
    return State.SUCCEEDED


def trial_finish(*, job_id: uuid.UUID, attempt: int, trial: TrialEnded) -> list[str]:
    """End a trial that is a job and begin what follows in its search; key prefixes of files that are not needed any more.

    Raises LeaseLost. A wish to cancel that came in time wins.
    """
    with service_scope():
        job = attempt_lock(job_id, attempt)
        _charge(job)
        if job.desired == Desired.CANCEL:
            wish_apply(job)
            return []
        for state in (State.RUNNING, State.FINALIZING, State.SUCCEEDED):
            if is_allowed(State(job.state), state):
                job_move(job=job, to=state, reason="worker:claimed" if state in LEASED else "training:completed")
        doomed = trial_over(job, trial)
        if (search := search_of(job)) is not None:
            search_advance(search)
    log.info("trial.finished", job_id=str(job_id), attempt=attempt, trial=trial.number, state=trial.state)
    channel_free()
    return doomed


def job_release(*, job_id: uuid.UUID, attempt: int, reason: str = "worker:shutdown") -> State:
    """Give a job back after it stopped in an orderly way: cancelled, paused or queued, as its customer wishes. Raises LeaseLost."""
    with service_scope():
        job = attempt_lock(job_id, attempt)
        _charge(job)
        if not wish_apply(job):
            job_move(job=job, to=State.QUEUED, reason=reason)
    channel_free()
    return State(job.state)


def job_fail(
    *, job_id: uuid.UUID, attempt: int, code: str, params: Mapping[str, Any] | None = None, step: int | None = None
) -> State:
    """End an attempt that went wrong, as the table of reasons says; the state that the job is in now. Raises LeaseLost."""
    with service_scope():
        job = attempt_lock(job_id, attempt)
        _charge(job)
        attempt_end(job=job, code=code, params=storable(dict(params or {})), step=step)
    log.info("job.attempt_ended", job_id=str(job_id), attempt=attempt, code=code, state=job.state)
    channel_free()
    return State(job.state)


def attempt_end(*, job: Job, code: str, params: Mapping[str, Any], step: int | None = None) -> None:
    """Take the lease from a locked job because of `code`; what follows is data of the contract."""
    follow = REASONS[code].follow
    # Once in any case: the machine may have been short of memory for another reason. Where the kernel did it, the trainer had no say, and
    # begins again with halves of its batches.
    if code == "memory:exhausted" and job.memory_kills < (MOST_HALVINGS if params.get("killed") else 1):
        follow = Follow.RETRY
    if wish_apply(job):  # cancelled or paused on request: the failure does not matter any more
        return
    _follow(job, follow, code, params, step)
    if job.search_of_id is not None:
        trial_stopped(job, code)


def _follow(job: Job, follow: Follow, code: str, params: Mapping[str, Any], step: int | None) -> None:
    if follow is Follow.REQUEUE:
        job_move(job=job, to=State.QUEUED, reason=code, params=params)
    elif follow is Follow.PAUSE:
        job_move(job=job, to=State.PAUSED, reason=code, params=params, desired=Desired.PAUSE.value)
    elif follow is Follow.RETRY:
        _retry(job, code, params, step if step is not None else job.step)
    else:
        job_move(job=job, to=State.FAILED, reason=code, params=params)


def _retry(job: Job, code: str, params: Mapping[str, Any], step: int) -> None:
    columns: dict[str, Any] = {}
    if code in _BLAMED_ON_STEP:
        count = job.crash_count + 1 if job.crash_step == step else 1
        columns |= {"crash_step": step, "crash_count": count, "step": step}
        if count >= POISON_AFTER:
            params = {**params, "step": step, "cause": code}
            job_move(job=job, to=State.FAILED, reason="worker:poison", params=params, **columns)
            return
    if code == "memory:exhausted":
        columns["memory_kills"] = job.memory_kills + 1
    cost, used = 1, Job._meta.get_field("retries_left").default - job.retries_left  # noqa: SLF001 - documented introspection
    if code == "platform:storage":
        params = {**params, "committed_step": job.committed_step}
        if (num_before := _store_away(job)) is not None:
            cost, used = 0, num_before
    if job.retries_left < cost:
        job_move(job=job, to=State.FAILED, reason=code, params=params, **columns)
        return
    delay_s = min(timing().retry_base_s * 2 ** min(used, _MOST_DOUBLINGS), timing().retry_max_s)
    job_move(
        job=job,
        to=State.RETRY_WAIT,
        reason=code,
        params=params,
        retries_left=job.retries_left - cost,
        not_before=Now() + timedelta(seconds=delay_s),
        **columns,
    )


def _store_away(job: Job) -> int | None:
    """How many attempts in a row the store has ended before this one, with no progress in between; None when it is away for too long."""
    waits = JobEvent.objects.filter(job_id=job.id, to=State.RETRY_WAIT.value).annotate(ago=Now() - F("created_at"))
    row = list(
        takewhile(
            lambda wait: (
                wait.reason_code == "platform:storage"
                and wait.reason_params.get("committed_step") == job.committed_step
            ),
            waits.order_by("-seq"),
        )
    )
    return None if row and row[-1].ago >= STORE_PATIENCE else len(row)


def job_warn(*, job_id: uuid.UUID, attempt: int, code: str, message: str, params: Mapping[str, Any]) -> Desired:
    """Keep a warning of the trainer: as a note in the stream and in the job's list. Raises LeaseLost."""
    with service_scope():
        job = attempt_lock(job_id, attempt)
        desired = Desired(job.desired)
        params = storable(dict(params))
        warning: dict[str, Any] = {"code": code, "message": storable(message), "params": params}
        if (search := search_of(job)) is not None:
            warning["params"] = {**params, "trial": job.trial_number}
            job = search
        if not any(_is_same_warning(warning, known) for known in job.warnings):  # a resumed run says it again
            with connection.cursor() as cursor:
                cursor.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                (at,) = cursor.fetchone()
            job_note(job=job, data=warning, warnings=[*job.warnings, {**warning, "at": at}])
    return desired


def _is_same_warning(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Every trial of a search warns of the same data; once is enough, whichever trial said it."""
    return one["code"] == other["code"] and {**one["params"], "trial": None} == {**other["params"], "trial": None}


def channel_free() -> None:
    """Tell the dispatcher that a slot is free."""
    channel_notify(DISPATCH_CHANNEL, "free")


def _charge(job: Job) -> None:
    """Add the seconds since the last heartbeat to what the job has worked, to the tenant's month, and to what the tenant has used lately,
    fading what was there.
    """
    worked: dict[str, Any] = {"id": uuid7(), "job_id": job.id, "lease_s": timing().lease_s}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_job
            SET worked_s = worked_s + greatest(0, least(extract(epoch FROM now() - heartbeat_at), %(lease_s)s))
            WHERE id = %(job_id)s AND heartbeat_at IS NOT NULL
            """,
            worked,
        )
        cursor.execute(
            """
            INSERT INTO jobs_workedmonth (id, tenant_id, month, seconds)
            SELECT %(id)s, tenant_id, date_trunc('month', now() AT TIME ZONE 'UTC'),
                   greatest(0, least(extract(epoch FROM now() - heartbeat_at), %(lease_s)s))
            FROM jobs_job WHERE id = %(job_id)s AND heartbeat_at IS NOT NULL
            ON CONFLICT (month, tenant_id) DO UPDATE SET seconds = jobs_workedmonth.seconds + EXCLUDED.seconds
            """,
            worked,
        )
        cursor.execute(
            """
            INSERT INTO jobs_tenantshare (id, tenant_id, weight, used_s, used_at)
            SELECT %(id)s, tenant_id, 1, greatest(0, least(extract(epoch FROM now() - heartbeat_at), %(lease_s)s)), now()
            FROM jobs_job WHERE id = %(job_id)s AND heartbeat_at IS NOT NULL
            ON CONFLICT (tenant_id) DO UPDATE SET
                used_s = jobs_tenantshare.used_s
                    * power(0.5, extract(epoch FROM now() - jobs_tenantshare.used_at) / %(half_life_s)s) + EXCLUDED.used_s,
                used_at = now()
            """,
            {**worked, "half_life_s": timing().half_life_s},
        )
