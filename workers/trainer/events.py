"""Where a run's events go: one JSON object per line, flushed at once.

A file can be rewound when a run resumes from a checkpoint, so that every (metric, step) stands in it exactly once. A pipe
cannot; there the reader drops repeats, which carry equal values.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, BinaryIO

from pydantic import ValidationError

from workers.contract.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    Exported,
    Finished,
    Metrics,
    TrialEnded,
    event_from_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class EventStream:
    """Writes events; safe to call from the checkpoint thread as well."""

    def __init__(self, out: BinaryIO, *, path: Path | None = None) -> None:
        self._out = out
        self._path = path
        self._size_before = 0 if path is None else path.stat().st_size
        self._lock = threading.Lock()

    @property
    def path(self) -> Path | None:
        """Of a stream into a file."""
        return self._path

    @classmethod
    def to_file(cls, path: Path) -> EventStream:
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path.open("ab", buffering=0), path=path)

    @classmethod
    def to_descriptor(cls, number: int) -> EventStream:
        return cls(os.fdopen(os.dup(number), "wb", buffering=0))

    @classmethod
    def to_nowhere(cls) -> EventStream:
        """Of a process that another one speaks for."""
        return cls(open(os.devnull, "wb", buffering=0))  # noqa: PTH123 - kept open; closed by `close`

    def emit(self, event: Event) -> None:
        line = memoryview(event.model_dump_json().encode() + b"\n")
        with self._lock:
            while line:  # A raw pipe may take less than it was given.
                line = line[self._out.write(line) :]

    def sync(self) -> None:
        """Make a file durable before a checkpoint that stands on it is announced; a pipe is the reader's business."""
        if self._path is not None:
            with self._lock:
                os.fsync(self._out.fileno())

    def take_back(self) -> None:
        """Leave a file as it was before this run said anything. Not for one that has been rewound."""
        if self._path is not None:
            with self._lock:
                os.ftruncate(self._out.fileno(), self._size_before)

    def rewind_to(self, step: int) -> None:
        """Drop from a file what lies after `step`: the resumed run says it again, with equal values."""
        self._keep(lambda lines: [line for line in lines if _stands_at(line, step)])

    def rewind_to_checkpoint(self, step: int, *, trial_step: int | None = None) -> None:
        """Drop from a file what follows the announcement of this checkpoint, or everything where there is none.

        With `trial_step` a trial that has begun since goes on from that step of its own: what it said up to there stays.
        """

        def until(lines: list[bytes]) -> list[bytes]:
            marks = [number for number, line in enumerate(lines) if _announces(line, step)]
            end = marks[-1] + 1 if marks else 0
            if trial_step is None:
                return lines[:end]
            return lines[:end] + [line for line in lines[end:] if _stands_at(line, trial_step)]

        self._keep(until)

    def _keep(self, choose: Callable[[list[bytes]], list[bytes]]) -> None:
        if self._path is None:
            return
        with self._lock:
            kept = choose(self._path.read_bytes().splitlines(keepends=True))
            rewritten = self._path.with_name(f".{self._path.name}.tmp")
            with rewritten.open("wb") as out:
                out.writelines(kept)
                out.flush()
                os.fsync(out.fileno())
            rewritten.replace(self._path)
            self._out.close()
            self._out = self._path.open("ab", buffering=0)

    def close(self) -> None:
        self._out.close()


class PassingStream(EventStream):
    """Passes on to another stream, to whose owner it leaves the closing."""

    def __init__(self, events: EventStream) -> None:
        self._events = events

    def emit(self, event: Event) -> None:
        self._events.emit(event)

    def sync(self) -> None:
        self._events.sync()

    def rewind_to(self, step: int) -> None:
        self._events.rewind_to(step)

    def close(self) -> None:
        """Nothing: the stream belongs to somebody else."""


def _announces(line: bytes, step: int) -> bool:
    try:
        event = event_from_json(line)
    except ValidationError:
        return False
    return isinstance(event, CheckpointSaved) and event.step == step


def _stands_at(line: bytes, step: int) -> bool:
    if not line.endswith(b"\n"):
        return False  # The process died in the middle of this line.
    try:
        event = event_from_json(line)
    except ValidationError:
        return False
    if isinstance(event, Evaluated | Exported | Finished | TrialEnded):
        return False
    if isinstance(event, Metrics | CheckpointSaved):
        return event.step <= step
    return True
