"""(IA)³ (Liu et al. 2022, arXiv:2205.05638) through peft: learnt factors for keys, values and what feed-forward blocks pass on.

The fewest weights of all methods: three vectors a layer. Merged, the factors are part of the matrices.
"""

from __future__ import annotations

from typing import Any

import peft

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.anatomy import ends_of_feed_forward, keys_and_values
from workers.trainer.methods._low_rank import are_transposed
from workers.trainer.methods._peft import InjectedMethod


class LearntFactors(InjectedMethod):
    # Factors start at one and must move far.
    learning_rate_factor = FACTOR_OF_METHOD["ia3"]
    marker = ".ia3_"

    def choose(self, body: Any) -> list[str]:
        self._feed_forward = ends_of_feed_forward(body)
        chosen = [*keys_and_values(body), *self._feed_forward]
        self._is_transposed = are_transposed(body, chosen)
        return chosen

    def config(self, prefix: str = "") -> peft.IA3Config:
        return peft.IA3Config(
            target_modules=[f"{prefix}{name}" for name in self.targets],
            feedforward_modules=[f"{prefix}{name}" for name in self._feed_forward],
            fan_in_fan_out=self._is_transposed,
        )
