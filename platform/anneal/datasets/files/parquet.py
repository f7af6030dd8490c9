"""Parquet: read batch by batch; rows are numbered from 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import Reading, Source

_BATCH_ROWS = 1000
_BATCH_BYTES = 16 * 2**20
_PROBE_ROWS = 16


class ParquetReader:
    """One pass over a Parquet file."""

    def __init__(self, source: Source, reading: Reading, log: ProblemLog) -> None:
        self._source = source
        self._reading = reading
        self._log = log
        self.bytes_read = 0

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        size = self._source.path.stat().st_size
        try:
            with pq.ParquetFile(self._source.path, pre_buffer=False, memory_map=False) as file:
                total = max(1, file.metadata.num_rows)
                names = file.schema_arrow.names
                # By position: two columns may have one name.
                chosen = [names[self._reading.columns.index(column)] for column in columns]
                number = 0
                for batch in _batches(file, chosen):
                    for values in zip(*(_listed(batch.column(name)) for name in chosen), strict=True):
                        number += 1
                        yield number, list(values)
                    self.bytes_read = size * number // total
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise _damaged(self._source, error) from error


def _batches(file: pq.ParquetFile, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Group by group: one iterator over all of them would keep what it has read."""
    for group in range(file.num_row_groups):
        read = partial(file.iter_batches, row_groups=[group], columns=list(columns), use_threads=False)
        size = _rows_at_once(file.metadata.row_group(group), columns, next(read(batch_size=_PROBE_ROWS), None))
        yield from read(batch_size=size)


def _rows_at_once(group: pq.RowGroupMetaData, columns: Sequence[str], first: pa.RecordBatch | None) -> int:
    """The fewer, the longer the rows are: on the average of their group, or the first of them, as a text may be kept once for many rows.

    A group whose first rows are short, and most of whose others share a long text, takes more memory than it should.
    """
    parts = [group.column(number) for number in range(group.num_columns)]
    kept: int = sum(part.total_uncompressed_size for part in parts if part.path_in_schema.split(".")[0] in columns)
    shown: int = first.nbytes // first.num_rows if first is not None and first.num_rows else 0
    size = max(1, kept // max(1, int(group.num_rows)), shown)
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // size))


def _listed(column: pa.Array) -> list[Any]:
    """Values as Python has them, which knows no nanoseconds."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return list(column.to_pylist())


def parquet_header(source: Source) -> list[str]:
    """The columns' names. Raises UnreadableError for a damaged or empty file."""
    try:
        with pq.ParquetFile(source.path) as file:
            if file.metadata.num_rows == 0:
                raise UnreadableError(Problem("data:no_rows", file=source.name))
            return list(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(source, error) from error


def _damaged(source: Source, error: Exception) -> UnreadableError:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return UnreadableError(
        Problem(
            "data:damaged_parquet", file=source.name, params={"reason": reason.replace(str(source.path), source.name)}
        )
    )
