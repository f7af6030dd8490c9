"""`python -m benchmarks.gpu --size 1b`: tokens per second of tuning a large decoder on one GPU, ours against peft and TRL.

The decoders are Llamas with random weights in the shapes of Llama 3.2 1B and Llama 3.1 8B; rows are prompts with completions of the
lengths of alpaca and of glaive's calls of tools, in tokens of a vocabulary of 8,000 made from their texts. What is timed is the second
of two epochs: in the first, kernels are made and memory is found. On a GPU products are computed in bfloat16.

The share of the peak is the operations that the rows ask for at least (no padding, nothing computed twice, the output layer at completions
only) over those that the device does in the same time on large square matrices, as measured in the same run.

`--size tiny`, the default, runs anywhere, to see that it works, and saves nothing. TRL comes on top of the other requirements:
`pip install trl==1.16.0`.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # The same for everybody.

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import functools
import gc
import os
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peft
import torch
import transformers

from benchmarks.data import NO_LOSS
from benchmarks.decoders import (
    BATCH_SIZE,
    MAX_LENGTH,
    SMALL,
    Rows,
    be_quiet,
    loss_per_token,
    offer_base,
    pairs,
    sft_trainer,
    tokens_of,
    write_rows,
)
from benchmarks.loops import everybody_else_has, open_job, train_epoch, trainer_arguments
from benchmarks.operations import Shape, matrix_peak, now, operations
from benchmarks.results import keep_set, load_now
from workers.contract.reasons import JobError
from workers.trainer.engine import pick_device

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CORES = len(os.sched_getaffinity(0))
EPOCHS = 2
RATES = {"lora": 2e-4, "full": 2e-5}
RANK, ALPHA, DROPOUT = 16, 32, 0.05  # of everybody's LoRA, on every linear layer but the output


@dataclass(frozen=True)
class Size:
    """A decoder, how many rows of alpaca and of glaive it is tuned on, and which methods one GPU has memory for."""

    shape: Shape
    rows: tuple[int, int]
    rounds: int = 3
    methods: tuple[str, ...] = ("lora", "full")
    computes_twice: bool = False
    """Whether everybody computes activations again in the backward pass, because they would not fit otherwise."""


SIZES = {
    "tiny": Size(SMALL, rows=(32, 8), rounds=1),
    "1b": Size(Shape(2048, 8192, layers=16, heads=32, key_heads=8, vocabulary=128_256), rows=(1024, 256)),
    "8b": Size(
        Shape(4096, 14_336, layers=32, heads=32, key_heads=8, vocabulary=128_256, is_tied=False),
        rows=(256, 64),
        methods=("lora",),  # Weights, gradients and moments of all of it are 128 GB.
        computes_twice=True,
    ),
}
DATA_SETS = ("alpaca_en_6k", "glaive_toolcall_en_demo")


@dataclass(frozen=True)
class Setting:
    """What all contestants of one table train."""

    size: Size
    method: str
    rows: Rows
    base: Path
    data: Path
    device: torch.device

    @property
    def is_gpu(self) -> bool:
        return self.device.type == "cuda"


@dataclass
class Epochs:
    """Seconds of the second epoch in each round, the most memory of the device (bytes), and the loss per token afterwards."""

    seconds: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    loss: float = 0.0
    fits: bool = True


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument(
        "--size", choices=tuple(SIZES), default="tiny", help="tiny is to see that it works; saves nothing"
    )
    parser.add_argument("--method", choices=tuple(RATES), help="one alone; without it, those that the size allows")
    parser.add_argument("--only", nargs="*", default=(), metavar="NAME", help="names of data sets")
    options = parser.parse_args(arguments)
    be_quiet()
    size, device = SIZES[options.size], pick_device()
    found = [pairs(name, count) for name, count in zip(DATA_SETS, size.rows, strict=True)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = folder / "models" / f"llama-{options.size}"
        offer_base(base, found, size.shape, device=str(device))
        peak = matrix_peak(device)
        for rows in found:
            write_rows(rows, folder / rows.name)
            for method in size.methods if options.method is None else (options.method,):
                if not options.only or rows.name in options.only:
                    setting = Setting(size, method, rows, base, folder / rows.name, device)
                    figures = {"load": load_now(), "device": name_of(device), **counts(setting), "peak": peak}
                    loops = {loop: vars(epochs) for loop, epochs in measure(setting).items()}
                    title = f"{options.size}, {method}, {rows.name}"
                    keep_set("gpu", title, {**figures, "loops": loops}, table, is_quick=options.size == "tiny")
    return 0


def measure(setting: Setting) -> dict[str, Epochs]:
    """By the name of the contestant, ours last; interleaved. Whoever runs out of memory is not asked again."""
    plain = functools.partial(second_of_trainer, setting)
    contestants: dict[str, Callable[[Epochs], None]] = {
        "Hugging Face Trainer with peft" if setting.method == "lora" else "Hugging Face Trainer": plain,
        "TRL SFTTrainer": functools.partial(second_of_trl, setting, {}),
        "TRL SFTTrainer, packed": functools.partial(second_of_trl, setting, {"packing": True}),
        "Anneal": functools.partial(second_of_ours, setting),
    }
    measured = {name: Epochs() for name in contestants}
    for number in range(setting.size.rounds):
        for name, run in contestants.items():
            if measured[name].fits:
                watched(run, measured[name], setting.device)
        print(setting.rows.name, f"round {number + 1} of {setting.size.rounds}:", measured, flush=True)
    return measured


def watched(run: Callable[[Epochs], None], epochs: Epochs, device: torch.device) -> None:
    """Memory is counted from nothing, and the lack of it is a result."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    try:
        run(epochs)
    except (torch.OutOfMemoryError, JobError) as error:
        if isinstance(error, JobError) and error.reason.code != "memory:exhausted":
            raise
        epochs.fits = False
    if device.type == "cuda":
        epochs.peak_bytes = max(epochs.peak_bytes, torch.cuda.max_memory_allocated(device))


# --- the contestants


def options_of(setting: Setting) -> dict[str, Any]:
    """What both of the others are told."""
    return {
        "per_device_train_batch_size": BATCH_SIZE,
        "learning_rate": RATES[setting.method],
        "num_train_epochs": EPOCHS,
        "bf16": setting.is_gpu,
        "use_cpu": not setting.is_gpu,
        "gradient_checkpointing": setting.size.computes_twice,
        "dataloader_pin_memory": setting.is_gpu,
    }


def their_model(setting: Setting) -> Any:
    """In float32, to be computed with in bfloat16; weights that do not learn are in bfloat16 on a GPU, as their users have them."""
    dtype = torch.bfloat16 if setting.is_gpu and setting.method == "lora" else torch.float32
    return transformers.AutoModelForCausalLM.from_pretrained(setting.base, dtype=dtype)


def their_adapter() -> Any:
    return peft.LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=DROPOUT, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def second_of_trainer(setting: Setting, epochs: Epochs) -> None:
    """The Trainer as a careful user has it: tokens made ahead, rows of like length together, no loss on prompts."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(setting.base)
    rows = []
    for row in setting.rows.train:
        ids, first = tokens_of(tokenizer, row)
        rows.append({"input_ids": ids, "labels": [NO_LOSS] * first + ids[first:]})
    model = their_model(setting)
    if setting.method == "lora":
        model = peft.get_peft_model(model, their_adapter())
        if setting.size.computes_twice:
            model.enable_input_require_grads()  # As peft asks for where layers are computed twice.
    clock = SecondEpoch(setting.device)
    with everybody_else_has(CORES), tempfile.TemporaryDirectory() as out:
        trainer = transformers.Trainer(
            model=model,
            args=trainer_arguments(out, sampling="group_by_length", **options_of(setting)),
            train_dataset=rows,
            data_collator=transformers.DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=NO_LOSS),
            callbacks=[clock],
        )
        trainer.train()
    epochs.seconds.append(clock.seconds)
    epochs.loss = loss_per_token(trainer.model, tokenizer, setting.rows.validation)


def second_of_trl(setting: Setting, more: dict[str, Any], epochs: Epochs) -> None:
    clock = SecondEpoch(setting.device)
    with everybody_else_has(CORES), tempfile.TemporaryDirectory() as out:
        trainer = sft_trainer(
            their_model(setting),
            setting.rows,
            setting.base,
            out,
            options={**options_of(setting), **more},
            peft_config=their_adapter() if setting.method == "lora" else None,
            callbacks=[clock],
        )
        trainer.train()
    epochs.seconds.append(clock.seconds)
    epochs.loss = loss_per_token(trainer.model, trainer.processing_class, setting.rows.validation)


class SecondEpoch(transformers.TrainerCallback):
    """Seconds of the last epoch that has ended."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._start = 0.0
        self.seconds = 0.0

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        self._start = now(self._device)

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        self.seconds = now(self._device) - self._start


def second_of_ours(setting: Setting, epochs: Epochs) -> None:
    lora = {"rank": RANK, "alpha": ALPHA, "dropout": DROPOUT}
    with tempfile.TemporaryDirectory() as out:
        run = open_job(
            setting.data,
            Path(out),
            base_model=setting.base.name,
            task={"type": "chat", "max_length": MAX_LENGTH},
            method={"type": setting.method, **(lora if setting.method == "lora" else {})},
            optimisation={
                "batch_size": BATCH_SIZE,
                "learning_rate": RATES[setting.method],
                "epochs": EPOCHS,
                "warmup_ratio": 0.0,
                "weight_decay": 0.0,
                "early_stopping": None,
                "gradient_checkpointing": setting.size.computes_twice,
            },
        )
        train_epoch(run)
        start = now(setting.device)
        train_epoch(run)
        epochs.seconds.append(now(setting.device) - start)
        network: Any = run.engine.model
        epochs.loss = loss_per_token(network.network, run.tokenizer, setting.rows.validation)
        run.close()


# --- what is counted


def counts(setting: Setting) -> dict[str, float]:
    """Tokens of an epoch, and the operations that they ask for."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(setting.base)
    found = [tokens_of(tokenizer, row) for row in setting.rows.train]
    lengths = [(len(ids), len(ids) - first) for ids, first in found]
    width = int(transformers.AutoConfig.from_pretrained(setting.base).vocab_size)
    return {
        "tokens": sum(length for length, _ in lengths),
        "operations": operations(setting.size.shape, lengths, vocabulary=width, method=setting.method),
    }


def table(figures: dict[str, Any]) -> str:
    lines = [
        f"## Tuning of large decoders (Llamas with random weights, batches of {BATCH_SIZE}, at most {MAX_LENGTH} tokens, second epoch)",
        "",
        "| decoder, method, data | device | loop | tokens per second | share of peak | memory | Anneal is faster by | loss per token |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for title, found in figures.items():
        for name, one in found["loops"].items() if title != "load" else ():
            start = f"| {title} | {found['device']} | {name} |"
            lines.append(f"{start} {cells(found, one)} |" if one["fits"] else f"{start} does not fit | | | | |")
    return "\n".join(lines)


def cells(found: dict[str, Any], one: dict[str, Any]) -> str:
    seconds, ours = statistics.median(one["seconds"]), found["loops"]["Anneal"]
    memory = f"{one['peak_bytes'] / 1e9:.1f} GB" if one["peak_bytes"] else ""
    lead = f"{seconds / statistics.median(ours['seconds']):.2f} ×" if ours["fits"] else ""
    share = found["operations"] / seconds / found["peak"]
    return f"{found['tokens'] / seconds:,.0f} | {share:.1%} | {memory} | {lead} | {one['loss']:.4f}"


def name_of(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{CORES} cores"


if __name__ == "__main__":
    raise SystemExit(main())
