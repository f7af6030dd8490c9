"""`python -m benchmarks.conversations`: an epoch of supervised tuning of a small decoder, ours against TRL's SFTTrainer.

The decoder is a Llama of 4 layers of 256 channels with random weights, and a vocabulary of 8,000 made from the texts; rows are prompts with
completions of the lengths of alpaca and of glaive's calls of tools. TRL comes on top of the other requirements: `pip install trl==1.16.0`.
`--quick` takes few rows to see that it works, and saves nothing.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # The same for everybody.

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transformers

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
    write_rows,
)
from benchmarks.loops import everybody_else_has, open_job, train_epoch
from benchmarks.results import keep, load_now

if TYPE_CHECKING:
    from collections.abc import Sequence

CORES = len(os.sched_getaffinity(0))
SLUG = "llama-of-four-layers"
# TRL's own batch and rate; no warm-up and no decay of weights, as in its defaults.
SETTINGS = {"batch_size": BATCH_SIZE, "learning_rate": 2e-5, "epochs": 1, "warmup_ratio": 0.0, "weight_decay": 0.0}
ROUNDS = 2


@dataclass
class Epochs:
    """Seconds of each epoch, and the loss per token of the completions of validation after the last."""

    seconds: list[float]
    loss: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conversations", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, to see that it works; saves nothing")
    options = parser.parse_args(arguments)
    be_quiet()
    load = load_now()
    found = [
        pairs("alpaca_en_6k", 64 if options.quick else 320),
        pairs("glaive_toolcall_en_demo", 32 if options.quick else 96),
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        offer_base(folder / "models" / SLUG, found, SMALL)
        measured = {rows.name: measure(rows, folder, rounds=1 if options.quick else ROUNDS) for rows in found}
    figures = {
        name: {loop: {"seconds": one.seconds, "loss": one.loss} for loop, one in epochs.items()}
        for name, epochs in measured.items()
    }
    keep("6-conversations", {"load": load, **figures}, table(found, measured), is_quick=options.quick)
    return 0


def measure(rows: Rows, folder: Path, *, rounds: int) -> dict[str, Epochs]:
    """By the name of the contestant, ours last; interleaved."""
    data = folder / rows.name
    write_rows(rows, data)
    contestants: dict[str, dict[str, Any]] = {
        "TRL SFTTrainer, defaults": {},
        "TRL SFTTrainer, nothing computed twice": {"gradient_checkpointing": False},
        "TRL SFTTrainer, packed, nothing computed twice": {"gradient_checkpointing": False, "packing": True},
    }
    measured = {name: Epochs([]) for name in (*contestants, "Anneal")}
    for number in range(rounds):
        for name, options in contestants.items():
            with everybody_else_has(CORES):
                epoch_of_trl(rows, folder / "models" / SLUG, measured[name], options)
        epoch_of_ours(rows, data, measured["Anneal"])
        print(rows.name, f"round {number + 1} of {rounds}:", measured, flush=True)
    return measured


def epoch_of_trl(rows: Rows, base: Path, epochs: Epochs, options: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as out:
        trainer = sft_trainer(
            transformers.AutoModelForCausalLM.from_pretrained(base),
            rows,
            base,
            out,
            options={
                "learning_rate": SETTINGS["learning_rate"],
                "num_train_epochs": SETTINGS["epochs"],
                "bf16": False,
                "use_cpu": True,
                **options,
            },
        )
        start = time.perf_counter()
        trainer.train()
        epochs.seconds.append(time.perf_counter() - start)
        epochs.loss = loss_per_token(trainer.model, trainer.processing_class, rows.validation)


def epoch_of_ours(rows: Rows, data: Path, epochs: Epochs) -> None:
    with tempfile.TemporaryDirectory() as out:
        run = open_job(
            data,
            Path(out),
            base_model=SLUG,
            task={"type": "chat", "max_length": MAX_LENGTH},
            optimisation={**SETTINGS, "early_stopping": None, "precision": "float32"},
        )
        start = time.perf_counter()
        train_epoch(run)
        epochs.seconds.append(time.perf_counter() - start)
        network: Any = run.engine.model
        epochs.loss = loss_per_token(network.network, run.tokenizer, rows.validation)
        run.close()


def table(found: list[Rows], measured: dict[str, dict[str, Epochs]]) -> str:
    lines = [
        "## Supervised tuning of a small decoder (Llama, 4 layers of 256 channels, random weights, batches of 8, fp32)",
        "",
        "| data set | loop | rows per second, median epoch | Anneal is faster by | loss per token after an epoch |",
        "|---|---|---|---|---|",
    ]
    for rows in found:
        ours = median(measured[rows.name]["Anneal"].seconds)
        lines += [
            f"| {rows.name} | {name} | {len(rows.train) / median(one.seconds):.1f} | {median(one.seconds) / ours:.2f} × | {one.loss:.4f} |"
            for name, one in measured[rows.name].items()
        ]
    return "\n".join(lines)


def median(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]


if __name__ == "__main__":
    raise SystemExit(main())
