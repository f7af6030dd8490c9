"""The order of cosines follows that of the scores, and a folder that other programs open says the same."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
import torch
from sentence_transformers import SentenceTransformer, util

from tests.workers.trainer.tiny import pair_rows, spec_dict, write_rows
from workers.contract.reasons import JobError
from workers.contract.spec import JobSpec
from workers.trainer.tasks.similarity import Similarity, order_loss

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer

TASK: dict[str, Any] = {"type": "similarity"}


def topic_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """Two texts, 5 where they are about one topic and 1 where they are not."""
    return [{**row, "score": 5 if row["label"] == "same" else 1} for row in pair_rows(count, seed=seed)]


def test_loss_counts_pairs_of_rows_whose_cosines_are_in_the_wrong_order() -> None:
    scaled = torch.tensor([2.0, -1.0, 3.0, 0.5], requires_grad=True)
    scores = torch.tensor([4.0, 1.0, 1.0, 5.0])
    wrong = [(scaled[j] - scaled[i]).exp() for i, j in permutations(range(4), 2) if float(scores[i]) > float(scores[j])]
    expected = torch.log(1 + torch.stack(wrong).sum())
    found = order_loss(scaled, scores)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, scaled), torch.autograd.grad(expected, scaled))


def test_rows_of_one_score_have_nothing_to_learn_from() -> None:
    scaled = torch.tensor([2.0, -1.0], requires_grad=True)
    loss = order_loss(scaled, torch.tensor([3.0, 3.0]))
    assert loss.item() == 0
    (gradient,) = torch.autograd.grad(loss, scaled)
    assert gradient.tolist() == [0, 0]


def test_only_the_order_of_scores_counts() -> None:
    scaled, scores = torch.randn(6), torch.arange(6.0)
    assert order_loss(scaled, scores).equal(order_loss(scaled, 100 * scores - 7))


@pytest.mark.slow
def test_vectors_learn_which_texts_are_alike(trainer: ForkingTrainer, tmp_path: Path) -> None:
    for split, count, seed in (("train", 240, 1), ("validation", 40, 2), ("test", 40, 3)):
        write_rows(tmp_path / f"{split}.jsonl", topic_rows(count, seed=seed))
    spec = spec_dict(
        task=TASK, optimisation={"epochs": 8, "learning_rate": 3e-3, "batch_size": 16, "early_stopping": None}
    )
    outcome = trainer.run(tmp_path / "out", spec, data_dir=tmp_path)
    assert outcome.status == 0, outcome.log
    document = json.loads((outcome.out_dir / "evaluation.json").read_text())
    found = {one["name"]: one["metrics"]["spearman"]["value"] for one in document["contenders"]}
    assert set(found) == {"tuned", "base", "tfidf_cosine"}
    assert found["tuned"] > found["base"] + 0.1
    assert document["primary"] == "spearman"
    # Points are in the unit of the scores.
    for point in document["details"]["points"]:
        assert point["true"] in (1, 5)
        assert -1 < point["predicted"] < 7
    folder = outcome.out_dir / "model"
    network = SentenceTransformer(str(folder), device="cpu")
    for item in json.loads((folder / "anneal.json").read_text())["golden"]:
        vectors = network.encode([item["inputs"]["text"], item["inputs"]["text_b"]])
        assert float(util.cos_sim(vectors[0], vectors[1])) == pytest.approx(item["expected"][0], abs=1e-4)


def test_scores_that_are_all_the_same_are_refused(tmp_path: Path) -> None:
    write_rows(tmp_path / "train.jsonl", [{**row, "score": 2.5} for row in pair_rows(20, seed=1)])
    spec = JobSpec.model_validate({"base_model": "tiny-bert", "data": {"train": "train.jsonl"}, "task": TASK})
    with pytest.raises(JobError) as caught:
        Similarity(spec).read(spec, tmp_path)
    assert caught.value.reason.code == "data:single_class"
    assert "2.5" in str(caught.value)
