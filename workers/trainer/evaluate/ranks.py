"""Where the right candidates of queries come in an order by score, and the figures made of it.

Candidates of equal score have no order. Every figure is therefore its expectation over all orders of the ties (McSherry & Najork
2008), so that a scorer that says the same of everything counts as the random order that it is, and not by the luck of a file's order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.evaluate.metrics import FloatArray, IntArray


@dataclass(frozen=True)
class FirstRight:
    """For each query: `above` wrong candidates score higher than the best right one, which is among `tied` of equal score.

    `right` of the tied ones are right, itself included; `tied` counts them too.
    """

    above: IntArray
    tied: IntArray
    right: IntArray

    def __len__(self) -> int:
        return len(self.above)

    def rank(self) -> FloatArray:
        """Mean place of the first right candidate, from 1."""
        places: FloatArray = self.above + (self.tied + 1) / (self.right + 1)
        return places

    def hit(self, k: int) -> FloatArray:
        """Probability that a right candidate is among the first k."""
        within = np.clip(k - self.above, 0, self.tied)
        return 1 - np.array([_none_right(*case) for case in zip(within, self.tied, self.right, strict=True)])

    def reciprocal(self) -> FloatArray:
        """Mean of 1 / place of the first right candidate."""
        return np.array([_mean_reciprocal(*case) for case in zip(self.above, self.tied, self.right, strict=True)])


def _none_right(drawn: int, tied: int, right: int) -> float:
    """Probability that none of `drawn` of the tied candidates is right."""
    if right == 1 or drawn <= 0:
        return 1 - drawn / tied
    if drawn > tied - right:
        return 0.0
    steps = np.arange(drawn)
    return float(np.prod((tied - right - steps) / (tied - steps)))


def _mean_reciprocal(above: int, tied: int, right: int) -> float:
    if tied == 1:
        return float(1 / (above + 1))
    steps = np.arange(tied - right + 1)
    # Probability that the first right one of the tied is at this place: nobody before it is, and it is.
    before = np.concatenate([[1.0], np.cumprod((tied - right - steps[:-1]) / (tied - steps[:-1]))])
    return float((before * right / (tied - steps) / (above + 1 + steps)).sum())


def first_right(scores: Sequence[FloatArray], relevance: Sequence[FloatArray]) -> FirstRight:
    """Of queries with lists of their own; every list has a candidate of relevance above zero."""
    found = [_first_right(*query) for query in zip(scores, relevance, strict=True)]
    above, tied, right = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return FirstRight(above=above, tied=tied, right=right)


def _first_right(scores: FloatArray, relevance: FloatArray) -> tuple[int, int, int]:
    is_right = relevance > 0
    best = scores[is_right].max()
    is_tied = scores == best
    return int((scores > best).sum()), int(is_tied.sum()), int((is_tied & is_right).sum())


def ndcg(scores: FloatArray, relevance: FloatArray, k: int) -> float:
    """Normalised discounted cumulative gain of one list (Järvelin & Kekäläinen 2002), with the relevance itself as the gain."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = np.sort(relevance)[::-1][:k]
    _, group = np.unique(-scores, return_inverse=True)
    # Candidates of equal score share their gains.
    shared = np.bincount(group, weights=relevance) / np.bincount(group)
    gains = shared[np.sort(group)][:k]
    return float((gains * discounts[: len(gains)]).sum() / (best * discounts[: len(best)]).sum())


def auc(scores: FloatArray, is_right: FloatArray) -> float:
    """Probability that a right candidate scores above a wrong one, ties counting half; 0.5 where only one kind is there."""
    right, wrong = scores[is_right > 0], np.sort(scores[is_right <= 0])
    if not len(right) or not len(wrong):
        return 0.5
    below = np.searchsorted(wrong, right, side="left") + np.searchsorted(wrong, right, side="right")
    return float(below.mean() / (2 * len(wrong)))
