"""Reads of jobs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Length, Now, TruncMonth, Upper
from django.db.models.lookups import GreaterThanOrEqual

from anneal.catalog.selectors import base_model_list
from anneal.common.tenancy import tenant_scope
from anneal.datasets.selectors import dataset_version_labels
from anneal.jobs.diagnosis.facts import RunFacts
from anneal.jobs.models import (
    LONG_NOTES,
    Checkpoint,
    Job,
    JobEvent,
    JobLog,
    JobTag,
    Metric,
    SavedView,
    TokenPreview,
    Trial,
    WorkedMonth,
)
from anneal.jobs.series import MAX_SEQ, series_sampled, series_thinned, thinned
from anneal.plans.selectors import month_now
from anneal.registry.selectors import evaluations_of_jobs
from anneal.tenants.audit_targets import AuditTarget, audit_targets_register
from workers.contract import resources
from workers.contract.columns import is_judged
from workers.contract.states import LEASED, TERMINAL, Desired, State

_MOST_ON_CONTENT = 100
_MOST_TAGS = 200
_POINTS_OF_PIECE = 5000
_POINTS_JUDGED = 1000
"""Of each curve, for a diagnosis: it takes the median around every point, and more points would tell nothing more."""


# Of a word with the space before it, or of a token of a text that came in tokens.
_CHARACTERS_OF = {"words": 6, "tokens": 6}


@dataclass(frozen=True)
class CellSize:
    """About how many characters cells have: the median, and what few exceed. `num_parts`: how many candidates or messages a cell holds."""

    p50: float
    p95: float
    num_parts: float = 1

    @classmethod
    def of(cls, measured: Mapping[str, Any]) -> CellSize:
        """Of what a version keeps of a role."""
        length = measured["length"]
        if measured.get("kind") == "answers":
            return cls(0, 0)  # They stand in their context.
        if "characters" in measured:
            return cls(measured["characters"]["p50"], measured["characters"]["p95"], max(1, length["p50"]))
        each = _CHARACTERS_OF.get(str(length.get("unit")), 1)
        return cls(each * length["p50"], each * length["p95"])


@dataclass(frozen=True)
class DatasetVersionFacts:
    """What launching and staging need to know of a dataset version."""

    id: uuid.UUID
    dataset_id: uuid.UUID
    dataset_name: str
    task: str
    sha256: str
    files: tuple[dict[str, Any], ...]
    num_rows: dict[str, int]
    sizes: dict[str, CellSize]
    """Of the cells of each role."""
    has_verdicts: bool
    """Whether its rows are single answers with a verdict; see `is_judged`."""

    @classmethod
    def of(cls, row: Any) -> DatasetVersionFacts:
        """Of a row of the versions, with its dataset."""
        measured = {role: CellSize.of(part) for role, part in (row.statistics or {}).items() if "length" in part}
        return cls(
            row.id,
            row.dataset_id,
            row.dataset.name,
            row.task,
            row.sha256,
            tuple(row.files),
            dict(row.num_rows),
            measured or {"text": CellSize.of({"length": row.text_length})},
            is_judged(row.task, row.mapping),
        )

    @property
    def files_of_splits(self) -> dict[str, str]:
        """Split -> file name, as a spec names them."""
        return {file["split"]: file["name"] for file in self.files}

    @property
    def num_train_rows(self) -> int:
        return int(self.num_rows.get("train", 0))


def dataset_version_facts(version_id: uuid.UUID, *, with_deleted: bool = False) -> DatasetVersionFacts | None:
    """Facts of a version of the tenant in force; None when it is missing or foreign, or its dataset was deleted."""
    # Reached through the relation of our own table: the models of datasets belong to datasets.
    versions: Any = Job._meta.get_field("dataset_version").related_model  # noqa: SLF001 - Django's documented model introspection
    row = versions.objects.select_related("dataset").filter(id=version_id).first()
    if row is None or (row.dataset.deleted_at is not None and not with_deleted):
        return None
    return DatasetVersionFacts.of(row)


def job_list() -> QuerySet[Job]:
    """Jobs of the tenant in force with what a list shows, in three queries. Trials that are jobs show in their search alone."""
    # Their data are not joined: under row-level security the planner takes every tenant for an average one, and joins all of a large one.
    jobs = _as_shown(_own_jobs()).prefetch_related(Prefetch("dataset_version", dataset_version_labels()))
    return jobs.defer("notes", "found_by", "spec", "resolved", "warnings", "search", "trial_part")


def jobs_chosen(
    *,
    states: Collection[str] = (),
    tags: Collection[str] = (),
    dataset_id: uuid.UUID | None = None,
    base_model: str | None = None,
    method: str | None = None,
    task: str | None = None,
    week: date | None = None,
    batch_id: uuid.UUID | None = None,
    is_untagged: bool = False,
    words: str | None = None,
    is_archived: bool = False,
) -> QuerySet[Job]:
    """Which of the jobs of `job_list`: those that are put away, or the others. Of several tags a job has all; `week` is the seven
    days (UTC) from a date on in which it was launched; `words` stand in its name or its notes.
    """
    jobs = _own_jobs().filter(archived_at__isnull=not is_archived)
    if states:
        jobs = jobs.filter(state__in=list(states))
    for tag in tags:
        jobs = jobs.filter(Exists(JobTag.objects.filter(job_id=OuterRef("id"), name=tag)))
    if dataset_id:
        jobs = jobs.filter(dataset_version__dataset_id=dataset_id)
    named = {"base_model": base_model, "method": method, "task": task}
    jobs = jobs.filter(**{column: value for column, value in named.items() if value})
    if week:
        start = datetime.combine(week, time(), UTC)
        jobs = jobs.filter(created_at__gte=start, created_at__lt=start + timedelta(days=7))
    if batch_id:
        jobs = jobs.filter(batch_id=batch_id)
    if is_untagged:
        jobs = jobs.filter(~Exists(JobTag.objects.filter(job_id=OuterRef("id"))))
    if words:
        long = _own_jobs().filter(GreaterThanOrEqual(Length("notes"), LONG_NOTES), notes__icontains=words)
        jobs = jobs.filter(Q(found_by__contains=Upper(Value(words))) | Q(id__in=long.values("id")))
    return jobs


def job_names() -> QuerySet[Job]:
    """Jobs of the tenant in force that lists show, for finding one by its name."""
    return _own_jobs().filter(archived_at__isnull=True)


def jobs_failed(*, days: int) -> QuerySet[Job]:
    """Jobs that failed in the last days, the last one first, with little more than why; without those put away."""
    failed = job_names().filter(state=State.FAILED.value, finished_at__gt=Now() - timedelta(days=days))
    return failed.only("id", "name", "reason_code", "created_at", "finished_at").order_by("-finished_at")


def has_jobs() -> bool:
    """Whether the tenant in force has ever launched a job."""
    return _own_jobs().exists()


def tags_in_use() -> list[dict[str, Any]]:
    """Tags of the tenant's jobs as `{"name", "num_jobs"}`, those of most jobs first; jobs that are put away do not count."""
    archived = _own_jobs().filter(archived_at__isnull=False)
    counted = JobTag.objects.exclude(job_id__in=archived.values("id")).values("name").annotate(num_jobs=Count("id"))
    return [dict(row) for row in counted.order_by("-num_jobs", "name")[:_MOST_TAGS]]


def saved_views(user_id: uuid.UUID) -> QuerySet[SavedView]:
    """What a person has kept in the tenant in force, by name."""
    return SavedView.objects.filter(user_id=user_id).order_by("name")


def job_get(job_id: uuid.UUID) -> Job | None:
    """One job of the tenant in force with all that its page shows; a trial that is a job has no page."""
    jobs = _as_shown(_own_jobs()).select_related("dataset_version__dataset", "delivers__job")
    return jobs.filter(id=job_id).first()


def jobs_by_id(job_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Job]:
    """Jobs of the tenant in force with their data and `tags`, in one query; those that are missing or foreign are left out."""
    jobs: QuerySet[Job] = _own_jobs().annotate(tags=_tags_of_job())
    return jobs.select_related("dataset_version__dataset").in_bulk(list(job_ids))


def jobs_on_content(dataset_id: uuid.UUID, sha256: str, *, states: Collection[str] = ()) -> QuerySet[Job]:
    """The newest trainings on versions of a dataset that have this content, the very newest first, without failed and cancelled ones."""
    jobs = _own_jobs().filter(delivers__isnull=True).exclude(state__in=[State.FAILED.value, State.CANCELLED.value])
    if states:
        jobs = jobs.filter(state__in=list(states))
    found = jobs.filter(dataset_version__dataset_id=dataset_id, dataset_version__sha256=sha256)
    return found.select_related("dataset_version__dataset").order_by("-created_at")[:_MOST_ON_CONTENT]


def jobs_of_dataset(dataset_id: uuid.UUID, task: str) -> QuerySet[Job]:
    """Jobs on any version of a dataset for this task, the newest first."""
    return _own_jobs().filter(dataset_version__dataset_id=dataset_id, spec__task__type=task).order_by("-created_at")


def _own_jobs() -> QuerySet[Job]:
    return Job.objects.filter(search_of__isnull=True)


def _as_shown(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """With `tags`, and with `queue_position`: how many of the tenant's own jobs were queued no later, itself included; null for a job that
    does not wait.

    The order between tenants is decided late (fair share), so a place in one line of all tenants does not exist.
    """
    queued = Job.objects.filter(state=State.QUEUED.value, queued_at__lte=OuterRef("queued_at")).order_by()
    position = Subquery(queued.annotate(one=Value(1)).values("one").annotate(count=Count("*")).values("count"))
    return jobs.select_related("created_by").annotate(
        tags=_tags_of_job(),
        queue_position=Case(When(state=State.QUEUED.value, then=position), default=None, output_field=IntegerField()),
    )


def _tags_of_job() -> ArraySubquery:
    return ArraySubquery(JobTag.objects.filter(job_id=OuterRef("id")).order_by("name").values("name"))


def datasets_in_use(dataset_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these datasets that jobs have to read still."""
    reading = _unfinished().filter(dataset_version__dataset_id__in=dataset_ids, tenant=F("dataset_version__tenant"))
    return set(reading.values_list("dataset_id", flat=True))


def jobs_in_use(job_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these jobs of whose checkpoints others are to make models still."""
    return set(_unfinished().filter(delivers__job_id__in=job_ids).values_list("delivers__job_id", flat=True))


def jobs_going_on(tenant_ids: QuerySet[Any, Any]) -> QuerySet[Job]:
    """Jobs of these tenants that nobody has paused or cancelled, without trials, which follow their search. In `service_scope`."""
    wanted = _unfinished().filter(desired=Desired.RUN.value, search_of__isnull=True, tenant__in=tenant_ids)
    return wanted.exclude(state=State.PAUSED.value)


def jobs_leased(tenant_id: uuid.UUID) -> QuerySet[Job]:
    """Jobs of a tenant that a worker has. In `service_scope`."""
    return Job.objects.filter(tenant=tenant_id, state__in=[state.value for state in LEASED])


def _unfinished() -> QuerySet[Job]:
    return Job.objects.exclude(state__in=[state.value for state in TERMINAL])


def event_list(job_id: uuid.UUID, *, after: int = 0, until: int | None = None) -> QuerySet[JobEvent]:
    """Events with `after < seq <= until`, in order."""
    events = JobEvent.objects.filter(job_id=job_id, seq__gt=after).order_by("seq")
    return events if until is None else events.filter(seq__lte=until)


def metric_series(job_id: uuid.UUID) -> dict[str, list[list[float]]]:
    """Curve -> all of its points `[step, epoch, value]` in order of steps, to measure by; not those of the machine."""
    rows = curves_of_training(job_id).order_by("name", "step").values_list("name", "step", "epoch", "value")
    series: dict[str, list[list[float]]] = {}
    for name, step, epoch, value in rows.iterator():
        series.setdefault(name, []).append([step, epoch, value])
    return series


def run_facts(job: Job) -> RunFacts:
    """What a diagnosis reads of a job that came from `job_get`: two queries."""
    is_over, is_finished = State(job.state) in TERMINAL, job.state == State.SUCCEEDED
    version: Any = job.dataset_version
    diverged_at = job.reason_params.get("step", job.step) if job.reason_code == "training:diverged" else None
    return RunFacts(
        spec=job.spec,
        resolved={part["field"]: part["value"] for part in job.resolved},
        # Those of a search are of many runs, under names of their own.
        curves=series_sampled(job.id, max_points=_POINTS_JUDGED) if job.search is None else {},
        warnings=[(warning["code"], warning["params"]) for warning in job.warnings],
        num_rows=version.num_rows,
        label_counts={part["label"]: int(part["train"]) for part in version.labels},
        longest_readable=next((info.max_length for info in base_model_list() if info.slug == job.base_model), None),
        evaluation=evaluations_of_jobs([job.id]).get(job.id) if is_finished else None,
        is_over=is_over,
        is_finished=is_finished,
        best_checkpoint=_best_checkpoint(job) if is_over and not is_finished else None,
        diverged_at=diverged_at,
    )


def _best_checkpoint(job: Job) -> tuple[int, str] | None:
    """Of a run that has learnt something by then; those of a search are of several runs."""
    if job.search is not None:
        return None
    best = checkpoints_kept().filter(job_id=job.id, is_best=True, step__gt=0).values_list("step", "id").first()
    return None if best is None else (best[0], str(best[1]))


def metric_curves(
    job: Job,
    *,
    max_points: int,
    names: Collection[str] = (),
    after: int = 0,
    until: int = MAX_SEQ,
    within: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Curves as the API tells them, thinned to `max_points` each: `series` of `{"name", "points"}` with points `[step, epoch, value]`,
    `resources` with points `[seconds, value]` of what the job took of its machine, and `clock`, which tells of steps that are among those
    of `series` when they were told. Seconds are those since the job first ran: a pause or a wait between two steps counts. Of the steps
    `within` alone, there are no `resources`, which know of no steps. One query.
    """
    found = series_thinned(job.id, max_points=max_points, names=names, after=after, until=until, within=within)
    series = {name: points for name, points in found.items() if not resources.is_resource(name)}
    told: dict[int, datetime] = {}
    for step, _epoch, _value, at in chain.from_iterable(series.values()):
        told[step] = min(at, told.get(step, at))
    begun = job.started_at
    clock = [[step, 0.0, (told[step] - begun).total_seconds()] for step in sorted(told)] if begun else []
    return {
        "series": [
            {"name": name, "points": [[step, epoch, value] for step, epoch, value, _at in points]}
            for name, points in series.items()
        ],
        "resources": [
            {"name": name.removeprefix(resources.PREFIX), "points": [[step, value] for step, _, value, _ in points]}
            for name, points in found.items()
            if within is None and resources.is_resource(name)
        ],
        "clock": [[step, seconds] for step, _epoch, seconds in thinned(clock, max_points)],
    }


def metric_pieces(*, tenant_id: uuid.UUID, job_id: uuid.UUID) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Every point `(step, value)` of every curve but those of the machine, curve by curve in order of steps, a piece at a time.

    Each piece is read in a transaction of its own, so that nothing is held while somebody takes them; what is told meanwhile may be among
    them.
    """
    with tenant_scope(tenant_id):
        names = list(curves_of_training(job_id).order_by("name").values_list("name", flat=True).distinct())
    for name in names:
        after, is_more = -1, True
        while is_more:
            with tenant_scope(tenant_id):
                points = Metric.objects.filter(job_id=job_id, name=name, step__gt=after).order_by("step")
                piece = list(points.values_list("step", "value")[:_POINTS_OF_PIECE])
            if piece:
                yield name, piece
                after = piece[-1][0]
            is_more = len(piece) == _POINTS_OF_PIECE


def curves_of_training(job_id: uuid.UUID) -> QuerySet[Metric]:
    """The points of a job whose steps are steps of training: all but those of its machine."""
    return Metric.objects.filter(job_id=job_id).exclude(name__startswith=resources.PREFIX)


def metric_stream(job_id: uuid.UUID, *, after: int, until: int, limit: int | None = None) -> list[dict[str, Any]]:
    """The first `limit` points, or all, with `after < seq <= until`, in order of seq and step."""
    points = Metric.objects.filter(job_id=job_id, seq__gt=after, seq__lte=until).order_by("seq", "step", "name")
    return [dict(row) for row in points.values("seq", "name", "step", "epoch", "value", "created_at")[:limit]]


def trial_list(job_id: uuid.UUID, *, after: int = 0, until: int | None = None) -> QuerySet[Trial]:
    """Trials with `after < seq <= until`, in order of their numbers."""
    trials = Trial.objects.filter(job_id=job_id, seq__gt=after).order_by("number")
    return trials if until is None else trials.filter(seq__lte=until)


def trial_best(job_id: uuid.UUID) -> Trial | None:
    """The complete trial with the highest value, the first of several."""
    complete = Trial.objects.filter(job_id=job_id, state="complete", value__isnull=False)
    return complete.order_by("-value", "number").first()


def trial_jobs_under_way(search_id: uuid.UUID) -> QuerySet[Job]:
    """Trials of a search that run side by side and have not ended."""
    return Job.objects.filter(search_of_id=search_id).exclude(state__in=[state.value for state in TERMINAL])


def checkpoints_kept() -> QuerySet[Checkpoint]:
    """Checkpoints of all jobs of the tenant in force."""
    return Checkpoint.objects.filter(gone_at__isnull=True)


def checkpoint_list(job_id: uuid.UUID) -> QuerySet[Checkpoint]:
    """Checkpoints of a job, without the file lists."""
    return checkpoints_kept().filter(job_id=job_id).defer("files")


def checkpoint_get(checkpoint_id: uuid.UUID) -> Checkpoint | None:
    """One checkpoint of the tenant in force, with its job; those of trials that are jobs belong to no page."""
    kept = checkpoints_kept().select_related("job").filter(job__search_of__isnull=True)
    return kept.filter(id=checkpoint_id).first()


def checkpoint_newest(job_id: uuid.UUID) -> Checkpoint | None:
    """The checkpoint that the next attempt starts from: the last one, but for those that an attempt found damaged.

    When all of them were, the last one is tried again: what a store cannot find today it may find tomorrow.
    """
    damaged = JobEvent.objects.filter(job_id=job_id, reason_code="platform:checkpoint_damaged")
    told = set(damaged.values_list("reason_params__checkpoint", flat=True))
    rows = list(Checkpoint.objects.filter(job_id=job_id).order_by("-step", "-attempt"))
    return next((row for row in rows if str(row.id) not in told), rows[0] if rows else None)


def checkpoint_of_best_trial(search_id: uuid.UUID) -> Checkpoint | None:
    """The last checkpoint of the best trial of a search whose trials are jobs."""
    best = trial_best(search_id)
    checkpoints = Checkpoint.objects.select_related("job").filter(job__search_of_id=search_id)
    return checkpoints.filter(job__trial_number=best.number).order_by("-step", "-attempt").first() if best else None


def log_lines(job_id: uuid.UUID) -> list[str]:
    """The last lines of the trainer."""
    row = JobLog.objects.filter(job_id=job_id).first()
    return list(row.lines) if row else []


def preview_get(preview_id: uuid.UUID) -> TokenPreview | None:
    """One preview of the tenant in force that is not over its day."""
    return TokenPreview.objects.filter(id=preview_id, expires_at__gt=Now()).first()


def preview_of_reading(version_id: uuid.UUID, spec_sha256: str) -> TokenPreview | None:
    """The preview of a version with the spec whose reading (`workers.contract.preview.reading_of`) has this digest, if there is one."""
    previews = TokenPreview.objects.filter(dataset_version_id=version_id, spec_sha256=spec_sha256, expires_at__gt=Now())
    return previews.defer("result").first()


def preview_result(version_id: uuid.UUID, spec_sha256: str) -> dict[str, Any] | None:
    """What the preview of this reading has counted, without its rows; None where it is not made."""
    previews = TokenPreview.objects.filter(dataset_version_id=version_id, spec_sha256=spec_sha256, state="done")
    wanted = ("result__split", "result__epochs", "result__batch_size", "result__resolved")
    row = previews.filter(expires_at__gt=Now()).values(*wanted).first()
    return None if row is None else {name.removeprefix("result__"): value for name, value in row.items()}


def jobs_by_month(since: datetime) -> QuerySet[Job, Any]:
    """Of each `month` (UTC) since then in which jobs first ran: their number as `jobs`, trials left out, and as `seconds` how long workers
    held them, trials included.
    """
    begun = Job.objects.filter(started_at__gte=since).annotate(month=TruncMonth("started_at", tzinfo=UTC))
    counted = begun.values("month").annotate(
        jobs=Count("id", filter=Q(search_of__isnull=True)), seconds=Sum("worked_s")
    )
    return counted.order_by("month")


def worked_this_month() -> QuerySet[WorkedMonth]:
    """For how long workers held jobs in this month (UTC): at most one row of a tenant."""
    return WorkedMonth.objects.filter(month=month_now())


def jobs_held() -> QuerySet[Job]:
    """Jobs that workers hold now, trials among them."""
    return Job.objects.filter(state__in=[state.value for state in LEASED])


def finished_jobs(base_model: str) -> QuerySet[Job]:
    """Jobs of the tenant in force that have trained this base model to the end, the newest first."""
    done = _own_jobs().filter(state=State.SUCCEEDED.value, base_model=base_model, worked_s__gt=0, delivers__isnull=True)
    return done.select_related("dataset_version__dataset").order_by("-finished_at")


def _audited_jobs(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    jobs = Job.objects.filter(id__in=ids).values_list("id", "name")
    return {job_id: AuditTarget(name, f"/jobs/{job_id}") for job_id, name in jobs}


def _audited_checkpoints(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    checkpoints = Checkpoint.objects.filter(id__in=ids).values_list("id", "job_id", "job__name")
    return {checkpoint_id: AuditTarget(name, f"/jobs/{job_id}") for checkpoint_id, job_id, name in checkpoints}


audit_targets_register("job", _audited_jobs)
audit_targets_register("checkpoint", _audited_checkpoints)
