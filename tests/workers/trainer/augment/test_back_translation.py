"""Texts in other words: kept, the same after a kill, never empty or the same; and the rows of a pass that have them."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from tests.workers.trainer.tiny import SLUG, make_rows, spec_dict, write_task
from workers.contract.reasons import JobError
from workers.contract.results import Evaluation
from workers.contract.spec import BackTranslation, JobSpec
from workers.trainer.augment import Reworded, back_translation
from workers.trainer.augment.back_translation import back_translated, translated
from workers.trainer.augment.layout import Layout
from workers.trainer.bases import find_base
from workers.trainer.control import Control
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.data.read import Rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer
    from tests.workers.trainer.tiny import Tiny

MARIAN = BackTranslation(there="tiny-marian", back="tiny-bart")
TEXTS = tuple(row["text"] for row in make_rows(10, seed=4))


def rows_of(**fields: tuple[str, ...]) -> Rows:
    return Rows("train", "train.jsonl", fields, tuple(range(1, 1 + len(next(iter(fields.values()))))))


def test_translations_are_those_of_transformers_and_are_asked_for_once(
    tiny_base: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(back_translation, "_TEXTS_PER_FILE", 4)
    base = find_base("tiny-marian")
    found = translated(TEXTS, base, 2, cache=tmp_path, control=Control())
    assert list(found) == list(TEXTS)
    assert len(list(tmp_path.glob("translation-*.json"))) == 3
    tokenizer, plain = AutoTokenizer.from_pretrained(base.folder), AutoModelForSeq2SeqLM.from_pretrained(base.folder)
    asked = tokenizer([TEXTS[0]], return_tensors="pt")
    # As many new tokens as the longest text of its file may have.
    longest = max(len(tokenizer(text)["input_ids"]) for text in TEXTS[:4])
    said = plain.generate(
        input_ids=asked["input_ids"],
        attention_mask=asked["attention_mask"],
        num_beams=2,
        do_sample=False,
        max_new_tokens=min(127, 2 * longest + 8),
    )
    assert found[TEXTS[0]] == tokenizer.decode(said[0], skip_special_tokens=True).strip()

    def never(*_: Any) -> None:
        pytest.fail("what is kept is not asked for again")

    monkeypatch.setattr(back_translation, "_open", never)
    assert translated(TEXTS, base, 2, cache=tmp_path, control=Control()) == found


def test_a_kill_costs_one_file(tiny_base: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_translation, "_TEXTS_PER_FILE", 4)
    base = find_base("tiny-marian")
    whole = translated(TEXTS, base, 1, cache=tmp_path / "whole", control=Control())
    said, calls = back_translation._said, []

    def killed(engine: Any, base: Any, texts: Any, num_beams: int) -> list[str]:
        calls.append(texts)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return said(engine, base, texts, num_beams)

    monkeypatch.setattr(back_translation, "_said", killed)
    with pytest.raises(KeyboardInterrupt):
        translated(TEXTS, base, 1, cache=tmp_path / "cut", control=Control())
    assert translated(TEXTS, base, 1, cache=tmp_path / "cut", control=Control()) == whole
    assert [len(texts) for texts in calls] == [4, 4, 4, 2]


def test_empty_and_equal_results_leave_a_text_as_it_is(
    tiny_base: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"one": "eins", "two": "", "three": "drei", "eins": "a  single", "drei": " Three"}
    monkeypatch.setattr(back_translation, "_said", lambda engine, base, texts, beams: [answers[text] for text in texts])
    rows = rows_of(text=("one", "two", "three", "two"), text_b=("two", "three", "two", "one"))
    found, is_other = back_translated(rows, MARIAN, cache=tmp_path, control=Control())
    assert found["text"] == ("a  single", "two", "three", "two")
    assert found["text_b"] == ("two", "three", "two", "a  single")
    assert is_other == [True, False, False, True]
    assert json.loads(next(iter(tmp_path.glob("*.json"))).read_text()) in (
        ["eins", "", "drei"],
        ["a  single", " Three"],
    )


def test_texts_that_a_translator_cannot_read_whole_stay(tiny_base: Tiny, tmp_path: Path) -> None:
    long = "card " * 200
    assert translated([long, TEXTS[0]], find_base("tiny-marian"), 1, cache=tmp_path, control=Control())[long] == ""


@pytest.mark.parametrize(
    ("there", "back", "code", "field"),
    [
        ("tiny-marian", SLUG, "spec:unsupported", "augmentation.back_translation.back"),
        ("tiny-llama", "tiny-marian", "spec:unsupported", "augmentation.back_translation.there"),
        ("tiny-marian", "made-up", "spec:unknown_base_model", None),
    ],
)
def test_refuses_what_is_no_translator(
    tiny_base: Tiny, tmp_path: Path, there: str, back: str, code: str, field: str | None
) -> None:
    with pytest.raises(JobError) as caught:
        back_translated(rows_of(text=TEXTS), BackTranslation(there=there, back=back), cache=tmp_path, control=Control())
    assert caught.value.reason.code == code
    assert caught.value.params.get("field") == field


@pytest.mark.parametrize("task", ["token_classification", "chat"])
def test_refuses_tasks_whose_answers_would_no_longer_be_right(task: str) -> None:
    with pytest.raises(ValueError, match="is for the tasks classification"):
        JobSpec.model_validate(
            spec_dict(task={"type": task}, augmentation={"back_translation": {"there": "a", "back": "b"}})
        )


def test_rows_of_a_pass_are_in_other_words_where_they_have_them() -> None:
    def encoded(rows: list[list[int]]) -> Encoded:
        types = [[number % 2 for number in row] for row in rows]
        return Encoded(ids=Ragged.of(rows), beside={"types": Ragged.of(types)}, targets={"target": torch.arange(3)})

    def layout(rows: Encoded) -> Layout:
        return Layout(is_start=rows.ids.values % 3 == 0, is_mark=rows.ids.values == 0, tags=None)

    own, other = encoded([[0, 1, 2], [0, 3], [0, 4, 5]]), encoded([[0, 11], [0, 12, 13, 14], [0, 15]])
    reworded = Reworded(other, layout(other), np.array([True, True, False]))
    found, where = reworded.put_into(own, layout(own), np.array([1, 2]))
    assert [found.ids.row(row).tolist() for row in range(3)] == [[0, 1, 2], [0, 12, 13, 14], [0, 4, 5]]
    assert found.beside["types"].values.tolist() == [number % 2 for number in found.ids.values.tolist()]
    assert found.targets["target"].tolist() == [0, 1, 2]
    expected = layout(found)
    assert where.is_start.tolist() == expected.is_start.tolist()
    assert where.is_mark.tolist() == expected.is_mark.tolist()


@pytest.mark.slow
def test_a_killed_job_with_other_words_ends_with_the_same_bits(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "classification")
    spec = spec_dict(
        augmentation={"back_translation": {**MARIAN.model_dump(), "rows": 1.0}, "words": {"kinds": ["swap"]}},
        method={"type": "lora"},
        optimisation={
            "epochs": 1,
            "batch_size": 8,
            "gradient_accumulation": 2,
            "learning_rate": 0.003,
            "early_stopping": {"patience": 1},
        },
        checkpointing={"every_steps": 1},
    )
    whole = trainer.run(tmp_path / "whole", spec, data_dir=data)
    assert whole.status == 0, whole.log
    document = Evaluation.model_validate_json((whole.out_dir / "evaluation.json").read_bytes())
    assert document.augmentation_effect is not None
    assert (
        len(list((whole.out_dir / "cache").glob("translation-*.json"))) == 4
    )  # 96 texts there and back, 64 in a file.
    plain = trainer.run(tmp_path / "plain", {**spec, "augmentation": {"words": {"kinds": ["swap"]}}}, data_dir=data)
    assert plain.metrics != whole.metrics
    out = tmp_path / "out"
    trainer.run(
        out,
        spec,
        data_dir=data,
        # All is translated and nothing is learnt: the model begins again, and with the same values.
        signal_when=(signal.SIGKILL, lambda lines: any('"type":"started"' in line for line in lines)),
    )
    resumed = trainer.run(out, spec, data_dir=data)
    assert resumed.status == 0, resumed.log
    assert resumed.artifacts_sha256 == whole.artifacts_sha256
    assert resumed.metrics == whole.metrics
