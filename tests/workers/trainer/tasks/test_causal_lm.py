"""Continued pre-training: what a run leaves behind, and that a real small model learns a new kind of text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from transformers import pipeline

from tests.workers.trainer.tiny import first_rows, make_rows, spec_dict, write_rows, write_task
from workers.contract.results import Evaluation, LanguageDetails
from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.packing import DOCUMENTS, POSITIONS
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.tasks.causal_lm import CausalLm

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer
    from tests.workers.trainer.tiny import Tiny


def task_of(folder: Path, base: str, **task: object) -> tuple[CausalLm, Any, Any, Tokeniser]:
    spec = JobSpec.model_validate(spec_dict(base_model=base, task={"type": "causal_lm", **task}))
    built = CausalLm(spec)
    data, _ = built.read(spec, folder)
    return built, data, find_base(base), Tokeniser(load_tokenizer(find_base(base).folder))


def test_blocks_hold_the_texts_with_their_ends(tiny_base: Tiny, tmp_path: Path) -> None:
    task, data, base, tokeniser = task_of(write_task(tmp_path, "causal_lm"), "tiny-llama")
    blocks = task.encode(data.train, data, tokeniser, base, max_length=32)
    # The last token of a block is the first of the next.
    ids = [*blocks.ids.row(0), *(number for row in range(1, len(blocks)) for number in blocks.ids.row(row)[1:])]
    texts = tokeniser.tokenizer.decode(ids).split("</s>")
    assert [text.removeprefix("<s>").strip() for text in texts[:-1]] == list(data.train["text"])
    assert blocks.num_truncated == 0
    assert blocks.beside[DOCUMENTS].values[-1] == len(data.train) - 1
    assert POSITIONS not in blocks.beside


def test_every_block_has_something_to_predict(tiny_base: Tiny, tmp_path: Path) -> None:
    """One that holds the end of a text and the beginning of the next has nothing, where texts are kept apart."""
    task, data, base, tokeniser = task_of(write_task(tmp_path, "causal_lm"), "tiny-llama", separate_documents=True)
    blocks = task.encode(data.train, data, tokeniser, base, max_length=2)
    assert all(task.units(blocks, np.array([row])) for row in range(len(blocks)))


@pytest.mark.slow
@pytest.mark.parametrize("base", ["tiny-llama", "tiny-gpt2"])
def test_a_run_learns_and_delivers_a_model_that_writes(trainer: ForkingTrainer, tmp_path: Path, base: str) -> None:
    data = write_task(tmp_path / "data", "causal_lm")
    optimisation = {"epochs": 4, "batch_size": 8, "learning_rate": 0.01, "early_stopping": None}
    # Shorter than some texts, golden ones among them.
    task = {"type": "causal_lm", "max_length": 24, "separate_documents": True}
    spec = spec_dict(base_model=base, task=task, optimisation=optimisation)
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    assert outcome.of_type("warning") == []
    losses = [value for (name, _), value in sorted(outcome.metrics.items()) if name == "validation/loss"]
    assert losses[0] - losses[-1] > 1
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    assert document.num_rows == 30
    assert [contender.name for contender in document.contenders] == ["tuned", "base"]
    assert (document.primary, document.verdict.outcome, document.verdict.against) == ("loss", "better", "base")
    assert document.verdict.difference.low > 0
    details = document.details
    assert isinstance(details, LanguageDetails)
    held_out = [row["text"] for row in make_rows(30, seed=3)]
    for example in details.examples:
        assert held_out[example.row - 1].startswith((example.prompt + example.reference)[:200].strip())
    assert [item.tuned_loss for item in details.hardest] == sorted(
        (item.tuned_loss for item in details.hardest), reverse=True
    )
    write = pipeline("text-generation", model=str(outcome.out_dir / "model"))
    (said,) = write("my card", max_new_tokens=5, do_sample=False)
    assert said["generated_text"].startswith("my card")
    settings = json.loads((outcome.out_dir / "model" / "tokenizer_config.json").read_text())
    assert (settings["padding_side"], settings["pad_token"]) == ("left", "</s>")


@pytest.mark.slow
def test_refuses_a_base_model_that_cannot_learn_the_task(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "encoder", spec_dict(task={"type": "causal_lm"}))
    assert outcome.failure.code == "spec:task_not_supported"
    assert "Tiny BERT cannot learn the task causal_lm" in outcome.failure.message
    outcome = trainer.run(tmp_path / "decoder", spec_dict(base_model="tiny-llama"))
    assert outcome.failure.code == "spec:task_not_supported"


@pytest.mark.slow
def test_refuses_texts_that_have_nothing_to_predict(trainer: ForkingTrainer, tmp_path: Path) -> None:
    write_rows(tmp_path / "train.jsonl", make_rows(4, seed=1))
    write_rows(tmp_path / "validation.jsonl", [{"text": " "}])
    spec = spec_dict(base_model="tiny-llama", data={"train": "train.jsonl", "validation": "validation.jsonl"})
    outcome = trainer.run(tmp_path / "out", {**spec, "task": {"type": "causal_lm"}}, data_dir=tmp_path)
    assert outcome.failure.code == "data:empty"


@pytest.mark.slow
def test_a_pretrained_model_learns_another_kind_of_text(
    shared_data: Path, stories: str, trainer: ForkingTrainer, tmp_path: Path
) -> None:
    """Stories for children, then Shakespeare: the loss per token falls by far more than its uncertainty within a minute."""
    spec = {
        "base_model": stories,
        "data": {"train": "train.jsonl", "validation": "validation.jsonl", "test": "test.jsonl"},
        "task": {"type": "causal_lm", "max_length": 256},
        "optimisation": {"batch_size": 16},
        "limits": {"max_steps": 8},
    }
    first_rows(shared_data / "tinyshakespeare", tmp_path / "data", {"train": None, "validation": 60, "test": 60})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=tmp_path / "data")
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    tuned, base = (contender.metrics["loss"].value for contender in document.contenders)
    assert base - tuned > 0.5
    assert document.verdict.outcome == "better"
