"""Reads one split from Parquet, JSONL, CSV, TSV or the lines of CoNLL. Every complaint names the file, the row and the field."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from workers.contract.reasons import JobError
from workers.contract.tagged import DOCUMENT, conll_delimiter, conll_parts, is_comment
from workers.contract.tags import is_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from workers.contract.spec import DataSource

# One text of ten megabytes in a CSV field is odd but not a reason to stop.
_LONGEST_FIELD = 64 * 1024 * 1024
# What of a file says how its lines are parted.
_BEGINNING_BYTES = 256 * 1024


@dataclass(frozen=True)
class Place:
    """Where a value stands, for complaints. Rows count from 1, the header not included."""

    file: str
    row: int
    column: str

    def damaged(self, what: str) -> JobError:
        return JobError(
            "data:damaged", f"Row {self.row} of {self.file} {what}.", file=self.file, row=self.row, column=self.column
        )


@dataclass(frozen=True)
class Column:
    """A field that a task needs: `role` is the task's name for it, `name` the file's. `parse` checks and converts one value."""

    role: str
    name: str
    parse: Callable[[Any, Place], Any]
    is_optional: bool = False
    """May be absent as a column and empty in a row; it is None then."""


@dataclass(frozen=True)
class Rows:
    """Checked values of one split, by role. `rows` holds the 1-based position of each in its file (header not counted)."""

    split: str
    file: str
    fields: Mapping[str, tuple[Any, ...]]
    rows: tuple[int, ...]
    left_out: tuple[int, ...] = ()
    """Rows without an input, which nothing can be learnt from."""

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, role: str) -> tuple[Any, ...]:
        return self.fields[role]

    def select(self, positions: Iterable[int], *, split: str) -> Rows:
        chosen = tuple(positions)
        return Rows(
            split=split,
            file=self.file,
            fields={role: tuple(values[i] for i in chosen) for role, values in self.fields.items()},
            rows=tuple(self.rows[i] for i in chosen),
            left_out=self.left_out if split == self.split else (),
        )

    def with_fields(self, **more: tuple[Any, ...]) -> Rows:
        return replace(self, fields={**self.fields, **more})


@dataclass
class _Kept:
    fields: dict[str, list[Any]]
    rows: list[int] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)


def read_splits(
    source: DataSource, folder: Path, *, columns: Sequence[Column], is_empty: Callable[[Mapping[str, Any]], bool]
) -> Iterator[tuple[str, Rows]]:
    """The files that a spec names, one after another as they are asked for, each with its split. Raises as `read_rows`."""
    for split, name in (("train", source.train), ("validation", source.validation), ("test", source.test)):
        if name is not None:
            yield split, read_rows(folder / name, split=split, columns=columns, is_empty=is_empty)


def read_rows(
    path: Path, *, split: str, columns: Sequence[Column], is_empty: Callable[[Mapping[str, Any]], bool]
) -> Rows:
    """Raises JobError `data:*` for a missing, empty, damaged or unlabelled file.

    `is_empty` says of a raw row, by role, that it has no input; such rows are left out and remembered.
    """
    if not path.is_file():
        raise JobError(
            "data:missing_file", f"The {split} file {path.name} does not exist in the data folder.", file=path.name
        )
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise _damaged(path, None, f"has an unknown kind {path.suffix!r}; use one of {known}")
    kept = _Kept({column.role: [] for column in columns})
    for number, found in enumerate(reader(path, columns), start=1):
        raw = {column.role: found.get(column.name) for column in columns}
        if is_empty(raw):
            kept.left_out.append(number)
            continue
        for column in columns:
            value = raw[column.role]
            place = Place(path.name, number, column.name)
            kept.fields[column.role].append(
                None if value is None and column.is_optional else column.parse(value, place)
            )
        kept.rows.append(number)
    if not kept.rows:
        raise JobError("data:empty", f"The {split} file {path.name} has no row with a text.", file=path.name)
    fields = {role: tuple(values) for role, values in kept.fields.items()}
    return Rows(split, path.name, fields, tuple(kept.rows), tuple(kept.left_out))


def refuse_unseen(rows: Rows, found: Iterable[Iterable[str]], known: Collection[str], *, what: str) -> None:
    """Raises JobError `data:unseen_label` for the first row that has something which no training row has; `found` is by row."""
    known = frozenset(known)
    for row, labels in zip(rows.rows, found, strict=True):
        for label in labels:
            if label not in known:
                raise JobError(
                    "data:unseen_label",
                    f"Row {row} of {rows.file} has the {what} {label!r}, which no training row has; "
                    "correct it or add training rows for it.",
                    file=rows.file,
                    row=row,
                    label=label,
                    split=rows.split,
                )


def _damaged(path: Path, row: int | None, what: str) -> JobError:
    where = f"Row {row} of {path.name}" if row else f"The file {path.name}"
    return JobError("data:damaged", f"{where} {what}.", file=path.name, row=row)


def _damaged_line(path: Path, line: int, what: str, column: str | None = None) -> JobError:
    """Of files whose rows are several lines."""
    return JobError(
        "data:damaged", f"Line {line} of {path.name} {what}.", file=path.name, row=None, line=line, column=column
    )


def _missing_column(path: Path, column: str, columns: Iterable[str], row: int | None = None) -> JobError:
    have = sorted(str(name) for name in columns)
    where = f"Row {row} of {path.name}" if row else path.name
    return JobError(
        "data:missing_column",
        f"{where} has no column {column!r}; it has: {', '.join(have) or 'none'}.",
        file=path.name,
        column=column,
        columns=have,
        row=row,
    )


def _check_columns(path: Path, columns: Sequence[Column], present: Iterable[str], row: int | None = None) -> list[str]:
    """Names of the asked columns that are there. Raises JobError for one that is not and must be, and for one that is there twice."""
    have = list(present)
    for column in columns:
        if have.count(column.name) > 1:
            raise _damaged(path, None, f"has two columns of the name {column.name!r}; rename or remove one of them")
        if column.name not in have and not column.is_optional:
            raise _missing_column(path, column.name, have, row)
    return [column.name for column in columns if column.name in have]


def _read_parquet(path: Path, columns: Sequence[Column]) -> Iterator[Mapping[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            names = _check_columns(path, columns, file.schema_arrow.names)
            for batch in file.iter_batches(columns=names):
                values = [batch.column(name).to_pylist() for name in names]
                for row in zip(*values, strict=True):
                    yield dict(zip(names, row, strict=True))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise _damaged(path, None, f"is not a readable Parquet file ({error})") from error


def _read_jsonl(path: Path, columns: Sequence[Column]) -> Iterator[Mapping[str, Any]]:
    with path.open("rb") as file:  # Lines end at \n alone: U+2028 inside a text is no line break.
        for number, line in enumerate((line for line in file if line.strip()), start=1):
            try:
                row = _JSON.decode(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise _damaged(path, number, f"is not UTF-8 text ({error})") from error
            except _KeyTwiceError as error:
                what = f"has the key {error.key!r} twice, so its value is uncertain; keep one"
                raise Place(path.name, number, error.key).damaged(what) from error
            except (ValueError, RecursionError) as error:
                raise _damaged(path, number, f"is not a JSON object ({error})") from error
            if not isinstance(row, dict):
                raise _damaged(path, number, f"is a JSON {type(row).__name__}, not an object")
            if number == 1:
                _check_columns(path, columns, row, number)
            yield row


class _KeyTwiceError(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Python itself keeps the last of two equal keys."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _KeyTwiceError(next(key for key in keys if keys.count(key) > 1))
    return found


_JSON = json.JSONDecoder(object_pairs_hook=_object)


def _read_delimited(path: Path, columns: Sequence[Column], *, delimiter: str) -> Iterator[Mapping[str, Any]]:
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            rows = (cells for cells in reader if cells)
            names = next(rows, [])
            if not names:
                raise JobError("data:empty", f"The file {path.name} is empty.", file=path.name)
            _check_columns(path, columns, names)
            for number, cells in enumerate(rows, start=1):
                if len(cells) != len(names) and any(cell.strip() for cell in cells):
                    raise _damaged(
                        path,
                        number,
                        f"has {len(cells)} fields, the first line has {len(names)}; put texts that contain the separator in double "
                        "quotes",
                    )
                yield dict(zip(names, cells, strict=False))
        except UnicodeDecodeError as error:
            raise _damaged(path, None, f"is not UTF-8 text after line {reader.line_num} ({error})") from error
        except csv.Error as error:
            raise _damaged(path, None, f"cannot be split into columns near line {reader.line_num} ({error})") from error


def _read_csv(path: Path, columns: Sequence[Column]) -> Iterator[Mapping[str, Any]]:
    return _read_delimited(path, columns, delimiter=",")


def _read_tsv(path: Path, columns: Sequence[Column]) -> Iterator[Mapping[str, Any]]:
    return _read_delimited(path, columns, delimiter="\t")


def _read_conll(path: Path, columns: Sequence[Column]) -> Iterator[Mapping[str, Any]]:
    """A row for each sentence: its tokens, and the tags that stand last in their lines."""
    names = {column.role: column.name for column in columns}
    if not {"tokens", "tags"} <= names.keys():
        raise _damaged(path, None, "holds tokens with tags, which only the task token_classification learns from")
    with path.open("rb") as file:
        delimiter = conll_delimiter(file.read(_BEGINNING_BYTES).decode(errors="replace"))
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in _numbered_lines(path):
        if not tokens and is_comment(line):
            continue
        if not line.strip() or line.startswith(DOCUMENT):
            if tokens:
                yield {names["tokens"]: tokens, names["tags"]: tags}
            tokens, tags = [], []
            continue
        parts = conll_parts(line, delimiter)
        if len(parts) == 1:
            raise _damaged_line(path, number, f"has the token {parts[0]!r} and no tag behind it", column="tags")
        if not is_tag(parts[-1]):
            raise _damaged_line(
                path,
                number,
                f"has the tag {parts[-1]!r} in its last column; tags are O, B-TYPE or I-TYPE",
                column="tags",
            )
        tokens.append(parts[0])
        tags.append(parts[-1])
    if tokens:
        yield {names["tokens"]: tokens, names["tags"]: tags}


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """From 1, without their ends."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise _damaged_line(path, number, f"is not UTF-8 text ({error})") from error


_READERS = {
    ".parquet": _read_parquet,
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    **dict.fromkeys((".conll", ".bio", ".iob", ".iob2"), _read_conll),
}
