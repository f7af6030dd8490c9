"""Every combination of the choices, the last setting changing fastest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workers.contract.spec import Choices
from workers.trainer.search._trials import Trials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import RunningTrial, TrialRecord
    from workers.contract.spec import GridSearch
    from workers.trainer.search._trials import Settings


class Grid(Trials):
    spec: GridSearch

    @property
    def num_trials(self) -> int:
        return math.prod(len(values) for values in self._values().values())

    def propose(
        self, number: int, history: Sequence[TrialRecord], running: Sequence[RunningTrial] = (), *, seed: int
    ) -> Settings:
        del history, running, seed
        settings: Settings = {}
        for path, values in reversed(self._values().items()):
            number, position = divmod(number, len(values))
            settings[path] = values[position]
        return dict(reversed(settings.items()))

    def _values(self) -> dict[str, tuple[str | int | float | bool, ...]]:
        return {path: part.values for path, part in self.spec.space.items() if isinstance(part, Choices)}
