"""From uploaded files to the Parquet files of a version: read and check, divide, measure, judge.

One pass over each file, and one more over rows that must be divided. Everything goes block by block, so that memory stays the same for any
size of file. A file is read on one thread and checked on another; groups of rows are compressed aside.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from anneal.datasets.files.ahead import ahead
from anneal.datasets.files.columns import open_reader
from anneal.datasets.files.digests import Digests, texts_digest
from anneal.datasets.files.flat import Places as Lines
from anneal.datasets.files.flat import plain
from anneal.datasets.files.kinds import columns_of
from anneal.datasets.files.kinds.column import BAD, SPLITS, Blocks, Column
from anneal.datasets.files.kinds.label import LabelColumn
from anneal.datasets.files.problems import Findings, Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import Reader, Reading, Source
from anneal.datasets.files.shapes import SHAPES, rows_checked
from anneal.datasets.files.split import GIVEN_CUT, PINNED, Divider, SplitMode, block_divide, split_given, time_number
from anneal.datasets.files.stretches import (
    Cells,
    Joined,
    Stretch,
    StretchReader,
    Waiting,
    cells_chosen,
    cells_listed,
)
from anneal.datasets.files.values import is_blank, size_of, value_text
from workers.contract.changes import ROW_ID, row_id
from workers.contract.columns import COLUMNS

MIN_ROWS = 10
_ROWS_PER_GROUP = 5000
_CHARACTERS_PER_GROUP = 4 * 2**20
_GROUPS_AT_ONCE = 3
_WRITERS = 2
"""Groups that are compressed at the same time, of different splits."""
_TICK_ROWS = 512
_FEW_ROWS = 3
"""By which a split may differ from what was wanted without a word, where no column decides."""


@dataclass(frozen=True)
class BuildPlan:
    """What the customer decided. `columns` says for every role of the task which column of the files it is."""

    task: str
    columns: Mapping[str, str]
    delimiter: str | None = None
    """Characters of which each separates the labels of a cell; None where cells are lists."""
    split_seed: int = 0
    validation_share: float = 0.1
    test_share: float = 0.1
    split_mode: SplitMode = "stratified"
    split_column: str | None = None
    """Of the files: by what rows are grouped, when they are from, or which split they are for."""
    split_cut: tuple[int, int] | None = None
    """Where grouped or timed rows were cut, also for those that come later: below the first is test, below the second validation."""

    @property
    def reads_column(self) -> bool:
        """Whether a further column decides about the split."""
        return self.split_mode in {"grouped", "time", "given"}

    @property
    def is_split_given(self) -> bool:
        """Whether that column says the split itself, so that no share is wanted."""
        return self.split_mode == "given"

    def as_json(self) -> dict[str, Any]:
        """What a version keeps as its mapping."""
        found: dict[str, Any] = {
            **self.columns,
            "split_seed": self.split_seed,
            "validation_share": self.validation_share,
            "test_share": self.test_share,
        }
        # What is as it always was is left out, so that the same files give the same version as ever.
        further = {
            "delimiter": self.delimiter,
            "split_mode": None if self.split_mode == "stratified" else self.split_mode,
            "split_column": self.split_column,
            "split_cut": None if self.split_cut is None else list(map(str, self.split_cut)),
        }
        return {**found, **{name: value for name, value in further.items() if value is not None}}

    @staticmethod
    def from_json(task: str, stored: Mapping[str, Any]) -> BuildPlan:
        """The other direction of `as_json`."""
        return BuildPlan(
            task=task,
            columns={column.role: stored[column.role] for column in COLUMNS[task] if stored.get(column.role)},
            delimiter=stored.get("delimiter"),
            split_seed=stored["split_seed"],
            validation_share=stored["validation_share"],
            test_share=stored["test_share"],
            split_mode=stored.get("split_mode", "stratified"),
            split_column=stored.get("split_column"),
            split_cut=(int(cut[0]), int(cut[1])) if (cut := stored.get("split_cut")) else None,
        )


@dataclass(frozen=True)
class Part:
    """One uploaded file with its reading and its split (`auto`: to be divided)."""

    source: Source
    reading: Reading
    split: str
    position: int = 0
    """Among the files of the dataset."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Role -> the file's name for its column, where that is another one than the dataset's."""

    def name_of(self, column: Column) -> str:
        """What the file calls a column."""
        return self.columns.get(column.role, column.name)

    def findings(self, log: ProblemLog, columns: Iterable[Column]) -> Findings:
        """Findings about the file, which speak of its columns as it does."""
        return Findings(log, self.source.name, names={column.name: self.name_of(column) for column in columns})


@dataclass(frozen=True)
class BuiltFile:
    """One Parquet file of the version, still in the work folder."""

    name: str
    split: str
    path: Path
    sha256: str
    size_bytes: int
    num_rows: int


@dataclass(frozen=True)
class Built:
    """Everything a version is made of. `statistics` has an entry for each role."""

    files: tuple[BuiltFile, ...]
    statistics: dict[str, dict[str, Any]]
    num_rows: dict[str, int]
    sha256: str

    @property
    def labels(self) -> list[dict[str, Any]]:
        """In how many rows of each split every label occurs, or every type of span; empty for tasks without labels."""
        found: list[dict[str, Any]] = next(
            (entry["labels"] for entry in self.statistics.values() if "labels" in entry), []
        )
        return found

    @property
    def text_length(self) -> dict[str, Any]:
        """How long the texts are: those of the column with the longest."""
        lengths = [entry["length"] for entry in self.statistics.values() if entry["kind"] in {"text", "tokens"}]
        lengths = lengths or [entry["length"] for entry in self.statistics.values() if "length" in entry]
        longest: dict[str, Any] = max(lengths, key=lambda length: length["p95"])
        return longest


# stage, rows read so far, bytes read so far
Tick = Callable[[str, int, int], None]


@dataclass
class Block:
    """Rows that are looked at together, of one group or of several. `cells` are by role."""

    lines: Lines = field(default_factory=lambda: np.empty(0, np.int64))
    cells: dict[str, Cells] = field(default_factory=dict)
    position: int = 0
    """Of their file in the dataset."""
    split_by: list[Any] = field(default_factory=list)
    """What decides about the split, where that is a further column."""
    ends: Sequence[int] = ()
    """How many rows there are up to the end of each group; not given for a single group."""

    def __post_init__(self) -> None:
        self.lines = np.asarray(self.lines, np.int64)
        self.ends = self.ends or [len(self.lines)]

    def __len__(self) -> int:
        return len(self.lines)

    def select(self, positions: Sequence[int] | Lines) -> Block:
        """Some of the rows."""
        if len(positions) == len(self.lines):
            return self
        cells = {role: cells_chosen(cells, positions) for role, cells in self.cells.items()}
        split_by = [self.split_by[i] for i in positions] if self.split_by else []
        ends = np.searchsorted(positions, self.ends).tolist()
        return Block(self.lines[np.asarray(positions, np.int64)], cells, self.position, split_by, ends)

    def spans(self) -> list[tuple[int, int]]:
        """Where each group begins and ends. One of which no row is left is left out."""
        return [(begin, end) for begin, end in pairwise([0, *self.ends]) if begin < end]

    def groups(self) -> Iterator[Block]:
        """Group by group."""
        for begin, end in self.spans():
            cells = {role: cells[begin:end] for role, cells in self.cells.items()}
            yield Block(self.lines[begin:end], cells, self.position, self.split_by[begin:end])

    def last_line(self, line: int) -> int:
        """The last line of the group to which a line belongs."""
        group = int(np.searchsorted(self.ends, np.searchsorted(self.lines, line), side="right"))
        return int(self.lines[self.ends[group] - 1])

    def arrays(self, schema: pa.Schema) -> list[pa.Array]:
        """Its columns in the order of a schema that begins with ids and lines."""
        cells = {ROW_ID: pa.array(row_ids(self.position, self.lines)), "row": pa.array(self.lines), **self.cells}
        return [
            plain(one) if isinstance(one := cells[part.name], pa.Array) else pa.array(one, part.type) for part in schema
        ]


def row_ids(position: int, lines: Lines) -> Lines:
    """`row_id` of many rows of a file."""
    return row_id(position, 0) | lines


class SplitWriter:
    """Writes blocks of rows to one Parquet file. Small blocks wait until they make a group that is worth reading.

    A group is compressed by `aside` while the next one is gathered; `heard` is told of it, to measure it.
    """

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        *,
        aside: Executor,
        heard: Callable[[pa.Table], None],
        texts: Collection[str] = (),
    ) -> None:
        """`texts` are columns of which hardly two cells are alike: dictionaries and bounds of them would be work for nothing."""
        self.path = path
        self.num_rows = 0
        others = [_leaf(part) for part in schema if part.name not in texts]
        self._file = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=others, write_statistics=others)
        self._aside = aside
        self._heard = heard
        self._waiting: list[pa.RecordBatch] = []
        self._num_waiting = self._bytes_waiting = 0
        self._last: Future[None] | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        if not batch.num_rows:
            return
        self.num_rows += batch.num_rows
        self._num_waiting += batch.num_rows
        self._bytes_waiting += batch.nbytes
        self._waiting.append(batch)
        if self._num_waiting >= _ROWS_PER_GROUP or self._bytes_waiting >= _CHARACTERS_PER_GROUP:
            self.flush()

    def flush(self) -> None:
        """Have what is waiting written, after the group before it."""
        if self._waiting:
            group = pa.Table.from_batches(self._waiting).combine_chunks()
            self._waiting = []
            self._num_waiting = self._bytes_waiting = 0
            self._settle()
            self._last = self._aside.submit(self._file.write_table, group)
            self._heard(group)

    def _settle(self) -> None:
        """Wait until the last group is written."""
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def close(self) -> None:
        """Finish the file."""
        try:
            self.flush()
            self._settle()
        finally:
            self._file.close()


def _leaf(part: pa.Field) -> str:
    """What Parquet calls the values of a column."""
    return f"{part.name}.list.element" if pa.types.is_list(part.type) else part.name


class Staging:
    """Rows put aside on disk until it is known how they are divided. An Arrow stream is read back one block at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        self._file = pa.ipc.new_stream(path, schema)
        self.write = self._file.write_batch
        self.close = self._file.close

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """What was put aside, in its order."""
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_stream(file) as stream:
            yield from stream


class Build:
    """One attempt at a version, in a folder of its own."""

    def __init__(self, folder: Path, plan: BuildPlan, log: ProblemLog, tick: Tick) -> None:
        self._folder = folder
        self._plan = plan
        self._log = log
        self._tick = tick
        self._columns = {
            column.role: column for column in columns_of(plan.task, plan.columns, delimiter=plan.delimiter)
        }
        self._shape = SHAPES[plan.task]
        label = next((column.role for column in self._columns.values() if column.kind in {"label", "flag"}), None)
        self._label = None if plan.reads_column else label
        self._stratum = label if plan.split_mode == "stratified" else None
        self._schema = pa.schema(
            [
                (ROW_ID, pa.int64()),
                ("row", pa.int64()),
                *((role, column.arrow) for role, column in self._columns.items()),
            ]
        )
        self._writers: dict[str, SplitWriter] = {}
        self._staged: Staging | None = None
        self._aside = ThreadPoolExecutor(_WRITERS, thread_name_prefix="write")
        self._divider = Divider(is_exact=plan.reads_column, by_label=self._stratum is not None)
        self._digests = texts_digest(plan.split_seed)
        self._pinned: set[int] = set()
        self._rows_before = self._rows_of_part = self._bytes_before = 0
        self.num_rows_of_file: list[int] = []

    @property
    def plan(self) -> BuildPlan:
        """What was decided, and afterwards where rows were cut."""
        return self._plan

    def run(self, parts: Sequence[Part]) -> Built | None:
        """Read every file and write the splits. None when there were errors; they are in the log."""
        given = {part.split for part in parts}
        shares = {
            "validation_share": 0.0 if "validation" in given else self._plan.validation_share,
            "test_share": 0.0 if "test" in given else self._plan.test_share,
        }
        divides = any(shares.values()) or self._plan.is_split_given
        try:
            for part in parts:
                is_divided = divides and part.split in {"auto", "train"}
                self._read(part, None if is_divided else "train" if part.split == "auto" else part.split)
            if self._staged:
                self._divide(**shares)
        except UnreadableError as error:
            self._log.add(error.problem)
            return None
        finally:
            if self._staged:
                self._staged.close()
            self._close()
        return self._conclude()

    def _close(self) -> None:
        """Finish the files of the splits."""
        try:
            for writer in self._writers.values():
                writer.close()
        finally:
            self._aside.shutdown()

    def _conclude(self) -> Built | None:
        """Measure and judge what was written. None when there were errors; they are in the log."""
        num_rows = {split: self._writers[split].num_rows if split in self._writers else 0 for split in SPLITS}
        statistics = {role: column.measure(self._blocks_of(role)) for role, column in self._columns.items()}
        if not self._log.counts["data:unclosed_quote"]:
            # Rows that an open quote swallowed would be missed by what follows, misleadingly.
            self._judge(statistics, num_rows)
        return None if self._log.num_errors else self._finish(statistics, num_rows)

    def _read(self, part: Part, split: str | None) -> None:
        """One file, block by block. `split` None sends the rows to be divided."""
        findings = part.findings(self._log, self._columns.values())
        good = 0
        for block in self._blocks(part, at_once=_GROUPS_AT_ONCE):
            try:
                sound = self._sound(block, findings)
                pinned = self._learn(sound, part.source.name)
            except UnreadableError as error:
                findings.forget_after(block.last_line(error.problem.row or 0))
                raise
            finally:
                findings.tell()
            good += len(sound)
            if not len(sound):
                continue
            if split is None:
                self._stage(sound, pinned)
            else:
                for group in sound.groups():
                    self._writer(split).write(pa.record_batch(group.arrays(self._schema), schema=self._schema))
        self.num_rows_of_file.append(good)
        if not good and not self._log.num_errors:
            raise UnreadableError(Problem("data:no_rows", file=part.source.name))

    def _blocks(self, part: Part, *, at_once: int = 1) -> Iterator[Block]:
        """Rows as they were read, a bounded number at a time: up to so many groups."""
        present = self._present(part)
        names = [part.name_of(column) for column in present]
        if self._plan.reads_column and self._plan.split_column is not None:
            names.append(self._plan.split_column)
        reader = open_reader(part.source, part.reading, self._log)
        if isinstance(reader, StretchReader) and reader.has_stretches:
            blocks = self._quick_blocks(reader, names, at_once)
        else:
            blocks = self._slow_blocks(reader, names)
        for joined in blocks:
            lines, cells = joined.lines, joined.cells
            split_by = cells_listed(cells.pop()) if self._plan.reads_column else []
            filled: dict[str, Cells] = {role: [None] * len(lines) for role in self._columns}
            filled |= dict(zip((column.role for column in present), cells, strict=True))
            yield Block(lines, filled, part.position, split_by, joined.ends)
        self._rows_before += self._rows_of_part
        self._rows_of_part = 0
        self._bytes_before += part.source.path.stat().st_size
        self._tick("validating", self._rows_before, self._bytes_before)

    def _slow_blocks(self, reader: Reader, names: Sequence[str]) -> Iterator[Joined]:
        """Rows that are read one by one, a group at a time."""
        lines: list[int] = []
        rows: list[list[Any]] = []
        characters = 0
        for line, values in reader.rows(names):
            self._rows_of_part += 1
            if not self._rows_of_part % _TICK_ROWS:
                self._tick_reading(reader.bytes_read)
            lines.append(line)
            rows.append(values)
            for value in values:
                characters += len(value) if value.__class__ is str else size_of(value)
            if characters > _CHARACTERS_PER_GROUP or len(lines) >= _ROWS_PER_GROUP:
                yield Joined.of_rows(lines, rows)
                lines, rows, characters = [], [], 0
        if lines:
            yield Joined.of_rows(lines, rows)

    def _quick_blocks(self, reader: StretchReader, names: Sequence[str], at_once: int) -> Iterator[Joined]:
        """Rows that are read many at a time: the same groups, and findings at the same moments.

        Between groups that are handed on together, nothing was found by the reader.
        """
        waiting = Waiting(_ROWS_PER_GROUP, _CHARACTERS_PER_GROUP, at_once)
        with closing(ahead(reader.stretches(names))) as stretches:
            try:
                for stretch in stretches:
                    if stretch.found and waiting.ends:
                        yield waiting.whole()
                    yield from self._grouped(stretch, waiting)
                    self._rows_of_part += len(stretch)
                    self._tick_reading(stretch.bytes_read)
            except UnreadableError:
                if waiting.ends:
                    yield waiting.whole()
                raise
        if len(waiting):
            waiting.end_group()
            yield waiting.whole()

    def _grouped(self, stretch: Stretch, waiting: Waiting) -> Iterator[Joined]:
        """The groups that are full with the rows of a stretch."""
        begin = told = 0
        while begin < len(stretch):
            full = begin + waiting.room(stretch, begin)
            end = min(full, len(stretch))
            waiting.add(stretch, begin, end)
            told = self._tell(stretch, told, end)
            if end == full:
                waiting.end_group()
                if waiting.is_full or stretch.found:
                    yield waiting.whole()
            begin = end
        self._tell(stretch, told, len(stretch) + 1)

    def _tell(self, stretch: Stretch, told: int, before: int) -> int:
        """Hand over what was found when fewer than so many rows had been read; returns how many findings of the stretch are told."""
        while told < len(stretch.found) and stretch.found[told][0] < before:
            self._log.add(stretch.found[told][1])
            told += 1
        return told

    def _tick_reading(self, bytes_read: int) -> None:
        self._tick("validating", self._rows_before + self._rows_of_part, self._bytes_before + bytes_read)

    def _present(self, part: Part) -> list[Column]:
        """The columns that a file has. Raises UnreadableError when one is missing that must not be."""
        have = part.reading.columns
        split_column = self._plan.split_column
        if self._plan.reads_column and split_column not in have:
            there = {"columns": ", ".join(map(shown, have[:20]))}
            raise UnreadableError(
                Problem("data:missing_column", file=part.source.name, column=split_column, params=there)
            )
        for column in self._columns.values():
            name = part.name_of(column)
            if name not in have and not column.is_optional:
                told = ", ".join(map(shown, have[:20]))
                raise UnreadableError(
                    Problem("data:missing_column", file=part.source.name, column=shown(name), params={"columns": told})
                )
        return [column for column in self._columns.values() if part.name_of(column) in have]

    def _sound(self, block: Block, findings: Findings) -> Block:
        """The rows that can be used, with their cells in the form that is kept. A bad row is told once."""
        block = self._placed(block, findings)
        for role, column in self._columns.items():
            block = self._sound_in(column, role, block, findings)
        if not self._shape.checks:
            return block
        cells = {role: cells_listed(values) for role, values in block.cells.items()}
        good = rows_checked(self._shape, cells, block.lines.tolist(), self._columns, findings)
        return replace(block, cells={**cells}).select(good)

    def _sound_in(self, column: Column, role: str, block: Block, findings: Findings) -> Block:
        """The rows whose cell in one column can be used."""
        values = block.cells[role]
        if isinstance(values, pa.Array):
            texts = column.check_texts(values, block.lines, findings)
            if texts is not None:
                block.cells[role] = texts
                return block.select(np.flatnonzero(texts.is_valid())) if texts.null_count else block
        checked = block.cells[role] = column.check(cells_listed(values), block.lines.tolist(), findings)
        if BAD not in checked:
            return block
        return block.select([position for position, value in enumerate(checked) if value is not BAD])

    def _placed(self, block: Block, findings: Findings) -> Block:
        """Rows of which is known what decides about their split, as numbers."""
        if not block.split_by:
            return block
        name, mode = str(self._plan.split_column), self._plan.split_mode
        good = []
        for place, (value, line) in enumerate(zip(block.split_by, block.lines.tolist(), strict=True)):
            if is_blank(value):
                findings.bad("data:missing_value", line, name)
            elif mode == "time" and time_number(value) is None:
                findings.bad("data:not_a_time", line, name, value=value)
            elif self._plan.is_split_given and split_given(value) is None:
                findings.bad("data:unknown_split", line, name, value=value)
            else:
                good.append(place)
        block = block.select(good)
        if mode == "time":
            return replace(block, split_by=list(map(time_number, block.split_by)))
        if self._plan.is_split_given:
            return replace(block, split_by=[GIVEN_CUT.number_in(split_given(value) or "") for value in block.split_by])
        return replace(block, split_by=self._digests([value_text(value) or "" for value in block.split_by]).tolist())

    def _learn(self, block: Block, file: str) -> set[int]:
        """Positions of rows that are trained on because of what they brought, unless labels decide about the split."""
        found = self._fresh(block, file)
        return set() if self._stratum else found

    def _fresh(self, block: Block, file: str) -> set[int]:
        """Positions of rows that bring a label or a type that no row before them had."""
        found: set[int] = set()
        for role, column in self._columns.items():
            values = block.cells[role]
            if isinstance(values, pa.Array):
                found.update(column.learn_texts(values, block.lines, file))
            else:
                found.update(column.learn(values, block.lines.tolist(), file))
        return found

    def _writer(self, split: str) -> SplitWriter:
        if split not in self._writers:
            self._writers[split] = SplitWriter(
                self._folder / f"{split}.parquet",
                self._schema,
                aside=self._aside,
                heard=partial(self._see, split),
                texts={role for role, column in self._columns.items() if column.kind == "text"},
            )
        return self._writers[split]

    def _see(self, split: str, rows: pa.Table) -> None:
        """Count what is written."""
        for role, column in self._columns.items():
            column.see(rows.column(role).combine_chunks(), split)

    def _stage(self, block: Block, pinned: set[int]) -> None:
        """Put rows aside until every share is known."""
        if self._staged is None:
            schema = self._schema.append(pa.field("digest", pa.uint64()))
            self._staged = Staging(self._folder / "staged.arrow", schema)
        if block.split_by:
            digests = np.array(block.split_by, np.uint64)
        else:
            digests = self._digests(self._columns[self._shape.key].keys(block.cells[self._shape.key]))
            self._pinned.update(digests[list(pinned)].tolist())
        if not self._plan.is_split_given:
            self._divider.see(self._labels(block), self._with_pinned(digests), block.spans())
        rows = pa.record_batch([*block.arrays(self._schema), pa.array(digests)], schema=self._staged.schema)
        for begin, end in block.spans():
            self._staged.write(rows.slice(begin, end - begin))

    def _with_pinned(self, digests: Digests) -> Digests:
        """Rows that are alike one that is trained on because of what it brought are trained on as well."""
        pinned = np.fromiter(self._pinned, np.uint64, len(self._pinned))
        return np.where(np.isin(digests, pinned), PINNED, digests)

    def _labels(self, block: Block) -> pa.DictionaryArray | None:
        if self._label is None:
            return None
        labels, column = block.cells[self._label], self._columns[self._label]
        texts = labels if isinstance(labels, pa.Array) else pa.array(labels, pa.string())
        return column.coded(texts) if isinstance(column, LabelColumn) else texts.dictionary_encode()

    def _divide(self, *, validation_share: float, test_share: float) -> None:
        if self._staged is None:
            return
        self._staged.close()
        if self._plan.is_split_given:
            cuts = {"": GIVEN_CUT}
        else:
            cuts = self._divider.cuts(validation_share=validation_share, test_share=test_share)
        if self._plan.reads_column:
            self._plan = replace(self._plan, split_cut=(cuts[""].test, cuts[""].validation))
        done = 0
        num_rows: Counter[str] = Counter()
        place = self._staged.schema.get_field_index("digest")
        for block in self._staged.blocks():
            digests = pa.array(self._with_pinned(block.column(place).to_numpy()))
            divided = block_divide(block.set_column(place, "digest", digests), cuts, stratum=self._stratum)
            for split, rows in divided.items():
                self._writer(split).write(rows)
                num_rows[split] += rows.num_rows
            done += block.num_rows
            self._tick("dividing", done, self._bytes_before)
        self._staged.path.unlink()
        if not self._plan.is_split_given:
            self._compare(num_rows, {"validation": validation_share, "test": test_share})

    def _compare(self, num_rows: Counter[str], shares: Mapping[str, float]) -> None:
        """Tell of a split that is far from what was wanted, since rows stay together."""
        for split, share in shares.items():
            wanted = round(share * num_rows.total())
            far = abs(num_rows[split] - wanted)
            if 2 * far > wanted and (self._plan.reads_column or far >= _FEW_ROWS):
                code = "data:split_uneven" if self._plan.reads_column else "data:split_uneven_texts"
                told = {"split": split, "found": num_rows[split], "wanted": wanted}
                self._log.add(Problem(code, "warning", column=self._plan.split_column, params=told))

    def _blocks_of(self, role: str) -> Blocks:
        """The cells of one column in the written files."""

        def blocks() -> Iterator[tuple[str, pa.Array]]:
            for split in SPLITS:
                if split not in self._writers:
                    continue
                with pq.ParquetFile(self._writers[split].path) as file:
                    for group in range(file.num_row_groups):
                        column = file.read_row_group(group, columns=[role], use_threads=False).column(role)
                        yield split, column.combine_chunks()
                        self._tick("finishing", self._rows_before, self._bytes_before)

        return blocks

    def _judge(self, statistics: Mapping[str, dict[str, Any]], num_rows: Mapping[str, int]) -> None:
        """What only the whole can tell."""
        total = sum(num_rows.values())
        if total < MIN_ROWS:
            self._log.add(Problem("data:too_few_rows", params={"found": total, "limit": MIN_ROWS}))
        if total and not num_rows["train"] and self._plan.is_split_given:
            self._log.add(Problem("data:no_training_rows", column=self._plan.split_column))
        if total:
            for role, column in self._columns.items():
                column.judge(statistics[role], total, self._log)

    def _finish(self, statistics: dict[str, dict[str, Any]], num_rows: dict[str, int]) -> Built:
        files = []
        for split in SPLITS:
            writer = self._writers.get(split)
            if writer and writer.num_rows:
                digest = _file_sha256(
                    writer.path, lambda: self._tick("finishing", self._rows_before, self._bytes_before)
                )
                size = writer.path.stat().st_size
                files.append(BuiltFile(writer.path.name, split, writer.path, digest, size, writer.num_rows))
        canonical = json.dumps(
            {"files": [[file.split, file.sha256] for file in files], "mapping": self._plan.as_json()},
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return Built(
            files=tuple(files),
            statistics=statistics,
            num_rows=num_rows,
            sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        )


def _file_sha256(path: Path, tick: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(2**22):
            digest.update(piece)
            tick()
    return digest.hexdigest()
