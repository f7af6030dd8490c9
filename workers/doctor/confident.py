"""Confident learning: which labels are likely wrong, from predicted probabilities alone (Northcutt, Jiang & Chuang 2021, JAIR 70).

A class's threshold is the mean probability that its own rows give it. A row counts as of class j when its probability of j reaches
j's threshold, of several classes the likeliest. The counts of (given label, counted class) are the confident joint; what lies off its
diagonal is suspect.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of an array: N row, L label

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workers.doctor.rows import IntArray

FloatArray = npt.NDArray[np.float32]

NOBODY = -1


@dataclass(frozen=True)
class Confident:
    """`counted` is the class that each row counts as, or `NOBODY`; `joint` (given, counted) the confident joint."""

    given: IntArray
    counted: IntArray
    margin: FloatArray
    """Probability of the likeliest other class minus that of the given one: -1 to 1, large for likely errors."""
    self_confidence: FloatArray
    """Probability of the given label."""
    joint: IntArray

    @property
    def suspects(self) -> IntArray:
        """Positions of rows off the diagonal whose given label is not the likeliest, the worst first."""
        off = np.flatnonzero((self.counted != NOBODY) & (self.counted != self.given) & (self.margin > 0))
        return off[np.argsort(-self.margin[off], kind="stable")]


def confident_learning(
    probabilities_NL: FloatArray, given_N: IntArray, *, trusted_L: npt.NDArray[np.bool_]
) -> Confident:
    """Classes that are not `trusted`, for having too few rows to be learnt, neither lose rows nor win any."""
    num_labels = probabilities_NL.shape[1]
    own = probabilities_NL[np.arange(len(given_N)), given_N]
    sizes = np.bincount(given_N, minlength=num_labels)
    thresholds_L = np.bincount(given_N, weights=own, minlength=num_labels) / np.maximum(sizes, 1)
    reaches_NL = (probabilities_NL >= np.maximum(thresholds_L, 1e-9)) & trusted_L
    likeliest = np.where(reaches_NL, probabilities_NL, -1.0).argmax(axis=1)
    counted = np.where(reaches_NL.any(axis=1) & trusted_L[given_N], likeliest, NOBODY).astype(np.int64)
    others_NL = np.where(trusted_L, probabilities_NL, 0.0)
    others_NL[np.arange(len(given_N)), given_N] = 0.0
    joint = np.zeros((num_labels, num_labels), dtype=np.int64)
    is_counted = counted != NOBODY
    np.add.at(joint, (given_N[is_counted], counted[is_counted]), 1)
    return Confident(given_N, counted, (others_NL.max(axis=1) - own).astype(np.float32), own, joint)
