"""Counts at every threshold are what counting row by row gives; rows of the confusion matrix are found by their cell."""

from __future__ import annotations

import numpy as np

from workers.trainer.evaluate.classification import MOST_EXAMPLES, MOST_OF_CELL, rows_of_cells
from workers.trainer.evaluate.thresholds import MOST_LABELS, threshold_curve, threshold_curves


def test_a_curve_counts_what_is_given_at_each_threshold() -> None:
    random = np.random.default_rng(0)
    probabilities = np.round(random.random((200, 3)), 2)  # many stand exactly on a threshold
    is_true = random.random((200, 3)) < probabilities
    curve = threshold_curve(None, probabilities, is_true)
    assert (curve.label, curve.num_true, len(curve.thresholds)) == (None, is_true.sum(), 99)
    for threshold, given, hits in zip(curve.thresholds, curve.given, curve.hits, strict=True):
        assert given == (probabilities >= threshold).sum()
        assert hits == ((probabilities >= threshold) & is_true).sum()


def test_each_of_few_labels_has_a_curve() -> None:
    probabilities = np.array([[0.9, 0.2], [0.4, 0.7]])
    first, second = threshold_curves(["a", "b"], probabilities, np.array([[True, False], [True, True]]))
    assert (first.label, first.num_true, first.given[49], first.hits[49]) == ("a", 2, 1, 1)
    assert (second.label, second.num_true, second.given[49], second.hits[49]) == ("b", 1, 1, 1)
    many = MOST_LABELS + 1
    assert threshold_curves(["x"] * many, np.ones((2, many)), np.ones((2, many), dtype=bool)) == ()


def test_rows_of_cells_are_few_of_each_the_surest_first() -> None:
    cells = np.array([7] * 10 + [3] * 2)
    confidence = np.linspace(0.5, 0.9, 12)
    assert rows_of_cells(cells, confidence).tolist() == [9, 8, 7, 6, 5, 11, 10]
    assert MOST_OF_CELL == 5
    assert len(rows_of_cells(np.arange(1000), np.ones(1000))) == MOST_EXAMPLES
