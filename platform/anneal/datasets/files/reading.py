"""The common shape of readers: columns, and rows with the line on which each began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

Format = Literal["csv", "tsv", "jsonl", "parquet"]

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

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        return asdict(self)

    @staticmethod
    def from_json(stored: dict[str, Any]) -> Reading:
        """The other direction of `as_json`."""
        return Reading(**{**stored, "columns": tuple(stored["columns"])})


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
