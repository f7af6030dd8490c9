from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.workers.trainer.tiny import make_rows
from workers.trainer.evaluate.baselines import centroid_cosines, label_centroid_cosines, majority, tfidf_logreg


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


def test_tfidf_falls_back_to_the_majority_when_no_text_has_a_word() -> None:
    found, probabilities = tfidf_logreg(["🙂", "!!", "🙂🙂"], np.array([0, 1, 1]), ["?"])
    assert found.tolist() == [1]
    assert probabilities is None
