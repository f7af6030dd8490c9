"""From what a customer asks for to an immutable spec and a queued job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from pydantic import ValidationError

from anneal.catalog.selectors import base_model_get
from anneal.common.errors import AnnealError, Detail
from anneal.common.ids import uuid7
from anneal.jobs.models import Job, JobEvent
from anneal.jobs.selectors import DatasetVersionFacts, dataset_version_facts
from anneal.jobs.services.moves import DISPATCH_CHANNEL, STREAM_CHANNEL, channel_notify
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write
from workers.contract.catalogue import BaseModelInfo
from workers.contract.spec import DataSource, JobSpec, LoraMethod
from workers.contract.states import State

MAX_QUEUED = 1000
SPEC_FIELDS = ("task", "method", "optimisation", "checkpointing", "limits", "seed")
_ASSUMED_EPOCHS = 5
_SET_UP_S = 20.0
# Examples and parameters that two CPU cores train in a second (MiniLM, texts of about twenty tokens). Only orders of magnitude
# matter: the estimate decides who goes first, and real seconds replace it.
_EXAMPLES_PER_SECOND = 120.0
_REFERENCE_PARAMETERS = 22_713_216


def job_launch(
    *, actor: Actor, name: str | None, dataset_version_id: uuid.UUID, base_model: str, options: Mapping[str, Any]
) -> Job:
    """Make a job and queue it. Raises AnnealError that names the field (400), or 404 for a dataset version of nobody's or another's."""
    version = dataset_version_facts(dataset_version_id)
    if version is None:
        raise AnnealError("job.dataset_version_not_found", status=404, param="dataset_version_id")
    info = base_model_get(base_model)
    spec = _spec(version, info, options)
    _check_fit(spec, version, info)
    _check_room()
    job = Job.objects.create(
        id=uuid7(),
        name=name or f"{version.dataset_name} · {info.name}",
        spec=spec.model_dump(mode="json"),
        spec_sha256=spec.sha256(),
        base_model=base_model,
        dataset_version_id=version.id,
        created_by_id=actor.user_id,
        state=State.QUEUED.value,
        reason_code="user:launched",
        seq=1,
        estimated_s=_estimate_s(spec, version, info),
    )
    JobEvent.objects.create(
        job_id=job.id, seq=1, attempt=0, type="state", to=State.QUEUED.value, reason_code="user:launched"
    )
    audit_write(actor=actor, action="job.launched", target=str(job.id), name=job.name)
    channel_notify(DISPATCH_CHANNEL, str(job.id))
    channel_notify(STREAM_CHANNEL, str(job.id))
    return job


def job_duplicate(*, actor: Actor, job: Job, overrides: Mapping[str, Any]) -> Job:
    """Launch a job with the spec of another one, changed by `overrides` (a part that is given replaces the whole part)."""
    options = {field: overrides.get(field, job.spec[field]) for field in SPEC_FIELDS}
    return job_launch(
        actor=actor,
        name=overrides.get("name") or job.name,
        dataset_version_id=overrides.get("dataset_version_id", job.dataset_version_id),
        base_model=overrides.get("base_model", job.base_model),
        options=options,
    )


def job_rename(*, job: Job, name: str) -> None:
    """Give a job another name."""
    _row(job).update(name=name)


def _row(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(id=job.id)


def _spec(version: DatasetVersionFacts, info: BaseModelInfo, options: Mapping[str, Any]) -> JobSpec:
    data = DataSource(**version.files_of_splits, version_sha256=version.sha256)
    task = dict(options.get("task") or {})
    for column in ("text_column", "label_column"):
        if task.get(column) not in {None, column.removesuffix("_column")}:
            field = f"task.{column}"
            reason = "the columns of a dataset version are always named text and label"
            raise AnnealError("job.spec_invalid", param=field, params={"field": field, "reason": reason})
    parts = {name: options[name] for name in SPEC_FIELDS if name != "task" and options.get(name) is not None}
    try:
        return JobSpec(base_model=info.slug, data=data, task=task, **parts)
    except ValidationError as error:
        raise spec_refusal(error) from error


def spec_refusal(error: ValidationError) -> AnnealError:
    """What pydantic found, as the refusal that names the first field by its path and lists them all."""
    details = []
    for problem in error.errors(include_url=False, include_input=False):
        # The tag of a union stands in the path, but not in what the customer wrote.
        path = [str(part) for part in problem["loc"]]
        if len(path) > 1 and path[0] == "method" and path[1] in {"full", "lora"}:
            del path[1]
        field = ".".join(part for part in path if not part.startswith(("function-", "literal[", "constrained-")))
        reason = problem["msg"]
        if problem["type"] == "extra_forbidden":
            reason = "there is no such setting"
        details.append(Detail(code=problem["type"], message=f"{field}: {reason}", param=field))
    first = details[0]
    reason = first.message.removeprefix(f"{first.param}: ")
    return AnnealError(
        "job.spec_invalid", param=first.param, details=details, params={"field": first.param, "reason": reason}
    )


def _check_fit(spec: JobSpec, version: DatasetVersionFacts, info: BaseModelInfo) -> None:
    if spec.task.type not in info.tasks or spec.task.type != version.task:
        raise AnnealError(
            "job.task_mismatch", param="base_model", params={"base_model": info.slug, "task": version.task}
        )
    if isinstance(spec.method, LoraMethod) and spec.method.rank > info.hidden_size:
        raise AnnealError(
            "job.rank_too_large",
            param="method.rank",
            params={"rank": spec.method.rank, "hidden_size": info.hidden_size, "base_model": info.slug},
        )
    if isinstance(spec.task.max_length, int) and spec.task.max_length > info.max_length:
        raise AnnealError(
            "job.max_length_too_large",
            param="task.max_length",
            params={"max_length": spec.task.max_length, "limit": info.max_length, "base_model": info.slug},
        )


def _check_room() -> None:
    waiting = Job.objects.filter(state=State.QUEUED.value)[:MAX_QUEUED].count()
    if waiting >= MAX_QUEUED:
        raise AnnealError("job.too_many_queued", status=409, params={"limit": MAX_QUEUED})


def _estimate_s(spec: JobSpec, version: DatasetVersionFacts, info: BaseModelInfo) -> float:
    epochs = spec.optimisation.epochs if isinstance(spec.optimisation.epochs, int) else _ASSUMED_EPOCHS
    size = info.num_parameters / _REFERENCE_PARAMETERS
    return _SET_UP_S + version.num_train_rows * epochs * size / _EXAMPLES_PER_SECOND
