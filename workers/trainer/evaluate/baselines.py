"""Simpler ways to answer the same rows. A tuned model that does not beat them is not worth its keep."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from workers.trainer.evaluate.metrics import IntArray


WORD = r"(?u)\b\w+\b"


@dataclass(frozen=True)
class Answers:
    """What one contender says about the held-out rows, as class numbers, and how long it took to learn and to say."""

    name: Literal["tuned", "base_probe", "tfidf_logreg", "nearest_centroid", "majority"]
    predicted: IntArray
    seconds: float


def timed(
    name: Literal["tuned", "base_probe", "tfidf_logreg", "nearest_centroid", "majority"], answer: Callable[[], IntArray]
) -> Answers:
    start = time.monotonic()
    predicted = answer()
    return Answers(name=name, predicted=predicted, seconds=time.monotonic() - start)


def majority(train_targets: IntArray, num_rows: int) -> IntArray:
    """Always the most frequent training label; the first of them at a tie."""
    return np.full(num_rows, np.bincount(train_targets).argmax(), dtype=np.int64)


def nearest_centroid(features: torch.Tensor, targets: torch.Tensor, held_out: torch.Tensor) -> IntArray:
    """The label whose mean feature vector has the highest cosine with the row's."""
    num_labels = int(targets.max()) + 1
    sums = torch.zeros(num_labels, features.shape[1]).index_add_(0, targets, functional.normalize(features, dim=1))
    scores = functional.normalize(held_out, dim=1) @ functional.normalize(sums, dim=1).T
    return np.asarray(scores.argmax(1).numpy(), dtype=np.int64)


def tfidf_logreg(texts: Sequence[str], targets: IntArray, held_out: Sequence[str]) -> IntArray:
    """Logistic regression on TF-IDF of words and pairs of words: the classic that needs no language model."""
    # Imported here: these take a second, and a warm trainer should not pay it before its first step.
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    # Any run of characters between spaces or punctuation is a word; a text of signs alone becomes a row of zeros.
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD)
    try:
        train = vectoriser.fit_transform(texts)
    except ValueError:  # "empty vocabulary": no text has a single word
        return majority(targets, len(held_out))
    model = LogisticRegression(C=10.0, tol=1e-3, max_iter=300)
    model.fit(train, targets)
    return np.asarray(model.predict(vectoriser.transform(held_out)), dtype=np.int64)
