"""Calls of models, counted in the memory of a web process until they are written, a few seconds later.

A call writes nothing to the database. A process that is killed loses what it counted since the last writing; nothing is counted twice.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Final

WRITE_EVERY_S: Final = 10.0

Key = tuple[uuid.UUID, date]
"""A tenant, and the first day of a month of UTC."""


@dataclass
class CallCounter:
    """What is not written yet. Any thread may count and take."""

    _calls: Counter[Key] = field(default_factory=Counter)
    _tokens: Counter[Key] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, key: Key, *, calls: int, tokens: int) -> None:
        """Count."""
        with self._lock:
            self._calls[key] += calls
            self._tokens[key] += tokens

    def taken(self) -> list[tuple[Key, int, int]]:
        """`(key, calls, tokens)` of all that was counted, which is nobody else's any more."""
        with self._lock:
            found = [(key, calls, self._tokens[key]) for key, calls in self._calls.items()]
            self._calls.clear()
            self._tokens.clear()
        return found


CALLS: Final = CallCounter()
"""Of this process."""
