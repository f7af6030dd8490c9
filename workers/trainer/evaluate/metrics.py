"""Figures over predicted and true class numbers (numpy arrays of equal length)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def confusion(true: IntArray, predicted: IntArray, *, num_labels: int) -> IntArray:
    """(labels, labels): rows are true, columns are predicted. Leading axes of the inputs are kept (bootstrap samples)."""
    cells = true * num_labels + predicted
    if cells.ndim == 1:
        return np.bincount(cells, minlength=num_labels**2).reshape(num_labels, num_labels)
    return np.stack([np.bincount(row, minlength=num_labels**2) for row in cells]).reshape(-1, num_labels, num_labels)


def accuracy(true: IntArray, predicted: IntArray) -> float:
    return float(np.mean(true == predicted))


def f1_scores(matrix: npt.NDArray[Any]) -> FloatArray:
    """Per class 2TP / (2TP + FP + FN) of confusion matrices in the last two axes; nan for a class that does not occur."""
    hits = np.diagonal(matrix, axis1=-2, axis2=-1).astype(np.float64)
    occurrences = matrix.sum(-1) + matrix.sum(-2)
    with np.errstate(invalid="ignore"):
        scores: FloatArray = np.where(occurrences > 0, 2 * hits / occurrences, np.nan)
    return scores


def macro_f1(true: IntArray, predicted: IntArray, *, num_labels: int) -> float:
    """Mean F1 over the classes that occur among the true or the predicted (as scikit-learn's default)."""
    return float(np.nanmean(f1_scores(confusion(true, predicted, num_labels=num_labels))))


def weighted_f1(true: IntArray, predicted: IntArray, *, num_labels: int) -> float:
    matrix = confusion(true, predicted, num_labels=num_labels)
    return float(np.nansum(f1_scores(matrix) * matrix.sum(1)) / len(true))


def precision_recall(matrix: IntArray) -> tuple[FloatArray, FloatArray]:
    """Per class; 0 where nothing was predicted, or nothing was there."""
    hits = np.diagonal(matrix).astype(np.float64)
    return hits / np.maximum(matrix.sum(0), 1), hits / np.maximum(matrix.sum(1), 1)


def expected_calibration_error(probabilities: FloatArray, true: IntArray, *, num_bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal bins of confidence (Guo et al. 2017, arXiv:1706.04599)."""
    confidence = probabilities.max(-1)
    is_right = probabilities.argmax(-1) == true
    bins = np.minimum((confidence * num_bins).astype(np.int64), num_bins - 1)
    gap = 0.0
    for number in range(num_bins):
        inside = bins == number
        if inside.any():
            gap += inside.mean() * abs(is_right[inside].mean() - confidence[inside].mean())
    return float(gap)
