"""CSV and TSV whose first record is an example: the columns are called by their positions."""

from __future__ import annotations

from collections.abc import Iterator

from anneal.datasets.files.delimited import DelimitedReader
from anneal.datasets.files.problems import Problem, UnreadableError
from anneal.datasets.files.sheets import numbered


class HeaderlessReader(DelimitedReader):
    """Reads as if a record of names came before the first."""

    @property
    def has_stretches(self) -> bool:
        """Never: a stretch begins after a record of names."""
        return False

    def header(self) -> list[str]:
        """See DelimitedReader."""
        for _, record in super()._records():
            return numbered(len(record))
        raise UnreadableError(Problem("data:no_rows", file=self._source.name))

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        yield 0, list(self._reading.columns)
        yield from super()._records()
