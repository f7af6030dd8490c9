"""How sure the figures are: percentile bootstrap over held-out rows, and tests of the difference between two contenders.

Of the trainer, which compares contenders of one job, and of the platform, which compares two jobs; numpy and the contract, nothing else.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workers.contract.results import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
NUM_RESAMPLES = 1000
SIGNIFICANT = 0.05
# Numbers of rows that are in memory at once: resamples of a million rows would be gigabytes.
_MOST_DRAWN = 1 << 18


class Bootstrap:
    """One set of resamples shared by all contenders, so that differences between them are paired (Efron & Tibshirani 1993).

    They are drawn anew from the seed for every figure, a few at a time, and are always the same.
    """

    def __init__(self, num_rows: int, *, seed: int = 0) -> None:
        self._num_rows = num_rows
        self._seed = seed
        self._all = np.arange(num_rows)

    def mean(self, per_row: FloatArray) -> Interval:
        """Of a figure that is a mean over rows."""
        samples = np.concatenate([per_row[resamples].mean(1) for resamples in self._blocks()])
        return _interval(float(per_row.mean()), samples)

    def of(self, statistic: Callable[[IntArray], float]) -> Interval:
        """Of any figure; `statistic(rows)` computes it on these rows, which may repeat."""
        return _interval(statistic(self._all), self._samples(statistic))

    def of_several(self, statistics: Callable[[IntArray], dict[str, float]]) -> dict[str, Interval]:
        """Of figures that are made of the same counts, which one call computes."""
        samples = self._samples(lambda rows: list(statistics(rows).values()))
        return {name: _interval(value, samples[:, i]) for i, (name, value) in enumerate(statistics(self._all).items())}

    def of_times(
        self, statistics: Callable[[FloatArray], FloatArray], *, num_resamples: int = NUM_RESAMPLES
    ) -> tuple[Interval, ...]:
        """Of costly figures that are computed for several resamples together, from the first of them alone.

        `statistics(times)` is told how often each row counts, (resamples, rows), and answers (resamples, figures): nan where a figure is
        not defined, and then the resample does not count.
        """
        (values,) = statistics(np.ones((1, self._num_rows)))
        found, num_left = [], num_resamples
        for resamples in self._blocks():
            times = [np.bincount(rows, minlength=self._num_rows) for rows in resamples[:num_left]]
            found.append(statistics(np.array(times, dtype=np.float64)))
            num_left -= len(times)
            if not num_left:
                break
        samples = np.concatenate(found)
        return tuple(
            _interval(float(value), figure[np.isfinite(figure)])
            for value, figure in zip(values, samples.T, strict=True)
        )

    def difference(
        self, statistic: Callable[[IntArray], float], other: Callable[[IntArray], float]
    ) -> tuple[Interval, float]:
        """Of two figures on the same resamples, and the two-sided p-value that they are equal."""
        samples = self._samples(lambda rows: statistic(rows) - other(rows))
        value = statistic(self._all) - other(self._all)
        below, above = float(np.mean(samples <= 0)), float(np.mean(samples >= 0))
        # A share of resamples is never smaller than one of them.
        return _interval(value, samples), min(1.0, max(2 * min(below, above), 1 / NUM_RESAMPLES))

    def _samples(self, statistic: Callable[[IntArray], float | Sequence[float]]) -> FloatArray:
        return np.array([statistic(rows) for resamples in self._blocks() for rows in resamples])

    def _blocks(self) -> Iterator[IntArray]:
        """All resamples, as many of them at a time as may be in memory."""
        random = np.random.Generator(np.random.Philox(self._seed))
        at_once = max(1, _MOST_DRAWN // self._num_rows)
        for first in range(0, NUM_RESAMPLES, at_once):
            yield random.integers(0, self._num_rows, size=(min(at_once, NUM_RESAMPLES - first), self._num_rows))


def _interval(value: float, samples: FloatArray) -> Interval:
    low, high = np.quantile(samples, (0.025, 0.975))
    return Interval(value=value, low=float(low), high=float(high))


def mcnemar_p_value(is_right: FloatArray, is_other_right: FloatArray) -> float:
    """Two-sided exact McNemar test: of the rows that only one of the two gets right, is either favoured?"""
    only_one = int(np.sum((is_right > 0) & (is_other_right == 0)))
    only_other = int(np.sum((is_right == 0) & (is_other_right > 0)))
    n, k = only_one + only_other, min(only_one, only_other)
    if n == 0:
        return 1.0
    log_terms = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) - n * math.log(2) for i in range(k + 1)
    ]
    return min(1.0, 2 * math.fsum(math.exp(term) for term in log_terms))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values of several comparisons, corrected so that the chance of any false one among them stays what it is for one.

    In the order given (Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6).
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
