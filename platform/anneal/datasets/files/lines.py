"""Numbered lines of a text file, in constant memory."""

from __future__ import annotations

import io
from collections.abc import Iterator

from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import MAX_LINE_CHARACTERS, Reading, Source


class Lines:
    """One pass over the lines of a file, without their ends. Bytes that the encoding has not become half characters, told of later."""

    def __init__(self, source: Source, reading: Reading, log: ProblemLog) -> None:
        self._source = source
        self._reading = reading
        self._log = log
        self._raw: io.BufferedReader | None = None

    @property
    def bytes_read(self) -> int:
        return self._raw.tell() if self._raw and not self._raw.closed else 0

    def numbered(self) -> Iterator[tuple[int, str]]:
        """(line, text), from 1. Raises UnreadableError for a line without end."""
        reading = self._reading
        errors = "surrogatepass" if (reading.encoding or "").startswith("utf-16") else "surrogateescape"
        with self._source.path.open("rb") as raw:
            self._raw = raw
            text = io.TextIOWrapper(raw, encoding=reading.encoding, errors=errors, newline=reading.newline)
            try:
                yield from self._read(text)
            except UnicodeDecodeError as error:
                params = {"encoding": str(reading.encoding).upper(), "byte": error.start}
                self._log.add(Problem("data:encoding", file=self._source.name, params=params))
            finally:
                text.detach()

    def _read(self, text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
        number = 0
        while line := text.readline(MAX_LINE_CHARACTERS):
            number += 1
            if len(line) >= MAX_LINE_CHARACTERS and line[-1] not in "\r\n":
                params = {"limit": MAX_LINE_CHARACTERS}
                raise UnreadableError(Problem("data:line_too_long", file=self._source.name, row=number, params=params))
            yield number, line.rstrip("\r\n").removeprefix("\ufeff") if number == 1 else line.rstrip("\r\n")
