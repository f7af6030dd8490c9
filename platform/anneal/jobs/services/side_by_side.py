"""Searches whose trials run side by side, each as a job of its own: claimed, killed, retried and counted like any other.

Nobody coordinates. What is to be done next follows from rows, and whoever ends a trial does it in the same transaction, under the
lock of the search's row: begin further trials while there is room and budget, and when all are over, queue the search itself,
whose one attempt evaluates and delivers the best. The search holds no lease until then; its state is `searching`.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, F, Q, StdDev, Sum

from anneal.common.ids import uuid7
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.jobs.models import Checkpoint, Job, JobEvent, Trial
from anneal.jobs.price import price_per_hour
from anneal.jobs.selectors import trial_best, trial_jobs_under_way, trial_list
from anneal.jobs.services.extremes import stretch_mark
from anneal.jobs.services.moves import (
    DISPATCH_CHANNEL,
    NO_ESTIMATE,
    attempt_lock,
    channel_notify,
    job_lock,
    job_move,
    job_note,
    job_tick,
    wish_apply,
)
from anneal.jobs.services.trials import search_stand, trial_keep, trial_points
from workers.contract.budget import EndedBy, TrainingBudget, search_ended_by, trial_budget
from workers.contract.events import TrialBegan, TrialEnded, trial_curve
from workers.contract.reasons import REASONS, Fault, Follow, is_blamed_on_settings
from workers.contract.results import RunningTrial, SearchPart, TrialRecord
from workers.contract.spec import GridSearch, JobSpec, NoSearch, OptunaSearch, RandomSearch
from workers.contract.states import LEASED, TERMINAL, Desired, State


def is_side_by_side(spec: JobSpec) -> bool:
    """Whether the trials of this spec are jobs of their own."""
    return not isinstance(spec.search, NoSearch) and spec.search.side_by_side > 1


def search_of(trial_job: Job) -> Job | None:
    """The search of a locked trial, locked with it; None for a job that is no trial, and for a search that has ended."""
    if trial_job.search_of_id is None:
        return None
    ended = [state.value for state in TERMINAL]
    return Job.objects.filter(id=trial_job.search_of_id).exclude(state__in=ended).first()


# --- what comes next


def search_advance(search: Job) -> None:
    """Begin trials while there is room and budget; when all are over, queue the delivery. `search` is locked."""
    plan = JobSpec.model_validate(search.spec).search
    if State(search.state) is not State.SEARCHING or isinstance(plan, NoSearch):
        return

    def ended() -> EndedBy | None:
        return _ended_by(search, plan, num_begun, is_empty=num_under_way == 0)

    with tenant_scope(search.tenant_id):
        num_under_way = trial_jobs_under_way(search.id).count()
        num_begun = Job.objects.filter(search_of_id=search.id).count()
        while (ended_by := ended()) is None and num_under_way < plan.side_by_side:
            _trial_begin(search, number=num_begun)
            num_begun, num_under_way = num_begun + 1, num_under_way + 1
        if ended_by is not None and num_under_way == 0:
            _deliver(search, ended_by, num_begun)


def _ended_by(
    search: Job, plan: GridSearch | RandomSearch | OptunaSearch, num_begun: int, *, is_empty: bool
) -> EndedBy | None:
    """What of the budget is used up. A trial under way may yet be the result that is owed."""
    return search_ended_by(
        plan,
        num_begun=num_begun,
        worked_s=_worked_s(search.id),
        price_per_hour=price_per_hour(),
        has_result=not is_empty or trial_best(search.id) is not None,
        num_places=plan.side_by_side,
    )


def _worked_s(search_id: Any) -> float:
    """By all trials together, those under way included."""
    found: float | None = Job.objects.filter(search_of_id=search_id).aggregate(sum=Sum("worked_s"))["sum"]
    return found or 0.0


def _trial_begin(search: Job, *, number: int) -> None:
    told = {"search_id": str(search.id), "trial": number}
    job = Job.objects.create(
        id=uuid7(),
        name=search.name,
        spec=search.spec,
        spec_sha256=search.spec_sha256,
        base_model=search.base_model,
        dataset_version_id=search.dataset_version_id,
        dataset_id=search.dataset_id,
        created_by_id=search.created_by_id,
        search_of_id=search.id,
        trial_number=number,
        state=State.QUEUED.value,
        reason_code="user:launched",
        seq=1,
        estimated_s=search.estimated_s,
    )
    JobEvent.objects.create(
        job_id=job.id, seq=1, attempt=0, type="state", to=State.QUEUED.value, reason_code="user:launched", data=told
    )
    channel_notify(DISPATCH_CHANNEL, str(job.id))


def _deliver(search: Job, ended_by: EndedBy, num_trials: int) -> None:
    search_stand(search, ended_by=ended_by)
    if trial_best(search.id) is not None:
        job_move(job=search, to=State.QUEUED, reason="search:trials_over", **NO_ESTIMATE)
        return
    first = Trial.objects.filter(job_id=search.id, state="failed").order_by("number").first()
    reason = first.reason_code if first is not None and first.reason_code else "search:no_result"
    job_move(job=search, to=State.FAILED, reason=reason, params={"trials": num_trials})


# --- what a worker is told


def part_of(job: Job) -> SearchPart | None:
    """What of a search a locked job does, in the scope of its tenant; None for a job that does the whole of its spec.

    A trial is told the same at every attempt, so that it tries the same settings and has the same time.
    """
    if job.search_of_id is None:
        return _delivery(job) if is_side_by_side(JobSpec.model_validate(job.spec)) else None
    if job.trial_part is None:
        running = trial_jobs_under_way(job.search_of_id).filter(trial_settings__isnull=False)
        part = SearchPart(
            trial=job.trial_number,
            history=_history(job.search_of_id),
            running=tuple(
                RunningTrial(number=other.trial_number or 0, settings=other.trial_settings)
                for other in running.order_by("trial_number")
            ),
            budget=_budget(job),
        )
        job.trial_part = part.model_dump(mode="json")
        Job.objects.filter(id=job.id).update(trial_part=job.trial_part)
    return SearchPart.model_validate(job.trial_part)


def _budget(trial_job: Job) -> TrainingBudget | None:
    plan = JobSpec.model_validate(trial_job.spec).search
    if isinstance(plan, NoSearch):
        return None
    worked_s = _worked_s(trial_job.search_of_id)
    return trial_budget(plan, worked_s=worked_s, price_per_hour=price_per_hour(), num_places=plan.side_by_side)


def _delivery(search: Job) -> SearchPart:
    standing = search.search or {}
    return SearchPart(
        trial=None,
        history=_history(search.id),
        metric=standing.get("metric") or "",
        is_lower_better=bool(standing.get("is_lower_better")),
        ended_by=standing.get("ended_by") or "trials",
    )


def _history(search_id: Any) -> tuple[TrialRecord, ...]:
    return tuple(
        TrialRecord.model_validate(
            {
                "number": trial.number,
                "settings": trial.settings,
                "state": trial.state,
                "value": trial.value,
                "intermediate": trial.intermediate,
                "steps": trial.steps,
                "seconds": trial.seconds,
                "reason": trial.reason_code,
            }
        )
        for trial in trial_list(search_id)
    )


# --- what a trial comes to


def trial_over(job: Job, trial: TrialEnded) -> list[str]:
    """Keep the outcome of a locked trial in its search; key prefixes of checkpoints that no delivery will start from."""
    search = search_of(job)
    if search is None:
        return []
    with tenant_scope(search.tenant_id):
        if trial.state == "complete":  # an attempt on another machine may have taken more steps
            _curves_cut(search, job, last_step=trial.steps)
        _record(search, job, trial)
        if trial.metric is not None:
            search_stand(search, metric=trial.metric, is_lower_better=trial.is_lower_better)
        return _checkpoints_drop(search)


def _curves_cut(search: Job, trial_job: Job, *, last_step: int) -> None:
    """Forget points behind the last step that only earlier attempts of a trial have told."""
    points = trial_points(search.id, trial_job.trial_number or 0)
    gone = points.filter(step__gt=last_step, attempt__lt=trial_job.attempt)
    names = list(gone.values_list("name", flat=True).distinct())
    gone.delete()
    with connection.cursor() as cursor:
        for name in names:
            stretch_mark(cursor, job_id=search.id, name=name, step=last_step)


def trial_stopped(job: Job, code: str) -> None:
    """What it means for the search that an attempt of this locked trial ended because of `code`.

    A trial whose settings were bad, or that the platform could not finish, is a failed trial. Bad data or a bad spec would end every
    other trial as well, so they end the search.
    """
    job.refresh_from_db()
    search = search_of(job)
    if search is None:
        return
    state = State(job.state)
    if state is State.PAUSED and REASONS[code].follow is Follow.PAUSE and search.state == State.SEARCHING:
        job_move(job=search, to=State.PAUSED, reason=code, params=job.reason_params, desired=Desired.PAUSE.value)
        trials_wish(search, Desired.PAUSE)
    if state is not State.FAILED:
        return
    failed = TrialEnded(
        number=job.trial_number or 0,
        settings=job.trial_settings or {},
        state="failed",
        value=None,
        steps=job.step,
        seconds=job.worked_s,
        is_best=False,
        reason=job.reason_code,
    )
    with tenant_scope(search.tenant_id):
        _record(search, job, failed)
    is_blamed = is_blamed_on_settings(code, job.reason_params, job.trial_settings or {})
    if not is_blamed and REASONS[job.reason_code].fault is Fault.USER:
        _fail(search, job.reason_code, job.reason_params)
    else:
        search_advance(search)


def _record(search: Job, job: Job, trial: TrialEnded) -> None:
    num_ended = Trial.objects.filter(job_id=search.id).exclude(number=trial.number).count() + 1
    seq = job_tick(search, step=num_ended, committed_step=num_ended)
    trial_keep(search.id, trial, attempt=job.attempt, seq=seq)
    search_stand(search, running=_running(search, without=trial.number))


def _fail(search: Job, code: str, params: Mapping[str, Any]) -> None:
    if State(search.state) is State.SEARCHING:
        job_move(job=search, to=State.FAILED, reason=code, params=params)
        trials_wish(search, Desired.CANCEL)


def _checkpoints_drop(search: Job) -> list[str]:
    best = trial_best(search.id)
    ended = Trial.objects.filter(job_id=search.id).values("number")
    doomed = Checkpoint.objects.filter(job__search_of_id=search.id, job__trial_number__in=ended)
    if best is not None:
        doomed = doomed.exclude(job__trial_number=best.number)
    prefixes = list(doomed.values_list("key_prefix", flat=True))
    doomed.delete()
    return prefixes


# --- what is told while trials run


def trial_begin(*, job_id: uuid.UUID, attempt: int, trial: TrialBegan) -> Desired:
    """Show the settings of a trial that begins, in turn or as a job. Raises LeaseLost."""
    with service_scope():
        job = attempt_lock(job_id, attempt)
        if job.search_of_id is None:
            job_tick(job)
            search_stand(job, running=[{"number": trial.number, "settings": trial.settings}])
        else:
            job_tick(job, trial_settings=trial.settings)
            if (search := search_of(job)) is not None:
                job_tick(search)
                search_stand(search, running=_running(search))
    return Desired(job.desired)


def search_hears(job: Job) -> Job | None:
    """Advance the clock of a locked trial's search, say how far it is and how long still, and give it back; None without a search."""
    search = search_of(job)
    if search is None:
        return None
    ended = Trial.objects.filter(job_id=search.id).aggregate(
        num=Count("id"), usual_s=Avg("seconds"), spread_s=StdDev("seconds", sample=True)
    )
    under_way = trial_jobs_under_way(search.id).aggregate(
        share=Sum(F("step") * 1.0 / F("total_steps"), filter=Q(total_steps__gt=0)),
        num_held=Count("id", filter=Q(state__in=[state.value for state in LEASED])),
    )
    done = ended["num"] + (under_way["share"] or 0.0)
    job_tick(search, epoch=done, **_time_left(search, done, num_places=under_way["num_held"], **ended))
    return search


def _time_left(
    search: Job, done: float, *, num_places: int, num: int, usual_s: float | None, spread_s: float | None
) -> Mapping[str, Any]:
    """What is left of the plan, at the pace of the `num` trials that are over, for those that workers have. A budget may end it sooner.

    The spread is that of a sum of as many draws, of a mean that is itself known from `num` draws only.
    """
    if usual_s is None or not num_places:
        return NO_ESTIMATE
    left = max(0.0, (search.total_steps or 0) - done)
    spread = None if spread_s is None else spread_s * math.sqrt(left + left**2 / num) / num_places
    return {"seconds_remaining": usual_s * left / num_places, "seconds_remaining_spread": spread}


def curve_name(job: Job, name: str) -> str:
    """What a curve of a trial is called among those of its search."""
    return trial_curve(job.trial_number or 0, name)


def _running(search: Job, *, without: int | None = None) -> list[dict[str, Any]]:
    """Trials under way whose settings are known, as the page shows them."""
    jobs = trial_jobs_under_way(search.id).filter(trial_settings__isnull=False).exclude(trial_number=without)
    return [{"number": job.trial_number, "settings": job.trial_settings} for job in jobs.order_by("trial_number")]


# --- what the customer wants


def trials_wish(search: Job, desired: Desired) -> None:
    """Pass a wish on to the trials of a locked search: at once where no worker has one, else told to the worker."""
    for trial_id in list(trial_jobs_under_way(search.id).order_by("id").values_list("id", flat=True)):
        job = job_lock(trial_id, states=frozenset(State) - TERMINAL)
        if job is None or (State(job.state) is State.PAUSED and desired is Desired.PAUSE):
            continue
        if State(job.state) in LEASED:
            job_note(job=job, data={"wish": desired.value}, desired=desired.value)
            continue
        job.desired = desired.value
        Job.objects.filter(id=job.id).update(desired=desired.value)
        if desired is not Desired.RUN:
            wish_apply(job)
        elif State(job.state) is State.PAUSED:
            job_move(job=job, to=State.QUEUED, reason="user:resumed")
