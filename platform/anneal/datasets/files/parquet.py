"""Parquet: read batch by batch; rows are numbered from 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import Reading, Source

_BATCH_ROWS = 1000


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
                    for values in zip(*(batch.column(name).to_pylist() for name in chosen), strict=True):
                        number += 1
                        yield number, list(values)
                    self.bytes_read = size * number // total
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise _damaged(self._source, error) from error


def _batches(file: pq.ParquetFile, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Group by group: one iterator over all of them would keep what it has read."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(
            batch_size=_BATCH_ROWS, row_groups=[group], columns=list(columns), use_threads=False
        )


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
