"""What a diagnosis reads of a run, and what it says: plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workers.contract.results import Evaluation

Severity = Literal["error", "warning", "info"]
Points = Sequence[Sequence[float]]
"""A curve: `[step, epoch, value]` in order of steps."""


@dataclass(frozen=True)
class Action:
    """What can be done about it. `duplicate` launches the job again with `field` set to `value`; `dataset` is work on the data;
    `checkpoint` makes a model of the checkpoint whose id is `value`.
    """

    kind: Literal["duplicate", "dataset", "checkpoint"]
    field: str | None = None
    value: str | float | bool | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that matters. `warning` is the code of a warning of the run that this says more about, where it does."""

    code: str
    severity: Severity
    params: dict[str, str | float] = field(default_factory=dict)
    action: Action | None = None
    warning: str | None = None


@dataclass(frozen=True)
class RunFacts:
    """A run as far as it has come. Of a search the curves are empty: they are those of many runs."""

    spec: Mapping[str, Any]
    resolved: Mapping[str, Any] = field(default_factory=dict)
    """What `auto` values became, by their paths."""
    curves: Mapping[str, Points] = field(default_factory=dict)
    warnings: Sequence[tuple[str, Mapping[str, Any]]] = ()
    num_rows: Mapping[str, int] = field(default_factory=dict)
    label_counts: Mapping[str, int] = field(default_factory=dict)
    """Training rows with each label."""
    longest_readable: int | None = None
    """How many tokens the base model reads."""
    evaluation: Evaluation | None = None
    is_over: bool = False
    is_finished: bool = False
    """Over, with a model."""
    best_checkpoint: tuple[int, str] | None = None
    """Step and id of the best checkpoint that a run has left which ended without a model."""
    diverged_at: int | None = None
    """The step at which the loss ceased to be a number."""

    def setting(self, path: str) -> Any:
        """What a setting came to: what was asked for, or what `auto` became."""
        asked = self.asked(path)
        return self.resolved.get(path) if asked in {"auto", None} else asked

    def asked(self, path: str) -> Any:
        """What the spec says of a setting."""
        place: Any = self.spec
        for name in path.split("."):
            place = place.get(name) if isinstance(place, Mapping) else None
        return place

    @property
    def passes_before(self) -> int:
        """Those about how alike texts are, which `optimisation.epochs` does not count."""
        return int(self.setting("optimisation.similarity_epochs") or 0)

    def curve(self, name: str) -> Points:
        return self.curves.get(name, ())

    def warned(self, code: str) -> list[Mapping[str, Any]]:
        """The parameters of every warning with this code."""
        return [params for found, params in self.warnings if found == code]

    @property
    def num_validation(self) -> int:
        """Rows that the validation figures are of; 0 where that is not known."""
        split_off = [int(params.get("count", 0)) for params in self.warned("data:validation_split_off")]
        return self.num_rows.get("validation", 0) or max(split_off, default=0)

    @property
    def ignorant_loss(self) -> float | None:
        """The loss of answering every row by the shares of the labels (their entropy); None where a loss is of something else."""
        if self.asked("task.type") not in {"classification", "pair_classification"} or len(self.label_counts) < 2:  # noqa: PLR2004 - to choose from
            return None
        total = sum(self.label_counts.values())
        return -sum(count / total * math.log(count / total) for count in self.label_counts.values() if count)

    def duplicate(self, path: str, value: str | float | bool) -> Action | None:
        """The job again with another value; None where a search varies that setting anyway."""
        space = self.asked("search.space") or {}
        return None if path in space else Action("duplicate", path, value)


def percent(share: float) -> float:
    """A share as a sentence says it: 12.5 of 0.125."""
    return figure(100 * share)


def figure(value: float, digits: int = 3) -> float:
    """As many digits as a sentence needs."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else 0.0


def error_of_share(share: float, num_rows: int) -> float:
    """One standard error of a share that was counted over so many rows; never that of none or all, which would be 0."""
    inside = min(max(share, 1 / (num_rows + 2)), 1 - 1 / (num_rows + 2))
    return math.sqrt(inside * (1 - inside) / num_rows)
