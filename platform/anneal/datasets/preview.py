"""Windows onto rows: of a version's Parquet files, or of a raw file before there is a version."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.conf import settings

from anneal.common.near import near_fetch
from anneal.datasets.files.columns import open_reader
from anneal.datasets.files.problems import ProblemLog, UnreadableError
from anneal.datasets.files.reading import Reading, Source
from anneal.datasets.files.values import value_text
from anneal.datasets.models import DatasetFile, DatasetVersion
from anneal.datasets.rows import version_columns
from workers.contract.columns import DataColumn, Kind

MAX_RAW_OFFSET = 1000
_SHOWN_CHARACTERS = 2000
_SHOWN_PARTS = 500


@dataclass(frozen=True)
class Window:
    """Some rows, and how many there are in all."""

    columns: list[str]
    data: list[dict[str, Any]]
    total: int


def preview_version(
    version: DatasetVersion, *, split: str | None, label: str | None, offset: int, limit: int
) -> Window:
    """Rows of a version, split after split; only the row groups in question are read."""
    found: list[dict[str, Any]] = []
    total = 0
    of_label = next((entry for entry in version.labels if entry["label"] == label), None)
    columns = version_columns(version)
    labelled = next((column for column in columns if column.kind in _HOLDS_LABEL), None)
    for file in version.files:
        if split is not None and file["split"] != split:
            continue
        count = file["num_rows"] if label is None else of_label[file["split"]] if of_label else 0
        skip, wanted = max(0, offset - total), limit - len(found)
        total += count
        if wanted > 0 and skip < count:
            with fetched(file["key"]) as path:
                rows = _rows_from(path, skip)
                if label is not None and labelled is not None:
                    rows = islice(_rows_with(path, labelled, label), skip, None)
                found += [{**row, "split": file["split"]} for row in islice(rows, wanted)]
    return Window(["row", *(column.role for column in columns)], found, total)


def preview_raw(file: DatasetFile, *, offset: int, limit: int) -> Window:
    """The first rows of an uploaded file, as they are. Bad rows are left out here and reported by the validation."""
    reading = Reading.from_json(file.reading)
    data: list[dict[str, Any]] = []
    seen = 0
    with fetched(file.rows_key) as path:
        rows = open_reader(Source(path, file.full_name), reading, ProblemLog()).rows(reading.columns)
        with contextlib.closing(rows), contextlib.suppress(UnreadableError):  # type: ignore[type-var]  # readers are generators
            for seen, (_, values) in enumerate(islice(rows, MAX_RAW_OFFSET + limit), start=1):
                if offset < seen <= offset + limit:
                    data.append(dict(zip(reading.columns, map(_shown, values), strict=True)))
    return Window(list(reading.columns), data, file.num_rows if file.num_rows is not None else seen)


@contextlib.contextmanager
def fetched(key: str) -> Iterator[Path]:
    """An object of the store as a file for a moment; on disk this is a hard link."""
    root = Path(settings.ENVIRONMENT.anneal_data_dir) / "work"
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="preview-", dir=root))
    try:
        near_fetch(key, folder / "file")
        yield folder / "file"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rows_from(path: Path, skip: int) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            if skip >= count:
                skip -= count
                continue
            yield from _cut(file.read_row_group(group, use_threads=False).slice(skip).to_pylist())
            skip = 0


def _rows_with(path: Path, column: DataColumn, label: str) -> Iterator[dict[str, Any]]:
    """Rows with a label, or with a span of a type."""
    holds = _HOLDS_LABEL[column.kind]
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            cells = file.read_row_group(group, columns=[column.role], use_threads=False).column(column.role).to_pylist()
            if positions := [index for index, cell in enumerate(cells) if holds(cell, label)]:
                yield from _cut(file.read_row_group(group, use_threads=False).take(positions).to_pylist())


_HOLDS_LABEL: dict[Kind, Callable[[Any, str], bool]] = {
    "label": lambda cell, label: bool(cell == label),
    "flag": lambda cell, label: bool(cell == label),
    "labels": lambda cell, label: label in cell,
    "tags": lambda cell, label: f"B-{label}" in cell or f"I-{label}" in cell,
}


def _cut(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {name: value if isinstance(value, int | float) else _shown(value) for name, value in row.items()}


def _shown(value: Any) -> Any:
    """A cell short enough to be sent. Lists of texts stay lists."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return [_shown(part) for part in value[:_SHOWN_PARTS]]
    text = value_text(value)
    if text is None:
        return None
    short = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    return short.encode("utf-8", "replace").decode()
