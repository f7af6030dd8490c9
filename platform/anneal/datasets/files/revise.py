"""From a version and what is to become of it to the Parquet files of the next: rows go, change, move and come.

The old rows are gone through once, group by group, and keep their ids and their splits. Cells that are set and rows that come are
checked by the same kinds as uploaded ones; one that is refused stops everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.build import Block, Build, BuildPlan, Built, Part, Staging, Tick
from anneal.datasets.files.difference import Difference
from anneal.datasets.files.digests import Digests, among
from anneal.datasets.files.flat import Places as Lines
from anneal.datasets.files.kinds.column import SPLITS
from anneal.datasets.files.problems import Findings, Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.split import Cut, split_of
from anneal.datasets.files.stored import LABELLED, Others, Selection, StoredFile, groups
from anneal.datasets.files.stretches import Cells
from workers.contract.changes import ADDED, ROW_ID, RowChange, row_id, row_place

_ROWS_AT_ONCE = 1000


@dataclass
class Edits:
    """Changes of rows by id. Several of one row are put together; cells that are set later win."""

    drops: set[int] = field(default_factory=set)
    cells: dict[int, dict[str, Any]] = field(default_factory=dict)
    moves: dict[int, str] = field(default_factory=dict)
    additions: list[RowChange] = field(default_factory=list)

    @staticmethod
    def of(changes: Iterable[RowChange]) -> Edits:
        """Sort changes by what they do."""
        found = Edits()
        for change in changes:
            if change.id is None:
                found.additions.append(change)
            elif change.action == "drop":
                found.drops.add(change.id)
            elif change.action == "set":
                found.cells.setdefault(change.id, {}).update(change.cells)
            elif change.split is not None:
                found.moves[change.id] = change.split
        return found

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each kind of change is for; kinds without any are left out."""
        sizes = {"drop": self.drops, "set": self.cells, "move": self.moves, "add": self.additions}
        return {action: len(rows) for action, rows in sizes.items() if rows}

    @property
    def ids(self) -> set[int]:
        """Every row that is named."""
        return self.drops | self.cells.keys() | self.moves.keys()


@dataclass(frozen=True)
class Shares:
    """How much of the rows that come goes to validation and test."""

    validation: float
    test: float

    def cut(self) -> Cut:
        """Where the hashes of texts are cut."""
        return Cut.of_shares(validation_share=self.validation, test_share=self.test)


class Revision(Build):
    """One attempt at a version that is made from another one, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        plan: BuildPlan,
        log: ProblemLog,
        tick: Tick,
        *,
        shares: Shares,
        filenames: Mapping[int, str],
        num_added_rows: int,
    ) -> None:
        super().__init__(folder, plan, log, tick)
        self._cut = shares.cut()
        self._column_cut = Cut(*plan.split_cut) if plan.split_cut else self._cut
        self._filenames = filenames
        self._moved: dict[str, Staging] = {}
        self._digests_of: dict[str, list[Digests]] = {split: [] for split in SPLITS}
        self._keeps_digests = False
        self._known: dict[str, Digests] = {}
        self.num_added_rows = num_added_rows
        self.difference = Difference()

    def revise(
        self,
        base: Sequence[StoredFile],
        *,
        edits: Edits | None = None,
        dropped: Selection | Others | None = None,
        parts: Sequence[Part] = (),
        merged: Sequence[StoredFile] = (),
    ) -> Built | None:
        """Go through the rows of `base`, then take in those that come. None when there were errors; they are in the log."""
        edits = edits or Edits()
        self._keeps_digests = bool(edits.additions or parts or merged)
        self._check(edits)
        try:
            if not self._log.num_errors:
                self._keep(base, edits, dropped)
                self._known = {split: np.sort(_joined(digests)) for split, digests in self._digests_of.items()}
                self._add(edits.additions)
                for part in parts:
                    self._append(part)
                self._merge(merged)
        except UnreadableError as error:
            self._log.add(error.problem)
        finally:
            for staging in self._moved.values():
                staging.close()
            self._close()
        return None if self._log.num_errors else self._conclude()

    # --- rows that are there

    def _check(self, edits: Edits) -> None:
        """Cells are named by the roles that the version has."""
        named: list[tuple[int | None, dict[str, Any]]] = [(row, cells) for row, cells in edits.cells.items()]
        named += [(None, change.cells) for change in edits.additions]
        for row, cells in named:
            for role in cells.keys() - self._columns.keys():
                told = {"known": ", ".join(self._columns), "row_id": row, "column": shown(role)}
                self._log.add(Problem("data:unknown_role", column=shown(role), params=told))
        for row in edits.drops & (edits.cells.keys() | edits.moves.keys()):
            self._tell_of_row(Problem("data:dropped_and_changed", row=row))

    def _keep(self, base: Sequence[StoredFile], edits: Edits, dropped: Selection | Others | None) -> None:
        named = np.sort(np.fromiter(edits.ids, np.int64))
        missing = edits.ids
        done = 0
        for group in groups(base):
            rows = self._formed(group.table())
            if dropped is not None:
                mask = dropped.mask(self._plan.task, group)
                self.difference.removed.extend(rows.filter(mask).column(ROW_ID).to_pylist())
                rows = rows.filter(pc.invert(mask))
            is_named = pa.array(among(rows.column(ROW_ID).to_numpy(), named))
            if is_named.true_count:
                missing -= set(rows.column(ROW_ID).filter(is_named).to_pylist())
                rows = self._edited(rows, is_named, group.split, edits)
            self._take(rows, group.split)
            done += group.num_rows
            self._tick("changing", done, 0)
        for row in sorted(missing):
            self._tell_of_row(Problem("data:no_such_row", row=row))
        for split, staging in self._moved.items():
            staging.close()
            for rows in staging.blocks():
                self._take(rows, split)

    def _formed(self, rows: pa.Table) -> pa.RecordBatch:
        """Rows as this version writes them."""
        columns = [
            rows.column(part.name).combine_chunks().cast(part.type)
            if part.name in rows.column_names
            else pa.nulls(rows.num_rows, part.type)
            for part in self._schema
        ]
        return pa.record_batch(columns, schema=self._schema)

    def _edited(self, rows: pa.RecordBatch, is_named: pa.Array, split: str, edits: Edits) -> pa.RecordBatch:
        """The rows of a group that stay in their split, in their order, as they are to be."""
        ids = rows.column(ROW_ID).to_pylist()
        goes = [row in edits.drops for row in ids]
        self.difference.removed.extend(row for row, gone in zip(ids, goes, strict=True) if gone)
        targets = [edits.moves.get(row, split) for row in ids]
        after = self._set(rows, is_named, edits)
        for place in pc.indices_nonzero(is_named).to_pylist():
            is_moved = targets[place] != split
            if not goes[place] and (is_moved or not after.slice(place, 1).equals(rows.slice(place, 1))):
                self.difference.changed.append(ids[place])
        for target in set(targets) - {split}:
            self._stage_moved(target, after.filter(pa.array([one == target for one in targets], pa.bool_())))
        stays = [one == split and not gone for one, gone in zip(targets, goes, strict=True)]
        return after.filter(pa.array(stays, pa.bool_()))

    def _set(self, rows: pa.RecordBatch, is_named: pa.Array, edits: Edits) -> pa.RecordBatch:
        """Rows with their new cells, in their order. One that is refused is told and stays as it was: nothing of this is kept then."""
        ids = rows.column(ROW_ID).to_pylist()
        places = [place for place in pc.indices_nonzero(is_named).to_pylist() if ids[place] in edits.cells]
        if not places:
            return rows
        old = rows.take(pa.array(places, pa.int64())).to_pydict()
        cells: dict[str, Cells] = {
            role: [edits.cells[row].get(role, value) for row, value in zip(old[ROW_ID], old[role], strict=True)]
            for role in self._columns
        }
        sound = self._sound_rows(Block(np.array(old[ROW_ID], np.int64), cells), self._tell_of_row)
        if len(sound) < len(places):
            return rows
        values = {**old, **sound.cells}
        changed = pa.record_batch([pa.array(values[one.name], one.type) for one in self._schema], schema=self._schema)
        others = sorted(set(range(rows.num_rows)) - set(places))
        both = pa.concat_batches([rows.take(pa.array(others, pa.int64())), changed])
        return both.take(pc.sort_indices(pa.array([*others, *places], pa.int64())))

    def _sound_rows(self, block: Block, tell: Callable[[Problem], None]) -> Block:
        """The rows of a block that pass every check; `lines` may be any numbers, which the problems carry as their row."""
        aside = ProblemLog()
        findings = Findings(aside, "")
        try:
            return self._sound(block, findings)
        finally:
            findings.tell()
            for problem in aside.kept:
                tell(problem)

    def _tell_of_row(self, problem: Problem) -> None:
        """A problem whose row is an id: told with the file and line that the row came from."""
        row = problem.row or 0
        position, line = row_place(row)
        self._log.add(
            replace(
                problem,
                file=self._filenames.get(position),
                row=None if position == ADDED else line,
                params={**problem.params, "row_id": row},
            )
        )

    def _stage_moved(self, split: str, rows: pa.RecordBatch) -> None:
        """Rows that change their split follow those that were there."""
        if split not in self._moved:
            self._moved[split] = Staging(self._folder / f"moved-{split}.arrow", self._schema)
        self._moved[split].write(rows)

    def _take(self, rows: pa.RecordBatch, split: str, *, is_new: bool = False) -> None:
        """Write rows, and learn what occurs in them."""
        if not rows.num_rows:
            return
        lines = rows.column("row").to_pylist()
        for role, column in self._columns.items():
            if column.kind in LABELLED:
                column.learn(rows.column(role).to_pylist(), lines, "")
        if self._keeps_digests and not is_new:
            keys = self._columns[self._shape.key].keys(rows.column(self._shape.key).to_pylist())
            self._digests_of[split].append(self._digests(keys))
        self._writer(split).write(rows)

    # --- rows that come

    def _add(self, additions: Sequence[RowChange]) -> None:
        """Rows that somebody wrote, one after the other."""
        for first in range(0, len(additions), _ROWS_AT_ONCE):
            some = additions[first : first + _ROWS_AT_ONCE]
            cells: dict[str, Cells] = {role: [change.cells.get(role) for change in some] for role in self._columns}
            numbers = np.arange(first + 1, first + len(some) + 1)
            sound = self._sound_rows(Block(numbers, cells), self._tell_added)
            if len(sound) == len(some):
                block = Block(self._numbered(len(some)), sound.cells, ADDED)
                self._divide_new(block, [change.split for change in some])

    def _numbered(self, count: int) -> Lines:
        first = self.num_added_rows + 1
        self.num_added_rows += count
        return np.arange(first, first + count)

    def _tell_added(self, problem: Problem) -> None:
        """A problem whose row is the number of an addition among the others, from 1."""
        self._log.add(replace(problem, file=None, row=None, params={**problem.params, "addition": problem.row}))

    def _append(self, part: Part) -> None:
        """Rows of a further file."""
        findings = part.findings(self._log, self._columns.values())
        split = None if part.split == "auto" or (part.split == "train" and self._cut.divides) else part.split
        good = 0
        for block in self._blocks(part):
            try:
                sound = self._sound(block, findings)
            finally:
                findings.tell()
            good += len(sound)
            self._divide_new(sound, [split] * len(sound))
        self.num_rows_of_file.append(good)
        if not good and not self._log.num_errors:
            raise UnreadableError(Problem("data:no_rows", file=part.source.name))

    def _merge(self, merged: Sequence[StoredFile]) -> None:
        """Rows of another version. They keep their splits, but for those that are alike a row that is there."""
        for group in groups(merged):
            rows = self._formed(group.table())
            cells = {role: rows.column(role).to_pylist() for role in self._columns}
            block = Block(self._numbered(rows.num_rows), cells, ADDED)
            self._divide_new(block, [group.split] * rows.num_rows, keeps_alike=True)
            self._tick("changing", self.num_added_rows, 0)

    def _divide_new(self, block: Block, wanted: Sequence[str | None], *, keeps_alike: bool = False) -> None:
        """Write rows that come. A split that is None is decided: by a column where rows are divided by one, so that a group stays whole;
        otherwise alike rows stay together, a new label is trained on, and else the hash.

        With `keeps_alike`, a row that is alike one that is there goes to its split whatever is wanted.
        """
        if not len(block):
            return
        keys = self._columns[self._shape.key].keys(block.cells[self._shape.key])
        digests = self._digests(keys)
        alike = self._alike(digests)
        fresh = self._fresh(block, "")
        splits = []
        if block.split_by:
            wanted = [
                split or split_of(number, self._column_cut)
                for split, number in zip(wanted, block.split_by, strict=True)
            ]
        # Rows from no file have no column to be divided by, and go by their text.
        numbers = digests.tolist()
        self._pinned.update(numbers[place] for place in fresh if wanted[place] is None and alike[place] is None)
        for place, (split, number) in enumerate(zip(wanted, numbers, strict=True)):
            if alike[place] is not None and (split is None or keeps_alike):
                splits.append(alike[place])
            elif split is None:
                splits.append("train" if number in self._pinned else split_of(number, self._cut))
            else:
                splits.append(split)
        self.difference.added.extend(row_id(block.position, line) for line in block.lines.tolist())
        for split in SPLITS:
            places = [place for place, chosen in enumerate(splits) if chosen == split]
            if places:
                arrays = block.select(places).arrays(self._schema)
                self._take(pa.record_batch(arrays, schema=self._schema), split, is_new=True)

    def _alike(self, digests: Digests) -> list[str | None]:
        """The split of a row that is there and has the same text; the one that is furthest from training when there are several."""
        found: list[str | None] = [None] * len(digests)
        for split in SPLITS:  # test comes last and wins
            for place in np.flatnonzero(among(digests, self._known[split])).tolist():
                found[place] = split
        return found


def _joined(digests: Sequence[Digests]) -> Digests:
    return np.concatenate(digests) if digests else np.empty(0, np.uint64)
