"""Reads the Parquet files of a version into memory. Complaints name the file and the column."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from workers.contract.changes import ROW_ID, Split
from workers.contract.columns import COLUMNS, DataColumn, form_columns
from workers.contract.reasons import JobError

SPLITS: tuple[Split, ...] = get_args(Split)
TRAIN = 0
_LINE = "row"

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """All rows of a version, those of training first. `cells` are by role; an absent optional column is not among them."""

    task: str
    ids: IntArray
    lines: IntArray
    split_of: IntArray
    """Of each row the position of its split in `SPLITS`."""
    cells: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def columns(self) -> tuple[DataColumn, ...]:
        """Those of the task that these rows have."""
        return tuple(column for column in form_columns(self.task, self.cells) if column.role in self.cells)

    def split(self, index: int) -> Split:
        return SPLITS[int(self.split_of[index])]


def read_rows(task: str, files: Mapping[Split, str]) -> Rows:
    """Raises JobError `spec:unsupported` for an unknown task, `data:*` for a file that is missing, damaged, incomplete or empty."""
    if task not in COLUMNS:
        raise JobError(
            "spec:unsupported", f"There is no task {task!r}; choose one of: {', '.join(COLUMNS)}.", field="task"
        )
    tables = [(split, _table(Path(files[split]), split, task)) for split in SPLITS if split in files]
    if not sum(table.num_rows for _, table in tables):
        raise JobError("data:empty", "The files of this version have no rows, so there is nothing to examine.", file="")
    joined = pa.concat_tables([table for _, table in tables], promote_options="permissive")
    splits = [np.full(table.num_rows, SPLITS.index(split), dtype=np.int64) for split, table in tables]
    return Rows(
        task=task,
        ids=joined[ROW_ID].to_numpy().astype(np.int64),
        lines=joined[_LINE].to_numpy().astype(np.int64),
        split_of=np.concatenate(splits),
        cells={
            column.role: joined[column.role].to_pylist()
            for column in COLUMNS[task]
            if column.role in joined.column_names
        },
    )


def _table(path: Path, split: str, task: str) -> pa.Table:
    if not path.is_file():
        raise JobError("data:missing_file", f"The {split} file {path.name} does not exist.", file=path.name)
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            _refuse_missing(path, task, names)
            wanted = [ROW_ID, _LINE, *(column.role for column in COLUMNS[task] if column.role in names)]
            return file.read(columns=wanted)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].replace(str(path), path.name)[:200]
        message = f"The {split} file {path.name} cannot be read as Parquet ({reason}); build the version anew."
        raise JobError("data:damaged", message, file=path.name, row=0, column="") from error


def _refuse_missing(path: Path, task: str, names: Sequence[str]) -> None:
    needed = [ROW_ID, _LINE, *(column.role for column in form_columns(task, names) if not column.is_optional)]
    for name in needed:
        if name not in names:
            message = f"The file {path.name} has no column {name!r}, which {task} needs; it has: {', '.join(names)}."
            raise JobError("data:missing_column", message, file=path.name, column=name, columns=", ".join(names))


def value_of(cell: Any) -> Any:
    """A cell of JSON text as the value that it means, and any other as it is; None for text that is not JSON."""
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None
