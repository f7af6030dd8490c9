"""What the API takes to launch a job, made of the classes of the spec, so that both accept and refuse the same things."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, TypeVar

from pydantic import Field, SkipValidation, StringConstraints, ValidationError
from rest_framework.request import Request

from anneal.common.errors import AnnealError
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


class JobUpdate(Value):
    """What of a job can be changed."""

    name: Name


Body = TypeVar("Body", bound=Value)


def body_of(request: Request, kind: type[Body]) -> Body:
    """The request's body as a value. Raises AnnealError that names the field by its path."""
    if not isinstance(request.data, dict):
        raise AnnealError("request.malformed", params={"reason": "an object is expected"})
    try:
        return kind.model_validate(request.data)
    except ValidationError as error:
        raise spec_refusal(error, kind) from error


def given(body: Value) -> dict[str, Any]:
    """The parts of a spec that a body gives, as JSON values."""
    parts = body.model_dump(mode="json", exclude_none=True, exclude_unset=True, include=set(SPEC_FIELDS) - {"task"})
    task = getattr(body, "task", None)
    return parts if task is None else {**parts, "task": task}
