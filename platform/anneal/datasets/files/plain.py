"""Plain text: every line, or every paragraph between empty lines, is an example."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from anneal.datasets.files.lines import Lines
from anneal.datasets.files.problems import Problem, ProblemLog
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS, Layout, Reading, Source


def layout_of(text: str) -> Layout:
    """Whether empty lines divide the beginning of a file into blocks, of which any has several lines."""
    filled = [bool(line.strip()) for line in re.split("\r\n?|\n", text)]
    blocks = sum(is_filled and not before for before, is_filled in pairwise([False, *filled]))
    return "paragraphs" if 1 < blocks < sum(filled) else "lines"


class PlainReader:
    """One pass over a file of plain text. The line of a paragraph is that of its beginning."""

    def __init__(self, source: Source, reading: Reading, log: ProblemLog) -> None:
        self._source = source
        self._reading = reading
        self._log = log
        self._lines = Lines(source, reading, log)

    @property
    def bytes_read(self) -> int:
        return self._lines.bytes_read

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        found = self._paragraphs() if self._reading.layout == "paragraphs" else self._single()
        for line, text in found:
            yield line, [text] * len(columns)

    def _single(self) -> Iterator[tuple[int, str]]:
        for number, line in self._lines.numbered():
            if line and not line.isspace():
                yield number, line

    def _paragraphs(self) -> Iterator[tuple[int, str]]:
        begin, size = 0, 0
        parts: list[str] = []
        for number, line in self._lines.numbered():
            is_empty = not line or line.isspace()
            if is_empty:
                yield from self._whole(begin, parts, size)
                parts, size = [], 0
                continue
            if not parts:
                begin = number
            size += len(line) + 1
            # Of a paragraph that is too long, the rest is read but not kept.
            if size <= MAX_FIELD_CHARACTERS or not parts:
                parts.append(line)
        yield from self._whole(begin, parts, size)

    def _whole(self, begin: int, parts: list[str], size: int) -> Iterator[tuple[int, str]]:
        if size > MAX_FIELD_CHARACTERS + 1:
            params = {"limit": MAX_FIELD_CHARACTERS}
            self._log.add(Problem("data:field_too_long", file=self._source.name, row=begin, params=params))
        elif parts:
            yield begin, "\n".join(parts)
