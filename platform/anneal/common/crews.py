"""How many threads of one worker process each kind of work may hold, so that none keeps the others waiting.

One process hears several queues, since each process costs well over a hundred megabytes. A hint that comes while its crew is busy gives
its thread back at once and is remembered here; what is forgotten with the process is asked for again, as every lost message is.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

log = structlog.get_logger(__name__)
Act = Callable[[uuid.UUID], None]
_MOST_REMEMBERED: Final = 1000


class Crew:
    """At most `size` threads that do one kind of work."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._busy = 0
        self._waiting: deque[tuple[Act, uuid.UUID]] = deque()
        self._is_closing = False
        self._lock = threading.Lock()

    def run(self, act: Act, row_id: uuid.UUID) -> None:
        """Act now, or leave it to whoever of the crew is free first. Whoever acts goes on with what waits."""
        if not self._begin(act, row_id):
            return
        try:
            act(row_id)
        finally:
            while (following := self._end()) is not None:
                act, row_id = following
                try:
                    act(row_id)
                except Exception:
                    log.exception("work.failed", id=str(row_id))

    def close(self) -> None:
        """The process ends: what has begun is finished, what waits is left to others."""
        with self._lock:
            self._is_closing = True
            self._waiting.clear()

    def _begin(self, act: Act, row_id: uuid.UUID) -> bool:
        with self._lock:
            if self._busy < self.size:
                self._busy += 1
                return True
            hint = (act, row_id)
            if not self._is_closing and len(self._waiting) < _MOST_REMEMBERED and hint not in self._waiting:
                self._waiting.append(hint)
            return False

    def _end(self) -> tuple[Act, uuid.UUID] | None:
        """What to do next; None where nothing waits, and the thread is free."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._busy -= 1
            return None


# Reads, checks and changes data: keeps a core busy.
HEAVY: Final = Crew(2)
# Waits for other people's servers.
IMPORTS: Final = Crew(4)
# Takes out of the store what is deleted: nobody waits for it.
REMOVALS: Final = Crew(1)
