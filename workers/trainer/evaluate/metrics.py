"""Figures over predicted and true class numbers (numpy arrays of equal length)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from workers.contract.results import CalibrationBin
from workers.contract.tags import spans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def class_scores(matrix: IntArray) -> list[dict[str, Any]]:
    """Precision, recall, F1 and support of every class of a confusion matrix."""
    precision, recall = precision_recall(matrix)
    f1 = np.nan_to_num(f1_scores(matrix))
    return [
        {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(row.sum())}
        for p, r, f, row in zip(precision, recall, f1, matrix, strict=True)
    ]


def multi_label_f1(true: npt.NDArray[np.bool_], given: npt.NDArray[np.bool_], *, average: str) -> float:
    """`micro` counts decisions of all labels together; `macro` is the mean over the labels that occur. Arrays are (rows, labels)."""
    hits = (true & given).sum(0).astype(np.float64)
    occurrences = true.sum(0) + given.sum(0)
    if average == "micro":
        total = float(occurrences.sum())
        return float(2 * hits.sum() / total) if total else 1.0
    there = occurrences > 0
    return float(np.mean(2 * hits[there] / occurrences[there])) if there.any() else 1.0


def label_set_scores(true: npt.NDArray[np.bool_], given: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Precision, recall, F1 and support of every label."""
    hits = (true & given).sum(0).astype(np.float64)
    precision, recall = hits / np.maximum(given.sum(0), 1), hits / np.maximum(true.sum(0), 1)
    f1 = 2 * hits / np.maximum(true.sum(0) + given.sum(0), 1)
    return [
        {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
        for p, r, f, n in zip(precision, recall, f1, true.sum(0), strict=True)
    ]


def span_f1(true: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> dict[str, float]:
    """Precision, recall and F1 of spans that agree in type and both ends, over all rows of tags."""
    hits = told = there = 0
    for wanted, said in zip(true, found, strict=True):
        spans, answered = set(spans_of(wanted)), set(spans_of(said))
        hits += len(spans & answered)
        told += len(answered)
        there += len(spans)
    return {
        "precision": hits / max(1, told),
        "recall": hits / max(1, there),
        "f1": 2 * hits / max(1, told + there),
    }


def pearson(true: FloatArray, predicted: FloatArray) -> float:
    """Linear correlation; 0 where either does not vary."""
    a, b = true - true.mean(), predicted - predicted.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def spearman(true: FloatArray, predicted: FloatArray) -> float:
    """Correlation of ranks, ties sharing the mean of theirs."""
    return pearson(_ranks(true), _ranks(predicted))


def _ranks(values: FloatArray) -> FloatArray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: FloatArray = (ends - (counts - 1) / 2.0).astype(np.float64)
    return means[inverse]


def precision_recall(matrix: IntArray) -> tuple[FloatArray, FloatArray]:
    """Per class; 0 where nothing was predicted, or nothing was there."""
    hits = np.diagonal(matrix).astype(np.float64)
    return hits / np.maximum(matrix.sum(0), 1), hits / np.maximum(matrix.sum(1), 1)


def calibration_bins(probabilities: FloatArray, true: IntArray, *, num_bins: int = 15) -> tuple[CalibrationBin, ...]:
    """Equal bins of confidence that hold any rows, by rising confidence."""
    confidence = probabilities.max(-1)
    is_right = probabilities.argmax(-1) == true
    bins = np.minimum((confidence * num_bins).astype(np.int64), num_bins - 1)
    return tuple(
        CalibrationBin(
            count=int(inside.sum()),
            confidence=float(confidence[inside].mean()),
            accuracy=float(is_right[inside].mean()),
        )
        for inside in (bins == number for number in range(num_bins))
        if inside.any()
    )


def expected_calibration_error(bins: Sequence[CalibrationBin]) -> float:
    """Mean gap between confidence and accuracy over bins (Guo et al. 2017, arXiv:1706.04599)."""
    total = sum(part.count for part in bins)
    return sum(part.count / total * abs(part.accuracy - part.confidence) for part in bins)
