"""From a stream of events to a few writes a second. What could not be written because the database was away is kept and said later."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from typing import Any, Final

from anneal.jobs.services.outages import PlatformAwayError, call
from anneal.jobs.services.reports import Point, log_write, metrics_write
from workers.contract.events import Metrics, Progress
from workers.contract.resources import PREFIX
from workers.contract.states import Desired
from workers.gpu.usage import Reading

_BETWEEN_WRITES_S: Final = 0.25
_BETWEEN_LOGS_S: Final = 5.0
_MAX_POINTS: Final = 2000


class Sink:
    """Points and progress of one attempt on their way to the database. Every write is fenced; LeaseLost passes through."""

    def __init__(self, job_id: uuid.UUID, attempt: int, *, is_search: bool = False) -> None:
        # The curves of a search are those of its trials, each with steps of its own; the job's steps are the trials.
        self._is_search = is_search
        self._ids: dict[str, Any] = {"job_id": job_id, "attempt": attempt}
        self._points: list[Point] = []
        self._progress: dict[str, Any] = {}
        self._written_at = float("-inf")
        self._logged_at = float("-inf")
        self._logged: list[str] = []
        self.desired = Desired.RUN

    def metrics(self, event: Metrics) -> None:
        self._points += [Point(name, event.step, event.epoch, value) for name, value in event.values.items()]
        if not self._is_search:
            self._progress |= {"step": event.step, "epoch": event.epoch}

    def usage(self, readings: Iterable[Reading]) -> None:
        """What the machine was asked for: points like others, but at seconds."""
        for reading in readings:
            self._points += [
                Point(f"{PREFIX}{name}", reading.second, 0.0, float(value)) for name, value in reading.values.items()
            ]

    def progress(self, event: Progress) -> None:
        self._progress |= event.model_dump(exclude={"type"})

    def phase(self, phase: str) -> None:
        # The estimate was of the steps; what comes after them takes a time of its own.
        self._progress |= {"phase": phase, "seconds_remaining": None}

    def flush_if_due(self) -> None:
        """Write, unless the last write was a moment ago."""
        if time.monotonic() - self._written_at >= _BETWEEN_WRITES_S:
            self._try_flush()

    def _try_flush(self) -> None:
        try:
            self.flush()
        except PlatformAwayError:
            self._written_at = time.monotonic() + 1  # not at once again

    def flush(self) -> None:
        """Write everything that is waiting. Raises PlatformAwayError; then it still waits."""
        while self._points or self._progress:
            points, progress = self._points[:_MAX_POINTS], self._progress
            self.desired = call(metrics_write, points=points, **self._ids, **progress)
            self._written_at = time.monotonic()
            del self._points[: len(points)]
            self._progress = {}

    def log(self, lines: list[str], *, is_last: bool = False) -> None:
        """Keep the trainer's last lines; for reading only, so an outage is no reason to wait."""
        if not is_last and time.monotonic() - self._logged_at < _BETWEEN_LOGS_S:
            return
        self._logged_at = time.monotonic()
        if lines == self._logged:
            return
        try:
            call(log_write, lines=lines, **self._ids)
            self._logged = lines
        except PlatformAwayError:
            self._logged_at = time.monotonic()
