"""`python -m benchmarks.costs`: what keeping activations of frozen layers saves, and what checkpoints and reports cost.

* frozen: seconds of an epoch where the lower layers do not learn, with what they compute kept from before and without, interleaved, and how
  far apart the weights of the two are afterwards. The epochs are those after the first, and keeping is timed by itself.
* checkpoints: seconds of one checkpoint of MiniLM in full training (weights, best weights so far, moments of AdamW), as a share of the
  minute between two of them. Most of it is written on a thread while training goes on; here all of it counts.
* reports: seconds inside the reports of steps and inside the writing of events, as a share of the whole training.

`--part` runs one alone, `--quick` each small, to see that it works; it saves nothing.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import DataSet, data_folder, open_data_set, smaller
from benchmarks.loops import open_job, replaced, train_epoch
from benchmarks.results import keep, load_now
from workers.trainer import loop
from workers.trainer.events import EventStream
from workers.trainer.lower_layers import ACTIVATIONS, keep_activations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workers.trainer.parts import Run

ROWS = 3000
EPOCHS = 3
CHECKPOINTS = 7
# Every method with layers that do not learn; MiniLM has six.
METHODS: tuple[dict[str, Any], ...] = (
    {"type": "lora", "layers": 1},
    {"type": "lora", "layers": 2},
    {"type": "last_layers", "layers": 1},
    {"type": "last_layers", "layers": 2},
)
OPTIMISATION = {"head": "random", "early_stopping": None, "batch_size": 32, "r_drop": 0, "similarity_epochs": 0}


@dataclass(frozen=True)
class Frozen:
    """Seconds of keeping, of each epoch with what was kept and of each without; the largest difference of a weight after all of them."""

    keeping: float
    with_kept: list[float]
    without: list[float]
    difference: float


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs", description=__doc__)
    parser.add_argument("--part", choices=("frozen", "checkpoints", "reports", "all"), default="all")
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; saves nothing")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        whole = open_data_set(data_folder("banking77"), "classification")
        rows, others = (160, 100) if options.quick else (ROWS, None)
        data = smaller(whole, Path(folder), train=rows, others=others)
        for name, measure in (
            ("frozen", measure_frozen),
            ("checkpoints", measure_checkpoints),
            ("reports", measure_reports),
        ):
            if options.part in (name, "all"):
                measure(data, is_quick=options.quick)
    return 0


# --- layers that do not learn


def measure_frozen(data: DataSet, *, is_quick: bool) -> None:
    load = load_now()
    found = {}
    for method in METHODS[:1] if is_quick else METHODS:
        name = f"{method['type']}, layers: {method['layers']}"
        found[name] = frozen(data, method)
        print(name, found[name], flush=True)
    lines = [
        f"## Layers that do not learn (banking77, {len(data.train)} rows, MiniLM's six layers, epochs after the first)",
        "",
        "| method | seconds of an epoch, computed every time | kept | faster by | keeping, once | weights after all epochs |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {statistics.median(one.without):.1f} | {statistics.median(one.with_kept):.1f} | "
            f"{statistics.median(one.without) / statistics.median(one.with_kept):.2f} × | {one.keeping:.1f} s | "
            f"{'equal to the bit' if one.difference == 0 else f'{one.difference:.1e} apart at most'} |"
            for name, one in found.items()
        ),
    ]
    figures = {"load": load, **{name: vars(one) for name, one in found.items()}}
    keep("7-frozen", figures, "\n".join(lines), is_quick=is_quick)


def frozen(data: DataSet, method: dict[str, Any]) -> Frozen:
    """Two runs side by side, an epoch of each in turn."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        optimisation = {**OPTIMISATION, "epochs": 1 + EPOCHS}
        kept, plain = (
            open_job(data.folder, Path(out), method=method, optimisation=optimisation) for out in (first, second)
        )
        keeping = seconds_of(lambda: keep_for(kept))
        seconds = [
            (seconds_of(lambda: train_epoch(kept)), seconds_of(lambda: train_epoch(plain))) for _ in range(1 + EPOCHS)
        ]
        weights, others = kept.engine.weights(), plain.engine.weights()
        for run in (kept, plain):
            run.close()
    return Frozen(
        keeping,
        with_kept=[one for one, _ in seconds[1:]],
        without=[other for _, other in seconds[1:]],
        difference=max(float((weights[name] - others[name]).abs().max()) for name in weights),
    )


def keep_for(run: Run) -> None:
    run.encoded |= keep_activations(run.engine, {"train": run.encoded["train"]})
    if ACTIVATIONS not in run.encoded["train"].beside:
        raise RuntimeError("no activations were kept, so there is nothing to compare")


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# --- checkpoints


def measure_checkpoints(data: DataSet, *, is_quick: bool) -> None:
    load = load_now()
    copying, writing = [], []
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        run = open_job(data.folder, out, optimisation={**OPTIMISATION, "epochs": 2})
        loop.validate(run, step=0)  # From now on a checkpoint holds the best weights beside the present ones.
        train_epoch(run)
        for _ in range(2 if is_quick else CHECKPOINTS):
            start = time.perf_counter()
            snapshot = run.snapshot()
            copied = time.perf_counter()
            run.store.save(snapshot)
            run.store.wait()
            copying.append(copied - start)
            writing.append(time.perf_counter() - copied)
            loop.advance(run, 0.0)  # Every step has a checkpoint of its own.
        megabytes = sum(file.stat().st_size for file in next((out / "checkpoints").iterdir()).iterdir()) / 1e6
        every = run.spec.checkpointing.every_seconds
        run.close()
    share = (statistics.median(copying) + statistics.median(writing)) / every
    lines = [
        f"## A checkpoint every {every:.0f} seconds (MiniLM in full training with AdamW, banking77, {megabytes:.0f} MB each)",
        "",
        "| copied, training waits | written and synced, training goes on | both, share of the time between two |",
        "|---|---|---|",
        f"| {statistics.median(copying):.3f} s | {statistics.median(writing):.2f} s | {share:.2%} |",
    ]
    figures = {"load": load, "copying": copying, "writing": writing, "megabytes": megabytes}
    keep("8-checkpoints", figures, "\n".join(lines), is_quick=is_quick)


# --- reports


def measure_reports(data: DataSet, *, is_quick: bool) -> None:
    load = load_now()
    spent = {"reports of steps": 0.0, "writing of events": 0.0}
    with tempfile.TemporaryDirectory() as out:
        run = open_job(data.folder, Path(out), optimisation={**OPTIMISATION, "epochs": 1})

        def timed(name: str, work: Callable[..., None]) -> Callable[..., None]:
            def run_and_count(*arguments: Any, **options: Any) -> None:
                start = time.perf_counter()
                work(*arguments, **options)
                spent[name] += time.perf_counter() - start

            return run_and_count

        report_step = timed("reports of steps", loop.report_step)
        emit = timed("writing of events", EventStream.emit)
        with replaced(loop, "report_step", report_step), replaced(EventStream, "emit", emit):
            seconds = seconds_of(lambda: loop.train(run))
        lines_written = len((Path(out) / "events.jsonl").read_text().splitlines())
        steps = run.total_steps
        run.close()
    lines = [
        f"## Metrics and events (MiniLM, banking77, {steps} steps, {lines_written} events)",
        "",
        f"| {' | '.join(spent)} | share of the training, at most |",
        "|---|---|---|",
        f"| {' | '.join(f'{one * 1000:.0f} ms' for one in spent.values())} | {sum(spent.values()) / seconds:.3%} |",
        "",
        "What a report writes is counted twice.",
    ]
    keep("9-reports", {"load": load, "seconds": seconds, **spent}, "\n".join(lines), is_quick=is_quick)


if __name__ == "__main__":
    raise SystemExit(main())
