"""Keys that no object at the beginning of a file has. They are columns like the others, which somebody should know of.

The whole file is gone through for its keys alone: what is wrong with a line is told by the pass that checks it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anneal.datasets.files.documents import JsonDocumentReader
from anneal.datasets.files.jsonl import JsonLinesReader, is_storable
from anneal.datasets.files.jsonl_marks import Pattern, lines_apart
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import MAX_COLUMNS, Reading, Source

_PIECE_BYTES = 2**20
_TICK_ROWS = 512

# The line of the first of some objects with the same keys, these keys, and how many objects they are.
Seen = tuple[int, Sequence[str], int]


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
    for line, keys, count in _seen(source, reading, tick):
        for key in keys:
            if key not in known and is_storable(key):
                late.setdefault(key, _Late(line)).count += count
        if len(known) + len(late) > MAX_COLUMNS:
            told = {"found": len(known) + len(late), "limit": MAX_COLUMNS}
            raise UnreadableError(Problem("data:too_many_columns", file=source.name, row=line, params=told))
    for key, found in late.items():
        log.add(
            Problem("data:late_column", "warning", source.name, found.line, shown(key), params={"count": found.count})
        )
    return replace(reading, columns=(*reading.columns, *late))


def _seen(source: Source, reading: Reading, tick: Callable[[int], None]) -> Iterator[Seen]:
    silent = ProblemLog()
    with contextlib.suppress(UnreadableError):  # The pass over the rows stops at the same place, and says why.
        if reading.format == "json":
            yield from _one_by_one(JsonDocumentReader(source, reading, silent), tick)
            return
        lines = JsonLinesReader(source, reading, silent)
        yield from _by_patterns(source, tick) if lines.has_stretches else _one_by_one(lines, tick)


def _one_by_one(reader: JsonDocumentReader | JsonLinesReader, tick: Callable[[int], None]) -> Iterator[Seen]:
    for count, (line, found) in enumerate(reader.objects(), start=1):
        yield line, list(found), 1
        if not count % _TICK_ROWS:
            tick(reader.bytes_read)


def _by_patterns(source: Source, tick: Callable[[int], None]) -> Iterator[Seen]:
    """Lines of UTF-8. Of those that follow a pattern one is looked at for all."""
    number = 1
    pattern: Pattern | None = None
    with source.path.open("rb") as file:
        rest = b""
        while read := file.read(_PIECE_BYTES):
            piece, _, rest = (rest + read).rpartition(b"\n")
            piece += b"\n" if piece else b""
            ends = np.flatnonzero(np.frombuffer(piece, np.uint8) == ord("\n"))
            if len(ends):
                pattern, plain = lines_apart(piece, ends, pattern, ())
                lines = piece.split(b"\n")
                others = np.setdiff1d(np.arange(len(ends)), plain.rows[1:], assume_unique=True).tolist()
                first = int(plain.rows[0]) if len(plain.rows) else None
                for at in others:
                    yield number + at, _keys(lines[at]), len(plain.rows) if at == first else 1
                number += len(ends)
            tick(file.tell())
        yield number, _keys(rest), 1


def _keys(line: bytes) -> Sequence[str]:
    """The keys of the object on a line; none where it is no such."""
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return ()
    return list(found) if isinstance(found, dict) else ()
