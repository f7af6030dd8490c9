"""Which texts a row is told apart from, the loss, and a folder that other programs open."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from tests.workers.trainer.tiny import spec_dict, write_rows, write_task
from workers.contract.spec import JobSpec
from workers.trainer.evaluate.retrieval import Pool, by_cosine
from workers.trainer.sentence_folder import plain_vectors
from workers.trainer.tasks.embedding import Embedding, choices

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer


def task_of(**task: object) -> Embedding:
    data = {"train": "train.jsonl"}
    return Embedding(
        JobSpec.model_validate({"base_model": "tiny-bert", "data": data, "task": {"type": "embedding", **task}})
    )


def unit(*shape: int) -> torch.Tensor:
    torch.manual_seed(1)
    return functional.normalize(torch.randn(*shape), dim=-1)


def test_equal_texts_and_known_positives_are_not_held_against_a_row() -> None:
    # Rows: 0 and 1 share a positive, 0 and 2 share an anchor; the negative of 3 is the positive of 2, that of 1 is missing.
    texts = torch.tensor([[1, 10, 20], [2, 10, -1], [1, 11, 21], [3, 12, 11]])
    expected = [
        # positives of 0, 1, 2, 3        negatives of 0, 1, 2, 3
        [True, False, False, True, True, False, True, False],
        [False, True, True, True, True, False, True, True],
        [False, False, True, True, True, False, True, False],
        [True, True, True, True, True, False, True, True],
    ]
    assert choices(texts).tolist() == expected


def test_loss_is_cross_entropy_over_the_batch() -> None:
    vectors, texts = unit(5, 2, 8), torch.arange(10).reshape(5, 2)
    scores = 20 * vectors[:, 0] @ vectors[:, 1].T
    expected = functional.cross_entropy(scores, torch.arange(5), reduction="sum")
    torch.testing.assert_close(task_of()._contrast(vectors, texts), expected)
    back = functional.cross_entropy(scores.T, torch.arange(5), reduction="sum")
    torch.testing.assert_close(task_of(is_symmetric=True)._contrast(vectors, texts), (expected + back) / 2)


def test_negatives_are_further_choices() -> None:
    vectors, texts = unit(4, 3, 8), torch.arange(12).reshape(4, 3)
    candidates = torch.cat([vectors[:, 1], vectors[:, 2]])
    expected = functional.cross_entropy(7 * vectors[:, 0] @ candidates.T, torch.arange(4), reduction="sum")
    torch.testing.assert_close(task_of(scale=7)._contrast(vectors, texts), expected)


def test_duplicates_do_not_repel_each_other() -> None:
    vectors = unit(3, 2, 8).clone()
    vectors[1] = vectors[0]
    alone = task_of()._contrast(vectors[[0, 2]], torch.tensor([[0, 1], [4, 5]]))
    single = task_of()._contrast(vectors[[2, 0]], torch.tensor([[4, 5], [0, 1]]))
    torch.testing.assert_close(alone, single)
    together = task_of()._contrast(vectors, torch.tensor([[0, 1], [0, 1], [4, 5]]))
    # The twin adds its own loss, and is one more wrong text for the third row; it takes nothing from the first.
    scores = 20 * vectors[:, 0] @ vectors[:, 1].T
    first = functional.cross_entropy(scores[[0]][:, [0, 2]], torch.tensor([0]))
    third = functional.cross_entropy(scores[[2]], torch.tensor([2]))
    torch.testing.assert_close(together, 2 * first + third)


def test_search_counts_each_text_once_and_all_rights_of_an_anchor() -> None:
    # Anchor 1 has the positives 10 and 11; the text 10 stands in two rows.
    texts = torch.tensor([[1, 10], [1, 11], [2, 10], [3, 12]])
    vectors = torch.zeros(4, 2, 3)
    vectors[:, 0] = torch.tensor([[1.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    vectors[:, 1] = torch.tensor([[0.6, 0.8, 0], [1.0, 0, 0], [0.6, 0.8, 0], [0, 0.6, 0.8]])
    pool = Pool.of(texts)
    assert len(pool.first) == 3
    found = pool.search(by_cosine(vectors, pool))
    assert found.rank().tolist() == [1, 1, 1, 1]  # Row 0 would come second, were 11 not right for its anchor as well.
    nothing = pool.search(lambda rows: np.zeros((len(rows), 3)))
    assert nothing.rank().tolist() == [1.5, 1.5, 2, 2]


def test_a_large_pool_is_searched_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, texts = unit(30, 2, 6), torch.arange(60).reshape(30, 2)
    pool = Pool.of(texts)
    whole = pool.search(by_cosine(vectors, pool))
    monkeypatch.setattr("workers.trainer.evaluate.retrieval._MOST_SCORES", 70)
    assert pool.search(by_cosine(vectors, pool)).above.tolist() == whole.above.tolist()


def test_rows_without_a_negative_stand_beside_rows_with_one(tmp_path: Path) -> None:
    rows = [{"anchor": f"a{i}", "positive": f"p{i}", **({"negative": f"n{i}"} if i % 2 else {})} for i in range(4)]
    write_rows(tmp_path / "train.jsonl", rows)
    task = task_of()
    spec = JobSpec.model_validate(
        {
            "base_model": "tiny-bert",
            "data": {"train": "train.jsonl", "validation": "train.jsonl"},
            "task": {"type": "embedding"},
        }
    )
    data, _ = task.read(spec, tmp_path)
    assert task._roles == ("anchor", "positive", "negative")
    assert data.train["negative"] == (None, "n1", None, "n3")


@pytest.mark.slow
def test_sentence_transformers_gives_the_vectors_that_the_card_tells_of(
    trainer: ForkingTrainer, tmp_path: Path
) -> None:
    spec: dict[str, Any] = spec_dict(task={"type": "embedding"}, limits={"max_steps": 2})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=write_task(tmp_path / "data", "embedding"))
    assert outcome.status == 0, outcome.log
    folder = outcome.out_dir / "model"
    (exported,) = outcome.of_type("exported")
    assert {"modules.json", "1_Pooling/config.json"} <= set(exported.files)
    texts = ["my card is lost", "the rate of the euro today", "why"]
    with torch.inference_mode():
        vectors = plain_vectors(AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder), texts)
    found = SentenceTransformer(str(folder), device="cpu")
    assert found.max_seq_length == 64
    torch.testing.assert_close(torch.from_numpy(found.encode(texts)), vectors, atol=1e-5, rtol=1e-4)
    golden = json.loads((folder / "anneal.json").read_text())["golden"]
    again = found.encode([item["inputs"]["text"] for item in golden])
    for item, vector in zip(golden, again, strict=True):
        assert vector[:32].tolist() == pytest.approx(item["expected"], abs=1e-4)
    card = (folder / "README.md").read_text()
    code = card.split("```python\n")[1].split("```")[0].replace("path/to/this/folder", str(folder))
    told: list[torch.Tensor] = []
    exec(compile(code, "card", "exec"), {"print": told.append})  # noqa: S102 - the promise is that these lines run
    torch.testing.assert_close(told[0].diagonal(), torch.ones(2))
