"""Plain pieces of CSV, taken apart at once: all marks (delimiters, quotes, line feeds) are found together, and what follows is arithmetic.

A piece is plain when every quote opens or closes a cell or is doubled inside one, lines end in a line feed (with or without a carriage
return) and all of it is UTF-8. Then the csv module would read the same from it; other pieces are left to that.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.flat import Octets, Places, is_utf8, texts_between

_FEED, _RETURN, _QUOTE = 10, 13, 34


@dataclass(frozen=True)
class Records:
    """The whole records at the beginning of a piece."""

    lines: Places
    """Of the records that have as many cells as there are columns: on which line of the piece each begins, from 0."""
    cells: list[pa.Array]
    ragged: list[tuple[int, int, int]]
    """Other records: how many good ones come before it, its line, its number of cells."""
    num_bytes: int
    num_lines: int


@dataclass(frozen=True)
class _Marks:
    """Delimiters and ends of records of a piece."""

    places: Places
    ends: Places
    """Which of `places` end a record."""
    feeds: Places
    """How many lines have ended with each end of a record."""
    all_feeds: Places
    """Line feeds, those inside cells included."""
    doubled: Places
    """Where a quote stands for itself, in the middle of a cell."""


def plain_records(piece: bytes, delimiter: str, width: int, wanted: Sequence[int]) -> Records | None:
    """The records that end in a piece that begins with one; None when it is not plain, or none ends in it."""
    octets = np.frombuffer(piece, np.uint8)
    marks = _marks(piece, octets, ord(delimiter))
    if marks is None or not len(marks.ends):
        return None
    num_bytes = int(marks.places[marks.ends[-1]]) + 1
    if _has_bare_return(octets[:num_bytes], marks.all_feeds) or not is_utf8(piece, num_bytes):
        return None
    begins = np.concatenate([[0], marks.places[marks.ends[:-1]] + 1])
    lines = np.concatenate([[0], marks.feeds[:-1]])
    counts = np.diff(marks.ends, prepend=-1)
    last = marks.places[marks.ends]
    is_filled = last - (octets[last - 1] == _RETURN) > begins
    is_whole = (counts == width) & is_filled
    chosen = np.flatnonzero(is_whole)
    edges = marks.places[(marks.ends[chosen] - (width - 1))[:, None] + np.arange(width)]
    others = np.flatnonzero(~is_whole & is_filled)
    before = np.searchsorted(chosen, others)
    ragged = [
        (int(position), int(lines[at]), found)
        for position, at in zip(before, others, strict=True)
        if (found := _cells_told(piece[begins[at] : last[at] + 1], delimiter))
    ]
    cells = [_cells(piece, octets, begins[chosen], edges, column, marks) for column in wanted]
    return Records(lines[chosen], cells, ragged, num_bytes, int(marks.feeds[-1]))


def _marks(piece: bytes, octets: Octets, delimiter: int) -> _Marks | None:
    """None when quotes stand where they should not."""
    is_mark = octets == _FEED
    is_mark |= octets == delimiter
    if b'"' not in piece:
        places = np.flatnonzero(is_mark)
        ends = np.flatnonzero(octets[places] == _FEED)
        return _Marks(places, ends, np.arange(1, len(ends) + 1), places[ends], np.empty(0, np.int64))
    is_mark |= octets == _QUOTE
    places = np.flatnonzero(is_mark)
    kinds = octets[places]
    is_quote = kinds == _QUOTE
    is_outside = np.cumsum(is_quote, dtype=np.uint8) & 1 == 0
    ends = np.flatnonzero((kinds == _FEED) & is_outside)
    if not len(ends):
        return None
    is_quote[ends[-1] :] = False
    quotes = places[is_quote]
    opened, closed = quotes[0::2], quotes[1::2]
    before, after = octets[opened - 1], octets[closed + 1]
    is_doubled = opened[1:] == closed[:-1] + 1
    opens = (before == delimiter) | (before == _FEED) | (opened == 0)
    closes = (after == delimiter) | (after == _FEED) | (after == _RETURN)
    opens[1:] |= is_doubled
    closes[:-1] |= is_doubled
    if not (opens.all() and closes.all()):
        return None
    kept = np.flatnonzero(is_outside & (kinds != _QUOTE))
    kept = kept[: np.searchsorted(kept, ends[-1]) + 1]
    is_feed = kinds == _FEED
    feeds = np.cumsum(is_feed)[ends]
    all_feeds = places[: ends[-1] + 1][is_feed[: ends[-1] + 1]]
    return _Marks(places[kept], np.searchsorted(kept, ends), feeds, all_feeds, opened[1:][is_doubled])


def _has_bare_return(octets: Octets, feeds: Places) -> bool:
    """Whether a carriage return stands alone, where the csv module sees the end of a line. `feeds` are all line feeds."""
    return bool(np.count_nonzero(octets == _RETURN) != np.count_nonzero(octets[feeds - 1] == _RETURN))


def _cells_told(record: bytes, delimiter: str) -> int:
    """How many cells a record has that has not as many as there are columns; 0 when there is nothing in them, which nobody is told."""
    lines = io.StringIO(record.decode(), newline="")
    cells = next(csv.reader(lines, delimiter=delimiter, strict=True))
    return len(cells) if any(cell.strip() for cell in cells) else 0


def _cells(
    piece: bytes, octets: Octets, begins: Places, edges: npt.NDArray[Any], column: int, marks: _Marks
) -> pa.Array:
    """One column of the records that begin at `begins` and whose cells end at `edges`."""
    starts = edges[:, column - 1] + 1 if column else begins
    ends = edges[:, column]
    if column == edges.shape[1] - 1:
        ends = ends - ((octets[ends - 1] == _RETURN) & (ends > starts))
    is_quoted = (octets[starts] == _QUOTE) & (ends > starts)
    starts, ends = starts + is_quoted, ends - is_quoted
    if not len(marks.doubled):
        return texts_between(piece, starts, ends)
    rows = np.unique(np.searchsorted(begins, marks.doubled, side="right") - 1)
    rows = rows[rows >= 0]
    rows = rows[is_quoted[rows]]
    if not len(rows):
        return texts_between(piece, starts, ends)
    single = pc.replace_substring(texts_between(piece, starts[rows], ends[rows]), '""', '"')
    return texts_between(piece, starts, ends, (rows, single))
