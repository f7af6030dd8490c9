"""Lines of a text file, from its beginning or from any line on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Self

from anneal.datasets.files.problems import Problem, UnreadableError
from anneal.datasets.files.reading import MAX_LINE_CHARACTERS, Source


class Passage:
    """Lines of a file from a place on. Knows the number of the next one and, when it is to end somewhere, its place; that is for UTF-8."""

    def __init__(
        self,
        source: Source,
        raw: io.BufferedReader,
        encoding: str,
        *,
        at: tuple[int, int] = (0, 1),
        until: int = 0,
        newline: str = "",
    ) -> None:
        self._source = source
        self._until = until
        self.offset, self.line = at
        raw.seek(self.offset)
        errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
        self._text = io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline=newline)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.detach()

    def __iter__(self) -> Iterator[str]:
        readline, has_end = self._text.readline, bool(self._until)
        while line := readline(MAX_LINE_CHARACTERS):
            if len(line) >= MAX_LINE_CHARACTERS and line[-1] not in "\r\n":
                params = {"limit": MAX_LINE_CHARACTERS}
                raise UnreadableError(
                    Problem("data:line_too_long", file=self._source.name, row=self.line, params=params)
                )
            self.line += 1
            if has_end:
                self.offset += len(line.encode("utf-8", "surrogateescape"))
            yield line

    def is_over(self) -> bool:
        """Whether it has come to where it was to end."""
        return bool(self._until) and self.offset >= self._until
