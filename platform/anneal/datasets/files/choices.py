"""What the owner of a file says about how it is to be read, where looking at it found something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from anneal.datasets.files.reading import Layout, Quoting

ENCODINGS: tuple[str, ...] = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "koi8-r",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
)
"""What can be chosen. Names of Python's codecs."""

# What files of an encoding really hold: Windows wrote its own extensions under the old names.
CODECS = {"utf-8": "utf-8-sig", "big5": "cp950", "shift_jis": "cp932", "euc_kr": "cp949"}

NO_DELIMITERS = '"\\\r\n\0'
"""Characters that cannot separate fields: they have a meaning of their own."""
HEADER_ROWS = range(1, 2**20 + 1)
TAG_COLUMNS = range(2, 101)
MOST_SHEETS = 100
"""Of one workbook at once."""


def is_delimiter(sign: str) -> bool:
    """Whether it is one character that can separate fields."""
    return len(sign) == 1 and sign not in NO_DELIMITERS


@dataclass(frozen=True)
class Choices:
    """None leaves a thing to what is found. `tag_column` and `header_row` count from 1."""

    encoding: str | None = None
    delimiter: str | None = None
    quoting: Quoting | None = None
    has_header: bool | None = None
    sheet: str | None = None
    sheet_column: str | None = None
    """The name of a further column that holds the sheet's name."""
    header_row: int | None = None
    tag_column: int | None = None
    layout: Layout | None = None
    columns: Mapping[str, str] | None = None
    """Role -> the file's name for its column, where that is another one than the dataset's."""

    @property
    def codec(self) -> str | None:
        """The codec of the chosen encoding."""
        return CODECS.get(self.encoding, self.encoding) if self.encoding else None

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @staticmethod
    def from_json(stored: dict[str, Any]) -> Choices:
        """The other direction of `as_json`."""
        return Choices(**stored)


AS_FOUND = Choices()
"""Nothing was said."""
