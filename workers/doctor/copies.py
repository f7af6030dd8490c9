"""Rows that ask the same, or nearly the same: who is a copy of whom, among all splits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from workers.doctor.rows import Rows


class Copy(NamedTuple):
    """`row` asks what `other` asks, which comes before it."""

    row: int
    other: int
    similarity: float
    """1 where they are the same but for case, width and spaces."""


@dataclass(frozen=True)
class Copies:
    """`groups` are the rows of every text, by its first row. `links` join the first rows of texts that are nearly alike."""

    rows: Rows
    groups: Mapping[int, Sequence[int]]
    links: Sequence[Copy]

    def within_splits(self) -> Iterator[Copy]:
        """Near copies of one split: of each text the first row there stands for all."""
        for link in self.links:
            mine, theirs = self._first_by_split(link.row), self._first_by_split(link.other)
            for split in mine.keys() & theirs.keys():
                yield Copy(mine[split], theirs[split], link.similarity)

    def across_splits(self) -> Iterator[Copy]:
        """Rows that ask what a row of an earlier split asks (train before validation before test); a row may come several times."""
        for first, members in self.groups.items():
            earliest = self._first_by_split(first)
            for row in members:
                source = min(earliest)
                if source < self.rows.split_of[row]:
                    yield Copy(row, earliest[source], 1.0)
        for link in self.links:
            for one, other in ((link.row, link.other), (link.other, link.row)):
                earliest = self._first_by_split(other)
                for row in self.groups[one]:
                    source = min(earliest)
                    if source < self.rows.split_of[row]:
                        yield Copy(row, earliest[source], link.similarity)

    def _first_by_split(self, first: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for row in self.groups[first]:
            found.setdefault(int(self.rows.split_of[row]), row)
        return found


def connected(pairs: Iterator[Copy]) -> list[list[int]]:
    """Rows that hang together by pairs, each group in order, groups by their first row."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        parent.setdefault(row, row)
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for pair in pairs:
        one, other = sorted((root(pair.row), root(pair.other)))
        parent[other] = one
    members: dict[int, list[int]] = defaultdict(list)
    for row in sorted(parent):
        members[root(row)].append(row)
    return [members[first] for first in sorted(members)]
