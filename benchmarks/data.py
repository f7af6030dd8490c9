"""Labelled data sets as plain transformers reads them: the rows and labels that ours reads, and one figure that judges both."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
)

from workers.contract.tags import OUTSIDE
from workers.trainer.bases import find_base
from workers.trainer.evaluate.metrics import span_f1

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workers.trainer.parts import Run

DATA = Path(os.environ.get("ANNEAL_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
NO_LOSS = -100  # The number that torch's cross-entropy leaves out.


@dataclass(frozen=True)
class DataSet:
    """Rows as they stand in the files of `folder`. `labels` are those of the training rows; where words have tags, the tags."""

    folder: Path
    task: str
    labels: list[str]
    train: list[dict[str, Any]]
    test: list[dict[str, Any]]

    @property
    def is_tagged(self) -> bool:
        return self.task == "token_classification"

    @property
    def metric(self) -> str:
        return "F1 of spans" if self.is_tagged else "accuracy"


def data_folder(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        message = f"The data set {name} is not in {DATA}; set ANNEAL_SHARED_DATA to the folder of data sets."
        raise SystemExit(message)
    return folder


def model_folder() -> Path:
    return find_base("minilm-l6-v2").folder


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def open_data_set(folder: Path, task: str) -> DataSet:
    train, test = (read_jsonl(folder / f"{split}.jsonl") for split in ("train", "test"))
    found = {tag for row in train for tag in row["tags"]} if "tags" in train[0] else {row["label"] for row in train}
    return DataSet(folder, task, sorted(found), train, test)


def smaller(data: DataSet, folder: Path, *, train: int, others: int | None = None) -> DataSet:
    """The same in files of its own with at most so many training rows, evenly taken in the order of their labels, and `others` of each
    other split, its first ones.
    """
    order = sorted(range(len(data.train)), key=lambda i: str(data.train[i].get("label")))
    chosen = np.linspace(0, len(order) - 1, min(train, len(order))).round().astype(int).tolist()
    small = replace(data, folder=folder, train=[data.train[order[i]] for i in chosen], test=data.test[:others])
    validation = read_jsonl(data.folder / "validation.jsonl")[:others]
    for split, rows in (("train", small.train), ("validation", validation), ("test", small.test)):
        write_jsonl(folder / f"{split}.jsonl", rows)
    return small


def encoded(
    tokenizer: Any, data: DataSet, rows: list[dict[str, Any]], *, max_length: int | None = None
) -> list[dict[str, Any]]:
    """Rows as the Trainer takes them, cut at `max_length`; of words with tags the first piece carries the tag."""
    number = {label: i for i, label in enumerate(data.labels)}
    if data.is_tagged:
        texts = [row["tokens"] for row in rows]
    elif "pair" in data.task:
        texts = [[row["text_a"], row["text_b"]] for row in rows]
    else:
        texts = [row["text"] for row in rows]
    found = tokenizer(texts, is_split_into_words=data.is_tagged, truncation=True, max_length=max_length)
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in found]

    def labels(i: int) -> int | list[int]:
        if not data.is_tagged:
            return number[rows[i]["label"]]
        words = found.word_ids(i)
        return [
            number[rows[i]["tags"][word]] if word is not None and word != words[at - 1] else NO_LOSS
            for at, word in enumerate(words)
        ]

    return [{**{name: found[name][i] for name in names}, "labels": labels(i)} for i in range(len(rows))]


def plain_model(data: DataSet) -> Any:
    """The network that transformers has for this task."""
    kind = AutoModelForTokenClassification if data.is_tagged else AutoModelForSequenceClassification
    return kind.from_pretrained(model_folder(), num_labels=len(data.labels))


def collator(tokenizer: Any, data: DataSet) -> Any:
    return DataCollatorForTokenClassification(tokenizer) if data.is_tagged else DataCollatorWithPadding(tokenizer)


def figure(data: DataSet, answers: Sequence[Any]) -> float:
    """Over the test rows: the share of right labels; of tags the F1 of spans that agree in type and both ends."""
    if data.is_tagged:
        return span_f1([row["tags"] for row in data.test], answers)["f1"]
    return float(np.mean([row["label"] == answer for row, answer in zip(data.test, answers, strict=True)]))


def our_figure(run: Run, data: DataSet) -> float:
    """Of the present weights of a run on these files."""
    answers = run.task.answer(run.engine, run.encoded["held_out"])
    if data.is_tagged:
        task: Any = run.task
        return figure(data, task.tags_for_rows(answers, run.data.held_out))
    return figure(data, [run.data.labels[number] for number in answers.argmax(-1).tolist()])


def their_figure(trainer: Any, data: DataSet, rows: list[dict[str, Any]]) -> float:
    """Of the present weights of a Trainer; `rows` are the encoded test rows."""
    # Grouping by length would put what is predicted into another order.
    sampling = trainer.args.train_sampling_strategy
    trainer.args.train_sampling_strategy = "random"
    said = trainer.predict(rows)
    trainer.args.train_sampling_strategy = sampling
    numbers = said.predictions.argmax(-1)
    if not data.is_tagged:
        return figure(data, [data.labels[number] for number in numbers.tolist()])
    return figure(data, [tags_of_words(data, *row) for row in zip(data.test, numbers, said.label_ids, strict=True)])


def tags_of_words(data: DataSet, row: dict[str, Any], numbers: Any, labels: Any) -> list[str]:
    """One tag for every word; words that were cut off are outside of any span, as ours has it."""
    tags = [data.labels[number] for number in numbers[labels != NO_LOSS].tolist()]
    return [*tags, *[OUTSIDE] * (len(row["tags"]) - len(tags))]
