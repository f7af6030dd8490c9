"""Points drawn at random. Trial n is a pure function of (seed, n), so a search that is continued draws what it would have drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.spec import Choices
from workers.trainer.fingerprint import derived_seed
from workers.trainer.search._trials import Trials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import RunningTrial, TrialRecord
    from workers.contract.spec import RandomSearch, Range
    from workers.trainer.search._trials import Settings


class Randomised(Trials):
    spec: RandomSearch

    @property
    def num_trials(self) -> int:
        return self.spec.num_trials

    def propose(
        self, number: int, history: Sequence[TrialRecord], running: Sequence[RunningTrial] = (), *, seed: int
    ) -> Settings:
        del history, running
        random = np.random.Generator(np.random.Philox(derived_seed(seed, "search", number)))
        return {
            path: part.values[int(random.integers(len(part.values)))]
            if isinstance(part, Choices)
            else _between(part, float(random.random()))
            for path, part in self.spec.space.items()
        }


def _between(part: Range, share: float) -> float | int:
    """The point of a range at a share of its width. Each whole number has as much of it as is rounded to it."""
    if part.is_integer:
        found = _at(share, part.first - 0.5, part.last + 0.5, is_log=part.is_log)
        return min(max(math.floor(found + 0.5), part.first), part.last)
    found = float(f"{_at(share, part.low, part.high, is_log=part.is_log):.4g}")
    return min(max(found, part.low), part.high)


def _at(share: float, low: float, high: float, *, is_log: bool) -> float:
    return math.exp(math.log(low) + share * math.log(high / low)) if is_log else low + share * (high - low)
