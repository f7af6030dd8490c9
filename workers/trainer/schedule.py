"""The learning rate as a pure function of the step: nothing to save, nothing to restore."""

from __future__ import annotations

import math
from typing import Literal


def learning_rate_at(
    step: int,
    *,
    peak: float,
    total_steps: int,
    warmup_ratio: float,
    schedule: Literal["linear", "cosine", "constant"],
) -> float:
    """Rate of the update that leads from `step` to `step + 1`: linear warm-up, then the schedule down to zero."""
    warmup = math.ceil(total_steps * warmup_ratio)
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if schedule == "constant":
        return peak
    done = (step - warmup) / max(1, total_steps - warmup)
    if schedule == "cosine":
        return peak * 0.5 * (1 + math.cos(math.pi * done))
    return peak * (1 - done)
