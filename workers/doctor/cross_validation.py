"""Probabilities of every class for every row, from probes that have not seen the row: logistic regression on fixed features, K-fold."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: N row, C channel, L label

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from workers.doctor.rows import IntArray
from workers.trainer.probe import PENALTIES, Head, solve_linear

FloatArray = npt.NDArray[np.float32]

FOLDS = 5
NO_FOLD = -1
_PENALTIES = (1.0, 0.3, 0.1, *PENALTIES)
"""Stronger ones than a head start needs: with few rows and wrong labels among them, a weak penalty makes a probe sure of nonsense."""


def out_of_fold_probabilities(
    features_NC: FloatArray,
    labels_N: IntArray,
    groups_N: IntArray,
    is_train_N: npt.NDArray[np.bool_],
    *,
    num_labels: int,
    seed: int,
    progress: Callable[[int, int], None],
) -> FloatArray:
    """(rows, labels). Probes learn from training rows alone, so that nothing of the rows to judge by gets into labels that they suggest.

    Rows of one group, such as copies of a text, are in one fold, so that none vouches for another. A row outside of the training rows is
    judged by the probe that has not seen its copies, and without any by all of them, in the mean. The strength of the penalty is the one
    that the first fold likes best.
    """
    one_of_all = _Answers(num_labels, functional.cross_entropy, lambda logits: logits.softmax(dim=1))
    fold_N = _folds(labels_N, groups_N, is_train_N, seed)
    return _out_of_fold(features_NC, torch.from_numpy(labels_N), fold_N, is_train_N, one_of_all, progress)


def out_of_fold_label_sets(
    features_NC: FloatArray,
    given_NL: npt.NDArray[np.bool_],
    groups_N: IntArray,
    is_train_N: npt.NDArray[np.bool_],
    *,
    seed: int,
    progress: Callable[[int, int], None],
) -> FloatArray:
    """(rows, labels), each label against all rows without it. A row's rarest label decides about its fold; all else is as above."""
    any_of_all = _Answers(given_NL.shape[1], _cross_entropy_of_each, torch.sigmoid)
    fold_N = _folds(_rarest(given_NL), groups_N, is_train_N, seed)
    targets = torch.from_numpy(given_NL.astype(np.float32))
    return _out_of_fold(features_NC, targets, fold_N, is_train_N, any_of_all, progress)


class _Answers(NamedTuple):
    """What a probe is asked: the loss of its logits, a mean over rows, and the probabilities that they mean."""

    num_labels: int
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    probabilities: Callable[[torch.Tensor], torch.Tensor]


def _out_of_fold(
    features_NC: FloatArray,
    targets: torch.Tensor,
    fold_N: IntArray,
    is_train_N: npt.NDArray[np.bool_],
    answers: _Answers,
    progress: Callable[[int, int], None],
) -> FloatArray:
    features = _standardised(torch.from_numpy(features_NC))
    found = np.zeros((len(fold_N), answers.num_labels), dtype=np.float32)
    penalty: float | None = None
    for fold in range(FOLDS):
        progress(fold, FOLDS)
        outside = torch.from_numpy(np.flatnonzero(is_train_N & (fold_N != fold)))
        inside = torch.from_numpy(np.flatnonzero(is_train_N & (fold_N == fold)))
        head = _solve(features[outside], targets[outside], features[inside], targets[inside], answers, penalty)
        penalty = head.penalty
        probabilities = answers.probabilities(head.logits(features)).numpy()
        found += np.where((fold_N == fold)[:, None], probabilities, 0)
        found += np.where((fold_N == NO_FOLD)[:, None], probabilities / FOLDS, 0)
    return found


def _solve(
    features_NC: torch.Tensor,
    targets: torch.Tensor,
    held_out_NC: torch.Tensor,
    held_out_targets: torch.Tensor,
    answers: _Answers,
    penalty: float | None,
) -> Head:
    def judge(head: Head) -> float:
        return -float(answers.criterion(head.logits(held_out_NC), held_out_targets))

    return solve_linear(
        features_NC,
        targets,
        num_outputs=answers.num_labels,
        criterion=answers.criterion,
        judge=judge,
        penalties=_PENALTIES if penalty is None else (penalty,),
    )


def _cross_entropy_of_each(logits_NL: torch.Tensor, targets_NL: torch.Tensor) -> torch.Tensor:
    """Summed over labels, so that the penalty weighs on each as if it were learnt alone."""
    return functional.binary_cross_entropy_with_logits(logits_NL, targets_NL, reduction="sum") / len(targets_NL)


def _rarest(given_NL: npt.NDArray[np.bool_]) -> IntArray:
    """Of each row the label that fewest rows have; a number of its own for rows without any."""
    ranked = np.argsort(given_NL.sum(axis=0), kind="stable")
    first = given_NL[:, ranked].argmax(axis=1)
    return np.where(given_NL.any(axis=1), ranked[first], len(ranked)).astype(np.int64)


def _standardised(features_NC: torch.Tensor) -> torch.Tensor:
    """In the middle, and with one spread for all channels together, so that a penalty means the same for any vectors."""
    centred = features_NC - features_NC.mean(dim=0)
    return centred / centred.square().mean().sqrt().clamp_min(1e-12)


def _folds(labels_N: IntArray, groups_N: IntArray, is_train_N: npt.NDArray[np.bool_], seed: int) -> IntArray:
    """Every group's fold: groups in drawn order, those of one class dealt round, so that each fold has its share of each class.

    Groups without a training row have none.
    """
    train = np.flatnonzero(is_train_N)
    groups, first = np.unique(groups_N[train], return_index=True)
    drawn = np.random.default_rng(seed).permutation(len(groups))
    order = drawn[np.argsort(labels_N[train][first][drawn], kind="stable")]
    fold_of_group = np.empty(len(groups), dtype=np.int64)
    fold_of_group[order] = np.arange(len(groups)) % FOLDS
    places = np.minimum(np.searchsorted(groups, groups_N), len(groups) - 1)
    return np.where(groups[places] == groups_N, fold_of_group[places], NO_FOLD)
