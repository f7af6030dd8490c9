"""Hidden words: encoded whole, learnt with the loss of transformers, and learnt for real by the real MiniLM."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, pipeline

from tests.workers.trainer.tiny import SLUG, first_rows, make_rows, spec_dict, write_rows, write_task
from workers.contract.reasons import JobError
from workers.contract.results import Evaluation, HiddenWordsDetails
from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.encoded import collate
from workers.trainer.data.masking import LABELS, WORDS
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import Engine
from workers.trainer.tasks.masked_lm import MaskedLm

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer
    from tests.workers.trainer.tiny import Tiny

CPU = torch.device("cpu")


def task_of(folder: Path, **task: object) -> tuple[MaskedLm, Any, Any, Tokeniser]:
    spec = JobSpec.model_validate(spec_dict(task={"type": "masked_lm", **task}))
    built = MaskedLm(spec)
    data, _ = built.read(spec, folder)
    base = find_base(SLUG)
    return built, data, base, Tokeniser(load_tokenizer(base.folder))


@pytest.mark.parametrize("masking", ["whole_words", "tokens"])
def test_long_texts_become_several_rows_and_nothing_is_lost(tiny_base: Tiny, tmp_path: Path, masking: str) -> None:
    texts = ["zygomorphic flowers " * 9, "short", "  ", "\ufe0f"]
    write_rows(tmp_path / "train.jsonl", [{"text": text} for text in texts])
    for split in ("validation", "test"):
        write_rows(tmp_path / f"{split}.jsonl", [{"text": "one"}])
    task, data, base, tokeniser = task_of(tmp_path, masking=masking)
    encoded = task.encode(data.train, data, tokeniser, base, max_length=16)
    assert encoded.ids.lengths.max() == 16
    assert encoded.targets["row"].tolist() == [*[0] * (len(encoded) - 1), 1]
    (unread,) = encoded.notes
    assert (unread.code, unread.params["row"]) == ("data:no_trained_tokens", 4)
    decoded = [tokeniser.tokenizer.convert_ids_to_tokens(encoded.ids.row(row).tolist()) for row in range(len(encoded))]
    assert all((row[0], row[-1]) == ("[CLS]", "[SEP]") for row in decoded)
    inner = [token for row in decoded[:-1] for token in row[1:-1]]
    assert inner == tokeniser.tokenizer.tokenize(texts[0])
    pieces = encoded.beside[WORDS].row(0)[1:-1].tolist()
    assert (len(set(pieces)) == len(pieces)) == (masking == "tokens")


def test_loss_and_gradients_equal_those_of_transformers(tiny_base: Tiny, tmp_path: Path) -> None:
    task, data, base, tokeniser = task_of(write_task(tmp_path, "masked_lm"))
    encoded = task.rows_of_epoch(task.encode(data.train, data, tokeniser, base, max_length=64), seed=0, epoch=1)
    torch.manual_seed(3)
    model = task.open_model(base, data)
    plain = AutoModelForMaskedLM.from_pretrained(base.folder, attn_implementation="eager").eval()
    plain.load_state_dict(model.network.state_dict())
    rows = np.arange(16)
    batch = collate(encoded, rows, pad_id=0, device=CPU)
    expected = plain(input_ids=batch.ids_BT, attention_mask=batch.mask().long(), labels=batch.beside[LABELS]).loss
    expected.backward()
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    engine = Engine(model, pad_id=0, device=CPU, threads=2, batch_size=16)
    loss = engine.accumulate(encoded, [rows], loss=task.loss, units=task.units(encoded, rows), position=(0, 0))
    assert loss == pytest.approx(float(expected.detach()), abs=1e-5)
    replicas = [dict(replica.model.network.named_parameters()) for replica in engine.team.replicas]
    assert len(replicas) == 2
    for name, parameter in plain.named_parameters():
        mine = sum(replica[name].grad for replica in replicas)
        torch.testing.assert_close(mine, parameter.grad, atol=1e-5, rtol=1e-4, msg=name)
    engine.close()


def test_validation_hides_the_same_words_every_time(tiny_base: Tiny, tmp_path: Path) -> None:
    task, data, base, tokeniser = task_of(write_task(tmp_path, "masked_lm"))
    encoded = task.encode(data.validation, data, tokeniser, base, max_length=64)
    model = task.open_model(base, data)
    engine = Engine(model, pad_id=0, device=CPU, threads=1, batch_size=16)
    first, again = (task.metrics(task.answer(engine, encoded), encoded) for _ in range(2))
    assert first == again
    assert set(first) == {"loss", "perplexity", "masked_accuracy"}
    engine.close()


def sentence_rows(count: int, *, seed: int) -> list[dict[str, str]]:
    """Texts that begin with a greeting and end with a farewell, so that their order can be told."""
    return [{"text": f"hello. {row['text']}. {row['text'][:20]}! bye"} for row in make_rows(count, seed=seed)]


def write_sentences(folder: Path) -> Path:
    folder.mkdir()
    for split, count, seed in (("train", 96, 1), ("validation", 24, 2), ("test", 30, 3)):
        write_rows(folder / f"{split}.jsonl", sentence_rows(count, seed=seed))
    return folder


def test_loss_of_pairs_is_added_and_counts_as_much_as_their_words(tiny_base: Tiny, tmp_path: Path) -> None:
    task, data, base, tokeniser = task_of(write_sentences(tmp_path / "data"), sentence_order="order")
    encoded = task.rows_of_epoch(task.encode(data.train, data, tokeniser, base, max_length=64), seed=0, epoch=1)
    torch.manual_seed(3)
    model = task.open_model(base, data)
    rows = np.arange(16)
    batch = collate(encoded, rows, pad_id=0, device=CPU)
    plain = AutoModelForMaskedLM.from_pretrained(base.folder, attn_implementation="eager").eval()
    plain.load_state_dict(model.network.state_dict())
    asked = {"input_ids": batch.ids_BT, "attention_mask": batch.mask().long(), "token_type_ids": batch.beside["types"]}
    of_words = plain(**asked, labels=batch.beside[LABELS]).loss
    first = plain.base_model(**asked).last_hidden_state[:, 0]
    pairs: Any = model.pairs
    logits = pairs.answer(torch.tanh(pairs.dense(first)))
    of_pairs = torch.nn.functional.cross_entropy(logits, batch.targets["pair"], reduction="none")
    num_words = (batch.beside[LABELS] != -100).sum(1)
    expected = of_words + (of_pairs * num_words).sum() / num_words.sum()
    engine = Engine(model.eval(), pad_id=0, device=CPU, threads=1, batch_size=16)
    found = task.loss(engine.model, batch) / task.units(encoded, rows)
    assert float(found.detach()) == pytest.approx(float(expected.detach()), abs=1e-5)
    engine.close()


@pytest.mark.parametrize(("order", "texts"), [("order", ["one", "two"]), ("next", ["One. Two.", "three"])])
def test_refuses_texts_without_two_sentences(tiny_base: Tiny, tmp_path: Path, order: str, texts: list[str]) -> None:
    for split in ("train", "validation", "test"):
        write_rows(tmp_path / f"{split}.jsonl", [{"text": text} for text in texts])
    task, data, base, tokeniser = task_of(tmp_path, sentence_order=order)
    with pytest.raises(JobError, match=r"train\.jsonl has .* of at least two sentences") as caught:
        task.encode(data.train, data, tokeniser, base, max_length=None)
    assert caught.value.reason.code == "data:no_sentence_pairs"


@pytest.mark.slow
def test_order_is_learnt_and_what_answered_is_not_delivered(trainer: ForkingTrainer, tmp_path: Path) -> None:
    learn = {"epochs": 8, "batch_size": 8, "learning_rate": 0.01, "dropout": 0.0, "early_stopping": None}
    outcome = trainer.run(
        tmp_path / "out",
        spec_dict(task={"type": "masked_lm", "sentence_order": "order"}, optimisation=learn),
        data_dir=write_sentences(tmp_path / "data"),
    )
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    told = {contender.name: contender.metrics.get("pair_accuracy") for contender in document.contenders}
    assert told["base"] is None  # It has no answer to give.
    assert told["tuned"] is not None
    assert told["majority"] is not None
    assert 0.5 <= told["majority"].value < 0.8 < told["tuned"].value
    folder = outcome.out_dir / "model"
    assert "the layer that answered is left out" in (folder / "README.md").read_text(encoding="utf-8")
    _, report = AutoModelForMaskedLM.from_pretrained(folder, output_loading_info=True)
    assert not report["unexpected_keys"]


@pytest.mark.slow
@pytest.mark.parametrize("order", ["next", "order"])
def test_a_killed_run_that_asks_about_pairs_ends_with_the_same_bits(
    trainer: ForkingTrainer, tmp_path: Path, order: str
) -> None:
    data = write_sentences(tmp_path / "data")
    spec = spec_dict(
        task={"type": "masked_lm", "sentence_order": order}, limits={"max_steps": 9}, checkpointing={"every_steps": 1}
    )
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    again = tmp_path / "again"
    trainer.run(
        again,
        spec,
        data_dir=data,
        # Not every step gets its checkpoint where the disk is slow.
        signal_when=(signal.SIGKILL, lambda lines: sum('"type":"checkpoint"' in line for line in lines) > 2),
    )
    resumed = trainer.run(again, spec, data_dir=data)
    assert resumed.status == 0, resumed.log
    assert resumed.of_type("started")[-1].resumed_from_step > 0
    assert resumed.artifacts_sha256 == outcome.artifacts_sha256
    assert resumed.metrics == outcome.metrics


@pytest.mark.slow
def test_a_run_learns_words_and_is_judged_against_their_frequencies(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "masked_lm")
    learn = {"epochs": 3, "batch_size": 8, "learning_rate": 0.01, "early_stopping": None}
    outcome = trainer.run(
        tmp_path / "out", spec_dict(task={"type": "masked_lm", "max_length": 24}, optimisation=learn), data_dir=data
    )
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    losses = {contender.name: contender.metrics["loss"].value for contender in document.contenders}
    assert set(losses) == {"tuned", "base", "majority"}
    # Random weights know nothing; how often words occur is worth far more.
    assert losses["tuned"] < losses["base"]
    assert losses["majority"] < losses["base"]
    assert document.verdict.against == "majority"
    details = document.details
    assert isinstance(details, HiddenWordsDetails)
    texts = {number: row["text"] for number, row in enumerate(make_rows(30, seed=3), start=1)}
    for example in details.examples:
        between = [
            part for word, part in zip(example.words, example.parts[1:], strict=True) for part in (word.true, part)
        ]
        # With what was hidden put back in its place, it is a stretch of the text (of which some are several rows).
        whole = "".join([example.parts[0], *between])
        assert " ".join(whole.split()) in texts[example.row].lower()
    seen = [word.seen for example in details.examples for word in example.words]
    assert 0.6 < sum(word is None for word in seen) / len(seen) < 0.95
    fill = pipeline("fill-mask", model=str(outcome.out_dir / "model"))
    assert len(fill("my [MASK] is lost")) == 5


@pytest.mark.slow
def test_the_real_encoder_learns_to_find_hidden_words(
    shared_data: Path, trainer: ForkingTrainer, tmp_path: Path
) -> None:
    """MiniLM has no output layer for words; on Wikipedia it soon does better than their frequencies."""
    spec = {
        "base_model": "minilm-l6-v2",
        "data": {"train": "train.jsonl", "validation": "validation.jsonl"},
        "task": {"type": "masked_lm", "max_length": 48},
        "optimisation": {"batch_size": 8, "learning_rate": 5e-4, "head": "random"},
        "limits": {"max_steps": 40},
        "seed": 2,
    }
    first_rows(shared_data / "wiki_c4_demo", tmp_path / "data", {"train": 60, "validation": 4})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=tmp_path / "data", env={"ANNEAL_MODELS_DIR": ""})
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    losses = {contender.name: contender.metrics["loss"].value for contender in document.contenders}
    assert losses["tuned"] < losses["majority"] < losses["base"]
