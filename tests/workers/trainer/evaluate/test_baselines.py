from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from tests.workers.trainer.tiny import make_rows
from workers.trainer.evaluate import baselines
from workers.trainer.evaluate.baselines import (
    centroid_cosines,
    label_centroid_cosines,
    majority,
    tfidf_label_sets,
    tfidf_logreg,
)


def test_majority_is_the_most_frequent_training_label() -> None:
    assert majority(np.array([2, 1, 1, 0]), 3).tolist() == [1, 1, 1]


def test_nearest_centroid_finds_directions_whatever_the_length() -> None:
    features = torch.tensor([[1.0, 0.1], [3.0, 0.2], [0.1, 1.0], [0.0, 9.0]])
    found = centroid_cosines(features, torch.tensor([0, 0, 1, 1]), torch.tensor([[100.0, 3.0], [0.001, 0.1]]))
    assert found.argmax(1).tolist() == [0, 1]
    assert found.max() <= 1 + 1e-6


def test_centroids_of_labels_are_of_all_rows_that_have_them_and_of_all_others() -> None:
    features = torch.tensor([[1.0, 0.0], [0.0, 5.0], [3.0, 3.0]])
    targets = torch.tensor([[1.0, 1.0], [0.0, 1.0], [1.0, 1.0]])
    found = label_centroid_cosines(features, targets, torch.tensor([[2.0, 0.0], [0.0, 1.0]]))
    angle = (
        np.pi / 8
    )  # of the centroid of the first label: halfway between 0 and 45 degrees; the others of it are at 90
    assert found[:, 0].tolist() == pytest.approx([np.cos(angle), np.sin(angle) - 1], abs=1e-6)
    assert found[0, 1] == pytest.approx(found[1, 1])  # All rows have the second: there is nothing else to be near to.


def test_tfidf_learns_words() -> None:
    train, test = make_rows(120, seed=1), make_rows(60, seed=2)
    number = {"card": 0, "pin": 1, "rate": 2}
    found, probabilities = tfidf_logreg(
        [row["text"] for row in train],
        np.array([number[row["label"]] for row in train]),
        [row["text"] for row in test],
    )
    assert np.mean(found == [number[row["label"]] for row in test]) > 0.85
    assert probabilities is not None
    assert np.array_equal(probabilities.argmax(1), found)


def lettered(num_labels: int, *, each: int) -> tuple[list[str], np.ndarray]:
    """Texts with a word of their label among others, which all have."""
    targets = np.arange(num_labels * each) % num_labels
    return [f"of label{target} and more{row % 7}" for row, target in enumerate(targets)], targets


def test_hundreds_of_labels_are_learnt() -> None:
    """Each has so few of the rows that its gradients are small from the start."""
    targets = np.arange(1200) % 400
    features = sparse.csr_array((np.full(1200, 0.3), (np.arange(1200), targets)))
    found = baselines._logistic_regression(400).fit(features, targets).predict(features)
    assert np.array_equal(found, targets)


def test_weights_of_many_labels_are_of_the_most_frequent_words(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, targets = lettered(4, each=9)
    whole = tfidf_logreg(texts, targets, texts)[1]
    monkeypatch.setattr(baselines, "_MOST_WEIGHTS", 4 * 1000)
    assert np.array_equal(tfidf_logreg(texts, targets, texts)[1], whole), "more room than words changes no bit"
    monkeypatch.setattr(baselines, "_MOST_WEIGHTS", 4 * 2)
    assert np.ptp(tfidf_logreg(texts, targets, texts)[1][:4]) < 0.1, "“of” and “and” tell nothing"
    sets = np.eye(4)[targets]
    monkeypatch.setattr(baselines, "_MOST_WEIGHTS_IN_TURN", 4 * 2)
    assert np.ptp(tfidf_label_sets(texts, sets, texts)) < 0.1


def test_beyond_the_limit_of_scores_means_of_labels_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "_MOST_SCORES", 100)
    monkeypatch.setattr(baselines, "_ROWS_AT_ONCE", 5)
    monkeypatch.setattr(baselines, "_logistic_regression", None)
    texts, targets = lettered(12, each=3)
    found, scores = tfidf_logreg(texts, targets, texts[:12])
    assert found.tolist() == list(range(12))
    assert scores is not None
    assert np.array_equal(tfidf_label_sets(texts, np.eye(12)[targets], texts[:12]), scores)
    assert tfidf_logreg(["!"] * 60, np.arange(60) % 2, ["?"])[1] is None


def test_tfidf_falls_back_to_the_majority_when_no_text_has_a_word() -> None:
    found, probabilities = tfidf_logreg(["🙂", "!!", "🙂🙂"], np.array([0, 1, 1]), ["?"])
    assert found.tolist() == [1]
    assert probabilities is None
