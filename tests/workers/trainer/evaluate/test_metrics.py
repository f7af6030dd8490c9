from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from workers.trainer.evaluate.metrics import (
    accuracy,
    bins_of,
    calibration_bins,
    class_counts,
    class_scores,
    confusion,
    expected_calibration_error,
    label_set_counter,
    label_set_counts,
    macro_f1,
    pearson,
    spearman,
)

ANSWERS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=80)


@settings(max_examples=100, deadline=None)
@given(answers=ANSWERS)
def test_figures_are_those_of_scikit_learn(answers: list[tuple[int, int]]) -> None:
    true, predicted = (np.array(column) for column in zip(*answers, strict=True))
    assert accuracy(true, predicted) == reference.accuracy_score(true, predicted)
    expected = reference.f1_score(true, predicted, average="macro", zero_division=0)
    assert macro_f1(true, predicted, num_labels=5) == pytest.approx(expected)
    counts = class_counts(true, predicted, num_labels=5)
    for average in ("macro", "weighted"):
        occurring = np.union1d(true, predicted)
        of_all = reference.precision_recall_fscore_support(
            true, predicted, labels=occurring, average=average, zero_division=0
        )
        averages = counts.averages(average)
        for number, name in enumerate(("precision", "recall", "f1")):
            assert averages[f"{average}_{name}"] == pytest.approx(of_all[number])
    matrix = confusion(true, predicted, num_labels=5)
    assert np.array_equal(matrix, reference.confusion_matrix(true, predicted, labels=range(5)))
    scores = reference.precision_recall_fscore_support(true, predicted, labels=range(5), zero_division=0)
    for number, name in enumerate(("precision", "recall", "f1", "support")):
        assert [score[name] for score in class_scores(counts)] == pytest.approx(list(scores[number]))


@settings(max_examples=100, deadline=None)
@given(
    data=st.integers(1, 30).flatmap(
        lambda rows: st.tuples(
            *(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=rows, max_size=rows) for _ in range(2))
        )
    )
)
def test_figures_of_label_sets_are_those_of_scikit_learn(data: tuple[list[list[bool]], list[list[bool]]]) -> None:
    true, given = (np.array(side) for side in data)
    counts = label_set_counts(true, given)
    if true.any() or given.any():
        expected = reference.f1_score(true, given, average="micro", zero_division=0)
        assert counts.micro_f1 == pytest.approx(expected)
    scores = reference.precision_recall_fscore_support(true, given, zero_division=0)
    occurring = true.any(0) | given.any(0)
    if occurring.any():
        assert counts.macro(counts.f1) == pytest.approx(scores[2][occurring].mean())
    for average in ("micro", "weighted") if true.any() else ():
        expected = reference.precision_recall_fscore_support(true, given, average=average, zero_division=0)
        averages = counts.averages(average)
        for number, name in enumerate(("precision", "recall", "f1")):
            assert averages[f"{average}_{name}"] == pytest.approx(expected[number])
    for number, name in enumerate(("precision", "recall", "f1", "support")):
        assert [score[name] for score in class_scores(counts)] == pytest.approx(list(scores[number]))
    rows = np.array([0, 0, len(true) - 1])
    again, some = label_set_counter(true, given)(rows), label_set_counts(true[rows], given[rows])
    assert all(np.array_equal(getattr(again, name), getattr(some, name)) for name in ("hits", "given", "there"))


def test_averages_over_nothing_are_right_when_nothing_is_given() -> None:
    nothing, something = np.zeros((2, 3), dtype=np.bool_), np.eye(2, 3, dtype=np.bool_)
    right, wrong = label_set_counts(nothing, nothing), label_set_counts(nothing, something)
    assert set(right.averages("micro", "macro", "weighted").values()) == {1}
    assert set(wrong.averages("micro", "macro", "weighted").values()) == {0}


@settings(max_examples=100, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(-5, 5), st.floats(-1e3, 1e3)), min_size=3, max_size=50).filter(
        lambda pairs: len({a for a, _ in pairs}) > 1 and np.std([b for _, b in pairs]) > 1e-3
    )
)
def test_correlations_are_those_of_scipy(pairs: list[tuple[int, float]]) -> None:
    true, predicted = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    assert pearson(true, predicted) == pytest.approx(stats.pearsonr(true, predicted).statistic, abs=1e-9)
    assert spearman(true, predicted) == pytest.approx(stats.spearmanr(true, predicted).statistic, abs=1e-9)


def test_correlation_with_a_constant_is_zero() -> None:
    assert pearson(np.array([1.0, 2.0]), np.array([3.0, 3.0])) == 0
    assert spearman(np.array([1.0, 1.0]), np.array([3.0, 4.0])) == 0


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    sure_and_wrong_half_the_time = np.tile([[0.9, 0.1]], (10, 1))
    true = np.array([0, 1] * 5)
    [part] = bins = calibration_bins(sure_and_wrong_half_the_time, true)
    assert (part.count, part.confidence, part.accuracy) == (10, pytest.approx(0.9), 0.5)
    assert expected_calibration_error(bins) == pytest.approx(0.4)
    assert expected_calibration_error(calibration_bins(np.array([[1.0, 0.0]]), np.array([0]))) == 0


def test_calibration_bins_are_in_order_and_hold_every_row() -> None:
    sure = np.array([0.95, 0.55, 0.96, 0.57, 0.56])
    bins = calibration_bins(np.stack([sure, 1 - sure], 1), np.array([0, 1, 0, 0, 1]))
    assert [part.count for part in bins] == [3, 2]
    assert [part.accuracy for part in bins] == [pytest.approx(1 / 3), 1]


def test_probabilities_of_labels_are_calibrated_when_so_many_rows_have_them() -> None:
    """Unlike an answer, a label that is rightly held unlikely adds nothing to the error."""
    probabilities = np.array([0.1] * 10 + [0.8] * 5)
    has_it = np.array([True] + [False] * 9 + [True] * 4 + [False])
    bins = bins_of(probabilities, has_it)
    assert [(part.count, part.accuracy) for part in bins] == [(10, 0.1), (5, 0.8)]
    assert expected_calibration_error(bins) == pytest.approx(0)
