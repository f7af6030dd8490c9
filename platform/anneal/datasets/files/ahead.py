"""An iterator whose next values are made on a thread while the last one is looked at."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from typing import TypeVar

_AHEAD = 2
_T = TypeVar("_T")


class _End:
    """After the last value; carries what ended it."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(values: Generator[_T, None, None]) -> Generator[_T, None, None]:
    """The same values in the same order, and the same exception. A few are made before they are asked for.

    Whoever stops early closes it, and waits for the one that is being made.
    """
    made: queue.Queue[_T | _End] = queue.Queue(_AHEAD)
    is_left = threading.Event()

    def put(value: _T | _End) -> bool:
        while not is_left.is_set():
            try:
                made.put(value, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for value in values:
                if not put(value):
                    return
            put(_End())
        except BaseException as error:  # noqa: BLE001 - it is raised where the value was waited for
            put(_End(error))
        finally:
            values.close()

    thread = threading.Thread(target=make, name="ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(value := made.get(), _End):
            yield value
        if value.error is not None:
            raise value.error
    finally:
        is_left.set()
        thread.join()
