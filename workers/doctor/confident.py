"""Confident learning: which labels are likely wrong, from predicted probabilities alone (Northcutt, Jiang & Chuang 2021, JAIR 70).

A class's threshold is the mean probability that its own rows give it. A row counts as of class j when its probability of j reaches
j's threshold, of several classes the likeliest. The counts of (given label, counted class) are the confident joint; what lies off its
diagonal is suspect.

Of label sets every label is judged by itself, and a row by its labels together (Thyagarajan, Snorrason, Northcutt & Mueller 2022,
arXiv:2211.13895).
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


EMA_WEIGHT = 0.8
"""Of each next worse label in the quality of a set: what the authors found best."""


@dataclass(frozen=True)
class ConfidentSets:
    """`is_doubted` (rows, labels): labels that are given and seem wrong, or are not and seem to be missing."""

    is_doubted: npt.NDArray[np.bool_]
    own: FloatArray
    """(rows, labels): probability that a label is as given, which of two classes is the normalised margin too."""
    quality: FloatArray
    """Of each row's set, 0 to 1: the exponential moving average of its labels' probabilities, the worst last."""


def confident_label_sets(
    probabilities_NL: FloatArray, given_NL: npt.NDArray[np.bool_], *, trusted_L: npt.NDArray[np.bool_]
) -> ConfidentSets:
    """Each label against the rows without it. Labels that are not `trusted`, one of which at least is, are left out."""
    own_NL = np.where(given_NL, probabilities_NL, 1 - probabilities_NL)
    is_doubted_NL = np.zeros(given_NL.shape, dtype=np.bool_)
    for label in np.flatnonzero(trusted_L).tolist():
        sides = np.stack([1 - probabilities_NL[:, label], probabilities_NL[:, label]], axis=1)
        found = confident_learning(sides, given_NL[:, label].astype(np.int64), trusted_L=np.ones(2, dtype=np.bool_))
        is_doubted_NL[found.suspects, label] = True
    worst_last_NL = -np.sort(-own_NL[:, trusted_L], axis=1)
    quality_N = worst_last_NL[:, 0]
    for next_worst_N in worst_last_NL.T[1:]:
        quality_N = EMA_WEIGHT * next_worst_N + (1 - EMA_WEIGHT) * quality_N
    return ConfidentSets(is_doubted_NL, own_NL, quality_N)
