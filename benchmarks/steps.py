"""`python -m benchmarks.steps`: rows per second of a training step of 32 rows, ours against the Hugging Face Trainer.

Texts are of four shapes: short, short with a tag per word, pairs, long. Contestants are interleaved in rounds in one process; on banking77
the textbook loop takes part as well; where processors have matrix units for bfloat16 (products of ours are then computed with them), so
do the Trainer with `bf16=True` and ours in float32. `--only NAME …` picks data sets, and the results of the others stay; `--quick` takes
two steps of each to see that it works, and saves nothing.
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
from transformers import AutoTokenizer

from benchmarks.data import DataSet, collator, data_folder, encoded, model_folder, open_data_set, plain_model
from benchmarks.loops import OURS, HuggingFace, Ours, Textbook, Timed, everybody_else_has, open_job
from benchmarks.results import keep_set, load_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.parts import Run

CORES = len(os.sched_getaffinity(0))


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
    for workload in WORKLOADS:
        if options.only and workload.name not in options.only:
            continue
        load = load_now()
        timed = measure(workload, is_quick=options.quick)
        loops = {loop: {"rows_per_second": t.rows_per_second, "steps": t.steps} for loop, t in timed.items()}
        keep_set("1-steps", workload.name, {"load": load, "loops": loops}, table, is_quick=options.quick)
    return 0


def measure(workload: Workload, *, is_quick: bool) -> dict[str, Timed]:
    """Work and time by the name of the contestant, ours last."""
    rounds, steps = (1, 2) if is_quick else (workload.rounds, workload.steps_per_round)
    data = open_data_set(data_folder(workload.name), workload.task)
    with tempfile.TemporaryDirectory() as folder:
        runs = {OURS: _open(data, workload, Path(folder) / "auto", "auto")}
        is_bfloat16 = runs[OURS].engine.precision == "bfloat16"
        others = [contestant(data, runs[OURS], sampling=sampling) for sampling in ("random", "group_by_length")]
        if is_bfloat16:  # What of the gain is the processor's, on either side.
            others.append(contestant(data, runs[OURS], sampling="group_by_length", is_bfloat16=True))
            runs = {f"{OURS}, float32": _open(data, workload, Path(folder) / "float32", "float32"), **runs}
        ours = [Ours(run, total_steps=rounds * steps, name=name) for name, run in runs.items()]
        textbook = Textbook(data) if workload.name == "banking77" else None
        names = [*(other.name for other in others), *(one.name for one in ours)]
        timed = {name: Timed() for name in [*([textbook.name] if textbook else []), *names]}
        with everybody_else_has(CORES):
            for number in range(rounds):
                if textbook:  # One step of it takes as long as a whole round of the others.
                    textbook.run(1, timed[textbook.name])
                for other in others:
                    other.run(steps, timed[other.name])
                for one in ours:
                    one.run(steps, timed[one.name])
                shown = {name: round(t.rows_per_second, 1) for name, t in timed.items()}
                print(f"{workload.name}, round {number + 1} of {rounds}: {shown}", flush=True)
        for run in runs.values():
            run.close()
    return timed


def _open(data: DataSet, workload: Workload, folder: Path, precision: str) -> Run:
    folder.mkdir()
    optimisation = {
        "head": "random",
        "epochs": 1,
        "batch_size": 32,
        "r_drop": 0,
        "similarity_epochs": 0,
        "precision": precision,
    }
    return open_job(data.folder, folder, task={"type": workload.task}, optimisation=optimisation)


def contestant(data: DataSet, run: Run, *, sampling: str, is_bfloat16: bool = False) -> HuggingFace:
    """The Trainer on the same rows, cut off at the same length."""
    tokenizer = AutoTokenizer.from_pretrained(model_folder())
    rows = encoded(tokenizer, data, data.train, max_length=run.plan.max_length)
    return HuggingFace(plain_model(data), rows, collator(tokenizer, data), sampling=sampling, is_bfloat16=is_bfloat16)


def table(figures: dict[str, Any]) -> str:
    lines = [
        "## Training step (MiniLM, 32 rows, weights in float32; products as `auto` has them unless the row says otherwise)",
        "",
        "| data set | loop | rows per second | steps timed | Anneal is faster by | load of the machine before |",
        "|---|---|---|---|---|---|",
    ]
    for found in (workload for workload in WORKLOADS if workload.name in figures):
        loops, load = figures[found.name]["loops"], figures[found.name]["load"]
        best = loops[OURS]["rows_per_second"]
        lines += [
            f"| {found.name} | {name} | {t['rows_per_second']:.1f} | {t['steps']} | {best / t['rows_per_second']:.2f} × | {load} |"
            for name, t in sorted(loops.items(), key=lambda loop: float(loop[1]["rows_per_second"]))
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
