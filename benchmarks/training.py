"""`python -m benchmarks.training`: whole trainings against the Hugging Face Trainer.

Two parts, which can be run alone (`--part equal`, `--part time`):

* equal: the figure on the test rows at equal settings (model, rows, rate, schedule, epochs), three seeds each.
* time: seconds until our `auto` is where the Trainer is at its best, with settings chosen for it by judgement, not by a search. The Trainer
  is given all of its epochs, but no more than `--cap-seconds`.

`--only NAME …` picks data sets, and what was measured of the others before stays in the tables. `--quick` runs each small, to see that it
works; its figures mean nothing.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # The same for everybody; without it the others would be slower still.

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import contextlib
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers
from transformers import AutoTokenizer, Trainer, TrainerCallback

from benchmarks.data import (
    DataSet,
    collator,
    data_folder,
    encoded,
    model_folder,
    open_data_set,
    our_figure,
    plain_model,
    smaller,
    their_figure,
)
from benchmarks.loops import (
    BATCH_SIZE,
    MeanPooled,
    everybody_else_has,
    open_job,
    replaced,
    train_epoch,
    trainer_arguments,
)
from benchmarks.results import keep_set, load_now
from workers.trainer import loop
from workers.trainer.parts import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    # (seconds, figure on the test rows), as time goes by
    Points = list[tuple[float, float]]

SEEDS = (0, 1, 2)
WEIGHT_DECAY, WARMUP = 0.01, 0.06  # of everybody, in both parts
CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Equal:
    """A data set of the equal part, and what both sides train with."""

    name: str
    task: str
    rows: int
    epochs: int
    learning_rate: float


@dataclass(frozen=True)
class Timed:
    """A data set of the time part, and what the Trainer trains with. A `goal` is reported besides what the Trainer reaches.

    Rates and epochs are what a careful user would take for a model this small: lower rates need more epochs, higher ones end lower.
    """

    name: str
    task: str
    learning_rate: float
    epochs: int
    goal: float | None = None


EQUAL = (
    Equal("banking77", "classification", rows=3000, epochs=3, learning_rate=5e-4),
    Equal("conll2003", "token_classification", rows=2000, epochs=2, learning_rate=5e-4),
    Equal("mrpc", "pair_classification", rows=2000, epochs=2, learning_rate=2e-4),
)
TIMED = (
    Timed("banking77", "classification", learning_rate=3e-4, epochs=8, goal=0.93),
    Timed("sst2", "classification", learning_rate=1e-4, epochs=4),
    Timed("conll2003", "token_classification", learning_rate=2e-4, epochs=4),
    Timed("tnews", "classification", learning_rate=3e-4, epochs=3),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--part", choices=("equal", "time", "all"), default="all")
    parser.add_argument("--only", nargs="*", default=(), metavar="NAME", help="names of data sets")
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; saves nothing")
    parser.add_argument("--cap-seconds", type=float, default=3600, help="when the time part gives up on the Trainer")
    options = parser.parse_args(arguments)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for settings in EQUAL if options.part in ("equal", "all") else ():
        if not options.only or settings.name in options.only:
            measure_equal(settings, is_quick=options.quick)
    for workload in TIMED if options.part in ("time", "all") else ():
        if not options.only or workload.name in options.only:
            measure_time(workload, is_quick=options.quick, cap_seconds=5 if options.quick else options.cap_seconds)
    return 0


# --- equal settings


def measure_equal(settings: Equal, *, is_quick: bool) -> None:
    load = load_now()
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        whole = open_data_set(data_folder(settings.name), settings.task)
        data = smaller(whole, Path(folder), train=160 if is_quick else settings.rows, others=100 if is_quick else None)
        for seed in SEEDS[:1] if is_quick else SEEDS:
            ours.append(equal_ours(settings, data, seed))
            theirs.append(equal_theirs(settings, data, seed))
            print(f"{settings.name}, seed {seed}: Anneal {ours[-1]}, Hugging Face Trainer {theirs[-1]}", flush=True)
    figures = {"load": load, "Anneal": ours, "Hugging Face Trainer": theirs, "metric": data.metric}
    keep_set("2-equal", settings.name, figures, equal_table, is_quick=is_quick)


def equal_ours(settings: Equal, data: DataSet, seed: int) -> dict[str, float]:
    optimisation = {
        "epochs": settings.epochs,
        "learning_rate": settings.learning_rate,
        "weight_decay": WEIGHT_DECAY,
        "warmup_ratio": WARMUP,
        "batch_size": BATCH_SIZE,
        "head": "random",
        "r_drop": 0,
        "similarity_epochs": 0,
        "early_stopping": None,
    }
    with tempfile.TemporaryDirectory() as folder:
        run = open_job(data.folder, Path(folder), task={"type": data.task}, optimisation=optimisation, seed=seed)
        start = time.perf_counter()
        while not run.state.is_done:
            train_epoch(run)
        seconds = time.perf_counter() - start
        value = our_figure(run, data)
        run.close()
    return {"value": value, "seconds": seconds}


def equal_theirs(settings: Equal, data: DataSet, seed: int) -> dict[str, float]:
    tokenizer = AutoTokenizer.from_pretrained(model_folder())
    torch.manual_seed(seed)
    with everybody_else_has(CORES), tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=plain_model(data) if data.is_tagged else MeanPooled(len(data.labels)),
            args=trainer_arguments(
                folder,
                num_train_epochs=settings.epochs,
                learning_rate=settings.learning_rate,
                weight_decay=WEIGHT_DECAY,
                warmup_steps=WARMUP,  # below 1 it is a share of all steps
                seed=seed,
            ),
            train_dataset=encoded(tokenizer, data, data.train),
            data_collator=collator(tokenizer, data),
        )
        start = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - start
        value = their_figure(trainer, data, encoded(tokenizer, data, data.test))
    return {"value": value, "seconds": seconds}


def equal_table(figures: dict[str, Any]) -> str:
    lines = [
        f"## Equal settings (MiniLM, batches of {BATCH_SIZE}, random head, mean pooling of texts, last weights)",
        "",
        f"| data set | rows, epochs, rate | metric | | on test rows, {len(SEEDS)} seeds | mean | seconds, mean | load before |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for settings in (settings for settings in EQUAL if settings.name in figures):
        found = figures[settings.name]
        for name in ("Anneal", "Hugging Face Trainer"):
            values = [seed["value"] for seed in found[name]]
            lines.append(
                f"| {settings.name} | {settings.rows}, {settings.epochs}, {settings.learning_rate:g} | {found['metric']} | {name} | "
                f"{', '.join(f'{value:.1%}' for value in values)} | {np.mean(values):.1%} | "
                f"{np.mean([seed['seconds'] for seed in found[name]]):.0f} | {found['load']} |"
            )
    return "\n".join(lines)


# --- time to the Trainer's best


def measure_time(workload: Timed, *, is_quick: bool, cap_seconds: float) -> None:
    load = load_now()
    with tempfile.TemporaryDirectory() as name:
        folder = data_folder(workload.name)
        if is_quick:
            smaller(open_data_set(folder, workload.task), Path(name), train=160, others=100)
            folder = Path(name)
        theirs = time_theirs(workload, folder, cap_seconds)
        print(f"{workload.name}, Hugging Face Trainer:", theirs, flush=True)
        ours = time_ours(workload, folder)
        print(f"{workload.name}, Anneal:", ours, flush=True)
        metric = open_data_set(folder, workload.task).metric
    figures = {"load": load, "ours": ours, "theirs": theirs, "cap_seconds": cap_seconds, "metric": metric}
    keep_set("3-time", workload.name, figures, time_table, is_quick=is_quick)


def time_ours(workload: Timed, folder: Path) -> Points:
    """Of a plain `auto` job: the loop of the trainer with somebody looking over its shoulder."""
    data = open_data_set(folder, workload.task)
    points: Points = []
    with tempfile.TemporaryDirectory() as out:
        watch = Watch()
        run = open_job(folder, Path(out), task={"type": workload.task})
        every = max(1, run.steps_per_epoch // 4)
        report_step, judge_weights = loop.report_step, Run.judge_weights

        def look(run: Run) -> None:
            with watch.paused():
                points.append((watch.seconds, our_figure(run, data)))

        def judge_and_look(self: Run, metrics: dict[str, float], *, step: int) -> None:
            judge_weights(self, metrics, step=step)
            look(self)

        def report_and_look(run: Run, **values: float) -> None:
            report_step(run, **values)
            if run.state.step % every == 0 and not run.is_end_of_epoch:
                look(run)

        with replaced(Run, "judge_weights", judge_and_look), replaced(loop, "report_step", report_and_look):
            loop.train(run)
        run.close()
    return points


def time_theirs(workload: Timed, folder: Path, cap_seconds: float) -> Points:
    points: Points = []
    watch = Watch()
    data = open_data_set(folder, workload.task)
    tokenizer = AutoTokenizer.from_pretrained(model_folder())
    rows = encoded(tokenizer, data, data.train)
    with watch.paused():
        test_rows = encoded(tokenizer, data, data.test)
    with everybody_else_has(CORES), tempfile.TemporaryDirectory() as out:
        model = plain_model(data)
        every = max(1, len(rows) // BATCH_SIZE // 2)

        class Look(TrainerCallback):
            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                del args
                is_last = state.global_step == state.max_steps or watch.seconds >= cap_seconds
                if state.global_step % every and not is_last:
                    return
                with watch.paused():
                    points.append((watch.seconds, their_figure(trainer, data, test_rows)))
                    model.train()
                control.should_training_stop = is_last

        trainer = Trainer(
            model=model,
            args=trainer_arguments(
                out,
                sampling="group_by_length",
                num_train_epochs=workload.epochs,
                learning_rate=workload.learning_rate,
                warmup_steps=WARMUP,
                weight_decay=WEIGHT_DECAY,
                per_device_eval_batch_size=64,
            ),
            train_dataset=rows,
            data_collator=collator(tokenizer, data),
            callbacks=[Look()],
        )
        trainer.train()
    return points


def time_table(figures: dict[str, Any]) -> str:
    lines = [
        "## Seconds to the best of the Hugging Face Trainer (MiniLM, all rows; reading, tokenising and loading counted)",
        "",
        "| data set | metric | Trainer: rate, epochs | on test rows | Trainer | Anneal, `auto` | sooner by | Anneal's best | load before |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for workload in (workload for workload in TIMED if workload.name in figures):
        found = figures[workload.name]
        for bar in bars(workload, found["theirs"]):
            cut = "" if found["theirs"][-1][0] < found["cap_seconds"] else f", cut after {found['cap_seconds']:.0f} s"
            seconds, best = best_seen(found["ours"])
            lines.append(
                f"| {workload.name} | {found['metric']} | {workload.learning_rate:g}, {workload.epochs}{cut} | {bar:.1%} | "
                f"{compared(found['theirs'], found['ours'], bar)} | {best:.1%} after {seconds:.0f} s | {found['load']} |"
            )
    looking = "Test rows are looked at after the probe and four times per epoch (twice for the Trainer)"
    return "\n".join([*lines, "", f"{looking}; the looking is not counted."])


def bars(workload: Timed, theirs: Points) -> list[float]:
    """What both are timed to: the best that the Trainer reached, and the goal where there is one."""
    return [best_seen(theirs)[1], *([] if workload.goal is None else [workload.goal])]


def compared(theirs: Points, ours: Points, bar: float) -> str:
    """Three cells: when either was there, and by how much ours was sooner; at least that where the Trainer never was."""
    their_seconds, our_seconds = first_at(theirs, bar), first_at(ours, bar)
    cells = [
        f"not in {points[-1][0]:.0f} s" if at is None else f"{at:.0f} s"
        for at, points in ((their_seconds, theirs), (our_seconds, ours))
    ]
    if our_seconds is None:
        return " | ".join([*cells, "–"])
    ratio = (their_seconds or theirs[-1][0]) / our_seconds
    return " | ".join([*cells, f"{'more than ' if their_seconds is None else ''}{ratio:.1f} ×"])


def first_at(points: Points, bar: float) -> float | None:
    return next((seconds for seconds, value in points if value >= bar), None)


def best_seen(points: Points) -> tuple[float, float]:
    """The first of the best."""
    return max(points, key=lambda point: point[1])


class Watch:
    """Seconds since it was made, without those in which it was paused."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._paused_at: float | None = None

    @property
    def seconds(self) -> float:
        return (self._paused_at or time.perf_counter()) - self._start

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self._paused_at = time.perf_counter()
        try:
            yield
        finally:
            self._start += time.perf_counter() - self._paused_at
            self._paused_at = None


if __name__ == "__main__":
    raise SystemExit(main())
