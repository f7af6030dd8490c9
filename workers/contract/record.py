"""A run as other programs keep runs: settings, curves and figures, and no row of anybody's data.

The platform gives the record of a job, a run folder can be read as one (`workers.tracking.folder`), and exports take nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from workers.contract.base import Value
from workers.contract.events import Resolved, Scalar
from workers.contract.results import Evaluation
from workers.contract.spec import JobSpec

SEARCH_SERIES = "search/value"
"""The curve of a search: the value of each trial that has one, by the trial's number."""

Curve = tuple[tuple[int, float], ...]
"""Points in order of steps: step and value."""


class RunRecord(Value):
    """`id` finds the run again in a program that has it already. When a step was made is not recorded."""

    format_version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[0-9a-f-]{8,64}$")]
    name: str
    state: Literal["running", "succeeded", "failed", "stopped"]
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = Field(description="Null until it has ended.")
    parameters: dict[str, Scalar] = Field(description="The spec by the paths of its fields, with what `auto` became.")
    tags: dict[str, str]
    series: dict[str, Curve]
    figures: dict[str, float] = Field(description="The evaluation; empty before there is one.")
    card: str | None = Field(description="The model card, in Markdown.")


def parameters_of(spec: JobSpec, resolved: Iterable[Resolved]) -> dict[str, Scalar]:
    """Every setting that has a value; lists and tables of names are written as JSON."""
    chosen = {part.field: part.value for part in resolved}
    return {name: value for name, value in {**dict(_leaves(spec, "")), **chosen}.items() if value is not None}


def _leaves(value: Value, prefix: str) -> Iterator[tuple[str, Scalar]]:
    for name in type(value).model_fields:
        part: Any = getattr(value, name)
        if isinstance(part, Value):
            yield from _leaves(part, f"{prefix}{name}.")
        elif part is None or isinstance(part, str | int | float):
            yield f"{prefix}{name}", part
        else:
            written = value.model_dump(mode="json", include={name})[name]
            yield f"{prefix}{name}", json.dumps(written, ensure_ascii=False)


def tags_of(spec: JobSpec, *, data_sha256: str | None, fingerprint: Mapping[str, Scalar]) -> dict[str, str]:
    """By what runs are looked for: base model, task, method, digests, and each fact of the environment.

    `data_sha256` is that of the rows that were read, as `Started` says it; the version's is what the spec says.
    """
    known = {
        "base_model": spec.base_model,
        "task": spec.task.type,
        "method": spec.method.type,
        "spec_sha256": spec.sha256(),
        "data_sha256": data_sha256,
        "dataset_version_sha256": spec.data.version_sha256,
        **{f"environment.{name}": value for name, value in fingerprint.items()},
    }
    return {name: str(value) for name, value in known.items() if value is not None}


def figures_of(evaluation: Evaluation) -> dict[str, float]:
    """`evaluation/<contender>/<metric>` for everybody, the tuned model's interval, and by how much it beats the best of the others."""
    values = {
        f"{contender.name}/{name}": interval.value
        for contender in evaluation.contenders
        for name, interval in contender.metrics.items()
    }
    for name, interval in {**evaluation.tuned.metrics, "difference": evaluation.verdict.difference}.items():
        values |= {f"tuned/{name}_low": interval.low, f"tuned/{name}_high": interval.high}
    values |= {"tuned/difference": evaluation.verdict.difference.value, "tuned/p_value": evaluation.verdict.p_value}
    return {f"evaluation/{name}": value for name, value in values.items()}
