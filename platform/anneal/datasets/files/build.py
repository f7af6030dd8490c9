"""From uploaded files to the Parquet files of a version: one pass over each file, and one more over rows that must be divided."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anneal.datasets.files.columns import open_reader
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS, Reading, Source
from anneal.datasets.files.split import Divider, text_hash
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


class SplitWriter:
    """Writes rows to one Parquet file, a bounded group at a time."""

    def __init__(self, path: Path, schema: pa.Schema = _SCHEMA) -> None:
        self.path = path
        self.num_rows = 0
        self._schema = schema
        self._file = pq.ParquetWriter(path, schema, compression="zstd")
        self._columns: list[list[Any]] = [[] for _ in schema]
        self._characters = 0

    def add(self, text: str, *values: Any) -> None:
        """Add a row; `values` are the columns of the schema in order, text among them."""
        for column, value in zip(self._columns, values, strict=True):
            column.append(value)
        self.num_rows += 1
        self._characters += len(text)
        if len(self._columns[0]) >= _ROWS_PER_GROUP or self._characters >= _CHARACTERS_PER_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if self._columns[0]:
            self._file.write_table(pa.table(self._columns, schema=self._schema))
            self._columns = [[] for _ in self._schema]
            self._characters = 0

    def close(self) -> None:
        """Finish the file."""
        self.flush()
        self._file.close()


class Build:
    """One attempt at a version, in a folder of its own."""

    def __init__(self, folder: Path, plan: BuildPlan, log: ProblemLog, tick: Tick) -> None:
        self._folder = folder
        self._plan = plan
        self._log = log
        self._tick = tick
        self._writers: dict[str, SplitWriter] = {}
        self._staged: SplitWriter | None = None
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
            for writer in [*self._writers.values(), *([self._staged] if self._staged else [])]:
                writer.close()
        if not self._log.counts[
            "data:unclosed_quote"
        ]:  # Rows that a quote swallowed would be missed below, misleadingly.
            self._judge()
        return None if self._log.num_errors else self._finish()

    def _read(self, part: Part, split: str | None) -> None:  # noqa: C901 - the hot loop, kept in one piece for speed
        """One file, row by row. `split` None sends the rows to be divided."""
        plan, name, log = self._plan, part.source.name, self._log
        for column in (plan.text, plan.label):
            if column not in part.reading.columns:
                have = ", ".join(map(shown, part.reading.columns[:20]))
                raise UnreadableError(
                    Problem("data:missing_column", file=name, column=column, params={"columns": have})
                )
        reader = open_reader(part.source, part.reading, log)
        write = self._staging() if split is None else self._writing(split)
        lengths, labels = self._lengths, self._labels
        count = good = 0
        for line, (text, label) in reader.rows((plan.text, plan.label)):
            count += 1
            if not count % _TICK_ROWS:
                self._tick("validating", self._rows_before + count, self._bytes_before + reader.bytes_read)
            if text.__class__ is not str:
                text = self._as_text(text, name, line, plan.text)  # noqa: PLW2901 - the same cell, as text
            if label.__class__ is not str:
                label = self._as_text(label, name, line, plan.label)  # noqa: PLW2901 - the same cell, as text
            if text is None or label is None:
                continue
            clean = label.strip()
            if not self._is_good(text, clean, name, line):
                continue
            entry = labels.get(clean)
            if entry is None:
                entry = self._label_new(clean, name, line)
            if clean != label:
                log.add(
                    Problem("data:label_spaces", "warning", file=name, row=line, column=plan.label, value=shown(clean))
                )
            length = len(text)
            lengths[length if length < 2000 else length // 100 * 100] += 1  # noqa: PLR2004 - exact where it matters
            self._longest = max(self._longest, length)
            if length > _LONG_TEXT_CHARACTERS:
                log.add(
                    Problem(
                        "data:long_text", "warning", file=name, row=line, column=plan.text, params={"length": length}
                    )
                )
            write(line, text, clean, entry)
            good += 1
        self._rows_before += count
        self._bytes_before += part.source.path.stat().st_size
        self.num_rows_of_file.append(good)
        self._tick("validating", self._rows_before, self._bytes_before)
        if not good and not log.num_errors:
            raise UnreadableError(Problem("data:no_rows", file=name))

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
        elif "\0" in text or "\0" in label:
            self._bad("data:nul_byte", file, line, plan.text if "\0" in text else plan.label, value=text)
        elif not text.isascii() and not _encodes(text):
            self._bad("data:encoding", file, line, plan.text, value=text, encoding="UTF-8", byte=None)
        elif not label.isascii() and not _encodes(label):
            self._bad("data:encoding", file, line, plan.label, value=label, encoding="UTF-8", byte=None)
        else:
            return True
        return False

    def _bad(self, code: str, file: str, line: int, column: str, *, value: str | None = None, **params: Any) -> None:
        told = None if value is None else shown(value)
        self._log.add(Problem(code, file=file, row=line, column=column, value=told, params=params))

    def _label_new(self, label: str, file: str, line: int) -> LabelCount:
        if len(self._labels) >= MAX_LABELS:
            raise UnreadableError(
                Problem(
                    "data:too_many_labels", file=file, row=line, column=self._plan.label, params={"limit": MAX_LABELS}
                )
            )
        entry = self._labels[label] = LabelCount(file, line)
        return entry

    def _writer(self, split: str) -> SplitWriter:
        if split not in self._writers:
            self._writers[split] = SplitWriter(self._folder / f"{split}.parquet")
        return self._writers[split]

    def _writing(self, split: str) -> Callable[[int, str, str, LabelCount], None]:
        writer = self._writer(split)

        def write(line: int, text: str, label: str, entry: LabelCount) -> None:
            writer.add(text, line, text, label)
            entry.counts[split] += 1

        return write

    def _staging(self) -> Callable[[int, str, str, LabelCount], None]:
        staged = self._staged = self._staged or SplitWriter(self._folder / "staged.parquet", _STAGED)
        digest_of, see = self._digest, self._divider.see

        def write(line: int, text: str, label: str, entry: LabelCount) -> None:  # noqa: ARG001 - counted when divided
            digest = digest_of(text)
            see(label, digest)
            staged.add(text, line, text, label, digest)

        return write

    def _divide(self, *, validation_share: float, test_share: float) -> None:
        if self._staged is None:
            return
        self._staged.close()
        cuts = self._divider.cuts(validation_share=validation_share, test_share=test_share)
        done = 0
        with pq.ParquetFile(self._staged.path) as file:
            for batch in file.iter_batches(batch_size=2000, use_threads=False):
                for line, text, label, digest in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    split = cuts[label].split_of(digest)
                    self._writer(split).add(text, line, text, label)
                    self._labels[label].counts[split] += 1
                done += batch.num_rows
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
