from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from workers.trainer.evaluate.metrics import (
    accuracy,
    confusion,
    expected_calibration_error,
    f1_scores,
    macro_f1,
    precision_recall,
    weighted_f1,
)

ANSWERS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=80)


@settings(max_examples=100, deadline=None)
@given(answers=ANSWERS)
def test_figures_are_those_of_scikit_learn(answers: list[tuple[int, int]]) -> None:
    true, predicted = (np.array(column) for column in zip(*answers, strict=True))
    assert accuracy(true, predicted) == reference.accuracy_score(true, predicted)
    expected = reference.f1_score(true, predicted, average="macro", zero_division=0)
    assert macro_f1(true, predicted, num_labels=5) == pytest.approx(expected)
    expected = reference.f1_score(true, predicted, average="weighted", zero_division=0)
    assert weighted_f1(true, predicted, num_labels=5) == pytest.approx(expected)
    matrix = confusion(true, predicted, num_labels=5)
    assert np.array_equal(matrix, reference.confusion_matrix(true, predicted, labels=range(5)))
    precision, recall = precision_recall(matrix)
    scores = reference.precision_recall_fscore_support(true, predicted, labels=range(5), zero_division=0)
    assert np.allclose(precision, scores[0])
    assert np.allclose(recall, scores[1])
    assert np.allclose(np.nan_to_num(f1_scores(matrix)), scores[2])


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    sure_and_wrong_half_the_time = np.tile([[0.9, 0.1]], (10, 1))
    true = np.array([0, 1] * 5)
    assert expected_calibration_error(sure_and_wrong_half_the_time, true) == pytest.approx(0.4)
    assert expected_calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == 0
