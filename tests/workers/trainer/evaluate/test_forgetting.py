"""The report of forgetting: the loss of plain transformers on the fixed texts, before and after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from tests.workers.trainer.tiny import spec_dict, write_task
from workers.trainer.evaluate.forgetting import TEXTS, in_halves

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer


def loss_of(folder: Path) -> tuple[float, int]:
    """By transformers' own loss, one text at a time."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    total, count = 0.0, 0
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"][:128]
        if len(ids) < 2 or ids.count(tokenizer.unk_token_id) * 10 > len(ids):
            continue
        with torch.inference_mode():
            total += float(model(torch.tensor([ids]), labels=torch.tensor([ids])).loss) * (len(ids) - 1)
        count += len(ids) - 1
    return total / count, count


@pytest.mark.slow
@pytest.mark.parametrize("task", ["causal_lm", "chat"])
def test_general_texts_are_read_before_and_after(trainer: ForkingTrainer, tmp_path: Path, task: str) -> None:
    data = write_task(tmp_path / "data", task)
    spec = spec_dict(base_model="tiny-llama", task={"type": task}, limits={"max_steps": 6})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    found = json.loads((tmp_path / "out" / "evaluation.json").read_text())["forgetting"]
    expected, count = loss_of(tmp_path / "out" / "model")
    assert found["num_tokens"] == count
    assert found["tuned_loss"] == pytest.approx(expected, rel=1e-4)
    before, _ = loss_of(trainer.tiny.models_dir / "tiny-llama")
    assert found["base_loss"] == pytest.approx(before, rel=1e-4)
    assert found["base_loss"] != found["tuned_loss"]


def loss_of_second_halves(folder: Path) -> tuple[float, int]:
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    total, count = 0.0, 0
    for text in TEXTS:
        source, target = (tokenizer(half)["input_ids"] for half in in_halves(text))
        if (source + target).count(tokenizer.unk_token_id) * 10 > len(source + target):
            continue
        with torch.inference_mode():
            found = model(input_ids=torch.tensor([source]), labels=torch.tensor([target]))
        total += float(found.loss) * len(target)
        count += len(target)
    return total / count, count


@pytest.mark.slow
def test_an_encoder_decoder_goes_on_with_general_texts_before_and_after(
    trainer: ForkingTrainer, tmp_path: Path
) -> None:
    data = write_task(tmp_path / "data", "translation")
    spec = spec_dict(base_model="tiny-t5", task={"type": "translation"}, limits={"max_steps": 6})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    found = json.loads((tmp_path / "out" / "evaluation.json").read_text())["forgetting"]
    expected, count = loss_of_second_halves(tmp_path / "out" / "model")
    assert found["num_tokens"] == count
    assert found["tuned_loss"] == pytest.approx(expected, rel=1e-4)
    before, _ = loss_of_second_halves(trainer.tiny.models_dir / "tiny-t5")
    assert found["base_loss"] == pytest.approx(before, rel=1e-4)
    assert found["base_loss"] != found["tuned_loss"]


@pytest.mark.parametrize(
    ("text", "halves"), [("one two three", ("one two", "three")), ("春天来了花开", ("春天来", "了花开"))]
)
def test_texts_are_cut_between_words(text: str, halves: tuple[str, str]) -> None:
    assert in_halves(text) == halves
