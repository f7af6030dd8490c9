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
    """The point of a range at a share of its width."""
    if part.is_integer:
        return int(part.low) + min(int(share * (part.high - part.low + 1)), int(part.high - part.low))
    if part.is_log:
        return float(f"{math.exp(math.log(part.low) + share * math.log(part.high / part.low)):.4g}")
    return float(f"{part.low + share * (part.high - part.low):.4g}")
