"""Stretches of a file: many rows at once, column by column, as the quick ways of reading yield them.

What is quick handles only what it can prove to be plain; for the rest it asks the reader that goes row by row. Findings stay where they
were found, between the rows, so that they are told at the same moment as if every row had been read by itself.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.flat import offsets_of, texts_of
from anneal.datasets.files.problems import Problem
from anneal.datasets.files.values import size_of

Cells: TypeAlias = Sequence[Any]
"""Of one column: Arrow's strings where all of them are texts, otherwise a list."""

Lines = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stretch:
    """Rows in their order. Each of `found` was found when so many of the rows had been read."""

    lines: Lines
    cells: list[Cells]
    found: list[tuple[int, Problem]]
    bytes_read: int

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def most_characters(self) -> int:
        """At least as many as the rows have."""
        return sum(map(_most_characters, self.cells))

    def merged(self, other: Stretch) -> Stretch:
        """With the rows and findings of another, whose findings know how many rows of both come before them."""
        if not len(other):
            return Stretch(self.lines, self.cells, other.found, self.bytes_read)
        lines = np.concatenate([self.lines, other.lines])
        order = np.argsort(lines, kind="stable")
        cells = [cells_chosen(cells_joined(pair), order) for pair in zip(self.cells, other.cells, strict=True)]
        return Stretch(lines[order], cells, other.found, self.bytes_read)

    def part(self, begin: int, end: int) -> list[Cells]:
        """The cells of some of the rows, by column."""
        return [cells[begin:end] for cells in self.cells]


@runtime_checkable
class StretchReader(Protocol):
    """A reader that can read many rows at once."""

    @property
    def has_stretches(self) -> bool:
        """Whether it can with the file that it was given."""

    def stretches(self, columns: Sequence[str]) -> Generator[Stretch, None, None]:
        """The file once more or less at a time. Yields what it has before it raises UnreadableError."""


@dataclass(frozen=True)
class Joined:
    """Rows of one group, or of several that are looked at together."""

    lines: Lines
    cells: list[Cells]
    ends: list[int]
    """How many rows there are up to the end of each group."""

    @staticmethod
    def of_rows(lines: Sequence[int], rows: Sequence[Sequence[Any]]) -> Joined:
        """One group of rows that were read one by one."""
        return Joined(np.array(lines, np.int64), list(map(list, zip(*rows, strict=True))), [len(lines)])


@dataclass
class RowsNoted:
    """Rows read one by one, with what was found between them: a problem log for a reader that is made into a stretch."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    found: list[tuple[int, Problem]] = field(default_factory=list)
    rows_before: int = 0
    """Rows that come before those that are noted here."""

    def add(self, problem: Problem) -> None:
        """Note a finding."""
        self.found.append((self.rows_before + len(self.rows), problem))

    def row(self, line: int, values: list[Any]) -> None:
        """Note a row."""
        self.lines.append(line)
        self.rows.append(values)

    def stretch(self, wanted: Sequence[Any], bytes_read: int) -> Stretch:
        """What was noted of the columns that were asked for."""
        columns = list(map(list, zip(*self.rows, strict=True))) if self.rows else [[] for _ in wanted]
        cells: list[Cells] = []
        for column in columns:
            texts = texts_of(column)
            cells.append(column if texts is None else texts)
        return Stretch(np.array(self.lines, np.int64), cells, self.found, bytes_read)


class Waiting:
    """Rows that wait for others to make a group with: one that has so many rows, or more than so many characters.

    Up to `at_once` groups are handed on together, since many rows cost hardly more calls than few; fewer where their texts are long.
    """

    def __init__(self, rows: int, characters: int, at_once: int) -> None:
        self._rows = rows
        self._characters = characters
        self._at_once = at_once
        self._lines: list[Lines] = []
        self._cells: list[list[Cells]] = []
        self._whole_parts = 0
        self.ends: list[int] = []
        """How many rows there are up to the end of each group that is whole."""

    def __len__(self) -> int:
        return sum(map(len, self._lines))

    @property
    def is_full(self) -> bool:
        """Whether there are as many whole groups as are handed on together."""
        return len(self.ends) >= self._at_once or 2 * _most_characters_in(self._cells) > self._characters

    def room(self, stretch: Stretch, begin: int) -> int:
        """With how many rows of a stretch, from `begin` on, the group is whole."""
        begun = self._cells[self._whole_parts :]
        room = self._rows - sum(map(len, self._lines[self._whole_parts :]))
        if stretch.most_characters + _most_characters_in(begun) <= self._characters:
            return room
        taken = sum(int(_sizes(part).sum()) for part in begun)
        sizes = np.cumsum(_sizes(stretch.part(begin, min(begin + room, len(stretch)))))
        return min(room, int(np.searchsorted(sizes, self._characters - taken, side="right")) + 1)

    def add(self, stretch: Stretch, begin: int, end: int) -> None:
        """Take some rows of a stretch."""
        self._lines.append(stretch.lines[begin:end])
        self._cells.append(stretch.part(begin, end))

    def end_group(self) -> None:
        """What has been taken makes a group, with what waited for it."""
        self.ends.append(len(self))
        self._whole_parts = len(self._lines)

    def whole(self) -> Joined:
        """The groups that are whole, which wait no longer."""
        at = self._whole_parts
        cells = list(map(cells_joined, zip(*self._cells[:at], strict=True)))
        joined = Joined(np.concatenate(self._lines[:at]), cells, self.ends)
        self._lines, self._cells, self._whole_parts, self.ends = self._lines[at:], self._cells[at:], 0, []
        return joined


def _sizes(columns: Sequence[Cells]) -> npt.NDArray[np.int64]:
    """About how many characters each row has (`size_of`)."""
    total = np.zeros(len(columns[0]), np.int64)
    for cells in columns:
        if isinstance(cells, pa.Array):
            total += pc.utf8_length(cells).to_numpy()
        else:
            total += np.fromiter(map(size_of, cells), np.int64, len(cells))
    return total


def _most_characters_in(parts: Sequence[Sequence[Cells]]) -> int:
    return sum(_most_characters(cells) for part in parts for cells in part)


def _most_characters(cells: Cells) -> int:
    if not isinstance(cells, pa.Array):
        return sum(map(size_of, cells))
    offsets = offsets_of(cells)
    return int(offsets[-1] - offsets[0])


def cells_joined(parts: Sequence[Cells]) -> Cells:
    """The cells of one column, one part after the other."""
    if all(isinstance(part, pa.Array) for part in parts):
        joined_texts: Cells = pa.concat_arrays(parts)
        return joined_texts
    joined: list[Any] = []
    for part in parts:
        joined += cells_listed(part)
    return joined


def cells_listed(cells: Cells) -> list[Any]:
    """The cells of one column as Python's values."""
    listed: list[Any] = cells.to_pylist() if isinstance(cells, pa.Array) else list(cells)
    return listed


def cells_chosen(cells: Cells, positions: Sequence[int] | Lines) -> Cells:
    """Some of the cells of one column, in this order."""
    if isinstance(cells, pa.Array):
        taken: Cells = cells.take(pa.array(positions, pa.int64()))
        return taken
    return [cells[position] for position in positions]
