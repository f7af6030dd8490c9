"""What the API takes to launch a job, made of the classes of the spec, so that both accept and refuse the same things."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, SkipValidation, StringConstraints, ValidationError, field_validator
from rest_framework.request import Request

from anneal.common.errors import AnnealError
from anneal.common.texts import text
from anneal.jobs.api.filters import JobFilters
from anneal.jobs.services.launch import SPEC_FIELDS, spec_refusal
from workers.contract.base import Value
from workers.contract.spec import (
    Augmentation,
    Checkpointing,
    FullMethod,
    Limits,
    Method,
    Optimisation,
    Search,
    Slug,
    Task,
)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
# What it may say depends on the task of the dataset version, so the launch checks it. The schema is that of the spec.
TaskOptions = SkipValidation[Task]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class JobCreate(Value):
    """A job to launch. What is left out takes the default of the spec; `auto` values are resolved at the start of the run."""

    name: Name | None = None
    dataset_version_id: uuid.UUID
    base_model: Slug
    method: Method = FullMethod()
    task: TaskOptions | None = None
    search: Search | None = None
    augmentation: Augmentation | None = None
    optimisation: Optimisation | None = None
    checkpointing: Checkpointing | None = None
    limits: Limits | None = None
    seed: Seed | None = None
    batch_id: Annotated[
        uuid.UUID | None,
        Field(description="Of your making: jobs with the same one were launched together, and lists group them by it."),
    ] = None


class CheckpointDeliver(Value):
    """What the job and its model are called; left out: like the job that trained, with the step."""

    name: Name | None = None


class JobOverrides(Value):
    """What a duplicate does differently; a part that is given replaces the whole part."""

    name: Name | None = None
    dataset_version_id: uuid.UUID | None = None
    base_model: Slug | None = None
    method: Method | None = None
    task: TaskOptions | None = None
    search: Search | None = None
    augmentation: Augmentation | None = None
    optimisation: Optimisation | None = None
    checkpointing: Checkpointing | None = None
    limits: Limits | None = None
    seed: Seed | None = None


# No commas, since addresses separate tags by them.
Tag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f,]+$")
]


Notes = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
Base = Annotated[str, StringConstraints(max_length=200)]


def _read_as(name: str) -> Any:
    """Says of a field that it has what the writer read before they wrote over it."""
    return Field(description=f"`{name}` as you read it: refused (412) when it is another by now.")


class JobUpdate(Value):
    """What of a job can be changed; what is left out stays as it is."""

    name: Name | None = None
    notes: Notes | None = None
    base_name: Annotated[Base, _read_as("name")] | None = None
    base_notes: Annotated[Notes, _read_as("notes")] | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=20, description="All tags that the job is to have.")] | None = (
        None
    )

    @field_validator("tags")
    @classmethod
    def _each_once(cls, tags: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if tags is None else tuple(dict.fromkeys(tags))


ViewName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00]+$")]


class ViewFilters(Value):
    """Parameters of the list of jobs, and what it is grouped by."""

    state: Annotated[str, StringConstraints(max_length=200)] = ""
    tag: Annotated[str, StringConstraints(max_length=1000)] = ""
    dataset_id: Annotated[str, StringConstraints(max_length=36)] = ""
    base_model: Annotated[str, StringConstraints(max_length=80)] = ""
    method: Annotated[str, StringConstraints(max_length=40)] = ""
    task: Annotated[str, StringConstraints(max_length=40)] = ""
    week: Annotated[str, StringConstraints(max_length=10)] = ""
    batch: Annotated[str, StringConstraints(max_length=36)] = ""
    untagged: Literal["true", "false"] | None = None
    q: Annotated[str, StringConstraints(max_length=200)] = ""
    archived: Literal["true", "false"] | None = None
    sort: Literal["created", "result", "duration"] | None = None
    group: Literal["dataset", "base_model", "method", "task", "tag", "state", "week", "batch"] | None = None

    def given(self) -> dict[str, str]:
        """Those that say something. Raises AnnealError for what the list would refuse."""
        parameters: dict[str, str] = {name: value for name, value in self.model_dump().items() if value}
        JobFilters.of(parameters)
        return parameters


class SavedViewCreate(Value):
    """A choice of jobs to keep."""

    name: ViewName
    filters: ViewFilters


class SavedViewUpdate(Value):
    """What of a kept choice can be changed; what is left out stays as it is."""

    name: ViewName | None = None
    filters: ViewFilters | None = None


Body = TypeVar("Body", bound=Value)


def body_of(request: Request, kind: type[Body]) -> Body:
    """The request's body as a value. Raises AnnealError that names the field by its path."""
    if not isinstance(request.data, dict):
        raise AnnealError("request.malformed", params={"reason": text("request.no_object")})
    try:
        return kind.model_validate(request.data)
    except ValidationError as error:
        raise spec_refusal(error, kind) from error


def given(body: Value) -> dict[str, Any]:
    """The parts of a spec that a body gives, as JSON values. A part that is null is not given; inside of one null is a value."""
    parts = body.model_dump(mode="json", exclude_unset=True, include=set(SPEC_FIELDS) - {"task"})
    parts["task"] = getattr(body, "task", None)
    return {name: part for name, part in parts.items() if part is not None}
