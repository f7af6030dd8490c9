"""Rows of versions by their ids: windows for editing, and two versions side by side."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from anneal.common.errors import AnnealError, not_found
from anneal.common.near import near_fetch
from anneal.common.storage import store
from anneal.datasets.files.difference import Difference, difference_of
from anneal.datasets.files.stored import Others, Selection, StoredFile, groups, selection_of
from anneal.datasets.files.values import size_of
from anneal.datasets.models import DatasetVersion, DoctorFinding
from anneal.datasets.selectors import difference_key
from workers.contract.changes import ROW_ID
from workers.contract.columns import COLUMNS, DataColumn

SHOWN_CHARACTERS = 20_000
"""Longer cells are left out of windows; they come when a row is asked for by its id."""

MOST_COMPARED_ROWS = 10_000_000
MOST_COMPARED_BYTES = 2 * 2**30
"""Of two versions together: what is fetched and gone through while somebody waits for the answer."""

Order = Literal["version", "id"]


@dataclass(frozen=True)
class RowWindow:
    """Some rows, as they are kept, and how many there are in all."""

    roles: list[str]
    data: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0


@contextlib.contextmanager
def stored(*versions: DatasetVersion) -> Iterator[list[tuple[StoredFile, ...]]]:
    """Files of versions on this machine's disk for a moment; with objects on disk these are hard links."""
    root = Path(settings.ENVIRONMENT.anneal_data_dir) / "work"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rows-", dir=root) as folder:
        yield [tuple(_files(version, Path(folder) / str(number))) for number, version in enumerate(versions)]


def _files(version: DatasetVersion, folder: Path) -> Iterator[StoredFile]:
    first = 0
    for file in version.files:
        path = folder / file["name"]
        near_fetch(file["key"], path)
        yield StoredFile(file["split"], path, first)
        first += file["num_rows"]


def version_rows(
    version: DatasetVersion, selection: Selection, *, order: Order = "version", offset: int, limit: int
) -> RowWindow:
    """A window onto the rows that are selected."""
    roles = version_roles(version)
    with stored(version) as (files,):
        if order == "id":
            ids = pa.concat_arrays([pa.array([], pa.int64()), *_ids(files, version.task, selection)])
            wanted = ids.take(pc.sort_indices(ids)).slice(offset, limit)
            found = _by_id(files, version, wanted.to_pylist(), is_whole=selection.ids is not None)
            return RowWindow(roles, [found[row] for row in wanted.to_pylist()], len(ids))
        data: list[dict[str, Any]] = []
        total = 0
        for group in groups(files):
            places = pc.indices_nonzero(selection.mask(version.task, group))
            some = places.slice(max(0, offset - total), limit - len(data))
            total += len(places)
            if len(some):
                rows = group.table([ROW_ID, "row", *roles]).take(some)
                data += _shown(rows, group.split, roles, is_whole=selection.ids is not None)
    return RowWindow(roles, data, total)


def version_columns(version: DatasetVersion) -> list[DataColumn]:
    """The columns that a version has, in the order of its task."""
    return [column for column in COLUMNS.get(version.task, ()) if version.mapping.get(column.role)]


def version_roles(version: DatasetVersion) -> list[str]:
    """Their roles."""
    return [column.role for column in version_columns(version)]


def rows_by_id(version: DatasetVersion, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Rows with these ids, without their long cells; ids that the version has not are left out."""
    with stored(version) as (files,):
        return _by_id(files, version, ids, is_whole=False)


def rows_selected(version: DatasetVersion, conditions: Mapping[str, Any]) -> Selection:
    """A selection from JSON. Rows of a finding of the version are selected by their ids. Raises AnnealError (404)."""
    plain = {name: value for name, value in conditions.items() if name != "finding_id"}
    found = selection_of(plain)
    if "finding_id" not in conditions:
        return found
    finding = DoctorFinding.objects.filter(id=conditions["finding_id"], report__version_id=version.id).first()
    if finding is None or not finding.rows_key:
        error = not_found("finding")
        error.param = "finding_id"
        raise error
    ids = frozenset(finding_row_ids(finding.rows_key).to_pylist())
    return replace(found, ids=ids if found.ids is None else found.ids & ids)


def rows_dropped(version: DatasetVersion, wish: Mapping[str, Any]) -> Selection | Others:
    """Which rows a filter drops: those of `drop`, or all but those of `keep`. Raises AnnealError (404)."""
    return rows_selected(version, wish["drop"]) if "drop" in wish else Others(rows_selected(version, wish["keep"]))


def selected_count(version: DatasetVersion, selection: Selection | Others) -> dict[str, int]:
    """How many rows of each split are selected."""
    counts = {"train": 0, "validation": 0, "test": 0}
    with stored(version) as (files,):
        for group in groups(files):
            counts[group.split] += selection.mask(version.task, group).true_count
    return counts


def _ids(files: Sequence[StoredFile], task: str, selection: Selection) -> Iterator[pa.Array]:
    for group in groups(files):
        yield group.table([ROW_ID]).column(ROW_ID).combine_chunks().filter(selection.mask(task, group))


def _by_id(
    files: Sequence[StoredFile], version: DatasetVersion, ids: Sequence[int], *, is_whole: bool
) -> dict[int, dict[str, Any]]:
    """Rows with these ids."""
    roles = version_roles(version)
    found: dict[int, dict[str, Any]] = {}
    wanted = pa.array(ids, pa.int64())
    for group in groups(files):
        if len(found) == len(ids):
            break
        known = group.table([ROW_ID]).column(ROW_ID).combine_chunks()
        places = pc.indices_nonzero(pc.is_in(known, value_set=wanted))
        if len(places):
            rows = group.table([ROW_ID, "row", *roles]).take(places)
            found.update((row["id"], row) for row in _shown(rows, group.split, roles, is_whole=is_whole))
    return found


def _shown(rows: pa.Table, split: str, roles: Sequence[str], *, is_whole: bool) -> Iterator[dict[str, Any]]:
    """Rows as `{"id", "row", "split", "cells", "long"}`; `long` names the roles whose cells were left out."""
    for row in rows.to_pylist():
        cells = {role: row.get(role) for role in roles}
        long = [] if is_whole else [role for role, cell in cells.items() if size_of(cell) > SHOWN_CHARACTERS]
        shown = {role: None if role in long else cell for role, cell in cells.items()}
        yield {"id": row[ROW_ID], "row": row["row"], "split": split, "cells": shown, "long": long}


# --- two versions


@dataclass(frozen=True)
class Pair:
    """One row in both versions, or in one of them."""

    id: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Comparison:
    """What lies between two versions of a dataset, and some of its rows."""

    counts: dict[str, int]
    data: list[Pair]


def versions_compare(
    before: DatasetVersion, after: DatasetVersion, *, kind: str, offset: int, limit: int
) -> Comparison:
    """Rows of one kind side by side. What was found out once is kept beside the later version's files.

    Raises AnnealError (409) where that was never found out and the versions are too large to do it now.
    """
    _size_check(before, after)
    with stored(before, after) as (old, new):
        found = _difference(before, after, old, new)
        ids = list(getattr(found, kind)[offset : offset + limit])
        olds = {} if kind == "added" else _by_id(old, before, ids, is_whole=False)
        news = {} if kind == "removed" else _by_id(new, after, ids, is_whole=False)
    return Comparison(found.counts, [Pair(row, olds.get(row), news.get(row)) for row in ids])


def _key(before: DatasetVersion, after: DatasetVersion) -> str:
    return difference_key(
        tenant_id=after.tenant_id, dataset_id=after.dataset_id, version_id=after.id, against=before.id
    )


def _size_check(before: DatasetVersion, after: DatasetVersion) -> None:
    num_rows = sum(before.num_rows.values()) + sum(after.num_rows.values())
    size_bytes = before.size_bytes + after.size_bytes
    if num_rows <= MOST_COMPARED_ROWS and size_bytes <= MOST_COMPARED_BYTES:
        return
    try:
        store().size_bytes(_key(before, after))
    except FileNotFoundError:
        params = {
            "count": num_rows,
            "size": f"{size_bytes / 2**30:.1f}",
            "limit": MOST_COMPARED_ROWS,
            "limit_size": MOST_COMPARED_BYTES // 2**30,
        }
        raise AnnealError("dataset_version.too_large_to_compare", status=409, param="against", params=params) from None


def _difference(
    before: DatasetVersion, after: DatasetVersion, old: Sequence[StoredFile], new: Sequence[StoredFile]
) -> Difference:
    key = _key(before, after)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "difference.parquet"
        try:
            near_fetch(key, path)
        except FileNotFoundError:
            found = difference_of(old, new, after.task)
            found.write(path)
            store().put_file(key, path)
            return found
        return Difference.read(path)


@dataclass(frozen=True)
class HeldRows:
    """Rows of one file of each of two versions, by ids in the order of the file; `changed` are rows of both that are no longer alike."""

    before: Sequence[int]
    after: Sequence[int]
    changed: frozenset[int]

    @property
    def unchanged(self) -> frozenset[int]:
        """Rows that both files have alike."""
        return frozenset(self.before) & frozenset(self.after) - self.changed


def held_rows(before: DatasetVersion, after: DatasetVersion, *, old_file: str, new_file: str) -> HeldRows:
    """What two versions have in common in these files. Raises FileNotFoundError for a file that a version has not."""
    with stored(before, after) as (old, new):
        changed = () if before.id == after.id else _difference(before, after, old, new).changed
        return HeldRows(_ids_of_file(old, old_file), _ids_of_file(new, new_file), frozenset(changed))


def _ids_of_file(files: Sequence[StoredFile], name: str) -> list[int]:
    found = [file for file in files if file.path.name == name]
    if not found:
        raise FileNotFoundError(name)
    ids: list[int] = []
    for group in groups(found):
        ids += group.table([ROW_ID]).column(ROW_ID).to_pylist()
    return ids


# --- what the doctor found


@dataclass(frozen=True)
class ScoredRow:
    """A row of a finding; the larger the score, the more suspicious."""

    score: float
    row: dict[str, Any]


def finding_row_ids(rows_key: str) -> pa.Array:
    """Ids of all rows that a finding points at. Raises FileNotFoundError when they are no more."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        near_fetch(rows_key, path)
        return row_ids_of(path)


def row_ids_of(path: Path) -> pa.Array:
    """The ids in one of the doctor's files of rows."""
    return pq.read_table(path, columns=[ROW_ID], use_threads=False, memory_map=False).column(ROW_ID).combine_chunks()


def finding_rows(version: DatasetVersion, rows_key: str, *, offset: int, limit: int) -> tuple[list[ScoredRow], int]:
    """Rows that a finding points at, the most suspicious first, and how many there are."""
    with tempfile.TemporaryDirectory() as folder, stored(version) as (files,):
        path = Path(folder) / "rows.parquet"
        near_fetch(rows_key, path)
        table = pq.read_table(path, columns=[ROW_ID, "score"], use_threads=False)
        some = table.slice(offset, limit).to_pylist()
        found = _by_id(files, version, [one[ROW_ID] for one in some], is_whole=False)
    return [ScoredRow(one["score"], found[one[ROW_ID]]) for one in some if one[ROW_ID] in found], table.num_rows


@dataclass(frozen=True)
class DifficultyMap:
    """Points of a version's rows, at most as many as can be drawn; `total` counts all."""

    total: int
    points: list[dict[str, Any]]


def version_map(version: DatasetVersion, key: str, *, limit: int) -> DifficultyMap:
    """The map of a version. Of more points than `limit`, every n-th is taken."""
    with tempfile.TemporaryDirectory() as folder, stored(version) as (files,):
        path = Path(folder) / "map.parquet"
        near_fetch(key, path)
        table = pq.read_table(path, columns=[ROW_ID, "x", "y", "difficulty"], use_threads=False)
        step = max(1, -(-table.num_rows // limit))
        some = table.take(pa.array(range(0, table.num_rows, step), pa.int64()))
        labels = _labels(files, version, some.column(ROW_ID).combine_chunks())
        points = [{**one, "label": labels.get(one[ROW_ID])} for one in some.to_pylist()]
    return DifficultyMap(table.num_rows, points)


def _labels(files: Sequence[StoredFile], version: DatasetVersion, wanted: pa.Array) -> dict[int, str]:
    """The label of each of these rows, for tasks where a row has one."""
    role = next((column.role for column in COLUMNS.get(version.task, ()) if column.kind in {"label", "flag"}), None)
    found: dict[int, str] = {}
    for group in groups(files) if role else ():
        rows = group.table([ROW_ID, str(role)])
        some = rows.filter(pc.is_in(rows.column(ROW_ID), value_set=wanted))
        found.update(zip(some.column(ROW_ID).to_pylist(), some.column(str(role)).to_pylist(), strict=True))
    return found
