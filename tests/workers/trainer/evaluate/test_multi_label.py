"""Thresholds of labels, and the rivals that give several of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.workers.trainer.tiny import spec_dict, write_task
from workers.trainer.evaluate.multi_label import best_thresholds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer


def test_each_label_has_the_threshold_that_no_other_beats() -> None:
    drawn = np.random.default_rng(1)
    scores = drawn.normal(size=(60, 3)).round(1)  # with ties
    targets = (scores + drawn.normal(size=(60, 3)) > [0.0, 0.8, -1.0]).astype(np.float64)
    found = best_thresholds(scores, targets)
    for label, threshold in enumerate(found):
        reached = f1_score(targets[:, label], scores[:, label] >= threshold)
        tried = [f1_score(targets[:, label], scores[:, label] >= other) for other in np.unique(scores[:, label])]
        assert reached == pytest.approx(max(tried))


def test_a_threshold_lies_between_the_rows_that_have_a_label_and_the_others() -> None:
    assert best_thresholds(np.array([[0.9], [0.5], [0.1]]), np.array([[1.0], [1.0], [0.0]])) == pytest.approx(0.3)


@pytest.mark.slow
def test_the_nearest_centroids_are_a_rival(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "multi_label")
    spec = spec_dict(task={"type": "multi_label"}, limits={"max_steps": 1})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    document = json.loads((outcome.out_dir / "evaluation.json").read_text())
    by_name = {contender["name"]: contender["metrics"] for contender in document["contenders"]}
    assert set(by_name) == {"tuned", "majority", "tfidf_linear", "nearest_centroid", "base_probe"}
    centroid = by_name["nearest_centroid"]
    assert centroid["micro_f1"]["value"] > by_name["majority"]["micro_f1"]["value"]
    assert centroid["roc_auc"]["value"] > 0.6
