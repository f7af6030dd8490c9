from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from workers.contract.events import Finished, Metrics, PhaseChanged, event_from_json
from workers.trainer.events import EventStream

if TYPE_CHECKING:
    from pathlib import Path


def test_rewinding_drops_what_will_be_said_again_and_half_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    events = EventStream.to_file(path)
    events.emit(PhaseChanged(phase="training"))
    for step in (1, 2, 3):
        events.emit(Metrics(step=step, epoch=0.1 * step, values={"train/loss": 1.0 / step}))
    events.emit(Finished(step=3, seconds=1))
    events.close()
    with path.open("ab") as file:
        file.write(b'{"type":"metr')
    events = EventStream.to_file(path)
    events.rewind_to(2)
    events.emit(Metrics(step=3, epoch=0.3, values={"train/loss": 1 / 3}))
    events.close()
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert [event.get("step") for event in found] == [None, 1, 2, 3]


def test_a_pipe_carries_whole_lines() -> None:
    reader, writer = os.pipe()
    events = EventStream.to_descriptor(writer)
    os.close(writer)
    events.rewind_to(0)
    events.sync()
    events.emit(PhaseChanged(phase="loading"))
    events.close()
    with os.fdopen(reader, "rb") as pipe:
        assert event_from_json(pipe.readline()) == PhaseChanged(phase="loading")
