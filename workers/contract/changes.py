"""A change of a dataset version, as data: rows that go, cells that are set, rows that move to another split, rows that come.

Whoever finds something to change (the data doctor, a person in the browser, a program) says it in this form, one JSON object per line, and
one place in the platform makes a new immutable version of it. Rows are named by their `id`: the column of a version's Parquet files
that stays the same in every version that a row lives through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from workers.contract.base import Value, refused_at

Split = Literal["train", "validation", "test"]

ROW_ID = "id"
"""Column of a version's Parquet files: int64, unique in the dataset, kept from version to version."""

_LINE_BITS = 40
ADDED = 2**12 - 1
"""In the place of a file's position: rows that came from no file. Ids stay below 2^53, where JavaScript's whole numbers end."""


def row_id(position: int, line: int) -> int:
    """The id of a row: the position of its file among those of the dataset, from 0, and the line on which it begins, from 1."""
    return (position << _LINE_BITS) | line


def row_place(row: int) -> tuple[int, int]:
    """The other direction of `row_id`: position (`ADDED` for rows from no file) and line."""
    return row >> _LINE_BITS, row & (2**_LINE_BITS - 1)


class RowChange(Value):
    """What becomes of one row. Cells are as in the Parquet files, by role of the task (`workers.contract.columns`)."""

    id: int | None = Field(default=None, ge=0)
    """The row; None for one that is new."""
    action: Literal["drop", "set", "move", "add"]
    cells: dict[str, Any] = Field(default_factory=dict)
    """`set`: the cells that change. `add`: every cell of the new row."""
    split: Split | None = None
    """`move`: where the row belongs. `add`: the same; None lets the dataset's rule decide."""

    @model_validator(mode="after")
    def _is_whole(self) -> RowChange:
        if (self.id is None) is not (self.action == "add"):
            raise refused_at("id", "change_id")
        if bool(self.cells) is not (self.action in {"set", "add"}):
            raise refused_at("cells", "change_cells")
        if self.split is None and self.action == "move":
            raise refused_at("split", "change_split_missing")
        if self.split is not None and self.action in {"drop", "set"}:
            raise refused_at("split", "change_split_unused")
        return self


def changes_write(path: Path, changes: Iterable[RowChange]) -> int:
    """Write changes, one JSON object per line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for change in changes:
            file.write(change.model_dump_json(exclude_defaults=True) + "\n")
            count += 1
    return count


def changes_read(path: Path) -> Iterator[RowChange]:
    """The other direction of `changes_write`. Raises ValidationError for a line that is not a change."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield RowChange.model_validate_json(line)
