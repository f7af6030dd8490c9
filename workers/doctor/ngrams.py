"""Vectors without a base model: TF-IDF of character n-grams, brought to few dimensions (latent semantic analysis, Deerwester et al. 1990).

They know no language and therefore serve any; what they see of a text is its letters.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of an array: N row, V n-gram, C channel

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from workers.doctor.scripts import is_wide
from workers.doctor.shingles import hashed_runs

FloatArray = npt.NDArray[np.float32]

_BUCKETS = 2**17
_LATIN, _WIDE = (2, 3, 4), (1, 2, 3)
_AT_ONCE = 5000
_SPARE = 16  # Directions more than wanted, which make the wanted ones exact.
_NOTHING = 1e-9
_MOST_COLUMNS = 2**15
_FEWEST_ROWS = 2  # An n-gram of one row alone tells nothing about another.


def ngram_vectors(texts: Sequence[str], *, channels: int, seed: int) -> FloatArray:
    """(rows, at most `channels`), each of length 1, or 0 where a text shares no n-gram with another."""
    counts_NV = sparse.vstack(
        [_counts(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)], format="csr"
    )
    rows_with_V = np.bincount(counts_NV.indices, minlength=_BUCKETS)
    kept = np.flatnonzero(rows_with_V >= _FEWEST_ROWS)
    kept = np.sort(kept[np.argsort(-rows_with_V[kept], kind="stable")][:_MOST_COLUMNS])
    weights_NV = counts_NV[:, kept]
    weights_NV.data = (1 + np.log(weights_NV.data)) * (1 + np.log((1 + len(texts)) / (1 + rows_with_V[kept])))[
        weights_NV.indices
    ]
    weights_NV = _rows_normalised(weights_NV.astype(np.float32))
    channels = min(channels, min(weights_NV.shape) - 1)
    if channels < 1:
        return np.zeros((len(texts), 1), dtype=np.float32)
    return unit_rows(_principal(weights_NV, channels, seed))


def unit_rows(vectors_NC: FloatArray) -> FloatArray:
    """Each row by its length; rows of zeros stay."""
    lengths = np.linalg.norm(vectors_NC, axis=1, keepdims=True)
    return (vectors_NC / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _counts(texts: Sequence[str]) -> sparse.csr_array:
    is_wide_N = np.array([is_wide(text) for text in texts])
    found = []
    for narrow, wide in zip(_LATIN, _WIDE, strict=True):
        values, begins = hashed_runs([f" {text} " for text in texts], np.where(is_wide_N, wide, narrow))
        ends = np.append(begins[1:], len(values))
        columns = (values % np.uint64(_BUCKETS)).astype(np.int32)
        shape = (len(texts), _BUCKETS)
        found.append(
            sparse.csr_array((np.ones(len(values), np.float32), columns, np.append(begins, ends[-1])), shape=shape)
        )
    total = found[0] + found[1] + found[2]
    total.sum_duplicates()
    return total


def _rows_normalised(matrix: sparse.csr_array) -> sparse.csr_array:
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    scale = sparse.diags_array(1 / np.where(lengths > 0, lengths, 1))
    return (scale @ matrix).tocsr().astype(np.float32)


def _principal(matrix: sparse.csr_array, channels: int, seed: int) -> FloatArray:
    """Coordinates along the directions of most weight: randomised range finding (Halko, Martinsson & Tropp 2011) with one power step.

    Only products with the matrix are large: bases come from the eigenvectors of small Gram matrices.
    """
    draw = np.random.default_rng(seed).standard_normal((matrix.shape[1], channels + _SPARE)).astype(np.float32)
    basis = _orthonormal(matrix @ draw)
    basis = _orthonormal(matrix @ (matrix.T @ basis))
    across = matrix.T @ basis
    values, directions = np.linalg.eigh(across.T.astype(np.float64) @ across)
    chosen = directions[:, ::-1][:, :channels] * np.sqrt(np.maximum(values[::-1][:channels], 0))
    return np.asarray(basis @ chosen.astype(np.float32), dtype=np.float32)


def _orthonormal(columns: FloatArray) -> FloatArray:
    """Of the space that the columns span, but for directions in which there is next to nothing."""
    values, directions = np.linalg.eigh(columns.T.astype(np.float64) @ columns)
    strong = values > values[-1] * _NOTHING
    return np.asarray(columns @ (directions[:, strong] / np.sqrt(values[strong])), dtype=np.float32)
