"""The loops that ours is compared with, written as their users write them, and ours."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.build import build_run
from workers.trainer.control import Control
from workers.trainer.events import EventStream
from workers.trainer.loop import accumulate
from workers.trainer.model import PooledModel
from workers.trainer.parts import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH_SIZE = 32
DATA = Path(os.environ.get("ANNEAL_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


@dataclass(frozen=True)
class Examples:
    """Rows of one split, as texts and class numbers."""

    texts: list[str]
    targets: list[int]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Banking77:
    folder: Path
    labels: list[str]
    train: Examples
    validation: Examples
    test: Examples


def data_folder(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        message = f"The data set {name} is not in {DATA}; set ANNEAL_SHARED_DATA to the folder of data sets."
        raise SystemExit(message)
    return folder


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def load_banking77() -> Banking77:
    folder = data_folder("banking77")
    rows = {split: read_jsonl(folder / f"{split}.jsonl") for split in ("train", "validation", "test")}
    labels = sorted({row["label"] for row in rows["train"]})
    number = {label: i for i, label in enumerate(labels)}
    splits = {
        split: Examples([row["text"] for row in found], [number[row["label"]] for row in found])
        for split, found in rows.items()
    }
    return Banking77(folder, labels, splits["train"], splits["validation"], splits["test"])


def model_folder() -> Path:
    return find_base("minilm-l6-v2").folder


@contextlib.contextmanager
def everybody_else_has(threads: int) -> Iterator[None]:
    """Our engine works with threads of its own; the others get all cores in torch's own way."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(mode=False)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(mode=True)


@dataclass
class Timed:
    """Work done and time it took, over all rounds of a contestant."""

    rows: int = 0
    seconds: float = 0.0
    steps: int = 0

    def add(self, rows: int, seconds: float) -> None:
        self.rows += rows
        self.seconds += seconds
        self.steps += 1

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


class Textbook:
    """Tokenise every item when it is asked for, pad everything to 512: the loop of many a tutorial."""

    name = "textbook loop: tokenise per item, pad to 512"

    def __init__(self, data: Banking77) -> None:
        self._data = data
        self._tokenizer = AutoTokenizer.from_pretrained(model_folder())
        self._model = AutoModelForSequenceClassification.from_pretrained(model_folder(), num_labels=len(data.labels))
        self._optimizer = torch.optim.AdamW(self._model.parameters(), lr=5e-5)
        self._loader = torch.utils.data.DataLoader(self, batch_size=BATCH_SIZE, shuffle=True)  # type: ignore[arg-type,var-annotated]  # a data set by its methods, as torch allows

    def __len__(self) -> int:
        return len(self._data.train)

    def __getitem__(self, i: int) -> dict[str, torch.Tensor]:
        encoded = self._tokenizer(
            self._data.train.texts[i], padding="max_length", truncation=True, max_length=512, return_tensors="pt"
        )
        item = {name: tensor.squeeze(0) for name, tensor in encoded.items()}
        item["labels"] = torch.tensor(self._data.train.targets[i])
        return item

    def run(self, steps: int, timed: Timed) -> None:
        self._model.train()
        start = time.perf_counter()
        for count, batch in enumerate(self._loader, start=1):
            loss = self._model(**batch).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
            self._optimizer.step()
            self._optimizer.zero_grad()
            now = time.perf_counter()
            timed.add(BATCH_SIZE, now - start)
            start = now
            if count == steps:
                return


class HuggingFace:
    """transformers' Trainer with tokens made ahead and dynamic padding, its defaults for the rest."""

    def __init__(self, model: Any, rows: list[dict[str, Any]], collator: Any, *, sampling: str = "random") -> None:
        self.name = "Hugging Face Trainer, dynamic padding" + (
            "" if sampling == "random" else ", group_by_length sampling"
        )
        self._sampling = sampling
        self._model, self._rows, self._collator = model, rows, collator

    def run(self, steps: int, timed: Timed) -> None:
        stopwatch = Stopwatch(timed)
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(
                model=self._model,
                args=trainer_arguments(folder, max_steps=steps + 1, sampling=self._sampling, seed=timed.steps),
                train_dataset=self._rows,
                data_collator=self._collator,
                callbacks=[stopwatch],
            )
            trainer.train()


class Stopwatch(TrainerCallback):
    """Time from the end of one step to the end of the next; the first of a round only starts the watch."""

    def __init__(self, timed: Timed) -> None:
        self._timed = timed
        self._at: float | None = None

    def on_step_end(self, *_: Any, **__: Any) -> None:
        now = time.perf_counter()
        if self._at is not None:
            self._timed.add(BATCH_SIZE, now - self._at)
        self._at = now


def trainer_arguments(folder: str, *, sampling: str = "random", **more: Any) -> TrainingArguments:
    options: dict[str, Any] = {
        "per_device_train_batch_size": BATCH_SIZE,
        "use_cpu": True,
        "report_to": [],
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "train_sampling_strategy": sampling,
    }
    return TrainingArguments(folder, **{**options, **more})


def tokenised(tokenizer: Any, examples: Examples) -> list[dict[str, Any]]:
    encoded = tokenizer(examples.texts, truncation=True)
    return [
        {"input_ids": ids, "attention_mask": mask, "labels": target}
        for ids, mask, target in zip(encoded["input_ids"], encoded["attention_mask"], examples.targets, strict=True)
    ]


class Ours:
    """The trainer's own step, on batches taken evenly over an epoch from the shortest to the longest."""

    name = "Anneal"

    def __init__(self, run: Run, *, total_steps: int) -> None:
        self._run = run
        lengths = run.encoded["train"].lengths
        steps = [step for step in run.steps_of_epoch(0) if len(step[0]) == BATCH_SIZE]
        steps.sort(key=lambda step: int(lengths[step[0]].sum()))
        chosen = np.linspace(0, len(steps) - 1, total_steps).round().astype(int)
        order = np.random.default_rng(0).permutation(chosen)
        self._steps = [steps[i] for i in order]

    def run(self, steps: int, timed: Timed) -> None:
        threads = torch.get_num_threads()
        torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // self._run.engine.num_replicas))
        self._one()
        for _ in range(steps):
            start = time.perf_counter()
            self._one(self._steps[timed.steps % len(self._steps)])
            timed.add(BATCH_SIZE, time.perf_counter() - start)
        torch.set_num_threads(threads)

    def _one(self, batches: Any = None) -> None:
        accumulate(self._run, batches or self._steps[0])
        self._run.optimiser.update(learning_rate=5e-5, max_grad_norm=1.0)


def open_run(data: Banking77, out_dir: Path, *, rows: int | None = None, **spec: Any) -> Run:
    """A run of our trainer up to its first step; `rows` keeps only that many training rows, evenly taken."""
    data_dir = data.folder
    if rows is not None:
        data_dir = out_dir / "data"
        data_dir.mkdir()
        for split, examples in (("train", some_rows(data, rows)), ("validation", data.validation), ("test", data.test)):
            lines = (
                json.dumps({"text": text, "label": data.labels[target]}) + "\n"
                for text, target in zip(examples.texts, examples.targets, strict=True)
            )
            (data_dir / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    return open_job(data_dir, out_dir, **spec)


def open_job(data_dir: Path, out_dir: Path, **spec: Any) -> Run:
    """A run of our trainer on the files of a folder, up to its first step."""
    files = {split: f"{split}.jsonl" for split in ("train", "validation", "test")}
    parsed = JobSpec.model_validate({"base_model": "minilm-l6-v2", "data": files, **spec})
    events = EventStream.to_file(out_dir / "events.jsonl")
    return build_run(parsed, out_dir=out_dir, data_dir=data_dir, events=events, control=Control())


def some_rows(data: Banking77, count: int) -> Examples:
    """Every n-th row of the training split in the order of labels: the same rows for everybody, all labels among them."""
    by_label = np.argsort(data.train.targets, kind="stable")
    chosen = by_label[np.linspace(0, len(by_label) - 1, min(count, len(by_label))).round().astype(int)].tolist()
    return Examples([data.train.texts[i] for i in chosen], [data.train.targets[i] for i in chosen])


class MeanPooled(torch.nn.Module):
    """Our model's function out of plain parts, for the Trainer: equal settings must mean an equal model."""

    def __init__(self, num_labels: int) -> None:
        super().__init__()
        self.model = PooledModel(AutoModel.from_pretrained(model_folder(), add_pooling_layer=False), num_labels)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        logits = self.model(input_ids, attention_mask)
        if labels is None:
            return {"logits": logits}
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}
