"""Columns of a file: how to read it, and what the first rows say about each column."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from anneal.datasets.files.conll import COLUMNS as CONLL_COLUMNS
from anneal.datasets.files.conll import ConllReader
from anneal.datasets.files.delimited import DelimitedReader, header_clean
from anneal.datasets.files.dialects import SAMPLE_ROWS as DIALECT_ROWS
from anneal.datasets.files.dialects import DialectReader, dialect_recognise
from anneal.datasets.files.documents import JsonDocumentReader, document_records, is_squad
from anneal.datasets.files.first_line import FirstLine, first_line_of
from anneal.datasets.files.headerless import HeaderlessReader
from anneal.datasets.files.jsonl import JsonLinesReader, json_columns
from anneal.datasets.files.parquet import ParquetReader, parquet_header
from anneal.datasets.files.plain import PlainReader
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import (
    SAMPLE_CHARACTERS,
    SAMPLE_ROWS,
    SHEET_FORMATS,
    Reader,
    Reading,
    Source,
)
from anneal.datasets.files.recognise import Shape, separators_in, shapes_of
from anneal.datasets.files.sheets import SheetReader
from anneal.datasets.files.values import is_blank, size_of, value_text
from workers.contract.columns import forms_of

_SAMPLES = 5
_HEADER_ROWS = 1000
_WITH_NAMES = frozenset({"csv", "tsv", *SHEET_FORMATS})


@dataclass
class ColumnStatistics:
    """What the first rows say about one column."""

    name: str
    sample: list[str] = field(default_factory=list)
    distinct: set[str] = field(default_factory=set)
    num_empty: int = 0
    num_rows: int = 0
    characters: int = 0
    spaced: int = 0
    num_like_name: int = 0
    """Values that are the column's name."""
    shapes: Counter[Shape] = field(default_factory=Counter)
    is_derived: bool = False
    """Made of other columns, in the form that a task reads."""

    def see(self, value: Any) -> None:
        """Take one value into account."""
        self.num_rows += 1
        if is_blank(value):
            self.num_empty += 1
            return
        self.num_like_name += value == self.name
        self.shapes.update(shapes_of(value))
        text = value_text(value) or ""
        self.characters += len(text)
        self.spaced += " " in text.strip() or len(text) > 30  # noqa: PLR2004 - longer than the names people give to labels
        self.distinct.add(text[:200])
        if len(self.sample) < _SAMPLES and shown(text) not in self.sample:
            self.sample.append(shown(text))

    @property
    def num_filled(self) -> int:
        return self.num_rows - self.num_empty

    @cached_property
    def delimiter(self) -> str | None:
        """Characters that seem to separate labels in its values."""
        if self.share("json") > 0.3 or self.share("number") > 0.3:  # noqa: PLR2004 - those are no names
            return None
        return separators_in(self.distinct)

    def share(self, shape: Shape) -> float:
        """Which part of the values that are there has this shape, 0 to 1."""
        return self.shapes[shape] / self.num_filled if self.num_filled else 0.0


def open_reader(source: Source, reading: Reading, log: ProblemLog) -> Reader:
    """The reader for a file whose reading is known."""
    if not reading.derived:
        return _own_reader(source, reading, log)
    own = replace(reading, columns=reading.columns[: -len(reading.derived)], derived=())
    return DialectReader(_own_reader(source, own, log), source, reading, log)


def _own_reader(source: Source, reading: Reading, log: ProblemLog) -> Reader:
    if reading.format in SHEET_FORMATS:
        return SheetReader(source, reading, log)
    if reading.format in {"csv", "tsv"} and not reading.has_header:
        return HeaderlessReader(source, reading, log)
    return _READERS[reading.format](source, reading, log)


_READERS: dict[str, Callable[[Source, Reading, ProblemLog], Reader]] = {
    "csv": DelimitedReader,
    "tsv": DelimitedReader,
    "jsonl": JsonLinesReader,
    "json": JsonDocumentReader,
    "parquet": ParquetReader,
    "conll": ConllReader,
    "text": PlainReader,
}


def reading_with_columns(source: Source, reading: Reading, log: ProblemLog) -> Reading:
    """`reading` with the columns' names. Raises UnreadableError when there are none."""
    silent = ProblemLog()
    match reading.format:
        case "parquet":
            names: Sequence[str] = parquet_header(source)
        case "jsonl":
            # Keys are taken as they are: a cleaned one would not be found in the objects.
            return replace(
                reading, columns=json_columns(JsonLinesReader(source, reading, silent), source, _HEADER_ROWS)
            )
        case "json":
            found = _document_reading(source, reading)
            return replace(found, columns=json_columns(JsonDocumentReader(source, found, silent), source, _HEADER_ROWS))
        case "conll":
            return replace(reading, columns=CONLL_COLUMNS)
        case "text":
            return reading
        case "xlsx" | "xls" | "ods":
            names = SheetReader(source, reading, silent).header()
        case _ if not reading.has_header:
            names = HeaderlessReader(source, reading, silent).header()
        case _:
            names = DelimitedReader(source, reading, silent).header()
    return replace(reading, columns=header_clean(source, names, log))


def _document_reading(source: Source, reading: Reading) -> Reading:
    """Where the records of a JSON document are, and whether they are articles of SQuAD."""
    found = replace(reading, records=document_records(source, reading))
    first = next(JsonDocumentReader(source, found, ProblemLog()).objects(), None)
    return replace(found, dialect="squad") if first and is_squad(first[1]) else found


def reading_with_dialect(source: Source, reading: Reading, log: ProblemLog, *, task: str) -> Reading:
    """`reading` with the columns that are made of others, when the file speaks a known dialect."""
    rows = islice(open_reader(source, reading, ProblemLog()).rows(reading.columns), DIALECT_ROWS)
    sample: list[dict[str, Any]] = []
    with contextlib.suppress(UnreadableError):  # The pass over the whole file reports it with everything else.
        sample.extend(dict(zip(reading.columns, values, strict=True)) for _, values in rows)
    # Answers may be an object; everything else that a task needs is to be found in columns of their own.
    needed = min(sum(not column.is_optional and column.kind != "answers" for column in form) for form in forms_of(task))
    return dialect_recognise(source, reading, sample, task=task, needed=needed, log=log)


def columns_measure(source: Source, reading: Reading, log: ProblemLog | None = None) -> list[ColumnStatistics]:
    """Statistics of the first rows; what is wrong with them goes to `log`. Raises UnreadableError for a file without rows."""
    statistics = [ColumnStatistics(name, is_derived=name in reading.derived) for name in reading.columns]
    log = ProblemLog() if log is None else log
    for values in _sample(source, reading, log):
        for column, value in zip(statistics, values, strict=True):
            column.see(value)
    if not any(column.num_rows for column in statistics):
        raise UnreadableError(_first_error(log) or Problem("data:no_rows", file=source.name))
    return statistics


def header_check(
    source: Source, reading: Reading, statistics: Sequence[ColumnStatistics], log: ProblemLog | None = None
) -> None:
    """Whether the first line names the columns; a doubt goes to `log`. Raises UnreadableError where it is an example."""
    if reading.format not in _WITH_NAMES or not reading.has_header:
        return
    value = shown(" | ".join(reading.columns))
    found = first_line_of(statistics)
    if found is FirstLine.EXAMPLE:
        raise UnreadableError(Problem("data:header_missing", file=source.name, row=1, value=value))
    if found is FirstLine.DOUBTFUL and log is not None:
        log.add(Problem("data:header_doubtful", "warning", file=source.name, row=1, value=value))


def _first_error(log: ProblemLog) -> Problem | None:
    """Why there are no rows, where all of them are bad."""
    return next((problem for problem in log.kept if problem.severity == "error"), None)


def _sample(source: Source, reading: Reading, log: ProblemLog) -> Iterator[list[Any]]:
    budget = SAMPLE_CHARACTERS
    try:
        for _, values in islice(open_reader(source, reading, log).rows(reading.columns), SAMPLE_ROWS):
            yield values
            budget -= sum(map(size_of, values))
            if budget < 0:
                return
    except UnreadableError:
        return  # The pass over the whole file reports it with everything else.
