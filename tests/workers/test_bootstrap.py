from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.stats import binomtest

from workers.bootstrap import Bootstrap, mcnemar_p_value


def right(num_rows: int, share: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(num_rows) < share).astype(np.float64)


def test_interval_has_the_width_of_the_binomial() -> None:
    interval = Bootstrap(1000).mean(right(1000, 0.9, 0))
    assert interval.low < interval.value < interval.high
    deviation = (interval.value * (1 - interval.value) / 1000) ** 0.5
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * deviation, rel=0.15)


def test_any_statistic_gets_the_interval_of_the_mean_when_it_is_one() -> None:
    values = right(300, 0.7, 2)
    assert Bootstrap(300).of(lambda rows: float(values[rows].mean())) == Bootstrap(300).mean(values)


@pytest.mark.parametrize("num_rows", [1, 7, 1300])
def test_resamples_are_those_of_one_large_draw_when_they_are_drawn_in_parts(num_rows: int) -> None:
    values = np.random.default_rng(4).normal(size=num_rows)
    other = np.random.default_rng(5).normal(size=num_rows)
    resamples = np.random.Generator(np.random.Philox(0)).integers(0, num_rows, size=(1000, num_rows))

    def interval(value: float, samples: np.ndarray) -> tuple[float, float, float]:
        low, high = np.quantile(samples, (0.025, 0.975))
        return value, low, high

    means = interval(values.mean(), values[resamples].mean(1))
    peaks = interval(values.max(), values[resamples].max(1))
    bootstrap = Bootstrap(num_rows)
    several = bootstrap.of_several(lambda rows: {"mean": values[rows].mean(), "peak": values[rows].max()})
    for found, expected in (
        (bootstrap.mean(values), means),
        (several["mean"], means),
        (several["peak"], peaks),
        (bootstrap.of(lambda rows: values[rows].max()), peaks),
        (
            bootstrap.difference(lambda rows: values[rows].mean(), lambda rows: other[rows].mean())[0],
            interval(values.mean() - other.mean(), values[resamples].mean(1) - other[resamples].mean(1)),
        ),
    ):
        assert (found.value, found.low, found.high) == expected


def test_few_resamples_are_in_memory_at_once() -> None:
    values = right(5000, 0.5, 6)
    tracemalloc.start()
    try:
        Bootstrap(5000).mean(values)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000 < 1000 * 5000 * 8


def test_difference_is_paired_and_repeats() -> None:
    one, other = right(500, 0.8, 1), right(500, 0.6, 3)
    bootstrap = Bootstrap(500)
    same, p_value = bootstrap.difference(lambda rows: one[rows].mean(), lambda rows: one[rows].mean())
    assert (same.low, same.value, same.high, p_value) == (0, 0, 0, 1)
    found, p_value = bootstrap.difference(lambda rows: one[rows].mean(), lambda rows: other[rows].mean())
    expected = bootstrap.mean(one - other)
    assert (found.low, found.value, found.high) == pytest.approx((expected.low, expected.value, expected.high))
    assert p_value == pytest.approx(1 / 1000)
    assert bootstrap.mean(one) == Bootstrap(500).mean(one)


@pytest.mark.parametrize(("only_one", "only_other"), [(0, 0), (5, 5), (12, 3), (3, 12), (800, 700), (1, 0)])
def test_mcnemar_is_the_exact_binomial_test(only_one: int, only_other: int) -> None:
    one = np.ones(only_one + only_other + 7)
    other = one.copy()
    other[:only_one] = 0
    one[only_one : only_one + only_other] = 0
    n = only_one + only_other
    expected = binomtest(only_one, n).pvalue if n else 1.0
    assert mcnemar_p_value(one, other) == pytest.approx(expected, rel=1e-6)
