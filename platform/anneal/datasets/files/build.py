"""From uploaded files to the Parquet files of a version: one pass over each file, and one more over rows that must be divided."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anneal.datasets.files.columns import open_reader
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS, Reading, Source
from anneal.datasets.files.split import Divider, block_divide, text_hash
from anneal.datasets.files.values import NotANumberValueError, NotTextError, text_of

SPLITS = ("train", "validation", "test")
MAX_LABELS = 10_000
MAX_LABEL_CHARACTERS = 200
MIN_ROWS = 10
_LONG_TEXT_CHARACTERS = 20_000
_ROWS_PER_GROUP = 5000
_CHARACTERS_PER_GROUP = 4 * 2**20
_TICK_ROWS = 512
_SCHEMA = pa.schema([("row", pa.int64()), ("text", pa.string()), ("label", pa.string())])
_STAGED = pa.schema([*_SCHEMA, ("digest", pa.uint64())])


@dataclass(frozen=True)
class BuildPlan:
    """What the customer decided."""

    text: str
    label: str
    split_seed: int = 0
    validation_share: float = 0.1
    test_share: float = 0.1

    def as_json(self) -> dict[str, Any]:
        """What a version keeps as its mapping."""
        return dict(vars(self))


@dataclass(frozen=True)
class Part:
    """One uploaded file with its reading and its split (`auto`: to be divided)."""

    source: Source
    reading: Reading
    split: str


@dataclass
class LabelCount:
    """Where a label occurs, and where it was first seen."""

    file: str
    row: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SPLITS, 0))


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
    """Everything a version is made of."""

    files: tuple[BuiltFile, ...]
    labels: list[dict[str, Any]]
    num_rows: dict[str, int]
    text_length: dict[str, Any]
    sha256: str


# stage, rows read so far, bytes read so far
Tick = Callable[[str, int, int], None]


@dataclass
class Block:
    """Good rows that wait to be written together: one row group of a Parquet file."""

    rows: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def columns(self) -> list[list[Any]]:
        return [self.rows, self.texts, self.labels]


class SplitWriter:
    """Writes blocks of rows to one Parquet file. Small blocks wait until they make a group that is worth reading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_rows = 0
        self._file = pq.ParquetWriter(path, _SCHEMA, compression="zstd")
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

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = pa.ipc.new_stream(path, _STAGED)
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
        self._writers: dict[str, SplitWriter] = {}
        self._staged: Staging | None = None
        self._divider = Divider()
        self._digest = text_hash(plan.split_seed)
        self._labels: dict[str, LabelCount] = {}
        self._lengths: Counter[int] = Counter()
        self._longest = 0
        self._rows_before = self._bytes_before = 0
        self.num_rows_of_file: list[int] = []

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
        if not self._log.counts["data:unclosed_quote"]:
            # Rows that an open quote swallowed would be missed by what follows, misleadingly.
            self._judge()
        return None if self._log.num_errors else self._finish()

    def _read(self, part: Part, split: str | None) -> None:
        """One file, block by block. `split` None sends the rows to be divided."""
        name = part.source.name
        for column in (self._plan.text, self._plan.label):
            if column not in part.reading.columns:
                have = ", ".join(map(shown, part.reading.columns[:20]))
                raise UnreadableError(
                    Problem("data:missing_column", file=name, column=column, params={"columns": have})
                )
        good = 0
        for block in self._blocks(part, name):
            sound = self._sound(block, name)
            good += len(sound.rows)
            self._measure(sound)
            if split is None:
                self._stage(sound)
            else:
                self._writer(split).write(pa.record_batch(sound.columns(), schema=_SCHEMA))
                self._count(Counter(sound.labels), split)
        self.num_rows_of_file.append(good)
        if not good and not self._log.num_errors:
            raise UnreadableError(Problem("data:no_rows", file=name))

    def _blocks(self, part: Part, name: str) -> Iterator[Block]:
        """Rows with a text and a known label, a bounded number at a time. The hot loop: what can wait for the block waits."""
        labels = self._labels
        reader = open_reader(part.source, part.reading, self._log)
        block, characters, count = Block(), 0, 0
        for line, (text, label) in reader.rows((self._plan.text, self._plan.label)):
            count += 1
            if not count % _TICK_ROWS:
                self._tick("validating", self._rows_before + count, self._bytes_before + reader.bytes_read)
            if text.__class__ is not str or label.__class__ is not str:
                text, label = self._as_texts(text, label, name, line)  # noqa: PLW2901 - the same cells, as texts
                if text is None or label is None:
                    continue
            clean = label.strip()
            length = len(text)
            if clean != label or clean not in labels or not length or length > _LONG_TEXT_CHARACTERS or text.isspace():
                if not self._is_good(text, clean, name, line):
                    continue
                self._remark(text, label, clean, name, line)
            block.rows.append(line)
            block.texts.append(text)
            block.labels.append(clean)
            characters += length
            if characters > _CHARACTERS_PER_GROUP or len(block.rows) >= _ROWS_PER_GROUP:
                yield block
                block, characters = Block(), 0
        if block.rows:
            yield block
        self._rows_before += count
        self._bytes_before += part.source.path.stat().st_size
        self._tick("validating", self._rows_before, self._bytes_before)

    def _sound(self, block: Block, name: str) -> Block:
        """The block without rows whose text cannot be written: NUL, or half a character. Usually all of it, found out at once."""
        joined = "".join(block.texts)
        if "\0" not in joined and (joined.isascii() or _encodes(joined)):
            return block
        sound = Block()
        for line, text, label in zip(block.rows, block.texts, block.labels, strict=True):
            if "\0" in text:
                self._bad("data:nul_byte", name, line, self._plan.text, value=text)
            elif not _encodes(text):
                self._bad("data:encoding", name, line, self._plan.text, value=text, encoding="UTF-8", byte=None)
            else:
                sound.rows.append(line)
                sound.texts.append(text)
                sound.labels.append(label)
        return sound

    def _measure(self, block: Block) -> None:
        for length, count in Counter(map(len, block.texts)).items():
            self._lengths[length if length < 2000 else length // 100 * 100] += count  # noqa: PLR2004 - exact where it matters
            self._longest = max(self._longest, length)

    def _remark(self, text: str, label: str, clean: str, name: str, line: int) -> None:
        """Note a new label, and what is doubtful about a good row."""
        if clean not in self._labels:
            self._label_new(clean, name, line)
        if clean != label:
            self._warn("data:label_spaces", name, line, self._plan.label, value=shown(clean))
        if len(text) > _LONG_TEXT_CHARACTERS:
            self._warn("data:long_text", name, line, self._plan.text, params={"length": len(text)})

    def _warn(self, code: str, file: str, line: int, column: str, **more: Any) -> None:
        self._log.add(Problem(code, "warning", file=file, row=line, column=column, **more))

    def _as_texts(self, text: Any, label: Any, name: str, line: int) -> tuple[str | None, str | None]:
        plan = self._plan
        return self._as_text(text, name, line, plan.text), self._as_text(label, name, line, plan.label)

    def _as_text(self, value: Any, file: str, line: int, column: str) -> str | None:
        """A number as text. An empty cell becomes "", so that the usual complaint follows; None when it was reported here."""
        try:
            return text_of(value) or ""
        except NotTextError:
            self._log.add(Problem("data:wrong_type", file=file, row=line, column=column, value=shown(value)))
        except NotANumberValueError:
            self._log.add(Problem("data:nan_value", file=file, row=line, column=column, value=shown(value)))
        return None

    def _is_good(self, text: str, label: str, file: str, line: int) -> bool:
        plan = self._plan
        if not text or text.isspace():
            self._bad("data:missing_text", file, line, plan.text)
        elif not label:
            self._bad("data:missing_label", file, line, plan.label)
        elif len(text) > MAX_FIELD_CHARACTERS:
            self._bad("data:field_too_long", file, line, plan.text, limit=MAX_FIELD_CHARACTERS)
        elif len(label) > MAX_LABEL_CHARACTERS:
            self._bad("data:label_too_long", file, line, plan.label, value=label, limit=MAX_LABEL_CHARACTERS)
        elif "\0" in label:
            self._bad("data:nul_byte", file, line, plan.label, value=label)
        elif not _encodes(label):
            self._bad("data:encoding", file, line, plan.label, value=label, encoding="UTF-8", byte=None)
        else:
            return True
        return False

    def _bad(self, code: str, file: str, line: int, column: str, *, value: str | None = None, **params: Any) -> None:
        told = None if value is None else shown(value)
        self._log.add(Problem(code, file=file, row=line, column=column, value=told, params=params))

    def _label_new(self, label: str, file: str, line: int) -> None:
        if len(self._labels) >= MAX_LABELS:
            raise UnreadableError(
                Problem(
                    "data:too_many_labels", file=file, row=line, column=self._plan.label, params={"limit": MAX_LABELS}
                )
            )
        self._labels[label] = LabelCount(file, line)

    def _count(self, counts: dict[str, int], split: str) -> None:
        for label, count in counts.items():
            self._labels[label].counts[split] += count

    def _writer(self, split: str) -> SplitWriter:
        if split not in self._writers:
            self._writers[split] = SplitWriter(self._folder / f"{split}.parquet")
        return self._writers[split]

    def _stage(self, block: Block) -> None:
        """Put rows aside until every label's share is known."""
        if self._staged is None:
            self._staged = Staging(self._folder / "staged.arrow")
        digests = b"".join(map(self._digest, block.texts))
        self._divider.see(block.labels, memoryview(digests).cast("Q"))
        column = pa.Array.from_buffers(pa.uint64(), len(block.rows), [None, pa.py_buffer(digests)])
        self._staged.write(pa.record_batch([*map(pa.array, block.columns()), column], schema=_STAGED))

    def _divide(self, *, validation_share: float, test_share: float) -> None:
        if self._staged is None:
            return
        self._staged.close()
        cuts = self._divider.cuts(validation_share=validation_share, test_share=test_share)
        done = 0
        for block in self._staged.blocks():
            for split, rows in block_divide(block, cuts).items():
                self._writer(split).write(rows.drop_columns(["digest"]))
                counts = pc.value_counts(rows.column("label")).to_pylist()
                self._count({entry["values"]: entry["counts"] for entry in counts}, split)
            done += block.num_rows
            self._tick("dividing", done, self._bytes_before)
        self._staged.path.unlink()

    def _judge(self) -> None:
        """What only the whole can tell."""
        log, labels = self._log, self._labels
        column = self._plan.label
        total = sum(sum(entry.counts.values()) for entry in labels.values())
        trained = {label: entry for label, entry in labels.items() if entry.counts["train"]}
        if labels and len(labels) == 1:
            log.add(Problem("data:single_class", column=column, value=shown(next(iter(labels)))))
        if total < MIN_ROWS:
            log.add(Problem("data:too_few_rows", params={"found": total, "limit": MIN_ROWS}))
        for label, entry in labels.items():
            if label not in trained:
                log.add(Problem("data:unseen_label", file=entry.file, row=entry.row, column=column, value=shown(label)))
            elif sum(entry.counts.values()) == 1:
                log.add(Problem("data:rare_label", "warning", entry.file, entry.row, column, shown(label)))
        if len(labels) > 1 and all(_looks_numeric(label) for label in labels):
            log.add(Problem("data:numeric_labels", "warning", column=column, params={"found": len(labels)}))
        if total >= 20 and len(labels) * 2 > total:  # noqa: PLR2004 - with fewer rows it says little
            log.add(Problem("data:many_labels", "warning", column=column, params={"found": len(labels), "rows": total}))

    def _finish(self) -> Built:
        files = []
        for split in SPLITS:
            writer = self._writers.get(split)
            if writer and writer.num_rows:
                digest = _file_sha256(
                    writer.path, lambda: self._tick("finishing", self._rows_before, self._bytes_before)
                )
                size = writer.path.stat().st_size
                files.append(BuiltFile(writer.path.name, split, writer.path, digest, size, writer.num_rows))
        labels = [{"label": label, **self._labels[label].counts} for label in sorted(self._labels)]
        num_rows = {split: next((file.num_rows for file in files if file.split == split), 0) for split in SPLITS}
        canonical = json.dumps(
            {"files": [[file.split, file.sha256] for file in files], "mapping": self._plan.as_json()},
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return Built(
            files=tuple(files),
            labels=labels,
            num_rows=num_rows,
            text_length=_length_summary(self._lengths, self._longest),
            sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        )


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _looks_numeric(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def _file_sha256(path: Path, tick: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(2**22):
            digest.update(piece)
            tick()
    return digest.hexdigest()


def _length_summary(lengths: Counter[int], longest: int) -> dict[str, Any]:
    total = lengths.total()
    ordered = sorted(lengths.items())

    def percentile(share: float) -> int:
        seen = 0
        for length, count in ordered:
            seen += count
            if seen >= total * share:
                return length
        return 0

    return {
        "p50": percentile(0.5),
        "p95": percentile(0.95),
        "max": longest,
        "unit": "characters",
    }
