from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from workers.trainer.evaluate.bootstrap import Bootstrap, mcnemar_p_value


def answers(num_rows: int, share_right: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.where(random.random(num_rows) < share_right, 0, 1)


def test_interval_has_the_width_of_the_binomial() -> None:
    true = np.zeros(1000, dtype=int)
    interval = Bootstrap(true, num_labels=2).accuracy(answers(1000, 0.9, 0))
    assert interval.low < interval.value < interval.high
    deviation = (interval.value * (1 - interval.value) / 1000) ** 0.5
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * deviation, rel=0.15)


def test_difference_is_paired_and_repeats() -> None:
    true = np.zeros(500, dtype=int)
    one = answers(500, 0.8, 1)
    bootstrap = Bootstrap(true, num_labels=2)
    same = bootstrap.accuracy_difference(one, one)
    assert (same.low, same.value, same.high) == (0, 0, 0)
    assert bootstrap.macro_f1(one) == Bootstrap(true, num_labels=2).macro_f1(one)


@pytest.mark.parametrize(("only_one", "only_other"), [(0, 0), (5, 5), (12, 3), (3, 12), (800, 700), (1, 0)])
def test_mcnemar_is_the_exact_binomial_test(only_one: int, only_other: int) -> None:
    true = np.zeros(only_one + only_other + 7, dtype=int)
    one, other = true.copy(), true.copy()
    other[:only_one] = 1
    one[only_one : only_one + only_other] = 1
    n = only_one + only_other
    expected = binomtest(only_one, n).pvalue if n else 1.0
    assert mcnemar_p_value(true, one, other) == pytest.approx(expected, rel=1e-6)
