"""What the others are given is what ours is given, and both are judged alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from transformers import AutoTokenizer

from benchmarks.data import (
    NO_LOSS,
    DataSet,
    encoded,
    figure,
    model_folder,
    open_data_set,
    smaller,
    tags_of_words,
    write_jsonl,
)
from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.tasks import build_task

TAGGED = [
    {"tokens": ["Unbelievably", "fast", "in", "Reykjavik", "."], "tags": ["O", "O", "O", "B-LOC", "O"]},
    {"tokens": ["Guðmundsdóttir", "flew", "to", "New", "York"], "tags": ["B-PER", "O", "O", "B-LOC", "I-LOC"]},
]


@pytest.fixture
def tagged(tmp_path: Path) -> DataSet:
    for split in ("train", "validation", "test"):
        write_jsonl(tmp_path / f"{split}.jsonl", TAGGED)
    return open_data_set(tmp_path, "token_classification")


def test_same_pieces_carry_the_same_tags_as_in_ours(tagged: DataSet, tmp_path: Path) -> None:
    files = {split: f"{split}.jsonl" for split in ("train", "validation", "test")}
    spec = JobSpec.model_validate({"base_model": "minilm-l6-v2", "data": files, "task": {"type": tagged.task}})
    task = build_task(spec)
    data, _ = task.read(spec, tagged.folder)
    base = find_base("minilm-l6-v2")
    tokeniser = Tokeniser(load_tokenizer(base.folder), cache=tmp_path / "cache")
    ours = task.encode(data.train, data, tokeniser, base, max_length=9)
    theirs = encoded(AutoTokenizer.from_pretrained(model_folder()), tagged, tagged.train, max_length=9)

    def named(labels: tuple[str, ...] | list[str], numbers: list[int]) -> list[str | None]:
        return [None if number == NO_LOSS else labels[number] for number in numbers]

    for i, row in enumerate(theirs):
        assert row["input_ids"] == ours.ids.row(i).tolist()
        ours_named = named(data.labels, ours.beside["labels"].row(i).tolist())
        assert named(tagged.labels, row["labels"]) == ours_named


def test_span_is_missed_when_its_words_were_cut_off(tagged: DataSet) -> None:
    per, outside = tagged.labels.index("B-PER"), tagged.labels.index("O")
    labels = np.array([NO_LOSS, per, NO_LOSS, outside, NO_LOSS])
    said = tags_of_words(tagged, TAGGED[1], np.array([0, per, 0, outside, 0]), labels)
    assert said == ["B-PER", "O", "O", "O", "O"]
    assert figure(tagged, [TAGGED[0]["tags"], said]) == pytest.approx(0.8)  # two of three spans, none too many


def test_every_label_stays_when_fewer_rows_are_taken(tmp_path: Path) -> None:
    whole, few = tmp_path / "whole", tmp_path / "few"
    whole.mkdir()
    few.mkdir()
    rows = [{"text": f"text {i}", "label": f"label {i % 5}"} for i in range(100)]
    for split in ("train", "validation", "test"):
        write_jsonl(whole / f"{split}.jsonl", rows)
    small = smaller(open_data_set(whole, "classification"), few, train=10, others=4)
    again = open_data_set(few, "classification")
    assert again == small
    assert (len(again.train), len(again.test)) == (10, 4)
    assert again.labels == [f"label {i}" for i in range(5)]
