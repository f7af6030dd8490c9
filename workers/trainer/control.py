"""What may end a run early, or has: a signal, the time limit of the spec, its budget, the memory of the machine. Asked between batches,
never inside one.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING

from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from workers.contract.budget import TrainingBudget


class StopRequestedError(Exception):
    """Somebody asked the run to stop; what is committed stays."""


class Control:
    """`budget` ends training alone, not what follows it; whoever trains asks for it.

    `halvings` is how often batches are cut in two for the sake of earlier attempts that were ended for want of memory.
    """

    def __init__(
        self, *, max_seconds: float | None = None, budget: TrainingBudget | None = None, halvings: int = 0
    ) -> None:
        self.budget = budget
        self.halvings = halvings
        self._is_stopping = threading.Event()
        self._max_seconds = max_seconds
        self._started = time.monotonic()
        self._seconds_before = 0.0

    def listen(self) -> None:
        """SIGTERM and SIGINT ask for a stop at the next safe point. Only the main thread may call this."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    @contextlib.contextmanager
    def within(self, budget: TrainingBudget | None) -> Iterator[None]:
        """Whatever is trained meanwhile ends when this is spent."""
        before, self.budget = self.budget, budget
        try:
            yield
        finally:
            self.budget = before

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._is_stopping.set()

    def count_from(self, seconds_before: float) -> None:
        """What is taken up here says that the job had worked this long; time of earlier attempts counts towards the limit.

        What this process has written itself is behind its own clock and changes nothing.
        """
        if seconds_before > self.seconds:
            self._seconds_before = seconds_before

    @property
    def seconds(self) -> float:
        """Working time of the whole job, of all attempts."""
        return self._seconds_before + time.monotonic() - self._started

    @property
    def is_stopping(self) -> bool:
        return self._is_stopping.is_set()

    @property
    def is_over_time(self) -> bool:
        return self._max_seconds is not None and self.seconds > self._max_seconds

    def check(self) -> None:
        """Raises StopRequestedError, or JobError `limit:time`."""
        if self.is_stopping:
            raise StopRequestedError
        if self.is_over_time:
            raise JobError(
                "limit:time",
                f"The run reached its limit of {self._max_seconds:g} seconds; raise limits.max_seconds or train less.",
                max_seconds=self._max_seconds,
            )
