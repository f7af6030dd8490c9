"""The loops that ours is compared with, written as their users write them, and ours."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, Trainer, TrainerCallback, TrainingArguments

from benchmarks.data import DataSet, model_folder, plain_model
from workers.contract.spec import JobSpec
from workers.trainer import loop
from workers.trainer.build import build_run
from workers.trainer.control import Control
from workers.trainer.events import EventStream
from workers.trainer.model import PooledModel
from workers.trainer.parts import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH_SIZE = 32
OURS = "Anneal"
# Of every trainer of transformers: no work besides the training.
QUIET: dict[str, Any] = {
    "report_to": [],
    "save_strategy": "no",
    "logging_strategy": "no",
    "disable_tqdm": True,
    "dataloader_pin_memory": False,
}


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

    def __init__(self, data: DataSet) -> None:
        self._data = data
        self._tokenizer = AutoTokenizer.from_pretrained(model_folder())
        self._model = plain_model(data)
        self._optimizer = torch.optim.AdamW(self._model.parameters(), lr=5e-5)
        self._loader = torch.utils.data.DataLoader(self, batch_size=BATCH_SIZE, shuffle=True)  # type: ignore[arg-type,var-annotated]  # a data set by its methods, as torch allows

    def __len__(self) -> int:
        return len(self._data.train)

    def __getitem__(self, i: int) -> dict[str, torch.Tensor]:
        row = self._data.train[i]
        encoded = self._tokenizer(
            row["text"], padding="max_length", truncation=True, max_length=512, return_tensors="pt"
        )
        item = {name: tensor.squeeze(0) for name, tensor in encoded.items()}
        item["labels"] = torch.tensor(self._data.labels.index(row["label"]))
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

    def __init__(
        self,
        model: Any,
        rows: list[dict[str, Any]],
        collator: Any,
        *,
        sampling: str = "random",
        is_bfloat16: bool = False,
    ) -> None:
        self.name = "Hugging Face Trainer, dynamic padding"
        if sampling != "random":
            self.name += f", {sampling} sampling"
        if is_bfloat16:
            self.name += ", bf16=True"
        self._sampling, self._is_bfloat16 = sampling, is_bfloat16
        self._model, self._rows, self._collator = model, rows, collator

    def run(self, steps: int, timed: Timed) -> None:
        stopwatch = Stopwatch(timed)
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(
                model=self._model,
                args=trainer_arguments(
                    folder, max_steps=steps + 1, sampling=self._sampling, seed=timed.steps, bf16=self._is_bfloat16
                ),
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
        **QUIET,
        "per_device_train_batch_size": BATCH_SIZE,
        "use_cpu": True,
        "train_sampling_strategy": sampling,
    }
    return TrainingArguments(folder, **{**options, **more})


class Ours:
    """The trainer's own step, on batches taken evenly over an epoch from the shortest to the longest."""

    def __init__(self, run: Run, *, total_steps: int, name: str = OURS) -> None:
        self.name, self._run = name, run
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
        loop.accumulate(self._run, batches or self._steps[0])
        self._run.optimiser.update(learning_rate=5e-5, max_grad_norm=1.0)


def open_job(data_dir: Path, out_dir: Path, **spec: Any) -> Run:
    """A run of our trainer on the files of a folder, up to its first step."""
    files = {split: f"{split}.jsonl" for split in ("train", "validation", "test")}
    parsed = JobSpec.model_validate({"base_model": "minilm-l6-v2", "data": files, **spec})
    events = EventStream.to_file(out_dir / "events.jsonl")
    return build_run(parsed, out_dir=out_dir, data_dir=data_dir, events=events, control=Control())


def train_epoch(run: Run) -> None:
    """The steps of the loop, and nothing of what goes on around them: reports, validation, checkpoints."""
    for batches in run.steps_of_epoch(run.state.epoch):
        loss = loop.accumulate(run, batches)
        loop.update(run, run.learning_rate_at(run.state.step))
        loop.advance(run, loss)
    loop.finish_epoch(run)


@contextlib.contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


class MeanPooled(torch.nn.Module):
    """Our model's function out of plain parts, for the Trainer: equal settings must mean an equal model."""

    def __init__(self, num_labels: int) -> None:
        super().__init__()
        self.model = PooledModel(AutoModel.from_pretrained(model_folder(), add_pooling_layer=False), num_labels)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:
        logits = self.model(input_ids, attention_mask, token_type_ids)
        if labels is None:
            return {"logits": logits}
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}
