"""Reads one split of labelled rows from Parquet, JSONL, CSV or TSV. Every complaint names the file, the row and the field."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# One text of ten megabytes in a CSV field is odd but not a reason to stop.
_LONGEST_FIELD = 64 * 1024 * 1024


@dataclass(frozen=True)
class LabelledRows:
    """Texts and labels of one split. `rows` holds the 1-based position of each in its file (header not counted)."""

    split: str
    file: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[int, ...]
    empty_rows: tuple[int, ...] = ()
    """Rows that were left out because they have no text."""

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, positions: Iterable[int], *, split: str) -> LabelledRows:
        chosen = tuple(positions)
        return LabelledRows(
            split=split,
            file=self.file,
            texts=tuple(self.texts[i] for i in chosen),
            labels=tuple(self.labels[i] for i in chosen),
            rows=tuple(self.rows[i] for i in chosen),
            empty_rows=self.empty_rows if split == self.split else (),
        )


def read_rows(path: Path, *, split: str, text_column: str, label_column: str) -> LabelledRows:
    """Raises JobError `data:*` for a missing, empty, damaged or unlabelled file."""
    if not path.is_file():
        raise JobError(
            "data:missing_file", f"The {split} file {path.name} does not exist in the data folder.", file=path.name
        )
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise _damaged(path, None, f"has an unknown kind {path.suffix!r}; use one of {known}")
    texts: list[str] = []
    labels: list[str] = []
    rows: list[int] = []
    empty: list[int] = []
    for number, (text, label) in enumerate(reader(path, text_column, label_column), start=1):
        if text is None or not str(text).strip():
            empty.append(number)
            continue
        if label is None or not str(label).strip():
            raise JobError(
                "data:missing_label",
                f"Row {number} of {path.name} has no label in column {label_column!r}; label it or remove the row.",
                file=path.name,
                row=number,
                column=label_column,
            )
        texts.append(_as_text(text, path, number, text_column))
        labels.append(_as_text(label, path, number, label_column).strip())
        rows.append(number)
    if not texts:
        raise JobError("data:empty", f"The {split} file {path.name} has no row with a text.", file=path.name)
    return LabelledRows(split, path.name, tuple(texts), tuple(labels), tuple(rows), tuple(empty))


def _as_text(value: Any, path: Path, row: int, column: str) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool | int | float):
        text = str(value)
    else:
        raise _damaged(path, row, f"holds a {type(value).__name__} in column {column!r} where a text belongs")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _damaged(path, row, f"has half a character (a lone surrogate) in column {column!r}") from None
    return text


def _damaged(path: Path, row: int | None, what: str) -> JobError:
    where = f"Row {row} of {path.name}" if row else f"The file {path.name}"
    return JobError("data:damaged", f"{where} {what}.", file=path.name, row=row)


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


def _read_parquet(path: Path, text_column: str, label_column: str) -> Iterator[tuple[Any, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            for column in (text_column, label_column):
                if column not in file.schema_arrow.names:
                    raise _missing_column(path, column, file.schema_arrow.names)
            for batch in file.iter_batches(columns=[text_column, label_column]):
                yield from zip(
                    batch.column(text_column).to_pylist(), batch.column(label_column).to_pylist(), strict=True
                )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise _damaged(path, None, f"is not a readable Parquet file ({error})") from error


def _read_jsonl(path: Path, text_column: str, label_column: str) -> Iterator[tuple[Any, Any]]:
    with path.open("rb") as file:  # Lines end at \n alone: U+2028 inside a text is no line break.
        for number, line in enumerate((line for line in file if line.strip()), start=1):
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise _damaged(path, number, f"is not UTF-8 text ({error})") from error
            except (ValueError, RecursionError) as error:
                raise _damaged(path, number, f"is not a JSON object ({error})") from error
            if not isinstance(row, dict):
                raise _damaged(path, number, f"is a JSON {type(row).__name__}, not an object")
            if number == 1:
                for column in (text_column, label_column):
                    if column not in row:
                        raise _missing_column(path, column, row, number)
            yield row.get(text_column), row.get(label_column)


def _read_delimited(path: Path, text_column: str, label_column: str, *, delimiter: str) -> Iterator[tuple[Any, Any]]:
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter, strict=True)
        try:
            columns = reader.fieldnames or ()
            if not columns:
                raise JobError("data:empty", f"The file {path.name} is empty.", file=path.name)
            for column in (text_column, label_column):
                if column not in columns:
                    raise _missing_column(path, column, columns)
            for row in reader:
                yield row[text_column], row[label_column]
        except UnicodeDecodeError as error:
            raise _damaged(path, None, f"is not UTF-8 text after line {reader.line_num} ({error})") from error
        except csv.Error as error:
            raise _damaged(path, None, f"cannot be split into columns near line {reader.line_num} ({error})") from error


def _read_csv(path: Path, text_column: str, label_column: str) -> Iterator[tuple[Any, Any]]:
    return _read_delimited(path, text_column, label_column, delimiter=",")


def _read_tsv(path: Path, text_column: str, label_column: str) -> Iterator[tuple[Any, Any]]:
    return _read_delimited(path, text_column, label_column, delimiter="\t")


_READERS = {".parquet": _read_parquet, ".jsonl": _read_jsonl, ".csv": _read_csv, ".tsv": _read_tsv}
