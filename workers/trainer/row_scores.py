"""What a language model says about the words of a row: the raw material of losses, perplexities and accuracies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


@dataclass(frozen=True)
class RowScores:
    """Of the tokens of a row that count: the log-likelihood of each, whether it was the likeliest, and what it counts."""

    likelihoods: npt.NDArray[np.float32]
    hits: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.float32]

    @property
    def loss(self) -> float:
        """Summed over the tokens."""
        return -float((self.likelihoods.astype(np.float64) * self.weights).sum())

    @property
    def weight(self) -> float:
        return float(self.weights.astype(np.float64).sum())

    @property
    def num_hits(self) -> float:
        return float((self.hits * self.weights.astype(np.float64)).sum())


@dataclass(frozen=True)
class PairScores(RowScores):
    """Of a row that is a pair as well: the probability of what is true of the pair; None where nothing is asked about it."""

    pair_probability: float | None

    @property
    def is_pair_right(self) -> bool:
        return self.pair_probability is not None and self.pair_probability > 0.5  # noqa: PLR2004 - of two answers


def pairs_among(answers: Sequence[RowScores]) -> list[PairScores]:
    """Rows that something was asked about as pairs."""
    return [row for row in answers if isinstance(row, PairScores) and row.pair_probability is not None]


def perplexity(loss: float) -> float:
    """The exponential of the loss per token; a loss beyond any language (100 nats) is not made larger still."""
    return math.exp(min(loss, 100.0))
