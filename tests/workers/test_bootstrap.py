from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test

from workers.bootstrap import FEW_ROWS, SIGNIFICANT, Bootstrap, mcnemar_p_value, permutation_p_value


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
    ):
        assert (found.value, found.low, found.high) == expected
    if num_rows >= FEW_ROWS:
        found, _ = bootstrap.difference(lambda rows: values[rows].mean(), lambda rows: other[rows].mean())
        expected = interval(values.mean() - other.mean(), values[resamples].mean(1) - other[resamples].mean(1))
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
    assert bootstrap.paired_test == "paired_bootstrap"
    same, p_value = bootstrap.difference(lambda rows: one[rows].mean(), lambda rows: one[rows].mean())
    assert (same.low, same.value, same.high, p_value) == (0, 0, 0, 1)
    found, p_value = bootstrap.difference(lambda rows: one[rows].mean(), lambda rows: other[rows].mean())
    expected = bootstrap.mean(one - other)
    assert (found.low, found.value, found.high) == pytest.approx((expected.low, expected.value, expected.high))
    assert p_value == pytest.approx(1 / 1000)
    assert bootstrap.mean(one) == Bootstrap(500).mean(one)


@pytest.mark.parametrize("num_rows", [3, 8, 12])
def test_signs_of_few_rows_are_turned_in_all_ways(num_rows: int) -> None:
    per_row = np.random.default_rng(num_rows).normal(0.7, 1, num_rows)
    expected = permutation_test((per_row,), np.mean, permutation_type="samples", n_resamples=1 << num_rows)
    assert permutation_p_value(per_row) == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("num_rows", [2, 5, 6, 10, 30])
def test_chance_is_called_sure_in_one_of_twenty_at_most(num_rows: int) -> None:
    chance = np.random.default_rng(num_rows).normal(size=(300, num_rows))
    share = np.mean([permutation_p_value(per_row) < SIGNIFICANT for per_row in chance])
    assert share <= 0.05 + 2 * (0.05 * 0.95 / 300) ** 0.5


@pytest.mark.parametrize(("num_rows", "is_sure"), [(1, False), (5, False), (6, True), (40, True)])
def test_rows_that_all_favour_one_side_are_sure_from_six_on(num_rows: int, is_sure: bool) -> None:
    values = np.linspace(0.6, 0.9, num_rows)
    bootstrap = Bootstrap(num_rows)
    found, p_value = bootstrap.difference(
        lambda rows: float(values[rows].mean()), lambda rows: float(values[rows].mean() - 0.01)
    )
    assert bootstrap.paired_test == "paired_permutation"
    assert (p_value < SIGNIFICANT) is is_sure
    assert (found.low > 0) is is_sure
    assert found.value == pytest.approx(0.01)


def test_figures_that_are_no_mean_are_compared_by_what_each_row_adds() -> None:
    random = np.random.default_rng(3)
    values, other = random.random(20), random.random(20)
    means = Bootstrap(20).difference(lambda rows: values[rows].mean(), lambda rows: other[rows].mean())[1]
    assert means == permutation_p_value(values - other)
    far = Bootstrap(20).difference(lambda rows: (values[rows] + 2).mean() ** 0.5, lambda rows: other[rows].mean() ** 2)
    assert far[1] == pytest.approx(1 / 4096)


@pytest.mark.parametrize(("only_one", "only_other"), [(0, 0), (5, 5), (12, 3), (3, 12), (800, 700), (1, 0)])
def test_mcnemar_is_the_exact_binomial_test(only_one: int, only_other: int) -> None:
    one = np.ones(only_one + only_other + 7)
    other = one.copy()
    other[:only_one] = 0
    one[only_one : only_one + only_other] = 0
    n = only_one + only_other
    expected = binomtest(only_one, n).pvalue if n else 1.0
    assert mcnemar_p_value(one, other) == pytest.approx(expected, rel=1e-6)
