"""Which end of texts that are too long says more of the answers: what `truncation_side` becomes where it is `auto`."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a matrix: N row, L output

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from torch.nn import functional

if TYPE_CHECKING:
    import torch

    from workers.trainer.data.encoded import Encoded, Ragged

FloatArray = npt.NDArray[np.float64]

FEWEST_ROWS = 50
"""Of fewer texts nothing can be told."""
MOST_ROWS = 2000
"""Of more, so many are compared, evenly taken: the work grows with their cube."""
CLEAR = 2.0
"""Standard errors by which ends have to be ahead, as beginnings are what everybody else's tools read."""
STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class Ends:
    """How much of the answers' variance is foretold by the words at either end, as shares of 1; below 0 it is worse than their mean."""

    beginnings: float
    endings: float
    lead: float
    """By how many standard errors of the mean over rows the endings foretell better."""


def compare_ends(beginnings: Encoded, endings: Encoded) -> Ends:
    """The same rows, of which the one or the other end was kept; their only target are labels (rows,) or numbers (rows, outputs).

    Judged is ridge regression on TF-IDF of tokens, each row by a model of all the others (the closed form of leaving one out, Allen
    1974, "The relationship between variable selection and data augmentation and a method for prediction").
    """
    (targets,) = beginnings.targets.values()
    wanted_NL = _numbers(targets)
    variance = float((wanted_NL**2).sum(1).mean())
    errors = [_errors(rows.ids, wanted_NL) for rows in (beginnings, endings)]
    ahead = errors[0] - errors[1]
    spread = float(ahead.std(ddof=1)) / np.sqrt(len(ahead))
    first, last = (1 - float(error.mean()) / variance if variance else 0.0 for error in errors)
    return Ends(beginnings=first, endings=last, lead=float(ahead.mean()) / spread if spread else 0.0)


def _numbers(targets: torch.Tensor) -> FloatArray:
    """Centred, (rows, outputs)."""
    numbers = targets if targets.is_floating_point() else functional.one_hot(targets)
    found = np.asarray(numbers.double().numpy()).reshape(len(targets), -1)
    return np.asarray(found - found.mean(0))


def _errors(ids: Ragged, wanted_NL: FloatArray) -> FloatArray:
    """The squared error of each row, with the strength of the penalty that makes the fewest."""
    kernel_NN = _words(ids)
    values_N, vectors_NN = np.linalg.eigh(kernel_NN + 1.0)  # The constant is a feature as well.
    along_NL = vectors_NN.T @ wanted_NL
    found = []
    for strength in STRENGTHS:
        kept_N = values_N / (values_N + strength)
        share_N = (vectors_NN**2) @ kept_N
        left_NL = (wanted_NL - vectors_NN @ (kept_N[:, None] * along_NL)) / (1 - share_N)[:, None]
        found.append((left_NL**2).sum(1))
    return min(found, key=lambda errors: float(errors.mean()))


def _words(ids: Ragged) -> FloatArray:
    """Cosines between the rows' TF-IDF of tokens, (rows, rows)."""
    # Imported here: this takes a second, and a warm trainer should not pay it before its first step.
    from scipy.sparse import csr_matrix  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfTransformer  # noqa: PLC0415

    counts: Any = csr_matrix((np.ones(len(ids.values)), ids.values, ids.offsets))
    counts.sum_duplicates()
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    return np.asarray((weighted @ weighted.T).toarray())
