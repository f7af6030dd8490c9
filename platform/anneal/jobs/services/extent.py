"""How much training a spec asks for, in trainings and in passes, for whoever says what it will take."""

from __future__ import annotations

import math

from workers.contract.spec import JobSpec, NoSearch

# Where nobody has said how many: what the rules of the trainer take of most data.
_ROWS_PER_STEP = 32


def num_trainings(spec: JobSpec) -> int:
    """How often the training rows are trained on: once for each trial, and with augmentation once more without it, to compare."""
    trials = 1 if isinstance(spec.search, NoSearch) else spec.search.num_trials
    return trials + (spec.augmentation is not None)


def num_places(spec: JobSpec) -> int:
    """How many of the trainings may run at once."""
    return 1 if isinstance(spec.search, NoSearch) else min(spec.search.side_by_side, spec.search.num_trials)


def most_passes(spec: JobSpec, *, num_rows: float, rows_per_step: int | None = None) -> float:
    """Over so many rows, by the limit of steps."""
    if spec.limits.max_steps is None:
        return math.inf
    size = spec.optimisation.batch_size
    at_once = size if isinstance(size, int) else rows_per_step or _ROWS_PER_STEP
    return spec.limits.max_steps * at_once * spec.optimisation.gradient_accumulation / max(1.0, num_rows)
