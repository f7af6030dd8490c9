"""How sure the figures are: percentile bootstrap over held-out rows, and tests of the difference between two contenders.

Of the trainer, which compares contenders of one job, and of the platform, which compares two jobs; numpy and the contract, nothing else.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from workers.contract.results import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
NUM_RESAMPLES = 1000
SIGNIFICANT = 0.05
MIN_ROWS = 10
"""Over fewer rows an interval is narrower than it should be."""
FEW_ROWS = 100
"""Resamples of fewer rows are more alike than rows are: of differences that are chance they call more than 1 in 10 sure at 10 rows, and
every one at a single row.
"""
# Rows whose signs are flipped in all ways, 4,096; of more rows so many ways are drawn.
_MOST_FLIPPED = 12
# Numbers of rows that are in memory at once: resamples of a million rows would be gigabytes.
_MOST_DRAWN = 1 << 18


class Bootstrap:
    """One set of resamples shared by all contenders, so that differences between them are paired (Efron & Tibshirani 1993).

    They are drawn anew from the seed for every figure, a few at a time, and are always the same.
    """

    def __init__(self, num_rows: int, *, seed: int = 0) -> None:
        self._num_rows = num_rows
        self._seed = seed
        self.rows = np.arange(num_rows)

    def mean(self, per_row: FloatArray) -> Interval:
        """Of a figure that is a mean over rows."""
        samples = np.concatenate([per_row[resamples].mean(1) for resamples in self._blocks()])
        return _interval(float(per_row.mean()), samples)

    def of(self, statistic: Callable[[IntArray], float]) -> Interval:
        """Of any figure; `statistic(rows)` computes it on these rows, which may repeat."""
        return _interval(statistic(self.rows), self._samples(statistic))

    def of_several(self, statistics: Callable[[IntArray], dict[str, float]]) -> dict[str, Interval]:
        """Of figures that are made of the same counts, which one call computes."""
        samples = self._samples(lambda rows: list(statistics(rows).values()))
        return {name: _interval(value, samples[:, i]) for i, (name, value) in enumerate(statistics(self.rows).items())}

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
        """Of two figures on the same resamples, and the two-sided p-value that they are equal, by `paired_test`."""

        def gap(rows: IntArray) -> float:
            return statistic(rows) - other(rows)

        samples = self._samples(gap)
        if self.paired_test == "paired_permutation":
            p_value = permutation_p_value(self._by_row(gap))
        else:
            below, above = float(np.mean(samples <= 0)), float(np.mean(samples >= 0))
            # A share of resamples is never smaller than one of them.
            p_value = min(1.0, max(2 * min(below, above), 1 / NUM_RESAMPLES))
        return self.as_sure_as(p_value, _interval(gap(self.rows), samples)), p_value

    @property
    def paired_test(self) -> Literal["paired_permutation", "paired_bootstrap"]:
        return "paired_permutation" if self._num_rows < FEW_ROWS else "paired_bootstrap"

    def as_sure_as(self, p_value: float, difference: Interval) -> Interval:
        """Over few rows an interval reaches to zero where the test is not sure that there is a difference."""
        if p_value < SIGNIFICANT or self._num_rows >= FEW_ROWS:
            return difference
        return difference.model_copy(update={"low": min(difference.low, 0.0), "high": max(difference.high, 0.0)})

    def _by_row(self, statistic: Callable[[IntArray], float]) -> FloatArray:
        """What each row adds to a figure: itself where the figure is a mean over rows, else its pseudo-value (Tukey 1958), which the figure
        without the row tells.
        """
        if self._num_rows == 1:
            return np.array([statistic(self.rows)])
        without = np.array([statistic(np.delete(self.rows, row)) for row in self.rows])
        return self._num_rows * statistic(self.rows) - (self._num_rows - 1) * without

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


def permutation_p_value(per_row: FloatArray) -> float:
    """Two-sided exact test that differences of rows are as likely as their opposites: the share of all ways to turn their signs in which
    the sum is as far from zero (Fisher 1935, "The Design of Experiments", section 21). Below six rows it cannot be sure.
    """
    num_rows = len(per_row)
    if num_rows <= _MOST_FLIPPED:
        turned = (np.arange(1 << num_rows)[:, None] >> np.arange(num_rows)) & 1
    else:
        random = np.random.Generator(np.random.Philox(0))
        turned = random.integers(0, 2, size=(1 << _MOST_FLIPPED, num_rows))
        turned[0] = 0  # As it is.
    sums = np.abs((1 - 2 * turned) @ per_row)
    # Sums of the same numbers in other orders differ in their last bits.
    return float(np.mean(sums >= sums[0] - 1e-9 * np.abs(per_row).sum()))


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
