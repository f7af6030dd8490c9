"""Vectors as points of the plane, the same for the same vectors."""

# ruff: noqa: N803 - capital suffixes name the axes of an array: N row, C channel, L label

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from workers.doctor.rows import IntArray

FloatArray = npt.NDArray[np.float32]
Method = Literal["tsne", "discriminant", "pca"]
Vectors = Literal["base_model", "ngrams"]

MOST_FOR_TSNE = 3000
_COMPONENTS = 50


@dataclass(frozen=True)
class Map:
    """`points` (rows, 2), each coordinate within -1 and 1. `difficulty` is 1 minus the probability of the given label."""

    rows: IntArray
    points: FloatArray
    difficulty: FloatArray | None
    method: Method
    vectors: Vectors


def to_plane(vectors_NC: FloatArray, labels_N: IntArray | None, *, seed: int) -> tuple[FloatArray, Method]:
    """t-SNE of few rows; of more, the directions that tell labels apart (Fisher), or the principal ones without labels."""
    reduced = _principal(vectors_NC, _COMPONENTS)
    if _MIN_FOR_TSNE <= len(reduced) <= MOST_FOR_TSNE:
        return _scaled(_tsne(reduced, seed)), "tsne"
    if labels_N is not None and len(np.unique(labels_N)) > 2:  # noqa: PLR2004 - two classes span a line, not a plane
        return _scaled(_discriminant(reduced, labels_N)), "discriminant"
    return _scaled(_principal(reduced, 2)), "pca"


_MIN_FOR_TSNE = 100


def _principal(vectors_NC: FloatArray, count: int) -> FloatArray:
    """Coordinates along the `count` directions of largest spread, each pointing the way of its largest entry."""
    centred = vectors_NC - vectors_NC.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    chosen = directions[:, ::-1][:, :count]
    chosen *= np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    found = (centred @ chosen).astype(np.float32)
    return np.pad(found, ((0, 0), (0, max(0, min(count, 2) - found.shape[1]))))


def _tsne(reduced: FloatArray, seed: int) -> FloatArray:
    from sklearn.manifold import TSNE  # noqa: PLC0415 - takes a second to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=FutureWarning)
        model = TSNE(init="pca", random_state=seed, perplexity=min(30.0, len(reduced) / 4), max_iter=500)
        return np.asarray(model.fit_transform(reduced), dtype=np.float32)


def _discriminant(reduced: FloatArray, labels_N: IntArray) -> FloatArray:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # noqa: PLC0415

    model = LinearDiscriminantAnalysis(n_components=2, solver="eigen", shrinkage=0.1)
    return np.asarray(model.fit(reduced, labels_N).transform(reduced)[:, :2], dtype=np.float32)


def _scaled(points: FloatArray) -> FloatArray:
    """Around the middle; one unit for both axes, so that distances keep their proportions."""
    centred = points - np.median(points, axis=0)
    largest = float(np.abs(centred).max())
    return (centred / largest if largest > 0 else centred).astype(np.float32)
