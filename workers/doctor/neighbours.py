"""Nearest neighbours among vectors of length 1, exactly, block by block."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: N row, C channel, B block, K neighbour

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

_AT_ONCE = 512
_MOST_ALIKE = 50
_DIGITS = 4  # Rounded before they are compared, so that last bits, which may differ from run to run, decide nothing.

FloatArray = npt.NDArray[np.float32]


class Neighbourhood(NamedTuple):
    """`similarity` (rows, K) of the K nearest others, nearest first; `pairs` (first, second) of what reaches a least cosine."""

    similarity: FloatArray
    pairs: npt.NDArray[np.int64]
    cosines: FloatArray


def neighbourhood(
    vectors_NC: FloatArray, *, count: int, least_cosine: float, progress: Callable[[int, int], None]
) -> Neighbourhood:
    """Of each row at most 50 pairs are kept: a crowd of copies stays connected without all of its pairs."""
    vectors = torch.from_numpy(np.ascontiguousarray(vectors_NC, dtype=np.float32))
    num_rows = len(vectors)
    nearest, pairs, cosines = [], [], []
    for start in range(0, num_rows, _AT_ONCE):
        progress(start, num_rows)
        block_BN = vectors[start : start + _AT_ONCE] @ vectors.T
        block_BN[torch.arange(len(block_BN)), torch.arange(start, start + len(block_BN))] = -1.0
        values_BK, others_BK = block_BN.topk(min(max(count, _MOST_ALIKE), num_rows - 1), dim=1)
        values_BK = values_BK.mul(10**_DIGITS).round().div(10**_DIGITS)
        nearest.append(values_BK[:, :count].numpy())
        block, place = torch.nonzero(values_BK >= least_cosine, as_tuple=True)
        pairs.append(torch.stack([block + start, others_BK[block, place]], dim=1).numpy())
        cosines.append(values_BK[block, place].numpy())
    found = np.sort(np.concatenate(pairs), axis=1)
    unique, first = np.unique(found, axis=0, return_index=True)
    return Neighbourhood(np.concatenate(nearest), unique, np.concatenate(cosines)[first])
