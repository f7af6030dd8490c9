"""JSON Lines: one object per line, read as JSON says and not as Python forgives."""

from __future__ import annotations

import codecs
import io
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from anneal.datasets.files.flat import Places
from anneal.datasets.files.json_records import JsonRecords
from anneal.datasets.files.jsonl_marks import Pattern, PlainLines, lines_apart
from anneal.datasets.files.passage import Passage
from anneal.datasets.files.problems import Problem, ProblemSink, UnreadableError
from anneal.datasets.files.reading import MAX_COLUMNS, MAX_NAME_CHARACTERS, Reading, Source
from anneal.datasets.files.stretches import RowsNoted, Stretch

_PIECE_BYTES = 2**20
_PLAIN_ENCODINGS = ("utf-8", "utf-8-sig")
_AROUND = " \t\r\n\ufeff"


class ObjectReader(Protocol):
    """One pass over objects."""

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, object) of every good one."""


class JsonLinesReader(JsonRecords):
    """One pass over a JSONL file. Lines end at a line feed and nowhere else: U+2028 is part of a text."""

    def __init__(self, source: Source, reading: Reading, log: ProblemSink) -> None:
        super().__init__(source, log)
        self._reading = reading
        self._raw: io.BufferedReader | None = None

    @property
    def bytes_read(self) -> int:
        return self._raw.tell() if self._raw and not self._raw.closed else 0

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        for line, found in self.objects():
            yield line, [found.get(column) for column in columns]

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, object) of every good line."""
        encoding = str(self._reading.encoding)
        with self._source.path.open("rb") as raw:
            self._raw = raw
            try:
                with Passage(self._source, raw, encoding, newline=self._reading.newline) as passage:
                    yield from self.parse(passage)
            except UnicodeDecodeError as error:
                self._add("data:encoding", None, encoding=encoding.upper(), byte=error.start)

    @property
    def has_stretches(self) -> bool:
        """Whether `stretches` can read this file."""
        return self._reading.encoding in _PLAIN_ENCODINGS and self._reading.newline == "\n"

    def stretches(self, columns: Sequence[str]) -> Generator[Stretch, None, None]:
        """See StretchReader. Lines that follow one pattern are taken apart at once; the others are decoded one by one."""
        number = 1
        pattern: Pattern | None = None
        with self._source.path.open("rb") as raw:
            has_mark = self._reading.encoding == "utf-8-sig" and raw.read(3) == codecs.BOM_UTF8
            offset = 3 if has_mark else 0
            while True:
                raw.seek(offset)
                piece = raw.read(_PIECE_BYTES)
                if not piece:
                    return
                is_last = len(piece) < _PIECE_BYTES
                piece = piece[: piece.rfind(b"\n") + 1] if not is_last else piece.removesuffix(b"\n") + b"\n"
                if not piece:
                    at = (offset, number)
                    with Passage(self._source, raw, "utf-8", at=at, until=offset + 1, newline="\n") as passage:
                        yield from self._noted(passage, columns)
                    offset, number = passage.offset, passage.line
                    continue
                ends = np.flatnonzero(np.frombuffer(piece, np.uint8) == ord("\n"))
                pattern, plain = lines_apart(piece, ends, pattern, columns)
                offset += len(piece)
                yield self._merged(piece, ends, plain, columns, number, offset)
                number += len(ends)

    def _noted(self, passage: Passage, columns: Sequence[str]) -> Generator[Stretch, None, None]:
        """The lines of a passage, one by one."""
        noted = RowsNoted()
        try:
            for line, found in JsonLinesReader(self._source, self._reading, noted).parse(passage):
                noted.row(line, [found.get(column) for column in columns])
        except UnreadableError:
            yield noted.stretch(columns, passage.offset)
            raise
        yield noted.stretch(columns, passage.offset)

    def _merged(
        self, piece: bytes, ends: Places, plain: PlainLines, columns: Sequence[str], number: int, offset: int
    ) -> Stretch:
        """The plain lines of a piece and the others, which are decoded, in their order. `number` is that of the first."""
        noted = RowsNoted()
        reader = JsonLinesReader(self._source, self._reading, noted)
        others = np.setdiff1d(np.arange(len(ends)), plain.rows, assume_unique=True)
        for before, at in zip(np.searchsorted(plain.rows, others).tolist(), others.tolist(), strict=True):
            noted.rows_before = before
            line = piece[ends[at - 1] + 1 if at else 0 : ends[at]].decode("utf-8", "surrogateescape")
            found = reader.line_decoded(number + at, line)
            if found is not None:
                noted.row(number + at, [found.get(column) for column in columns])
        return Stretch(number + plain.rows, plain.cells, [], offset).merged(noted.stretch(columns, offset))

    def parse(self, passage: Passage) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, object) of every good line of a passage."""
        for line in passage:
            found = self.line_decoded(passage.line - 1, line)
            if found is not None:
                yield passage.line - 1, found

    def line_decoded(self, number: int, line: str) -> dict[str, Any] | None:
        """The object of a line; None when there is none."""
        line = line.strip(_AROUND)
        return self.decoded(number, line) if line else None


def json_columns(reader: ObjectReader, source: Source, rows: int) -> tuple[str, ...]:
    """Keys of the first objects, in the order in which they appear. Raises UnreadableError when there is no object at all."""
    names: dict[str, None] = {}
    for count, (_, found) in enumerate(reader.objects(), start=1):
        names.update((name, None) for name in found if is_storable(name))
        if len(names) > MAX_COLUMNS:
            raise UnreadableError(
                Problem("data:too_many_columns", file=source.name, params={"found": len(names), "limit": MAX_COLUMNS})
            )
        if count >= rows:
            break
    if not names:
        raise UnreadableError(Problem("data:no_rows", file=source.name))
    return tuple(names)


def is_storable(name: str) -> bool:
    """Whether a key can be a column's name: Postgres knows neither NUL nor half a character."""
    return (
        0 < len(name) <= MAX_NAME_CHARACTERS
        and "\0" not in name
        and not any("\ud800" <= one <= "\udfff" for one in name)
    )
