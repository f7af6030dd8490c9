"""How sure the figures are: percentile bootstrap over held-out rows, and McNemar's exact test between two contenders."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.results import Interval
from workers.trainer.evaluate.metrics import confusion, f1_scores

if TYPE_CHECKING:
    from workers.trainer.evaluate.metrics import FloatArray, IntArray

NUM_RESAMPLES = 1000


class Bootstrap:
    """One set of resamples shared by all contenders, so that differences between them are paired."""

    def __init__(self, true: IntArray, *, num_labels: int, seed: int = 0) -> None:
        random = np.random.Generator(np.random.Philox(seed))
        self._rows = random.integers(0, len(true), size=(NUM_RESAMPLES, len(true)))
        self._true = true
        self._num_labels = num_labels

    def accuracy(self, predicted: IntArray) -> Interval:
        is_right = (predicted == self._true).astype(np.float64)
        return _interval(float(is_right.mean()), is_right[self._rows].mean(1))

    def macro_f1(self, predicted: IntArray) -> Interval:
        whole = confusion(self._true, predicted, num_labels=self._num_labels)
        # Classes that a resample happens to miss do not count in it.
        samples = np.array(
            [
                np.nanmean(f1_scores(confusion(self._true[rows], predicted[rows], num_labels=self._num_labels)))
                for rows in self._rows
            ]
        )
        return _interval(float(np.nanmean(f1_scores(whole))), samples)

    def accuracy_difference(self, predicted: IntArray, other: IntArray) -> Interval:
        difference = (predicted == self._true).astype(np.float64) - (other == self._true)
        return _interval(float(difference.mean()), difference[self._rows].mean(1))


def _interval(value: float, samples: FloatArray) -> Interval:
    low, high = np.quantile(samples, (0.025, 0.975))
    return Interval(value=value, low=float(low), high=float(high))


def mcnemar_p_value(true: IntArray, predicted: IntArray, other: IntArray) -> float:
    """Two-sided exact McNemar test: of the rows that only one of the two gets right, is either favoured?"""
    only_one = int(np.sum((predicted == true) & (other != true)))
    only_other = int(np.sum((predicted != true) & (other == true)))
    n, k = only_one + only_other, min(only_one, only_other)
    if n == 0:
        return 1.0
    log_terms = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) - n * math.log(2) for i in range(k + 1)
    ]
    return min(1.0, 2 * math.fsum(math.exp(term) for term in log_terms))
