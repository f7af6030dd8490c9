"""From what a customer asks for to an immutable spec and a queued job."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from anneal.catalog.selectors import base_model_get
from anneal.common.errors import AnnealError, Detail
from anneal.common.ids import uuid7
from anneal.common.value_words import finding_words
from anneal.jobs.errors import reason_message
from anneal.jobs.models import Job, JobEvent
from anneal.jobs.price import price_per_hour
from anneal.jobs.selectors import DatasetVersionFacts, dataset_version_facts, preview_of_reading
from anneal.jobs.services.extent import most_passes, num_trainings
from anneal.jobs.services.moves import DISPATCH_CHANNEL, STREAM_CHANNEL, channel_notify
from anneal.jobs.services.side_by_side import is_side_by_side, search_advance
from anneal.jobs.services.trials import search_begin
from anneal.plans.services import quota_hours_check, quota_room_check
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write
from workers.contract.catalogue import BaseModelInfo
from workers.contract.columns import COLUMNS
from workers.contract.preview import reading_of
from workers.contract.reasons import REASONS, Fault
from workers.contract.spec import Choices, DataSource, JobSpec, Range
from workers.contract.states import State

MAX_QUEUED = 1000
SPEC_FIELDS = ("task", "method", "search", "augmentation", "optimisation", "checkpointing", "limits", "seed")
_ASSUMED_EPOCHS = 5
_SET_UP_S = 20.0
# Examples and parameters that two CPU cores train in a second (MiniLM, texts of about twenty tokens). Only orders of magnitude
# matter: the estimate decides who goes first, and real seconds replace it.
_EXAMPLES_PER_SECOND = 120.0
_REFERENCE_PARAMETERS = 22_713_216


@dataclass(frozen=True)
class Wanted:
    """A spec that fits its dataset version and its base model."""

    version: DatasetVersionFacts
    info: BaseModelInfo
    spec: JobSpec


def spec_make(*, dataset_version_id: uuid.UUID, base_model: str, options: Mapping[str, Any]) -> Wanted:
    """The spec of what is asked for. Raises AnnealError as `job_launch`."""
    version = dataset_version_facts(dataset_version_id)
    if version is None:
        raise AnnealError("job.dataset_version_not_found", status=404, param="dataset_version_id")
    info = base_model_get(base_model)
    spec = _spec(version, info, options)
    _check_fit(spec, version, info)
    _check_verdicts(spec, version)
    _check_translators(spec)
    return Wanted(version, info, spec)


def job_launch(
    *,
    actor: Actor,
    name: str | None,
    dataset_version_id: uuid.UUID,
    base_model: str,
    options: Mapping[str, Any],
    batch_id: uuid.UUID | None = None,
) -> Job:
    """Make a job and queue it; all that are launched together have one `batch_id`.

    Raises AnnealError that names the field (400), 404 for a dataset version of nobody's or another's, or 409 where a quota is used up.
    """
    wanted = spec_make(dataset_version_id=dataset_version_id, base_model=base_model, options=options)
    version, info, spec = wanted.version, wanted.info, wanted.spec
    _check_price(spec)
    _check_preview(spec, version)
    check_room()
    check_quotas()
    state = State.SEARCHING if is_side_by_side(spec) else State.QUEUED
    reason = "search:trials_begun" if state is State.SEARCHING else "user:launched"
    search = search_begin(spec)
    job = job_queue(
        actor=actor,
        name=name or f"{version.dataset_name} · {info.name}",
        spec=spec,
        dataset_version_id=version.id,
        dataset_id=version.dataset_id,
        state=state,
        reason_code=reason,
        estimated_s=_estimate_s(spec, version, info),
        search=search,
        batch_id=batch_id,
        total_steps=search["num_trials"] if search and state is State.SEARCHING else None,
    )
    search_advance(job)
    return job


def job_queue(
    *,
    actor: Actor,
    name: str,
    spec: JobSpec,
    dataset_version_id: uuid.UUID,
    dataset_id: uuid.UUID,
    estimated_s: float,
    state: State = State.QUEUED,
    reason_code: str = "user:launched",
    **columns: Any,
) -> Job:
    """A job of this spec with its first event and its line in the audit log, told to those who start and to those who watch jobs."""
    job = Job.objects.create(
        id=uuid7(),
        name=name,
        spec=spec.model_dump(mode="json"),
        spec_sha256=spec.sha256(),
        base_model=spec.base_model,
        dataset_version_id=dataset_version_id,
        dataset_id=dataset_id,
        created_by_id=actor.user_id,
        state=state.value,
        reason_code=reason_code,
        seq=1,
        estimated_s=estimated_s,
        **columns,
    )
    JobEvent.objects.create(job_id=job.id, seq=1, attempt=0, type="state", to=job.state, reason_code=job.reason_code)
    audit_write(actor=actor, action="job.launched", target=str(job.id), name=job.name)
    channel_notify(DISPATCH_CHANNEL, str(job.id))
    channel_notify(STREAM_CHANNEL, str(job.id))
    return job


def job_duplicate(*, actor: Actor, job: Job, overrides: Mapping[str, Any]) -> Job:
    """Launch a job with the spec of another one, changed by `overrides` (a part that is given replaces the whole part).

    The copy of one that delivers a checkpoint trains what that checkpoint is of.
    """
    spec = JobSpec.model_validate(job.spec).trained.model_dump(mode="json")
    options = {field: overrides.get(field, spec[field]) for field in SPEC_FIELDS}
    return job_launch(
        actor=actor,
        name=overrides.get("name") or job.name,
        dataset_version_id=overrides.get("dataset_version_id", job.dataset_version_id),
        base_model=overrides.get("base_model", job.base_model),
        options=options,
    )


def _spec(version: DatasetVersionFacts, info: BaseModelInfo, options: Mapping[str, Any]) -> JobSpec:
    data = DataSource(**version.files_of_splits, version_sha256=version.sha256)
    parts = {name: options[name] for name in SPEC_FIELDS if options.get(name) is not None}
    try:
        spec = JobSpec(base_model=info.slug, data=data, **{**parts, "task": _task(version, parts.get("task", {}))})
    except ValidationError as error:
        raise spec_refusal(error, JobSpec) from error
    if spec.checkpointing.deliver_step is not None:
        raise AnnealError("job.delivers_nothing", param="checkpointing.deliver_step")
    return spec


def _task(version: DatasetVersionFacts, options: Any) -> Any:
    """The task is the dataset version's; what is asked for must not contradict it. Raises AnnealError that names the field."""
    if not isinstance(options, Mapping):
        return options  # refused by the spec
    kind = options.get("type", version.task)
    if kind != version.task:
        told = {"asked": str(kind)[:40], "task": version.task}
        raise AnnealError("job.other_task", param="task.type", params=told)
    for name, value in options.items():
        role = name.removesuffix("_column")
        if role != name and role in _roles(version.task) and value is not None and value != role:
            raise AnnealError("job.column_named", param=f"task.{name}", params={"field": f"task.{name}", "role": role})
    given = {name: value for name, value in options.items() if value is not None}
    usual = {"loss": "kto"} if version.has_verdicts else {}
    return {**usual, **given, "type": version.task}


def _roles(task: str) -> set[str]:
    return {column.role for column in COLUMNS.get(task, ())}


def spec_refusal(error: ValidationError, kind: type[BaseModel]) -> AnnealError:
    """What pydantic found in a value of this kind, as the refusal that names the first field by its path and lists them all."""
    details = []
    for problem in error.errors(include_url=False, include_input=False):
        named = problem.get("ctx", {}).get("field")  # by a validator that compares several
        field = ".".join([*field_path(problem["loc"], kind), *([named] if named else [])])
        reason = finding_words(problem["type"], problem.get("ctx", {}), problem["msg"])
        details.append(Detail(code=problem["type"], message=f"{field}: {reason}", param=field))
    first = details[0]
    reason = first.message.removeprefix(f"{first.param}: ")
    return AnnealError(
        "job.spec_invalid", param=first.param, details=details, params={"field": first.param, "reason": reason}
    )


def field_path(location: Sequence[int | str], kind: type[BaseModel]) -> list[str]:
    """Where a finding of pydantic is, as the customer wrote it: without the tags of unions, and without names of branches."""
    path: list[str] = []
    classes: list[type[BaseModel]] = [kind]
    for part in location:
        tagged = [found for found in classes if len(classes) > 1 and part in _tags(found)]
        if tagged:
            classes = tagged
            continue
        if str(part).startswith(("function-", "literal[", "constrained-", "[key]")):
            continue
        path.append(str(part))
        fields = [found.model_fields[part] for found in classes if part in found.model_fields]
        if fields:  # else it is a place in a list or a key of a mapping: what stands there is of the same classes
            classes = [found for field in fields for found in _classes_in(field.annotation)]
    return path


def _tags(kind: type[BaseModel]) -> tuple[Any, ...]:
    field = kind.model_fields.get("type")
    return get_args(field.annotation) if field else ()


def _classes_in(annotation: Any) -> list[type[BaseModel]]:
    """The classes of values that an annotation allows, inside of unions, lists and notes."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _classes_in(part)]


def _check_fit(spec: JobSpec, version: DatasetVersionFacts, info: BaseModelInfo) -> None:
    if spec.task.type not in info.tasks:
        raise AnnealError(
            "job.task_mismatch", param="base_model", params={"base_model": info.slug, "task": version.task}
        )
    for field, rank in _largest_of(spec, "method.rank", "method.initial_rank"):
        if rank > info.hidden_size:
            told = {"field": field, "rank": rank, "hidden_size": info.hidden_size, "base_model": info.slug}
            raise AnnealError("job.rank_too_large", param=field, params=told)
    for field, max_length in _largest_of(spec, "task.max_length"):
        if max_length > info.max_length:
            told = {"field": field, "max_length": max_length, "limit": info.max_length, "base_model": info.slug}
            raise AnnealError("job.max_length_too_large", param=field, params=told)


def _check_verdicts(spec: JobSpec, version: DatasetVersionFacts) -> None:
    """KTO learns from single answers with a verdict, every other loss from pairs."""
    field, losses = _values_of(spec, "task.loss") if spec.task.type == "preference" else ("", [])
    if not version.has_verdicts and "kto" in losses:
        raise AnnealError("job.no_verdicts", param=field, params={"field": field})
    others = [loss for loss in losses if loss != "kto"]
    if version.has_verdicts and others:
        raise AnnealError("job.no_pairs", param=field, params={"field": field, "loss": str(others[0])})


def _check_translators(spec: JobSpec) -> None:
    for name in ("there", "back"):
        field, slugs = _values_of(spec, f"augmentation.back_translation.{name}")
        for slug in slugs:
            info = base_model_get(slug, param=field)
            if not info.is_translator:
                told = {"field": field, "base_model": info.name}
                raise AnnealError("job.no_translator", param=field, params=told)


def _largest_of(spec: JobSpec, *paths: str) -> list[tuple[str, float]]:
    """The largest numbers that settings of this spec come to, each with the field that says it."""
    found = []
    for path in paths:
        field, values = _values_of(spec, path)
        numbers = [value for value in values if isinstance(value, int | float)]
        if numbers:
            found.append((field, max(numbers)))
    return found


def _values_of(spec: JobSpec, path: str) -> tuple[str, list[Any]]:
    """The field that says what a setting of this spec comes to, its own or that of the search, and what it says, if anything."""
    space: Mapping[str, Choices | Range] = getattr(spec.search, "space", {})
    part = space.get(path)
    if part is not None:
        return f"search.space.{path}", list(part.values) if isinstance(part, Choices) else [part.high]
    own: Any = spec
    for name in path.split("."):
        own = getattr(own, name, None)
    return path, [] if own is None else [own]


def _check_price(spec: JobSpec) -> None:
    for field, cost in spec.budgets_of_money.items():
        if cost is not None and price_per_hour() is None:
            raise AnnealError("job.no_price", param=field, params={"field": field})


def _check_preview(spec: JobSpec, version: DatasetVersionFacts) -> None:
    """What a preview has found that would end the run before its first step is said before anything is paid for."""
    found = preview_of_reading(version.id, reading_of(spec).sha256())
    if found is not None and found.reason_code and REASONS[found.reason_code].fault is Fault.USER:
        reason = reason_message(found.reason_code, found.reason_params)
        raise AnnealError("job.would_fail", param="dataset_version_id", params={"reason": reason})


def check_room() -> None:
    """Raises AnnealError (409) where the tenant has as many waiting jobs as it may have."""
    waiting = Job.objects.filter(state=State.QUEUED.value)[:MAX_QUEUED].count()
    if waiting >= MAX_QUEUED:
        raise AnnealError("job.too_many_queued", status=409, params={"limit": MAX_QUEUED})


def check_quotas() -> None:
    """Raises AnnealError (409) where this month's training hours or all room of the tenant are used up: a job takes of both."""
    quota_hours_check()
    quota_room_check()


def _estimate_s(spec: JobSpec, version: DatasetVersionFacts, info: BaseModelInfo) -> float:
    epochs = spec.optimisation.epochs if isinstance(spec.optimisation.epochs, int) else _ASSUMED_EPOCHS
    size = info.num_parameters / _REFERENCE_PARAMETERS
    passes = min(epochs, most_passes(spec, num_rows=version.num_train_rows))
    trial_s = version.num_train_rows * passes * size / _EXAMPLES_PER_SECOND
    if is_side_by_side(spec):
        return _SET_UP_S + trial_s  # Each trial is a job with the estimate of the search.
    return _SET_UP_S + min(num_trainings(spec) * trial_s, getattr(spec.search, "max_seconds", None) or math.inf)
