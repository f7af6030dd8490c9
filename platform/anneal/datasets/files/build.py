"""From uploaded files to the Parquet files of a version: read and check, divide, measure, judge.

One pass over each file, one more over rows that must be divided, and one over what was written. Everything goes block by block, so that
memory stays the same for any size of file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anneal.datasets.files.columns import open_reader
from anneal.datasets.files.kinds import columns_of
from anneal.datasets.files.kinds.column import BAD, SPLITS, Blocks, Column
from anneal.datasets.files.problems import Findings, Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import Reading, Source
from anneal.datasets.files.shapes import SHAPES, rows_checked
from anneal.datasets.files.split import PINNED, Divider, SplitMode, block_divide, text_hash, time_number
from anneal.datasets.files.values import is_blank, size_of, value_text
from workers.contract.changes import ROW_ID, row_id
from workers.contract.columns import COLUMNS

MIN_ROWS = 10
_ROWS_PER_GROUP = 5000
_CHARACTERS_PER_GROUP = 4 * 2**20
_TICK_ROWS = 512


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
    """Of the files: by what rows are grouped, or when they are from."""
    split_cut: tuple[int, int] | None = None
    """Where grouped or timed rows were cut, also for those that come later: below the first is test, below the second validation."""

    @property
    def reads_column(self) -> bool:
        """Whether a further column decides about the split."""
        return self.split_mode in {"grouped", "time"}

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
    """Rows that are looked at together: one row group of a Parquet file. `cells` are by role."""

    lines: list[int] = field(default_factory=list)
    cells: dict[str, list[Any]] = field(default_factory=dict)
    position: int = 0
    """Of their file in the dataset."""
    split_by: list[Any] = field(default_factory=list)
    """What decides about the split, where that is a further column."""

    def select(self, positions: Sequence[int]) -> Block:
        """Some of the rows."""
        if len(positions) == len(self.lines):
            return self
        return Block(
            [self.lines[i] for i in positions],
            {role: [values[i] for i in positions] for role, values in self.cells.items()},
            self.position,
            [self.split_by[i] for i in positions] if self.split_by else [],
        )

    def arrays(self, schema: pa.Schema) -> list[pa.Array]:
        """Its columns in the order of a schema that begins with ids and lines."""
        ids = [row_id(self.position, line) for line in self.lines]
        cells = {ROW_ID: ids, "row": self.lines, **self.cells}
        return [pa.array(cells[part.name], part.type) for part in schema]


class SplitWriter:
    """Writes blocks of rows to one Parquet file. Small blocks wait until they make a group that is worth reading."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.num_rows = 0
        self._file = pq.ParquetWriter(path, schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._num_waiting = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        if not batch.num_rows:
            return
        self.num_rows += batch.num_rows
        self._num_waiting += batch.num_rows
        self._waiting.append(batch)
        if self._num_waiting >= _ROWS_PER_GROUP or sum(one.nbytes for one in self._waiting) >= _CHARACTERS_PER_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if self._waiting:
            self._file.write_table(pa.Table.from_batches(self._waiting).combine_chunks())
            self._waiting = []
            self._num_waiting = 0

    def close(self) -> None:
        """Finish the file."""
        self.flush()
        self._file.close()


class Staging:
    """Rows put aside on disk until it is known how they are divided. An Arrow stream is read back one block at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
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
        label = next((column.role for column in self._columns.values() if column.kind == "label"), None)
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
        self._divider = Divider(is_exact=plan.reads_column)
        self._digest = text_hash(plan.split_seed)
        self._rows_before = self._bytes_before = 0
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
        divides = any(shares.values())
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
            for writer in self._writers.values():
                writer.close()
        return self._conclude()

    def _conclude(self) -> Built | None:
        """Measure and judge what was written. None when there were errors; they are in the log."""
        num_rows = {split: self._writers[split].num_rows if split in self._writers else 0 for split in SPLITS}
        statistics = {role: column.measure(self._blocks_of(role)) for role, column in self._columns.items()}
        if not self._log.counts["data:unclosed_quote"]:
            # Rows that an open quote swallowed would be missed by what follows, misleadingly.
            self._judge(statistics, sum(num_rows.values()))
        return None if self._log.num_errors else self._finish(statistics, num_rows)

    def _read(self, part: Part, split: str | None) -> None:
        """One file, block by block. `split` None sends the rows to be divided."""
        findings = Findings(self._log, part.source.name)
        good = 0
        for block in self._blocks(part):
            try:
                sound = self._sound(block, findings)
                pinned = self._learn(sound, part.source.name)
            finally:
                findings.tell()
            good += len(sound.lines)
            if not sound.lines:
                continue
            if split is None:
                self._stage(sound, pinned)
            else:
                self._writer(split).write(pa.record_batch(sound.arrays(self._schema), schema=self._schema))
        self.num_rows_of_file.append(good)
        if not good and not self._log.num_errors:
            raise UnreadableError(Problem("data:no_rows", file=part.source.name))

    def _blocks(self, part: Part) -> Iterator[Block]:
        """Rows as they were read, a bounded number at a time."""
        present = self._present(part)
        names = [column.name for column in present]
        if self._plan.reads_column and self._plan.split_column is not None:
            names.append(self._plan.split_column)
        reader = open_reader(part.source, part.reading, self._log)
        lines: list[int] = []
        rows: list[list[Any]] = []
        characters = count = 0
        for line, values in reader.rows(names):
            count += 1
            if not count % _TICK_ROWS:
                self._tick("validating", self._rows_before + count, self._bytes_before + reader.bytes_read)
            lines.append(line)
            rows.append(values)
            for value in values:
                characters += len(value) if value.__class__ is str else size_of(value)
            if characters > _CHARACTERS_PER_GROUP or len(lines) >= _ROWS_PER_GROUP:
                yield self._block(lines, rows, present, part.position)
                lines, rows, characters = [], [], 0
        if lines:
            yield self._block(lines, rows, present, part.position)
        self._rows_before += count
        self._bytes_before += part.source.path.stat().st_size
        self._tick("validating", self._rows_before, self._bytes_before)

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
            if column.name not in have and not column.is_optional:
                told = ", ".join(map(shown, have[:20]))
                raise UnreadableError(
                    Problem("data:missing_column", file=part.source.name, column=column.name, params={"columns": told})
                )
        return [column for column in self._columns.values() if column.name in have]

    def _block(self, lines: list[int], rows: list[list[Any]], present: Sequence[Column], position: int) -> Block:
        values = list(map(list, zip(*rows, strict=True)))
        split_by = values.pop() if self._plan.reads_column else []
        cells = dict(zip((column.role for column in present), values, strict=True))
        filled = {role: cells.get(role) or [None] * len(lines) for role in self._columns}
        return Block(lines, filled, position, split_by)

    def _sound(self, block: Block, findings: Findings) -> Block:
        """The rows that can be used, with their cells in the form that is kept. A bad row is told once."""
        block = self._placed(block, findings)
        for role, column in self._columns.items():
            values = block.cells[role] = column.check(block.cells[role], block.lines, findings)
            if BAD in values:
                block = block.select([position for position, value in enumerate(values) if value is not BAD])
        if not self._shape.checks:
            return block
        return block.select(rows_checked(self._shape, block.cells, block.lines, self._columns, findings))

    def _placed(self, block: Block, findings: Findings) -> Block:
        """Rows of which is known what decides about their split, as numbers."""
        if not block.split_by:
            return block
        name, is_timed = str(self._plan.split_column), self._plan.split_mode == "time"
        for place, (value, line) in enumerate(zip(block.split_by, block.lines, strict=True)):
            block.split_by[place] = None
            if is_blank(value):
                findings.bad("data:missing_value", line, name)
            elif not is_timed:
                block.split_by[place] = int.from_bytes(self._digest(value_text(value) or ""), "little")
            elif (moment := time_number(value)) is None:
                findings.bad("data:not_a_time", line, name, value=value)
            else:
                block.split_by[place] = moment
        return block.select([place for place, value in enumerate(block.split_by) if value is not None])

    def _learn(self, block: Block, file: str) -> set[int]:
        """Positions of rows that brought a label or a type: unless labels decide about the split, these are trained on."""
        found: set[int] = set()
        for role, column in self._columns.items():
            found.update(column.learn(block.cells[role], block.lines, file))
        return set() if self._stratum else found

    def _writer(self, split: str) -> SplitWriter:
        if split not in self._writers:
            self._writers[split] = SplitWriter(self._folder / f"{split}.parquet", self._schema)
        return self._writers[split]

    def _stage(self, block: Block, pinned: set[int]) -> None:
        """Put rows aside until every share is known."""
        schema = self._schema.append(pa.field("digest", pa.uint64()))
        if self._staged is None:
            self._staged = Staging(self._folder / "staged.arrow", schema)
        if block.split_by:
            hashes = [number.to_bytes(8, "little") for number in block.split_by]
        else:
            hashes = list(map(self._digest, self._columns[self._shape.key].keys(block.cells[self._shape.key])))
        for position in pinned if not block.split_by else ():
            hashes[position] = PINNED
        digests = b"".join(hashes)
        strata = block.cells[self._stratum] if self._stratum else [""] * len(block.lines)
        self._divider.see(strata, memoryview(digests).cast("Q"))
        column = pa.Array.from_buffers(pa.uint64(), len(block.lines), [None, pa.py_buffer(digests)])
        self._staged.write(pa.record_batch([*block.arrays(self._schema), column], schema=schema))

    def _divide(self, *, validation_share: float, test_share: float) -> None:
        if self._staged is None:
            return
        self._staged.close()
        cuts = self._divider.cuts(validation_share=validation_share, test_share=test_share)
        if self._plan.reads_column:
            self._plan = replace(self._plan, split_cut=(cuts[""].test, cuts[""].validation))
        done = 0
        for block in self._staged.blocks():
            for split, rows in block_divide(block, cuts, stratum=self._stratum).items():
                self._writer(split).write(rows.drop_columns(["digest"]))
            done += block.num_rows
            self._tick("dividing", done, self._bytes_before)
        self._staged.path.unlink()

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

    def _judge(self, statistics: Mapping[str, dict[str, Any]], num_rows: int) -> None:
        """What only the whole can tell."""
        if num_rows < MIN_ROWS:
            self._log.add(Problem("data:too_few_rows", params={"found": num_rows, "limit": MIN_ROWS}))
        if num_rows:
            for role, column in self._columns.items():
                column.judge(statistics[role], num_rows, self._log)

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
