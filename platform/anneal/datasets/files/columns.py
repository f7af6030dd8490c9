"""Columns of a file: how to read it, samples, and a guess at which column is the text and which the label."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from anneal.datasets.files.delimited import DelimitedReader, header_clean
from anneal.datasets.files.jsonl import JsonLinesReader, json_columns
from anneal.datasets.files.parquet import ParquetReader, parquet_header
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import SAMPLE_CHARACTERS, SAMPLE_ROWS, Reader, Reading, Source
from anneal.datasets.files.values import value_text

_SAMPLES = 5
_CANDIDATES = 20
_HEADER_ROWS = 1000
_TEXT_NAMES = re.compile(
    r"(^|[^a-z])(text|sentence|review|comment|content|message|utterance|query|question|body|title|document|tweet|input)s?([^a-z]|$)"
    r"|文本|评论|内容|正文|句子|标题|问题|消息"
)
_LABEL_NAMES = re.compile(
    r"(^|[^a-z])(label|class|category|intent|sentiment|target|topic|tag|rating|polarity|emotion|output|y)(e?s)?([^a-z]|$)"
    r"|标签|类别|分类|意图|情感|标注"
)


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

    def see(self, value: Any) -> None:
        """Take one value into account."""
        text = value_text(value)
        self.num_rows += 1
        if text is None or not text.strip():
            self.num_empty += 1
            return
        self.characters += len(text)
        self.spaced += " " in text.strip() or len(text) > 30  # noqa: PLR2004 - longer than the names people give to labels
        self.distinct.add(text[:200])
        if len(self.sample) < _SAMPLES and shown(text) not in self.sample:
            self.sample.append(shown(text))

    @property
    def num_filled(self) -> int:
        return self.num_rows - self.num_empty

    @property
    def text_score(self) -> float:
        """0 to 1: long, spaced and mostly different values are texts."""
        if not self.num_filled:
            return 0.0
        length = min(1.0, self.characters / self.num_filled / 30)
        variety = len(self.distinct) / self.num_filled
        return 0.45 * length + 0.35 * variety + 0.2 * self.spaced / self.num_filled

    @property
    def label_score(self) -> float:
        """0 to 1: short values that come again and again are labels."""
        if not self.num_filled or len(self.distinct) < 2:  # noqa: PLR2004 - one value tells nothing apart
            return 0.0
        repetition = 1 - len(self.distinct) / self.num_filled
        brevity = max(0.0, 1 - self.characters / self.num_filled / 60)
        return 0.65 * repetition + 0.35 * brevity


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


def columns_measure(source: Source, reading: Reading) -> list[ColumnStatistics]:
    """Statistics of the first rows. Raises UnreadableError for a file without rows or without a line of names."""
    statistics = [ColumnStatistics(name) for name in reading.columns]
    repeated = [0] * len(statistics)
    for values in _sample(source, reading):
        for index, (column, value) in enumerate(zip(statistics, values, strict=True)):
            column.see(value)
            repeated[index] += value == column.name
    if not any(column.num_rows for column in statistics):
        raise UnreadableError(Problem("data:no_rows", file=source.name))
    if reading.format in {"csv", "tsv"} and _is_data(statistics, repeated):
        value = shown(" | ".join(reading.columns))
        raise UnreadableError(Problem("data:header_missing", file=source.name, row=1, value=value))
    return statistics


def _sample(source: Source, reading: Reading) -> Iterator[list[Any]]:
    budget = SAMPLE_CHARACTERS
    log = ProblemLog()
    try:
        for _, values in islice(open_reader(source, reading, log).rows(reading.columns), SAMPLE_ROWS):
            yield values
            budget -= sum(len(value) if isinstance(value, str) else 8 for value in values)
            if budget < 0:
                return
    except UnreadableError:
        return  # The pass over the whole file reports it with everything else.


def _is_data(statistics: Sequence[ColumnStatistics], repeated: Sequence[int]) -> bool:
    """Whether the first line looks like an example: a name that is also a value, beside a name that reads like a sentence."""
    sentences = any(len(column.name) > 20 and column.name.count(" ") > 2 for column in statistics)  # noqa: PLR2004 - a name has few words
    return sentences and any(count >= 2 for count in repeated)  # noqa: PLR2004 - once may be chance


@dataclass(frozen=True)
class MappingGuess:
    """Which columns are probably the text and the label, and how sure that is (0 to 1)."""

    text: str
    label: str
    confidence: float


def mapping_guess(statistics: Sequence[ColumnStatistics]) -> MappingGuess | None:
    """The best pair of two different columns; names count as much as contents. None when nothing repeats."""
    filled = [column for column in statistics if column.num_filled]
    texts = _best_by(filled, _TEXT_NAMES, lambda column: column.text_score)
    labels = _best_by(filled, _LABEL_NAMES, lambda column: column.label_score)
    best: MappingGuess | None = None
    for by_name_text, text in texts:
        for by_name_label, label in labels:
            if text is label or (text.text_score < 0.3 and label.label_score < 0.3):  # noqa: PLR2004 - contents that say neither
                continue
            confidence = min(1.0, (by_name_text + by_name_label) / 2)
            if label.text_score > text.text_score + 0.2:
                confidence *= 0.5
            if best is None or confidence > best.confidence:
                best = MappingGuess(text.name, label.name, round(confidence, 3))
    return best


def _best_by(
    statistics: Sequence[ColumnStatistics], names: re.Pattern[str], score: Callable[[ColumnStatistics], float]
) -> list[tuple[float, ColumnStatistics]]:
    """The best candidates, best first; few, because pairs are compared."""
    scored = [(0.6 * score(column) + 0.5 * bool(names.search(column.name.lower())), column) for column in statistics]
    return sorted(scored, key=lambda pair: -pair[0])[:_CANDIDATES]
