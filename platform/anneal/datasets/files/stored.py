"""Rows of a version as they lie in its Parquet files, group by group, and which of them somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anneal.datasets.files.digests import among
from anneal.datasets.files.kinds.structured import KEPT_AS_JSON, json_text, texts_said
from anneal.datasets.files.shapes import SHAPES
from workers.contract.changes import ROW_ID, row_id
from workers.contract.columns import COLUMNS, DataColumn, Kind

_LINE = "row"
"""Column of a version's Parquet files: the line of the uploaded file."""

LABELLED: frozenset[Kind] = frozenset({"label", "flag", "labels", "tags"})
"""Kinds of columns that hold labels, or types of spans."""


@dataclass(frozen=True)
class StoredFile:
    """The Parquet file of one split on this machine's disk. `first`: how many rows of the version come before its own."""

    split: str
    path: Path
    first: int = 0


@dataclass(frozen=True)
class Group:
    """Some rows of one split that lie together: one row group, read when it is asked for."""

    split: str
    first: int
    num_rows: int
    _file: pq.ParquetFile
    _position: int

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Its rows; every row has an id. `columns` None: all; those that the file has not are left out.

        Versions from before rows had ids are numbered by their order, which never changes.
        """
        have = self._file.schema_arrow.names
        wanted = have if columns is None else [name for name in columns if name in have]
        rows = self._file.read_row_group(self._position, columns=wanted, use_threads=False)
        if ROW_ID in have or (columns is not None and ROW_ID not in columns):
            return rows
        ids = [row_id(0, self.first + index) for index in range(1, self.num_rows + 1)]
        return (
            rows.add_column(0, ROW_ID, pa.array(ids, pa.int64()))
            if rows.num_columns
            else pa.table({ROW_ID: pa.array(ids, pa.int64())})
        )


def groups(files: Sequence[StoredFile]) -> Iterator[Group]:
    """Every row group of a version, in its order. A group can be read until the next one is asked for."""
    for stored in files:
        with pq.ParquetFile(stored.path) as file:
            first = stored.first
            for position in range(file.num_row_groups):
                count = file.metadata.row_group(position).num_rows
                yield Group(stored.split, first, count, file, position)
                first += count


@dataclass(frozen=True)
class Selection:
    """Which rows: those that meet every condition that is given. Lengths are those of what a task's rows are compared by."""

    split: str | None = None
    label: str | None = None
    contains: str | None = None
    shorter_than: int | None = None
    longer_than: int | None = None
    row: int | None = None
    ids: frozenset[int] | None = None

    def mask(self, task: str, group: Group) -> pa.Array:
        """For each row of a group whether it is among them."""
        if self.split not in {None, group.split}:
            return pa.repeat(pa.scalar(value=False), group.num_rows)
        if replace(self, split=None) == Selection():
            return pa.repeat(pa.scalar(value=True), group.num_rows)
        rows = group.table(self._columns(task))
        parts = [pa.repeat(pa.scalar(value=True), group.num_rows)]
        if self.ids is not None:
            parts.append(pa.array(among(_flat(rows, ROW_ID).to_numpy(), self._sorted_ids)))
        if self.row is not None:
            parts.append(pc.equal(_flat(rows, _LINE), self.row))
        if self.label is not None:
            labelled = [column for column in _present(task, rows) if column.kind in LABELLED]
            parts.append(_any([_has_label(_flat(rows, one.role), one.kind, self.label) for one in labelled], rows))
        if self.contains is not None:
            searched = [column for column in _present(task, rows) if column.kind in _SEARCHED]
            parts.append(_any([_has_text(_flat(rows, one.role), one.kind, self.contains) for one in searched], rows))
        if self.shorter_than is not None:
            parts.append(pc.less(row_lengths(rows, task), self.shorter_than))
        if self.longer_than is not None:
            parts.append(pc.greater(row_lengths(rows, task), self.longer_than))
        return pc.fill_null(reduce(pc.and_, parts), fill_value=False)

    @cached_property
    def _sorted_ids(self) -> npt.NDArray[np.int64]:
        return np.sort(np.fromiter(self.ids or (), np.int64))

    def _columns(self, task: str) -> list[str]:
        """What has to be read to decide."""
        roles = [ROW_ID]
        if self.row is not None:
            roles.append(_LINE)
        if self.label is not None:
            roles += [column.role for column in COLUMNS[task] if column.kind in LABELLED]
        if self.contains is not None:
            roles += [column.role for column in COLUMNS[task] if column.kind in _SEARCHED]
        if self.shorter_than is not None or self.longer_than is not None:
            roles.append(SHAPES[task].key)
        return list(dict.fromkeys(roles))


@dataclass(frozen=True)
class Others:
    """The rows that a selection leaves."""

    selected: Selection

    def mask(self, task: str, group: Group) -> pa.Array:
        """For each row of a group whether it is among them."""
        return pc.invert(self.selected.mask(task, group))


def selection_of(conditions: Mapping[str, Any]) -> Selection:
    """A selection from JSON, where ids are a list."""
    ids = conditions.get("ids")
    return Selection(**{**conditions, "ids": None if ids is None else frozenset(ids)})


_SEARCHED: frozenset[Kind] = frozenset(
    {"text", "tokens", "answers", "candidates", "messages", "text_or_messages", "json"}
)


def row_lengths(rows: pa.Table, task: str) -> pa.Array:
    """Characters, or tokens, of what the rows of a task are compared by; of conversations those that somebody says."""
    key = SHAPES[task].key
    cells = _flat(rows, key)
    (kind,) = {column.kind for column in COLUMNS[task] if column.role == key}
    if kind in KEPT_AS_JSON:
        return pa.array([_length_said(cell, kind) for cell in cells.to_pylist()], pa.int64())
    return pc.list_value_length(cells) if pa.types.is_list(cells.type) else pc.utf8_length(cells)


def _length_said(cell: str | None, kind: Kind) -> int | None:
    return None if cell is None else sum(map(len, texts_said(cell, kind)))


def _present(task: str, rows: pa.Table) -> list[DataColumn]:
    return [column for column in COLUMNS[task] if column.role in rows.column_names]


def _flat(rows: pa.Table, name: str) -> Any:
    return rows.column(name).combine_chunks()


def _any(masks: Sequence[pa.Array], rows: pa.Table) -> pa.Array:
    nothing = pa.repeat(pa.scalar(value=False), rows.num_rows)
    return reduce(pc.or_, [pc.fill_null(mask, fill_value=False) for mask in masks], nothing)


def _has_text(cells: Any, kind: Kind, wanted: str) -> pa.Array:
    """Whether a text stands in cells, whatever its case. Cells of JSON are opened where its spelling in JSON occurs."""
    if kind not in KEPT_AS_JSON:
        texts = pc.binary_join(cells, " ") if pa.types.is_list(cells.type) else cells
        return pc.match_substring(texts, wanted, ignore_case=True)
    spelt = pc.match_substring(cells, json_text(wanted)[1:-1], ignore_case=True)
    plain = pc.match_substring(cells, wanted, ignore_case=True)  # of texts that are no messages
    possible = pc.fill_null(pc.or_(spelt, plain), fill_value=False)
    opened = [
        "\n".join(texts_said(cell, kind)) if is_possible else ""
        for cell, is_possible in zip(cells.to_pylist(), possible.to_pylist(), strict=True)
    ]
    return pc.and_(possible, pc.match_substring(pa.array(opened, pa.string()), wanted, ignore_case=True))


def _has_label(cells: Any, kind: Kind, label: str) -> pa.Array:
    if kind in {"label", "flag"}:
        return pc.equal(cells, label)
    names = [f"B-{label}", f"I-{label}"] if kind == "tags" else [label]
    having = pc.list_parent_indices(cells).filter(pc.is_in(pc.list_flatten(cells), value_set=pa.array(names)))
    return pc.is_in(pa.array(range(len(cells)), having.type), value_set=having)
