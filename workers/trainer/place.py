"""Where a job runs, and the way of one run from its spec to what it delivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workers.trainer.build import build_run
from workers.trainer.evaluation import evaluate
from workers.trainer.export import export
from workers.trainer.loop import train
from workers.trainer.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from pathlib import Path

    from workers.contract.spec import JobSpec
    from workers.trainer.control import Control
    from workers.trainer.events import EventStream
    from workers.trainer.parts import Run


@dataclass(frozen=True)
class Place:
    """Folders, the stream of events and the hand on the brake."""

    out_dir: Path
    data_dir: Path
    events: EventStream
    control: Control
    ranks: Ranks = ALONE


def run_whole(spec: JobSpec, place: Place) -> int:
    """Train, evaluate, export; the number of steps."""
    with place.ranks.first_alone():
        run = build_run(
            spec,
            out_dir=place.out_dir,
            data_dir=place.data_dir,
            events=place.events,
            control=place.control,
            ranks=place.ranks,
        )
    try:
        train(run)
        if place.ranks.is_first:
            deliver(run)
        return run.state.step
    finally:
        run.close()


def deliver(run: Run) -> None:
    """Evaluation and models of a run whose training is over."""
    export(run, evaluate(run))
