"""Columns of a file: how to read it, and what the first rows say about each column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from anneal.datasets.files.delimited import DelimitedReader, header_clean
from anneal.datasets.files.jsonl import JsonLinesReader, json_columns
from anneal.datasets.files.parquet import ParquetReader, parquet_header
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import SAMPLE_CHARACTERS, SAMPLE_ROWS, Reader, Reading, Source
from anneal.datasets.files.recognise import Shape, separators_in, shapes_of
from anneal.datasets.files.values import is_blank, size_of, value_text

_SAMPLES = 5
_HEADER_ROWS = 1000


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
    shapes: Counter[Shape] = field(default_factory=Counter)

    def see(self, value: Any) -> None:
        """Take one value into account."""
        self.num_rows += 1
        if is_blank(value):
            self.num_empty += 1
            return
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
    if reading.format == "parquet":
        return ParquetReader(source, reading, log)
    if reading.format == "jsonl":
        return JsonLinesReader(source, reading, log)
    return DelimitedReader(source, reading, log)


def reading_with_columns(source: Source, reading: Reading, log: ProblemLog) -> Reading:
    """`reading` with the columns' names. Raises UnreadableError when there are none."""
    if reading.format == "parquet":
        names: Sequence[str] = parquet_header(source)
    elif reading.format == "jsonl":
        # Keys are taken as they are: a cleaned one would not be found in the objects.
        return replace(
            reading, columns=json_columns(JsonLinesReader(source, reading, ProblemLog()), source, _HEADER_ROWS)
        )
    else:
        names = DelimitedReader(source, reading, ProblemLog()).header()
    return replace(reading, columns=header_clean(source, names, log))


def columns_measure(source: Source, reading: Reading, log: ProblemLog | None = None) -> list[ColumnStatistics]:
    """Statistics of the first rows; what is wrong with them goes to `log`.

    Raises UnreadableError for a file without rows or without a line of names.
    """
    statistics = [ColumnStatistics(name) for name in reading.columns]
    repeated = [0] * len(statistics)
    for values in _sample(source, reading, log or ProblemLog()):
        for index, (column, value) in enumerate(zip(statistics, values, strict=True)):
            column.see(value)
            repeated[index] += value == column.name
    if not any(column.num_rows for column in statistics):
        raise UnreadableError(Problem("data:no_rows", file=source.name))
    if reading.format in {"csv", "tsv"} and _is_data(statistics, repeated):
        value = shown(" | ".join(reading.columns))
        raise UnreadableError(Problem("data:header_missing", file=source.name, row=1, value=value))
    return statistics


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


def _is_data(statistics: Sequence[ColumnStatistics], repeated: Sequence[int]) -> bool:
    """Whether the first line looks like an example: a name that is also a value, beside a name that reads like a sentence."""
    sentences = any(len(column.name) > 20 and column.name.count(" ") > 2 for column in statistics)  # noqa: PLR2004 - a name has few words
    return sentences and any(count >= 2 for count in repeated)  # noqa: PLR2004 - once may be chance
