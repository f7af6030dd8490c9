"""The common shape of readers: columns, and rows with the line on which each began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

Format = Literal["csv", "tsv", "jsonl", "json", "parquet", "xlsx", "xls", "ods", "conll", "text"]
Layout = Literal["lines", "paragraphs"]
Quoting = Literal["doubled", "backslash", "none"]
Dialect = Literal[
    "alpaca", "sharegpt", "prompt_completion", "openai_chat", "openai_preference", "kto", "squad", "spans", "nested"
]

FORMATS: tuple[str, ...] = get_args(Format)
QUOTINGS: tuple[str, ...] = get_args(Quoting)
LAYOUTS: tuple[str, ...] = get_args(Layout)
DIALECTS: tuple[str, ...] = get_args(Dialect)
SHEET_FORMATS = frozenset({"xlsx", "xls", "ods"})

MAX_FIELD_CHARACTERS = 2**20
MAX_LINE_CHARACTERS = 8 * 2**20
MAX_COLUMNS = 1000
MAX_NAME_CHARACTERS = 200
SAMPLE_ROWS = 10_000
SAMPLE_CHARACTERS = 8 * 2**20


@dataclass(frozen=True)
class Reading:
    """How a file is to be read; found once, stored, used for every later pass."""

    format: Format
    encoding: str | None = None
    delimiter: str | None = None
    newline: str = "\n"
    columns: tuple[str, ...] = ()
    has_header: bool = True
    header_row: int | None = None
    """Row of a sheet that names the columns, from 1."""
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    """Every sheet of the file."""
    sheet_column: str | None = None
    """The last column of a sheet: its name, in every row."""
    records: str | None = None
    """In a JSON document, the key of the list of records; None where the document is that list."""
    tag_column: int | None = None
    """In lines of tokens, the column of the tags, from 1; None for the last."""
    layout: Layout | None = None
    """Of plain text: what one example is."""
    dialect: Dialect | None = None
    """Whose names for the parts of an example the file uses."""
    derived: tuple[str, ...] = ()
    """The last of `columns`: those that are made of others, as the dialect says."""
    quoting: Quoting = "doubled"
    """Of CSV and TSV: how a quote is written inside of a cell; `none`: quotes are characters like others."""

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        return asdict(self)

    @staticmethod
    def from_json(stored: dict[str, Any]) -> Reading:
        """The other direction of `as_json`. What older versions did not know has its default."""
        lists = {name: tuple(value) for name, value in stored.items() if isinstance(value, list)}
        return Reading(**{**stored, **lists})


@dataclass(frozen=True)
class Source:
    """A file on disk under the name its owner knows."""

    path: Path
    name: str


class Reader(Protocol):
    """One pass over a file. Bad rows go to the problem log and are not yielded."""

    @property
    def bytes_read(self) -> int:
        """How far the pass has come."""

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """(line, values of `columns`) of every good row. Raises UnreadableError when the rest cannot be read."""
