"""What a trainer says, one JSON object per line, and what it is told.

The trainer writes events to its event stream (a pipe of the supervisor, or a file when it runs alone); the supervisor
relays them. Steps are optimizer steps, counted from 1 when the first one is complete; `epoch` is a position in passes over the data.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from workers.contract.base import Value
from workers.contract.storable import storable

Phase = Literal["loading", "preparing", "probing", "comparing", "training", "evaluating", "exporting"]
Scalar = str | int | float | bool | None


class Resolved(Value):
    """One `auto` value: what it became and the rule, as a code of `notices.RULES` with parameters (a page's words are the platform's)."""

    field: str
    value: Scalar
    rule: str
    params: dict[str, Scalar] = Field(default_factory=dict)
    explanation: str


class Started(Value):
    """The run knows its data and its plan. `resumed_from_step` is 0 for a fresh start."""

    type: Literal["started"] = "started"
    resumed_from_step: int
    total_steps: int
    steps_per_epoch: int
    num_examples: dict[str, int]
    trainable_parameters: int
    total_parameters: int
    fingerprint: dict[str, Scalar]
    is_same_environment: bool = Field(True, description="False when a resumed run continues on another fingerprint.")
    resolved: tuple[Resolved, ...] = ()
    data_sha256: str | None = Field(None, description="Digest of the rows that are read, in their order.")


class PhaseChanged(Value):
    type: Literal["phase"] = "phase"
    phase: Phase


class Progress(Value):
    """Where the run is; `seconds_remaining` is an estimate for the whole run or None when unknown."""

    type: Literal["progress"] = "progress"
    step: int
    total_steps: int
    epoch: float
    examples_per_second: float | None = None
    seconds_remaining: float | None = None


class Metrics(Value):
    """Points of curves at one step: `train/loss`, `train/learning_rate`, `validation/accuracy` …"""

    type: Literal["metrics"] = "metrics"
    step: int
    epoch: float
    values: dict[str, float]


class CheckpointSaved(Value):
    """A checkpoint is complete and durable on local disk under `path` (relative to the output folder)."""

    type: Literal["checkpoint"] = "checkpoint"
    step: int
    epoch: float
    path: str
    manifest_sha256: str
    size_bytes: int
    is_best: bool = False


class TrialBegan(Value):
    """One trial of a search begins, with these settings."""

    type: Literal["trial_began"] = "trial_began"
    number: int
    settings: dict[str, Scalar]


def trial_curve(number: int, name: str) -> str:
    """What a curve of a trial is called among those of its search; with no name, what all of them begin with."""
    return f"trial-{number}/{name}"


class TrialEnded(Value):
    """One trial of a search is over. `value` is its best watched figure, turned so that higher is better; None when it failed."""

    type: Literal["trial"] = "trial"
    number: int
    settings: dict[str, Scalar]
    state: Literal["complete", "pruned", "failed"]
    value: float | None
    steps: int
    seconds: float
    is_best: bool
    reason: str | None = None
    """Code of the reason when it failed."""
    intermediate: tuple[float, ...] = ()
    """The watched figure after each judgement, turned likewise."""
    metric: str | None = None
    """What the watched figure is, where that is known."""
    is_lower_better: bool | None = None


class Warned(Value):
    """Something that the customer should know and that did not stop the run; `code` is one of `notices.WARNINGS`."""

    type: Literal["warning"] = "warning"
    code: str
    message: str
    params: dict[str, Scalar] = Field(default_factory=dict)


class Evaluated(Value):
    """The evaluation document (`workers.contract.results.Evaluation`) was written to `path`, and `RowFigures`, if any, to `rows_path`."""

    type: Literal["evaluation"] = "evaluation"
    path: str
    rows_path: str | None = None


class Exported(Value):
    """The model directory is complete under `path`; `files` maps relative names to sha256."""

    type: Literal["exported"] = "exported"
    path: str
    kind: Literal["merged", "adapter"]
    files: dict[str, str]
    size_bytes: int


class Failed(Value):
    """The run ended with an error of the closed list of reasons."""

    type: Literal["failed"] = "failed"
    code: str
    message: str
    params: dict[str, Scalar | list[str]] = Field(default_factory=dict)


class Stopped(Value):
    """The run stopped because it was told to; everything up to `step` is in a checkpoint."""

    type: Literal["stopped"] = "stopped"
    step: int


class Finished(Value):
    """The run is complete: evaluation and model directories were announced before this line."""

    type: Literal["finished"] = "finished"
    step: int
    seconds: float


class Ready(Value):
    """A warm child has loaded its libraries and waits for a `Start` line."""

    type: Literal["ready"] = "ready"


Event = Annotated[
    Ready
    | Started
    | PhaseChanged
    | Progress
    | Metrics
    | CheckpointSaved
    | TrialBegan
    | TrialEnded
    | Warned
    | Evaluated
    | Exported
    | Failed
    | Stopped
    | Finished,
    Field(discriminator="type"),
]
_EVENT: TypeAdapter[Any] = TypeAdapter(Event)
_ESCAPED: Final = re.compile(rb"\\u(0000|d[89a-f])", re.IGNORECASE)
"""What a line holds wherever a text of it may need a look."""


def event_from_json(line: str | bytes) -> Event:
    """Parse one line; its texts can be stored (`storable`). Raises pydantic's ValidationError for anything that is not an event."""
    if _ESCAPED.search(line if isinstance(line, bytes) else line.encode()):
        with suppress(ValueError):
            line = json.dumps(storable(json.loads(line)))
    event: Event = _EVENT.validate_json(line)
    return event


class Start(Value):
    """To a warm child, on its standard input: run this job. Paths are absolute."""

    type: Literal["start"] = "start"
    spec_path: str
    out_dir: str
    data_dir: str
    price_per_hour: float | None = None
    halvings: int = 0
    """How often batches are cut in two from the beginning: so often the kernel has ended earlier attempts for want of memory."""
    part_path: str | None = None
    """A `results.SearchPart` in JSON, where the search is not conducted whole."""


# Exit codes of the trainer. Anything else is a crash. SIGTERM asks it to commit a checkpoint and stop.
EXIT_FINISHED = 0
EXIT_FAILED = 2
EXIT_STOPPED = 3
