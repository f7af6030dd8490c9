"""Both forms of rows, both ways to score, and rows that stay whole when replicas share a batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.workers.trainer import tiny as tiny_data
from tests.workers.trainer.tiny import ranking_rows, scored_pair_rows, spec_dict, write_rows, write_task
from workers.contract.results import Evaluation, ModelManifest, RankingDetails
from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.encoded import Encoded, collate
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import Engine
from workers.trainer.evaluate.ranking import pair_threshold
from workers.trainer.rankers import BiEncoder, CrossEncoder
from workers.trainer.tasks.ranking import Ranking

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer
    from tests.workers.trainer.tiny import Tiny
    from workers.trainer.data.splits import TaskData

CPU = torch.device("cpu")
ARCHITECTURES = ("cross_encoder", "bi_encoder")


def read(folder: Path, rows: list[dict[str, Any]], architecture: str = "auto") -> tuple[Ranking, TaskData]:
    write_rows(folder / "train.jsonl", rows)
    spec = JobSpec.model_validate(
        {
            "base_model": "tiny-bert",
            "data": {"train": "train.jsonl", "validation": "train.jsonl"},
            "task": {"type": "ranking", "architecture": architecture},
        }
    )
    task = Ranking(spec)
    return task, task.read(spec, folder)[0]


def encode(task: Ranking, data: TaskData) -> Encoded:
    base = find_base("tiny-bert")
    return task.encode(data.train, data, Tokeniser(load_tokenizer(base.folder)), base, max_length=64)


def without_dropout(model: Any) -> Any:
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return model


def test_pairs_are_read_together_and_lists_compared_unless_the_spec_says(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, ranking_rows(6, seed=1))[0].ranker, BiEncoder)
    task, _ = read(tmp_path, scored_pair_rows(12, seed=1))
    assert isinstance(task.ranker, CrossEncoder)
    assert task.watched == "auc"
    assert isinstance(read(tmp_path, scored_pair_rows(12, seed=1), "bi_encoder")[0].ranker, BiEncoder)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_loss_is_the_softmax_over_the_candidates_of_each_row(
    tmp_path: Path, tiny_base: Tiny, architecture: str
) -> None:
    torch.manual_seed(4)
    task, data = read(tmp_path, ranking_rows(9, seed=1), architecture)
    encoded = encode(task, data)
    engine = Engine(task.open_model(find_base("tiny-bert"), data), pad_id=0, device=CPU, threads=1, batch_size=9)
    alone = [task.answer(engine, encoded.select(np.array([row])))[0] for row in range(9)]
    expected = sum(
        float(functional.cross_entropy(torch.from_numpy(scores)[None], encoded.targets["target"][[row]]))
        for row, scores in enumerate(alone)
    )
    assert [len(scores) for scores in alone] == [len(found) for found in data.train["candidates"]]
    together = collate(encoded, np.arange(9), pad_id=0, device=CPU)
    with torch.inference_mode():
        assert float(task.loss(engine.model, together)) == pytest.approx(expected, rel=1e-4)
    assert task.metrics(task.answer(engine, encoded), encoded)["loss"] == pytest.approx(expected / 9, rel=1e-4)


def test_score_of_a_pair_is_that_of_the_model_on_the_plain_pair(tmp_path: Path, tiny_base: Tiny) -> None:
    torch.manual_seed(4)
    task, data = read(tmp_path, ranking_rows(3, seed=1), "cross_encoder")
    engine = Engine(task.open_model(find_base("tiny-bert"), data), pad_id=0, device=CPU, threads=1, batch_size=3)
    scores = task.answer(engine, encode(task, data))
    tokenizer = load_tokenizer(find_base("tiny-bert").folder)
    for row in range(3):
        for place, candidate in enumerate(data.train["candidates"][row]):
            inputs = tokenizer(
                data.train["query"][row], candidate.text, truncation=True, max_length=64, return_tensors="pt"
            )
            with torch.inference_mode():
                plain = engine.model(inputs["input_ids"], None, inputs["token_type_ids"])
            assert scores[row][place] == pytest.approx(float(plain), abs=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_replicas_share_a_batch_row_by_row_with_the_same_gradients(
    tmp_path: Path, tiny_base: Tiny, architecture: str
) -> None:
    found = []
    for threads in (1, 2):
        torch.manual_seed(4)
        task, data = read(tmp_path, ranking_rows(10, seed=1), architecture)
        encoded = encode(task, data)
        model = without_dropout(task.open_model(find_base("tiny-bert"), data))
        engine = Engine(model, pad_id=0, device=CPU, threads=threads, batch_size=10)
        assert len(engine.team) == threads
        loss = engine.accumulate(encoded, [np.arange(10)], loss=task.loss, units=10, position=(0, 0))
        replicas = [dict(replica.model.named_parameters()) for replica in engine.team.replicas]
        gradients = {
            name: sum(replica[name].grad for replica in replicas)
            for name, parameter in replicas[0].items()
            if parameter.grad is not None
        }
        found.append((loss, gradients))
        engine.close()
    (loss, gradients), (shared_loss, shared) = found
    assert loss == pytest.approx(shared_loss, rel=1e-5)
    assert gradients.keys() == shared.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(shared[name], gradient, atol=1e-4, rtol=1e-3, msg=name)


def test_only_vectors_learn_from_lists_and_the_line_as_well_from_pairs(tmp_path: Path, tiny_base: Tiny) -> None:
    for rows, is_learnt in ((ranking_rows(6, seed=1), False), (scored_pair_rows(12, seed=1), True)):
        task, data = read(tmp_path, rows, "bi_encoder")
        learning = {
            name for name, p in task.open_model(find_base("tiny-bert"), data).named_parameters() if p.requires_grad
        }
        assert ({"slope", "offset"} <= learning) is is_learnt
        assert task.has_head_start is is_learnt


@pytest.mark.parametrize(
    ("scores", "right", "share"),
    [([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 1.0), ([0.1, 0.2, 0.3], [1, 0, 1], 2 / 3), ([5, 5], [1, 1], 1.0)],
)
def test_threshold_tells_most_pairs_rightly(scores: list[float], right: list[int], share: float) -> None:
    found, relevance = np.array(scores, dtype=float), np.array(right, dtype=float)
    threshold = pair_threshold(found, relevance)
    assert np.mean((found >= threshold) == (relevance > 0)) == pytest.approx(share)
    assert threshold not in scores


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_pairs_leave_a_model_with_its_threshold(
    trainer: ForkingTrainer, tmp_path: Path, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tiny_data.ROWS_OF_TASK, "ranking", scored_pair_rows)
    data = write_task(tmp_path / "data", "ranking")
    spec = spec_dict(task={"type": "ranking", "architecture": architecture}, limits={"max_steps": 3})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    assert document.primary == "auc"
    assert isinstance(document.details, RankingDetails)
    names = {contender.name for contender in document.contenders}
    assert {"tuned", "popularity", "tfidf_cosine", "tfidf_linear", "base"} <= names
    assert ("base_probe" in names) is (architecture == "cross_encoder")
    manifest = ModelManifest.model_validate_json((outcome.out_dir / "model" / "anneal.json").read_bytes())
    assert manifest.threshold is not None
    # A cosine, or a logit that has hardly learnt.
    assert abs(manifest.threshold) < (10 if architecture == "cross_encoder" else 1.1)
    assert all(set(golden.inputs) == {"text", "text_b"} and len(golden.expected) == 1 for golden in manifest.golden)


@pytest.mark.slow
def test_lists_are_judged_against_popularity_words_and_the_untouched_base(
    trainer: ForkingTrainer, tmp_path: Path
) -> None:
    data = write_task(tmp_path / "data", "ranking")
    spec = spec_dict(task={"type": "ranking"}, optimisation={"epochs": 4, "batch_size": 16, "learning_rate": 0.003})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    assert [contender.name for contender in document.contenders] == ["tuned", "popularity", "tfidf_cosine", "base"]
    metrics = {contender.name: contender.metrics for contender in document.contenders}
    assert set(metrics["tuned"]) == {"mrr", "ndcg_at_10", "hit_at_1", "hit_at_10"}
    assert metrics["tuned"]["mrr"].value > metrics["base"]["mrr"].value
    details = document.details
    assert isinstance(details, RankingDetails)
    assert sum(rank.count for rank in details.ranks) == details.num_queries == 30
    worst = details.examples[0]
    assert worst.rank == max(example.rank for example in details.examples)
    assert [text.score for text in worst.first] == sorted((text.score for text in worst.first), reverse=True)


@pytest.mark.slow
def test_layer_on_the_untouched_base_is_one_rival_for_all_methods(
    trainer: ForkingTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tiny_data.ROWS_OF_TASK, "ranking", scored_pair_rows)
    data = write_task(tmp_path / "data", "ranking")
    found = set()
    for method in ("full", "prompt"):
        task = {"type": "ranking", "max_length": 40}
        spec = spec_dict(task=task, method={"type": method}, limits={"max_steps": 1})
        outcome = trainer.run(tmp_path / method, spec, data_dir=data)
        assert outcome.status == 0, outcome.log
        contenders = json.loads((outcome.out_dir / "evaluation.json").read_text())["contenders"]
        found |= {json.dumps(contender["metrics"]) for contender in contenders if contender["name"] == "base_probe"}
    assert len(found) == 1
