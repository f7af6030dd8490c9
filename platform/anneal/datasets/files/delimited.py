"""CSV and TSV: strict, in constant memory, with the physical line on which each record begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import (
    MAX_COLUMNS,
    MAX_FIELD_CHARACTERS,
    MAX_LINE_CHARACTERS,
    MAX_NAME_CHARACTERS,
    Reading,
    Source,
)

# Python's own limit of 131,072 would refuse real texts; one field of a mebicharacter bounds what an unclosed quote can swallow.
csv.field_size_limit(MAX_FIELD_CHARACTERS)

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad\0"))


class DelimitedReader:
    """One pass over a CSV or TSV file. Its first record names the columns."""

    def __init__(self, source: Source, reading: Reading, log: ProblemLog) -> None:
        self._source = source
        self._reading = reading
        self._log = log
        self._raw: io.BufferedReader | None = None

    @property
    def bytes_read(self) -> int:
        return self._raw.tell() if self._raw and not self._raw.closed else 0

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        wanted = [self._reading.columns.index(column) for column in columns]
        width = len(self._reading.columns)
        records = self._records()
        next(records, None)
        for line, record in records:
            if len(record) == width:
                yield line, [record[index] for index in wanted]
            elif any(cell.strip() for cell in record):
                self._add("data:ragged_row", line, expected=width, found=len(record))

    def header(self) -> list[str]:
        """The first record. Raises UnreadableError when there is none."""
        for _, record in self._records():
            return record
        raise UnreadableError(Problem("data:no_rows", file=self._source.name))

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        reading = self._reading
        errors = "surrogatepass" if (reading.encoding or "").startswith("utf-16") else "surrogateescape"
        with self._source.path.open("rb") as raw:
            self._raw = raw
            text = io.TextIOWrapper(raw, encoding=reading.encoding, errors=errors, newline="")
            try:
                yield from self._parse(text)
            except UnicodeDecodeError as error:
                self._add("data:encoding", None, encoding=str(reading.encoding).upper(), byte=error.start)
            finally:
                text.detach()

    def _parse(self, text: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
        delimiter = self._reading.delimiter or ","
        reader = csv.reader(self._lines(text), delimiter=delimiter, strict=True)
        begin = 1
        while True:
            try:
                for record in reader:
                    if record:
                        yield begin, record
                    begin = reader.line_num + 1
            except csv.Error as error:
                self._complain(begin, reader.line_num, str(error))
                begin = reader.line_num + 1
            else:
                return

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        readline = text.readline
        number = 0
        while line := readline(MAX_LINE_CHARACTERS):
            number += 1
            if len(line) >= MAX_LINE_CHARACTERS and line[-1] not in "\r\n":
                raise UnreadableError(
                    Problem(
                        "data:line_too_long", file=self._source.name, row=number, params={"limit": MAX_LINE_CHARACTERS}
                    )
                )
            yield line

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
