"""Simpler ways to answer the same rows. A tuned model that does not beat them is not worth its keep."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workers.trainer.evaluate.metrics import FloatArray, IntArray

Answer = TypeVar("Answer")
WORD = r"(?u)\b\w+\b"


def timed(answer: Callable[[], Answer]) -> tuple[Answer, float]:
    """The answer, and the seconds that it took to learn and to say."""
    start = time.monotonic()
    found = answer()
    return found, time.monotonic() - start


def majority(train_targets: IntArray, num_rows: int) -> IntArray:
    """Always the most frequent training label; the first of them at a tie."""
    return np.full(num_rows, np.bincount(train_targets).argmax(), dtype=np.int64)


def centroid_cosines(features: torch.Tensor, targets: torch.Tensor, held_out: torch.Tensor) -> FloatArray:
    """Of each row's feature vector with the mean one of each label: (rows, labels)."""
    num_labels = int(targets.max()) + 1
    sums = torch.zeros(num_labels, features.shape[1]).index_add_(0, targets, functional.normalize(features, dim=1))
    scores = functional.normalize(held_out, dim=1) @ functional.normalize(sums, dim=1).T
    return np.asarray(scores.double().numpy())


def label_centroid_cosines(features: torch.Tensor, targets: torch.Tensor, asked: torch.Tensor) -> FloatArray:
    """Label by label, how much nearer each row's feature vector is to the mean one of the rows that have the label than to that of the
    others, as a difference of cosines: (rows, labels).
    """
    of_length_1 = functional.normalize(features, dim=1)
    there, absent = (functional.normalize(given.T @ of_length_1, dim=1) for given in (targets, 1 - targets))
    scores = functional.normalize(asked, dim=1) @ (there - absent).T
    return np.asarray(scores.double().numpy())


def tfidf(texts: Sequence[str], held_out: Sequence[str]) -> tuple[Any, Any] | None:
    """TF-IDF of words and pairs of words of both sets, learnt from the first; None when no text has a single word."""
    # Imported here: this takes a second, and a warm trainer should not pay it before its first step.
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    # Any run of characters between spaces or punctuation is a word; a text of signs alone becomes a row of zeros.
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD)
    try:
        return vectoriser.fit_transform(texts), vectoriser.transform(held_out)
    except ValueError:  # "empty vocabulary"
        return None


def tfidf_logreg(
    texts: Sequence[str], targets: IntArray, held_out: Sequence[str]
) -> tuple[IntArray, FloatArray | None]:
    """Logistic regression on TF-IDF: the classic that needs no language model.

    The answers and the probabilities (rows, labels) behind them; no probabilities where no text has a word, and the majority is answered.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    features = tfidf(texts, held_out)
    if features is None:
        return majority(targets, len(held_out)), None
    model = LogisticRegression(C=10.0, tol=1e-3, max_iter=300)
    model.fit(features[0], targets)
    return np.asarray(model.predict(features[1]), dtype=np.int64), np.asarray(model.predict_proba(features[1]))


def tfidf_label_sets(texts: Sequence[str], targets: FloatArray, held_out: Sequence[str]) -> FloatArray:
    """Probabilities (rows, labels) of one logistic regression for each label; a label that all or no rows have gets its share."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    features = tfidf(texts, held_out)
    shares = targets.mean(0)
    probabilities = np.tile(shares, (len(held_out), 1))
    if features is not None:
        for label in np.flatnonzero((shares > 0) & (shares < 1)):
            model = LogisticRegression(C=10.0, tol=1e-3, max_iter=300)
            model.fit(features[0], targets[:, label] > 0)
            probabilities[:, label] = model.predict_proba(features[1])[:, 1]
    return probabilities


def tfidf_ridge(texts: Sequence[str], targets: FloatArray, held_out: Sequence[str]) -> FloatArray:
    """Ridge regression on TF-IDF."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    features = tfidf(texts, held_out)
    if features is None:
        return np.full(len(held_out), targets.mean())
    model = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-4)
    model.fit(features[0], targets)
    return np.asarray(model.predict(features[1]), dtype=np.float64)
