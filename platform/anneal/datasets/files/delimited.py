"""CSV and TSV: strict, in constant memory, with the physical line on which each record begins."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from anneal.datasets.files.delimited_marks import plain_records
from anneal.datasets.files.passage import Passage
from anneal.datasets.files.problems import Problem, ProblemLog, ProblemSink, UnreadableError, shown
from anneal.datasets.files.quotes import csv_options
from anneal.datasets.files.reading import (
    MAX_COLUMNS,
    MAX_FIELD_CHARACTERS,
    MAX_NAME_CHARACTERS,
    Reading,
    Source,
)
from anneal.datasets.files.stretches import RowsNoted, Stretch

# Python's own limit of 131,072 would refuse real texts; one field of a mebicharacter bounds what an unclosed quote can swallow.
csv.field_size_limit(MAX_FIELD_CHARACTERS)

_PIECE_BYTES = 2**20
"""Read at once; no more than the longest field has characters, so that none of a plain piece can be too long."""
_PLAIN_ENCODINGS = ("utf-8", "utf-8-sig")
_PLAIN_DELIMITERS = ",\t;|"

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad\0"))


class DelimitedReader:
    """One pass over a CSV or TSV file. Its first record names the columns."""

    def __init__(self, source: Source, reading: Reading, log: ProblemSink) -> None:
        self._source = source
        self._reading = reading
        self._log = log
        self._raw: io.BufferedReader | None = None

    @property
    def bytes_read(self) -> int:
        return self._raw.tell() if self._raw and not self._raw.closed else 0

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        wanted = self._wanted(columns)
        records = self._records()
        next(records, None)
        for line, record in records:
            if self.is_whole(line, record):
                yield line, [record[index] for index in wanted]

    def header(self) -> list[str]:
        """The first record. Raises UnreadableError when there is none."""
        for _, record in self._records():
            return record
        raise UnreadableError(Problem("data:no_rows", file=self._source.name))

    @property
    def has_stretches(self) -> bool:
        """Whether `stretches` can read this file."""
        is_plain = self._reading.encoding in _PLAIN_ENCODINGS and self._reading.quoting == "doubled"
        return is_plain and (self._reading.delimiter or ",") in _PLAIN_DELIMITERS

    def stretches(self, columns: Sequence[str]) -> Generator[Stretch, None, None]:
        """See StretchReader. Pieces that are plain are taken apart at once; others go through `rows`' way up to the end of a record."""
        wanted, width = self._wanted(columns), len(self._reading.columns)
        delimiter = self._reading.delimiter or ","
        with self._source.path.open("rb") as raw:
            noted, offset, line = self._noted_header(raw, wanted)
            yield noted
            while True:
                raw.seek(offset)
                piece = raw.read(_PIECE_BYTES)
                if not piece:
                    return
                if len(piece) < _PIECE_BYTES and not piece.endswith(b"\n"):
                    piece += b"\n"
                plain = plain_records(piece, delimiter, width, wanted)
                if plain is None:
                    until = offset + len(piece)
                    with Passage(self._source, raw, "utf-8", at=(offset, line), until=until) as passage:
                        yield from self._noted(passage, wanted)
                    offset, line = passage.offset, passage.line
                else:
                    found = [(before, self._ragged(line + at, count)) for before, at, count in plain.ragged]
                    offset += plain.num_bytes
                    yield Stretch(line + plain.lines, plain.cells, found, offset)
                    line += plain.num_lines

    def _noted_header(self, raw: io.BufferedReader, wanted: Sequence[int]) -> tuple[Stretch, int, int]:
        """What was found until the names had been read, and where the rows begin: place and line."""
        noted = RowsNoted()
        has_mark = self._reading.encoding == "utf-8-sig" and raw.read(3) == codecs.BOM_UTF8
        at = (3 if has_mark else 0, 1)
        with Passage(self._source, raw, "utf-8", at=at, until=sys.maxsize) as passage:
            next(DelimitedReader(self._source, self._reading, noted).records(passage), None)
        return noted.stretch(wanted, passage.offset), passage.offset, passage.line

    def _noted(self, passage: Passage, wanted: Sequence[int]) -> Generator[Stretch, None, None]:
        """The records of a passage, one by one."""
        noted = RowsNoted()
        reader = DelimitedReader(self._source, self._reading, noted)
        try:
            for line, record in reader.records(passage):
                if reader.is_whole(line, record):
                    noted.row(line, [record[index] for index in wanted])
        except UnreadableError:
            yield noted.stretch(wanted, passage.offset)
            raise
        yield noted.stretch(wanted, passage.offset)

    def _wanted(self, columns: Sequence[str]) -> list[int]:
        return [self._reading.columns.index(column) for column in columns]

    def is_whole(self, line: int, record: Sequence[str]) -> bool:
        """Whether a record has as many cells as there are columns. An empty one is none."""
        if len(record) == len(self._reading.columns):
            return True
        if any(cell.strip() for cell in record):
            self._log.add(self._ragged(line, len(record)))
        return False

    def _ragged(self, line: int, count: int) -> Problem:
        params = {"expected": len(self._reading.columns), "found": count}
        return Problem("data:ragged_row", file=self._source.name, row=line, params=params)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        encoding = str(self._reading.encoding)
        with self._source.path.open("rb") as raw:
            self._raw = raw
            try:
                with Passage(self._source, raw, encoding) as passage:
                    yield from self.records(passage)
            except UnicodeDecodeError as error:
                self._add("data:encoding", None, encoding=encoding.upper(), byte=error.start)

    def records(self, passage: Passage) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) of every record that the csv module accepts."""
        reader = csv.reader(passage, delimiter=self._reading.delimiter or ",", **csv_options(self._reading.quoting))  # type: ignore[arg-type]  # by name
        begin = passage.line
        while not passage.is_over():
            try:
                for record in reader:
                    if record:
                        yield begin, record
                    begin = passage.line
                    if passage.is_over():
                        return
            except csv.Error as error:
                self._complain(begin, passage.line - 1, str(error))
                begin = passage.line
            else:
                return

    def _complain(self, begin: int, end: int, message: str) -> None:
        """Turn what the csv module says into a code. A record over several lines has most likely lost its closing quote."""
        if "unexpected end" in message or end > begin:
            self._add("data:unclosed_quote", begin, last=end)
        elif "field limit" in message:
            self._add("data:field_too_long", begin, limit=MAX_FIELD_CHARACTERS)
        else:
            self._add(
                "data:bad_quote", begin, delimiter="Tab" if self._reading.delimiter == "\t" else self._reading.delimiter
            )

    def _add(self, code: str, line: int | None, **params: Any) -> None:
        self._log.add(Problem(code, file=self._source.name, row=line, params=params))


def header_clean(source: Source, header: Sequence[str], log: ProblemLog) -> tuple[str, ...]:
    """Names of columns that can be told apart. Raises UnreadableError when there are none, or too many."""
    if len(header) > MAX_COLUMNS:
        raise UnreadableError(
            Problem(
                "data:too_many_columns", file=source.name, row=1, params={"found": len(header), "limit": MAX_COLUMNS}
            )
        )
    names: list[str] = []
    taken: set[str] = set()
    for position, raw in enumerate(header, start=1):
        name = raw.translate(_INVISIBLE).encode("utf-8", "replace").decode().strip()[:MAX_NAME_CHARACTERS]
        if not name:
            name = _free(f"column {position}", taken)
            log.add(Problem("data:empty_column_name", "warning", file=source.name, row=1, column=name))
        elif name in taken:
            name = _free(name, taken)
            log.add(Problem("data:duplicate_column", "warning", file=source.name, row=1, column=name, value=shown(raw)))
        taken.add(name)
        names.append(name)
    if all(not raw.translate(_INVISIBLE).strip() for raw in header):
        raise UnreadableError(Problem("data:header_missing", file=source.name, row=1))
    return tuple(names)


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free = f"{name} ({number})"
        number += 1
    return free
