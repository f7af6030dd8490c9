"""Waiting for what other threads and processes do, without a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(what: Callable[[], Any], *, seconds: float = 20, told: Callable[[], str] = str) -> Any:
    """Poll until `what` is true; then what it said. Fails after so many seconds, with what `told` says by then."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if value := what():
            return value
        time.sleep(0.05)
    raise AssertionError(f"it did not happen within {seconds} s\n{told()}")
