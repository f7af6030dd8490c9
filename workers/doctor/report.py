"""Says events, one JSON object per line, and writes what belongs to a finding before it is said. Files are whole or absent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from workers.contract.changes import RowChange, changes_write
from workers.contract.columns import Kind
from workers.contract.doctor import DoctorEvent, Finding, FindingEvent, Fix, FixInColumns, FoundRow, MapEvent
from workers.doctor.cells import TEXT_KINDS, texts_in
from workers.doctor.found import Found, Suspect
from workers.doctor.projection import Map
from workers.doctor.rows import Rows

MOST_EXAMPLES = 20
_SHOWN = 240
_BEFORE = 60
_FEWEST_SAME = 4
_MOST_CHANGES = 3
_UNFINISHED = ".tmp-"
MAP_FILE = "map.parquet"

Say = Callable[[DoctorEvent], None]


def folder_cleared(folder: Path) -> None:
    """Take out what an earlier run left, so that everything in the folder is of this one."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in (f"{_UNFINISHED}*", "*.rows.parquet", "*.jsonl", MAP_FILE):
        for path in folder.glob(pattern):
            path.unlink()


class Report:
    """The findings of one run over `rows`, written into `folder`."""

    def __init__(self, rows: Rows, folder: Path, say: Say) -> None:
        self._rows = rows
        self._folder = folder
        self._say = say

    def finding(self, code: str, found: Found) -> None:
        name = code.removeprefix("doctor:")
        ranked = sorted(found.suspects, key=lambda suspect: (-suspect.score, suspect.row))
        shown_rows = ranked[:MOST_EXAMPLES]
        ids = {int(self._rows.ids[suspect.row]) for suspect in shown_rows}
        set_by = {
            fix: {change.id: change.cells for change in changes if change.action == "set" and change.id in ids}
            for fix, changes in found.fixes.items()
        }
        finding = Finding(
            code=code,
            severity=found.severity,
            num_rows=len(ranked) if found.num_rows is None else found.num_rows,
            params=dict(found.params),
            examples=tuple(self._example(suspect, set_by) for suspect in shown_rows),
            rows=self._ranking(f"{name}.rows.parquet", ranked) if ranked else None,
            fixes=tuple(
                self._fix(name, fix, changes, found.by_columns.get(fix, {}))
                for fix, changes in found.fixes.items()
                if changes
            ),
        )
        self._say(FindingEvent(finding=finding))

    def map(self, found: Map) -> None:
        table = pa.table(
            {
                "id": pa.array(self._rows.ids[found.rows]),
                "x": pa.array(found.points[:, 0].astype(np.float32)),
                "y": pa.array(found.points[:, 1].astype(np.float32)),
                "difficulty": pa.array(
                    [None] * len(found.rows) if found.difficulty is None else found.difficulty.astype(np.float32),
                    pa.float32(),
                ),
            }
        )
        self._write(MAP_FILE, lambda path: pq.write_table(table, path))
        self._say(MapEvent(file=MAP_FILE, num_points=len(found.rows), method=found.method, vectors=found.vectors))

    def _ranking(self, name: str, ranked: Sequence[Suspect]) -> str:
        table = pa.table(
            {
                "id": pa.array(self._rows.ids[[suspect.row for suspect in ranked]]),
                "score": pa.array([suspect.score for suspect in ranked], pa.float64()),
            }
        )
        self._write(name, lambda path: pq.write_table(table, path))
        return name

    def _fix(
        self,
        name: str,
        fix: str,
        changes: Sequence[RowChange],
        by_columns: Mapping[tuple[str, ...], Sequence[RowChange]],
    ) -> Fix:
        chosen = tuple(
            FixInColumns(
                columns=columns,
                file=self._changes(f"{name}.{fix}.{'+'.join(columns)}.jsonl", some),
                num_changes=len(some),
                num_dropped=sum(change.action == "drop" for change in some),
            )
            for columns, some in by_columns.items()
            if some
        )
        file = self._changes(f"{name}.{fix}.jsonl", changes)
        return Fix(name=fix, file=file, num_changes=len(changes), by_columns=chosen)

    def _changed(self, row: int, cells: Mapping[str, Any]) -> dict[str, Any]:
        """Where the first text of a row that is set changes, and how; empty where none is."""
        for column in self._rows.columns:
            if column.kind in TEXT_KINDS and column.role in cells:
                before, after = (
                    _plain(column.kind, cell) for cell in (self._rows.cells[column.role][row], cells[column.role])
                )
                return {"role": column.role, "parts": changed_parts(before, after)}
        return {}

    def _changes(self, name: str, changes: Sequence[RowChange]) -> str:
        self._write(name, lambda path: changes_write(path, changes))
        return name

    def _write(self, name: str, write: Callable[[Path], Any]) -> None:
        unfinished = self._folder / f"{_UNFINISHED}{name}"
        write(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(self._folder / name)

    def _example(self, suspect: Suspect, set_by: Mapping[str, Mapping[int, dict[str, Any]]]) -> FoundRow:
        cells, note = {}, dict(suspect.note)
        row_id = int(self._rows.ids[suspect.row])
        for column in self._rows.columns:
            cell = self._rows.cells[column.role][suspect.row]
            if cell is None:
                continue
            is_around = suspect.around is not None and suspect.around[0] == column.role
            position = suspect.around[1] if is_around and suspect.around else 0
            text = _plain(column.kind, cell)
            cells[column.role] = shown(text, position)
            if is_around and suspect.length:
                start = position - _cut_before(text, position) + (_cut_before(text, position) > 0)
                end = min(start + suspect.length, len(cells[column.role]))
                note["at"] = {"role": column.role, "start": start, "end": end}
        changes = {fix: self._changed(suspect.row, new[row_id]) for fix, new in set_by.items() if row_id in new}
        if any(changes.values()):
            note["changes"] = {fix: change for fix, change in changes.items() if change}
        return FoundRow(
            id=row_id,
            split=self._rows.split(suspect.row),
            row=int(self._rows.lines[suspect.row]),
            cells=cells,
            note=note,
        )


def shown(text: str, position: int = 0) -> str:
    """A text as an example shows it: cut around `position` where it is long."""
    start = _cut_before(text, position)
    part = text[start : start + _SHOWN]
    return f"{'…' if start else ''}{part}{'…' if start + _SHOWN < len(text) else ''}"


def changed_parts(before: str, after: str) -> list[tuple[str, str]]:
    """What is the same, gone and new, from a little before the first change on. Few signs between two changes belong to them."""
    differing = (at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other)
    first = next(differing, min(len(before), len(after)))
    start = max(0, first - _BEFORE)
    old, new = (text[start : start + _SHOWN] for text in (before, after))
    *blocks, end = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = [block for block in blocks if block.size >= _FEWEST_SAME or (block.a, block.b) == (0, 0)][
        : _MOST_CHANGES + 1
    ]
    is_cut = max(len(before), len(after)) > start + _SHOWN
    # Beyond the last part in common of two cut texts, what differs may only be cut otherwise.
    goes_on = len(kept) > 1 and (is_cut or len(kept) > _MOST_CHANGES)
    parts, old_at, new_at = [("same", "…" * bool(start))], 0, 0
    for block in kept if goes_on else [*kept, end]:
        parts += [("gone", old[old_at : block.a]), ("new", new[new_at : block.b])]
        old_at, new_at = block.a + block.size, block.b + block.size
        parts.append(("same", old[block.a : old_at]))
    return [part for part in [*parts, ("same", "…" * goes_on)] if part[1]]


def _cut_before(text: str, position: int) -> int:
    """How many signs of a long text are not shown before what is."""
    return max(0, position - _BEFORE) if len(text) > _SHOWN else 0


def _plain(kind: Kind, cell: Any) -> str:
    if kind in TEXT_KINDS:
        return "\n".join(texts_in(kind, cell))
    return " ".join(map(str, cell)) if isinstance(cell, list) else str(cell)


def line_writer(descriptor: int) -> Say:
    """Says events on a descriptor, at once."""
    out = os.fdopen(os.dup(descriptor), "wb", buffering=0)

    def say(event: DoctorEvent) -> None:
        line = memoryview(event.model_dump_json().encode() + b"\n")
        while line:  # A raw pipe may take less than it was given.
            line = line[out.write(line) :]

    return say
