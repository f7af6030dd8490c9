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
# What logistic regression may hold: words times labels, learnt together and one label at a time, and rows times labels.
_MOST_WEIGHTS = 1 << 22
_MOST_WEIGHTS_IN_TURN = 1 << 26
_MOST_SCORES = 1 << 23
_ROWS_AT_ONCE = 1024


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


def tfidf(texts: Sequence[str], held_out: Sequence[str], *, most: int | None = None) -> tuple[Any, Any] | None:
    """TF-IDF of words and pairs of words of both sets, learnt from the first: of the `most` frequent of them where that is given. None when
    no text has a single word.
    """
    # Imported here: this takes a second, and a warm trainer should not pay it before its first step.
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    # Any run of characters between spaces or punctuation is a word; a text of signs alone becomes a row of zeros.
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD, max_features=most)
    try:
        return vectoriser.fit_transform(texts), vectoriser.transform(held_out)
    except ValueError:  # "empty vocabulary"
        return None


def tfidf_logreg(
    texts: Sequence[str], targets: IntArray, held_out: Sequence[str]
) -> tuple[IntArray, FloatArray | None]:
    """Logistic regression on TF-IDF: the classic that needs no language model.

    The answers and what speaks for them (rows, labels), probabilities mostly; None where no text has a word, and the majority is answered.
    Memory and time have a limit: weights, of which the solver keeps some 25 copies, come to 32 MB, so that of more than a hundred labels
    the most frequent words and pairs decide; and where rows times labels come to 64 MB, which each iteration computes anew, the linear
    model is the one that needs a single pass: the cosine with the mean of the rows of each label (Rocchio 1971).
    """
    from scipy.sparse import csr_array  # noqa: PLC0415

    num_labels = int(targets.max()) + 1
    if len(texts) * num_labels > _MOST_SCORES:
        of_label = csr_array((np.ones(len(texts)), (targets, np.arange(len(texts)))))
        scores = _tfidf_cosines(texts, of_label, held_out)
        return (majority(targets, len(held_out)) if scores is None else scores.argmax(1)), scores
    features = tfidf(texts, held_out, most=_MOST_WEIGHTS // num_labels)
    if features is None:
        return majority(targets, len(held_out)), None
    model = _logistic_regression(num_labels)
    model.fit(features[0], targets)
    return np.asarray(model.predict(features[1]), dtype=np.int64), np.asarray(model.predict_proba(features[1]))


def tfidf_label_sets(texts: Sequence[str], targets: FloatArray, held_out: Sequence[str]) -> FloatArray:
    """Probabilities (rows, labels) of one logistic regression for each label; a label that all or no rows have gets its share.

    Limited likewise, but that one label is learnt at a time, and that beyond the limit cosines stand in place of probabilities.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415

    num_labels = targets.shape[1]
    shares = targets.mean(0)
    probabilities = np.tile(shares, (len(held_out), 1))
    if targets.size > _MOST_SCORES:
        scores = _tfidf_cosines(texts, csr_array(targets.T), held_out)
        return probabilities if scores is None else scores
    features = tfidf(texts, held_out, most=_MOST_WEIGHTS_IN_TURN // num_labels)
    if features is not None:
        for label in np.flatnonzero((shares > 0) & (shares < 1)):
            model = _logistic_regression(num_labels)
            model.fit(features[0], targets[:, label] > 0)
            probabilities[:, label] = model.predict_proba(features[1])[:, 1]
    return probabilities


def _logistic_regression(num_labels: int) -> Any:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    # Gradients are means over all rows, and smaller the fewer of them a label has: of hundreds of labels they would pass for zero at once.
    return LogisticRegression(C=10.0, tol=min(1e-3, 0.1 / num_labels), max_iter=300)


def _tfidf_cosines(texts: Sequence[str], of_label: Any, held_out: Sequence[str]) -> FloatArray | None:
    """(rows, labels): of each row with the mean of a label's training rows, which `of_label` (labels, training rows) marks, sparse."""
    from sklearn.preprocessing import normalize  # noqa: PLC0415

    features = tfidf(texts, held_out)
    if features is None:
        return None
    means = normalize(of_label @ features[0])
    scores = np.empty((len(held_out), means.shape[0]))
    for first in range(0, len(scores), _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        scores[rows] = (features[1][rows] @ means.T).toarray()
    return scores


def tfidf_ridge(texts: Sequence[str], targets: FloatArray, held_out: Sequence[str]) -> FloatArray:
    """Ridge regression on TF-IDF."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    features = tfidf(texts, held_out)
    if features is None:
        return np.full(len(held_out), targets.mean())
    model = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-4)
    model.fit(features[0], targets)
    return np.asarray(model.predict(features[1]), dtype=np.float64)
