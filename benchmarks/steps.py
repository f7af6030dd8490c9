"""`python -m benchmarks.steps`: rows per second of a training step of 32 rows, ours against the Hugging Face Trainer.

Texts are of four shapes: short, short with a tag per word, pairs, long. Contestants are interleaved in rounds in one process; on banking77
the textbook loop takes part as well. `--only NAME …` picks data sets, `--quick` takes two steps of each to see that it works; neither
saves anything.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # The same for everybody; without it the others would be slower still.

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transformers
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
)

from benchmarks.loops import (
    HuggingFace,
    Ours,
    Textbook,
    Timed,
    data_folder,
    everybody_else_has,
    load_banking77,
    model_folder,
    open_job,
    read_jsonl,
)
from benchmarks.results import keep, load_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.parts import Run

CORES = len(os.sched_getaffinity(0))
NO_LOSS = -100  # The number that torch's cross-entropy leaves out.


@dataclass(frozen=True)
class Workload:
    """One data set and how much of it is timed: long texts take long."""

    name: str
    task: str
    rounds: int
    steps_per_round: int


WORKLOADS = (
    Workload("banking77", "classification", 4, 24),
    Workload("conll2003", "token_classification", 4, 24),
    Workload("mrpc", "pair_classification", 4, 16),
    Workload("movie_reviews_long", "classification", 2, 3),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("--only", nargs="*", default=(), metavar="NAME", help="names of data sets")
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; saves nothing")
    options = parser.parse_args(arguments)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    load = load_now()
    chosen = [workload for workload in WORKLOADS if not options.only or workload.name in options.only]
    measured = {workload.name: measure(workload, is_quick=options.quick) for workload in chosen}
    figures = {
        name: {loop: {"rows_per_second": t.rows_per_second, "steps": t.steps} for loop, t in timed.items()}
        for name, timed in measured.items()
    }
    keep("1-steps", {"load": load, **figures}, table(measured), is_quick=options.quick or bool(options.only))
    return 0


def measure(workload: Workload, *, is_quick: bool) -> dict[str, Timed]:
    """Work and time by the name of the contestant, ours last."""
    rounds, steps = (1, 2) if is_quick else (workload.rounds, workload.steps_per_round)
    with tempfile.TemporaryDirectory() as folder:
        run = open_job(
            data_folder(workload.name),
            Path(folder),
            task={"type": workload.task},
            optimisation={"head": "random", "epochs": 1, "batch_size": 32},
        )
        ours = Ours(run, total_steps=rounds * steps)
        others = [contestant(workload, run, sampling=sampling) for sampling in ("random", "group_by_length")]
        textbook = Textbook(load_banking77()) if workload.name == "banking77" else None
        names = [other.name for other in others]
        timed = {name: Timed() for name in [*([textbook.name] if textbook else []), *names, ours.name]}
        with everybody_else_has(CORES):
            for number in range(rounds):
                if textbook:  # One step of it takes as long as a whole round of the others.
                    textbook.run(1, timed[textbook.name])
                for other in others:
                    other.run(steps, timed[other.name])
                ours.run(steps, timed[ours.name])
                shown = {name: round(t.rows_per_second, 1) for name, t in timed.items()}
                print(f"{workload.name}, round {number + 1} of {rounds}: {shown}", flush=True)
        run.close()
    return timed


def contestant(workload: Workload, run: Run, *, sampling: str) -> HuggingFace:
    """The Trainer on the same rows, cut off at the same length."""
    tokenizer = AutoTokenizer.from_pretrained(model_folder())
    rows = read_jsonl(data_folder(workload.name) / "train.jsonl")
    if workload.task == "token_classification":
        tags = sorted({tag for row in rows for tag in row["tags"]})
        model: Any = AutoModelForTokenClassification.from_pretrained(model_folder(), num_labels=len(tags))
        encoded = tagged(tokenizer, rows, tags, run.plan.max_length)
        return HuggingFace(model, encoded, DataCollatorForTokenClassification(tokenizer), sampling=sampling)
    labels = sorted({str(row["label"]) for row in rows})
    texts = (
        [[row["text_a"], row["text_b"]] for row in rows] if "pair" in workload.task else [row["text"] for row in rows]
    )
    found = tokenizer(texts, truncation=True, max_length=run.plan.max_length)
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in found]
    encoded = [
        {**{name: found[name][i] for name in names}, "labels": labels.index(str(row["label"]))}
        for i, row in enumerate(rows)
    ]
    model = AutoModelForSequenceClassification.from_pretrained(model_folder(), num_labels=len(labels))
    return HuggingFace(model, encoded, DataCollatorWithPadding(tokenizer), sampling=sampling)


def tagged(tokenizer: Any, rows: list[dict[str, Any]], tags: list[str], max_length: int) -> list[dict[str, Any]]:
    """Rows of tokens with a tag at the first piece of every word."""
    number = {tag: i for i, tag in enumerate(tags)}
    found = tokenizer([row["tokens"] for row in rows], is_split_into_words=True, truncation=True, max_length=max_length)
    encoded = []
    for i, row in enumerate(rows):
        words = found.word_ids(i)
        labels = [
            number[row["tags"][word]] if word is not None and (at == 0 or words[at - 1] != word) else NO_LOSS
            for at, word in enumerate(words)
        ]
        encoded.append(
            {"input_ids": found["input_ids"][i], "attention_mask": found["attention_mask"][i], "labels": labels}
        )
    return encoded


def table(measured: dict[str, dict[str, Timed]]) -> str:
    lines = [
        "## Training step (MiniLM, 32 rows, fp32)",
        "",
        "| data set | loop | rows per second | steps timed | Anneal is faster by |",
        "|---|---|---|---|---|",
    ]
    for data_set, timed in measured.items():
        best = timed[Ours.name].rows_per_second
        lines += [
            f"| {data_set} | {name} | {t.rows_per_second:.1f} | {t.steps} | {best / t.rows_per_second:.2f} × |"
            for name, t in timed.items()
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
