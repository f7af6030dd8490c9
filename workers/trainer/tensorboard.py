"""The curves of a run beside its model, for TensorBoard: made from the events, so every point stands there once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from workers.contract.events import Metrics, event_from_json
from workers.contract.tfevents import event_file, file_name
from workers.trainer.durable import write_durably

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workers.contract.tfevents import Point

FOLDER = "tensorboard"


def write_curves(events: Path, out_dir: Path) -> None:
    """From a file of events, also of a run that was stopped or failed, into OUT/tensorboard."""
    folder = out_dir / FOLDER
    folder.mkdir(exist_ok=True)
    write_durably(folder / file_name("anneal"), b"".join(event_file(_points(events))))


def _points(events: Path) -> Iterator[Point]:
    with events.open("rb") as lines:
        for line in lines:
            try:
                event = event_from_json(line)
            except ValidationError:
                continue  # The process died in the middle of this line.
            if isinstance(event, Metrics):
                yield from ((name, event.step, value) for name, value in event.values.items())
