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

CHANNELS = 256
_BUCKETS = 2**17
_LATIN, _WIDE = (2, 3, 4), (1, 2, 3)
_AT_ONCE = 5000
_FEWEST_ROWS = 2  # An n-gram of one row alone tells nothing about another.


def ngram_vectors(texts: Sequence[str], *, seed: int) -> FloatArray:
    """(rows, at most `CHANNELS`), each of length 1, or 0 where a text shares no n-gram with another."""
    counts_NV = sparse.vstack(
        [_counts(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)], format="csr"
    )
    rows_with_V = np.bincount(counts_NV.indices, minlength=_BUCKETS)
    kept = np.flatnonzero(rows_with_V >= _FEWEST_ROWS)
    weights_NV = counts_NV[:, kept]
    weights_NV.data = (1 + np.log(weights_NV.data)) * np.log((1 + len(texts)) / (1 + rows_with_V[kept]))[
        weights_NV.indices
    ]
    weights_NV = _rows_normalised(weights_NV.astype(np.float32))
    channels = min(CHANNELS, min(weights_NV.shape) - 1)
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
    """Coordinates along the directions of most weight: randomised range finding (Halko, Martinsson & Tropp 2011) with two power steps."""
    draw = np.random.default_rng(seed).standard_normal((matrix.shape[1], channels + 16)).astype(np.float32)
    basis = np.linalg.qr(matrix @ draw)[0]
    for _ in range(2):
        basis = np.linalg.qr(matrix @ np.linalg.qr(matrix.T @ basis)[0])[0]
    left, values, _ = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
    return np.asarray((basis @ left[:, :channels]) * values[:channels], dtype=np.float32)
