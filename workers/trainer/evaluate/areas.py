"""Areas under the ROC and the precision-recall curve of each label against the rest, whatever threshold would be in use."""

# ruff: noqa: N803, N806, N815 - capital suffixes name the axes: R resample, N row, L label, M row with it, E run of equal scores, F figure

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from workers.bootstrap import NUM_RESAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.bootstrap import Bootstrap
    from workers.contract.results import Interval
    from workers.trainer.evaluate.metrics import FloatArray, IntArray

    BoolArray = npt.NDArray[np.bool_]

MOST_LABELS: Final = 200
"""Of more labels there are no areas: the mean over thousands is near 1 whatever the model does, and takes long."""
FEWEST_RESAMPLES: Final = 100
_MOST_WORK: Final = 50_000_000


def worth_areas(scores_NL: FloatArray) -> FloatArray | None:
    """Scores that areas are made of; others need not be held in memory."""
    return scores_NL if scores_NL.shape[1] <= MOST_LABELS else None


def areas_of(
    bootstrap: Bootstrap, scores_NL: FloatArray | None, has_label: Callable[[int], BoolArray]
) -> dict[str, Interval]:
    """`roc_auc` and `average_precision`, means over the labels that some held-out rows have and some have not.

    None of a contender without scores. `has_label(label)` says which rows have it. Intervals are over all resamples while rows times labels
    are up to 50,000, and over fewer, at least the first 100, where they are more.
    """
    if scores_NL is None:
        return {}
    num_rows, num_labels = scores_NL.shape
    columns = [(scores_NL[:, label], has_label(label)) for label in range(num_labels)]
    curves = [_Curve.of(scores_N, is_true_N) for scores_N, is_true_N in columns if 0 < is_true_N.sum() < num_rows]
    if not curves:
        return {}

    def means(times_RN: FloatArray) -> FloatArray:
        found_LRF = np.array([curve.areas(times_RN) for curve in curves])
        num_defined_RF = np.isfinite(found_LRF).sum(0)
        with np.errstate(invalid="ignore"):
            found_RF: FloatArray = np.nansum(found_LRF, axis=0) / num_defined_RF
        return found_RF

    num_resamples = int(np.clip(_MOST_WORK // (num_rows * len(curves)), FEWEST_RESAMPLES, NUM_RESAMPLES))
    intervals = bootstrap.of_times(means, num_resamples=num_resamples)
    return dict(zip(("roc_auc", "average_precision"), intervals, strict=True))


@dataclass(frozen=True)
class _Curve:
    """Rows sorted by falling score, once: a resample only changes how often each of them counts.

    Both areas are sums over runs of equal scores in which a row has the label, mostly far fewer than all.
    """

    order_N: IntArray
    """By falling score."""
    right_M: IntArray
    """The rows that have the label, likewise."""
    runs_E: IntArray
    """Where in `right_M` each run begins."""
    begins_E: IntArray
    ends_E: IntArray
    """Which part of `order_N` each run is."""

    @classmethod
    def of(cls, scores_N: FloatArray, is_true_N: BoolArray) -> _Curve:
        order_N = np.argsort(-scores_N, kind="stable")
        falling_N = -scores_N[order_N]
        right_M = order_N[is_true_N[order_N]]
        values_E, runs_E = np.unique(-scores_N[right_M], return_index=True)
        return cls(
            order_N=order_N,
            right_M=right_M,
            runs_E=runs_E,
            begins_E=np.searchsorted(falling_N, values_E, side="left"),
            ends_E=np.searchsorted(falling_N, values_E, side="right"),
        )

    def areas(self, times_RN: FloatArray) -> FloatArray:
        """(resamples, 2): ROC by trapezoids, and average precision without interpolation, as in scikit-learn.

        Neither where a resample has rows of one kind alone.
        """
        above_RN = np.zeros((len(times_RN), len(self.order_N) + 1))
        np.cumsum(times_RN.take(self.order_N, axis=1), axis=1, out=above_RN[:, 1:])
        before_RE, named_RE = above_RN.take(self.begins_E, axis=1), above_RN.take(self.ends_E, axis=1)
        new_RE = np.add.reduceat(times_RN.take(self.right_M, axis=1), self.runs_E, axis=1)
        hits_RE = new_RE.cumsum(1)
        num_true_R = hits_RE[:, -1]
        num_false_R = above_RN[:, -1] - num_true_R
        # Of the rows without the label, those above a run and half of those within it.
        false_RE = (before_RE - (hits_RE - new_RE) + named_RE - hits_RE) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            roc_R = 1 - (new_RE * false_RE).sum(1) / (num_true_R * num_false_R)
            precision_R = (new_RE * hits_RE / np.maximum(named_RE, 1)).sum(1) / num_true_R
        is_defined_R = (num_true_R > 0) & (num_false_R > 0)
        return np.where(is_defined_R[:, None], np.stack([roc_R, precision_R], axis=1), np.nan)
