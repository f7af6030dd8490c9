"""Figures over predicted and true class numbers (numpy arrays of equal length)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from workers.contract.results import CalibrationBin
from workers.contract.tags import spans_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Of every class: answers that are right, answers that name it, and rows that are of it. Arrays of whole numbers, as floats."""

    hits: FloatArray
    given: FloatArray
    there: FloatArray

    @property
    def precision(self) -> FloatArray:
        """0 where nothing was predicted."""
        return self.hits / np.maximum(self.given, 1)

    @property
    def recall(self) -> FloatArray:
        """0 where nothing was there."""
        return self.hits / np.maximum(self.there, 1)

    @property
    def f1(self) -> FloatArray:
        """2TP / (2TP + FP + FN); 0 where nothing was predicted nor there."""
        return 2 * self.hits / np.maximum(self.given + self.there, 1)

    @property
    def micro_f1(self) -> float:
        """Of the answers about all classes together."""
        return self._micro(2 * self.hits, self.given + self.there)

    def averages(self, *kinds: Literal["micro", "macro", "weighted"]) -> dict[str, float]:
        """F1, precision and recall of all classes in one figure, under the names of scikit-learn."""
        parts = {
            "f1": (self.f1, 2 * self.hits, self.given + self.there),
            "precision": (self.precision, self.hits, self.given),
            "recall": (self.recall, self.hits, self.there),
        }
        return {
            f"{kind}_{name}": self._micro(hits, total)
            if kind == "micro"
            else self.macro(scores)
            if kind == "macro"
            else self.weighted(scores)
            for name, (scores, hits, total) in parts.items()
            for kind in kinds
        }

    def _micro(self, hits: FloatArray, totals: FloatArray) -> float:
        total = totals.sum()
        return float(hits.sum() / total) if total else float(not (self.given.any() or self.there.any()))

    def macro(self, scores: FloatArray) -> float:
        """The mean over classes that occur among the true or the predicted (as scikit-learn's default); others have scores of 0."""
        num_occurring = np.count_nonzero(self.given + self.there)
        return float(np.sum(scores) / num_occurring) if num_occurring else 1.0

    def weighted(self, scores: FloatArray) -> float:
        """The mean over rows, each with the score of its class."""
        total = self.there.sum()
        return float(np.sum(scores * self.there) / total) if total else float(not self.given.any())


def confusion(true: IntArray, predicted: IntArray, *, num_labels: int) -> IntArray:
    """(labels, labels): rows are true, columns are predicted."""
    return np.bincount(true * num_labels + predicted, minlength=num_labels**2).reshape(num_labels, num_labels)


def class_counts(true: IntArray, predicted: IntArray, *, num_labels: int) -> Counts:
    def counted(labels: IntArray) -> FloatArray:
        return np.bincount(labels, minlength=num_labels).astype(np.float64)

    return Counts(hits=counted(true[true == predicted]), given=counted(predicted), there=counted(true))


def accuracy(true: IntArray, predicted: IntArray) -> float:
    return float(np.mean(true == predicted))


def macro_f1(true: IntArray, predicted: IntArray, *, num_labels: int) -> float:
    counts = class_counts(true, predicted, num_labels=num_labels)
    return counts.macro(counts.f1)


def class_scores(counts: Counts) -> list[dict[str, Any]]:
    """Precision, recall, F1 and support of every class."""
    return [
        {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
        for p, r, f, n in zip(counts.precision, counts.recall, counts.f1, counts.there, strict=True)
    ]


def label_set_counts(true: npt.NDArray[np.bool_], given: npt.NDArray[np.bool_]) -> Counts:
    """Arrays are (rows, labels)."""
    return Counts(*(which.sum(0).astype(np.float64) for which in (true & given, given, true)))


def label_set_counter(true: npt.NDArray[np.bool_], given: npt.NDArray[np.bool_]) -> Callable[[IntArray], Counts]:
    """The counts on any rows, which may repeat, from the labels alone that a row has or gets: of thousands it has few."""
    num_rows, num_labels = true.shape
    places = [np.nonzero(which) for which in (true & given, given, true)]

    def counts(rows: IntArray) -> Counts:
        times = np.bincount(rows, minlength=num_rows)
        hits, told, there = (
            np.bincount(labels, weights=times[row], minlength=num_labels).astype(np.float64) for row, labels in places
        )
        return Counts(hits, told, there)

    return counts


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


def calibration_bins(probabilities: FloatArray, true: IntArray, *, num_bins: int = 15) -> tuple[CalibrationBin, ...]:
    """Of the surest answer of each row."""
    return bins_of(probabilities.max(-1), probabilities.argmax(-1) == true, num_bins=num_bins)


def bins_of(
    confidence: FloatArray, is_right: npt.NDArray[np.bool_], *, num_bins: int = 15
) -> tuple[CalibrationBin, ...]:
    """Equal bins of confidence that hold any answers, by rising confidence."""
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
