"""Keys that no object at the beginning of a file has. They are columns like the others, which somebody should know of.

The whole file is gone through for its keys alone: what is wrong with a line is told by the pass that checks it.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from anneal.datasets.files.documents import JsonDocumentReader
from anneal.datasets.files.jsonl import JsonLinesReader, is_storable
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import MAX_COLUMNS, MAX_LINE_CHARACTERS, Reading, Source

_PIECE_BYTES = 2**20
_TICK_ROWS = 512
_KEY = re.compile(rb'"(?:[^"\\\n]|\\.)*":')
_ODD = (b'" :', b'"\t:', b'\\\\":')
"""A colon further from its key, and a key that ends with a backslash."""
_MOST_NAMES = 200
"""Of more names counting each takes longer than to look at every line."""


@dataclass
class _Late:
    line: int
    count: int = 0


def reading_with_late_keys(source: Source, reading: Reading, log: ProblemLog, tick: Callable[[int], None]) -> Reading:
    """`reading` with every key of the file as a column. Raises UnreadableError when there are too many."""
    if reading.format not in {"jsonl", "json"} or reading.dialect == "squad":
        return reading
    known = frozenset(reading.columns)
    late: dict[str, _Late] = {}
    for line, keys in _seen(source, reading, known, tick):
        for key in keys:
            if key not in known and is_storable(key):
                late.setdefault(key, _Late(line)).count += 1
        if len(known) + len(late) > MAX_COLUMNS:
            told = {"found": len(known) + len(late), "limit": MAX_COLUMNS}
            raise UnreadableError(Problem("data:too_many_columns", file=source.name, row=line, params=told))
    for key, found in late.items():
        log.add(
            Problem("data:late_column", "warning", source.name, found.line, shown(key), params={"count": found.count})
        )
    return replace(reading, columns=(*reading.columns, *late))


def _seen(
    source: Source, reading: Reading, known: Collection[str], tick: Callable[[int], None]
) -> Iterator[tuple[int, Sequence[str]]]:
    """Lines of objects and their keys, without most of those that have no new one."""
    silent = ProblemLog()
    with contextlib.suppress(UnreadableError):  # The pass over the rows stops at the same place, and says why.
        if reading.format == "json":
            yield from _one_by_one(JsonDocumentReader(source, reading, silent), tick)
            return
        lines = JsonLinesReader(source, reading, silent)
        yield from _by_counts(source, known, tick) if lines.has_stretches else _one_by_one(lines, tick)


def _one_by_one(
    reader: JsonDocumentReader | JsonLinesReader, tick: Callable[[int], None]
) -> Iterator[tuple[int, Sequence[str]]]:
    for count, (line, found) in enumerate(reader.objects(), start=1):
        yield line, list(found)
        if not count % _TICK_ROWS:
            tick(reader.bytes_read)


def _by_counts(
    source: Source, known: Collection[str], tick: Callable[[int], None]
) -> Iterator[tuple[int, Sequence[str]]]:
    """Lines of UTF-8. Where a piece has as many keys as it has of those that were seen before, there is none that comes late."""
    number = 1
    names = _Names()
    with source.path.open("rb") as file:
        rest = b""
        while (read := file.read(_PIECE_BYTES)) and len(rest) <= 4 * MAX_LINE_CHARACTERS:
            piece, end, rest = (rest + read).rpartition(b"\n")
            piece += end
            if not names.are_all_of(piece):
                late: set[str] = set()
                for at, line in enumerate(piece.split(b"\n")):
                    keys = _keys(line)
                    late.update(key for key in keys if key not in known)
                    yield number + at, keys
                names.learn(piece, but=late)
            number += piece.count(b"\n")
            tick(file.tell())
        yield number, _keys(rest)


class _Names:
    """Keys as they stand in a file, of objects within objects too."""

    def __init__(self) -> None:
        self._written: set[bytes] = set()

    def learn(self, piece: bytes, *, but: Collection[str]) -> None:
        """Those of `but` stay strangers, so that all objects that have them are seen."""
        if len(self._written) < _MOST_NAMES:
            found = set(_KEY.findall(piece)) - self._written
            self._written.update(name for name in found if _said(name[:-1]) not in but)

    def are_all_of(self, piece: bytes) -> bool:
        """Whether the keys of these lines are all known; a piece that makes it hard to say may have others."""
        if any(odd in piece for odd in _ODD):
            return False
        num_keys = piece.count(b'":') - piece.count(b'\\":')
        return num_keys == sum(piece.count(name) for name in self._written)


def _said(written: bytes) -> str | None:
    """The text that stands there as JSON, if it does."""
    try:
        return str(json.loads(written))
    except ValueError:
        return None


def _keys(line: bytes) -> Sequence[str]:
    """The keys of the object on a line; none where it is no such."""
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return ()
    return list(found) if isinstance(found, dict) else ()
