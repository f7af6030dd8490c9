"""Areas under curves against scikit-learn, on all rows and on resamples of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from workers.bootstrap import Bootstrap
from workers.trainer.evaluate.areas import MOST_LABELS, areas_of, worth_areas

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.integers(0, 4), min_size=4, max_size=4)), min_size=2, max_size=30
)


def expected(scores: np.ndarray, is_true: np.ndarray) -> tuple[float, float]:
    judged = is_true.any(0) & ~is_true.all(0)
    if not judged.any():
        return np.nan, np.nan
    return (
        roc_auc_score(is_true[:, judged], scores[:, judged], average="macro"),
        average_precision_score(is_true[:, judged], scores[:, judged], average="macro"),
    )


@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_areas_are_those_of_scikit_learn_with_ties_and_labels_that_no_row_has(
    rows: list[tuple[int, list[int]]],
) -> None:
    scores = np.array([line for _, line in rows], dtype=np.float64)
    is_true = np.array([label for label, _ in rows])[:, None] == np.arange(4)
    found = areas_of(Bootstrap(len(rows)), scores, lambda label: is_true[:, label])
    if not (is_true.any(0) & ~is_true.all(0)).any():
        assert found == {}
        return
    assert (found["roc_auc"].value, found["average_precision"].value) == pytest.approx(expected(scores, is_true))


def test_intervals_are_over_the_resamples_of_the_other_figures() -> None:
    draw = np.random.default_rng(2)
    is_true = draw.random((25, 3)) < (0.5, 0.2, 0.1)
    scores = np.round(draw.random((25, 3)) + is_true, 1)
    resamples = np.random.Generator(np.random.Philox(0)).integers(0, 25, size=(1000, 25))[:100]
    found = Bootstrap(25).of_times(
        lambda times: np.array([expected(scores[rows], is_true[rows]) for rows in map(repeated, times)]),
        num_resamples=100,
    )
    samples = np.array([expected(scores[rows], is_true[rows]) for rows in resamples])
    for i, interval in enumerate(found):
        assert (interval.low, interval.high) == pytest.approx(tuple(np.nanquantile(samples[:, i], (0.025, 0.975))))
    areas = areas_of(Bootstrap(25), scores, lambda label: is_true[:, label])
    for name, interval in zip(("roc_auc", "average_precision"), found, strict=True):
        assert areas[name].low == pytest.approx(interval.low, abs=0.03)
        assert areas[name].high == pytest.approx(interval.high, abs=0.03)


def repeated(times: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(times)), times.astype(np.int64))


def test_nobody_has_areas_without_scores_or_with_too_many_labels() -> None:
    is_true = np.arange(300)[:, None] % 2 == np.arange(2)
    assert areas_of(Bootstrap(300), None, lambda label: is_true[:, label]) == {}
    assert worth_areas(np.zeros((3, MOST_LABELS + 1))) is None
    assert worth_areas(np.zeros((3, MOST_LABELS))) is not None
    perfect = areas_of(Bootstrap(300), is_true.astype(np.float64), lambda label: is_true[:, label])
    assert [interval.value for interval in perfect.values()] == [1, 1]
