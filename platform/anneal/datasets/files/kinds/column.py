"""What every kind of column does: check cells block by block, learn what occurs in them, measure the written files, judge the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from anneal.datasets.files.flat import Places as Lines
from anneal.datasets.files.flat import replaced
from anneal.datasets.files.problems import Findings, ProblemLog
from anneal.datasets.files.values import is_blank
from workers.contract.columns import DataColumn

BAD: Final = object()
"""In the place of a cell that cannot be used; why is among the findings."""

SPLITS = ("train", "validation", "test")

# The column's cells in the written files, with their split. May be gone through more than once.
Blocks = Callable[[], Iterator[tuple[str, pa.Array]]]


class Column:
    """One column of a dataset. `name` is what the uploaded files call it."""

    arrow: ClassVar[pa.DataType]

    def __init__(self, column: DataColumn, name: str, *, delimiter: str | None = None) -> None:
        self.role = column.role
        self.kind = column.kind
        self.is_optional = column.is_optional
        self.name = name
        self.delimiter = delimiter

    def check_texts(self, texts: pa.Array, lines: Lines, findings: Findings) -> pa.Array | None:
        """`check` for a column of texts: null where a cell cannot be used. None when only a look at every cell can tell."""
        del texts, lines, findings
        return None

    def checked_where(
        self, doubtful: npt.NDArray[np.bool_], texts: pa.Array, lines: Lines, findings: Findings
    ) -> pa.Array:
        """The texts with another look at the cells in doubt."""
        positions = np.flatnonzero(doubtful)
        if not len(positions):
            return texts
        cells = texts.take(pa.array(positions)).to_pylist()
        found = [self.cell(cell, line, findings) for cell, line in zip(cells, lines[positions].tolist(), strict=True)]
        return replaced(texts, positions, pa.array([None if cell is BAD else cell for cell in found], pa.string()))

    def check(self, values: Sequence[Any], lines: Sequence[int], findings: Findings) -> list[Any]:
        """The cells as they are kept, `BAD` where that cannot be. An optional cell that is empty is None."""
        if not self.is_optional:
            return self.checked(values, lines, findings)
        filled = [position for position, value in enumerate(values) if not is_blank(value)]
        found: list[Any] = [None] * len(values)
        good = self.checked([values[i] for i in filled], [lines[i] for i in filled], findings)
        for position, value in zip(filled, good, strict=True):
            found[position] = value
        return found

    def checked(self, values: Sequence[Any], lines: Sequence[int], findings: Findings) -> list[Any]:
        """What a kind does about cells that must hold something."""
        return [self.cell(value, line, findings) for value, line in zip(values, lines, strict=True)]

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        """One cell, for kinds that need not look at many at once."""
        raise NotImplementedError

    def learn_texts(self, texts: pa.Array, lines: Lines, file: str) -> list[int]:
        """`learn` for a column of texts."""
        return self.learn(texts.to_pylist(), lines.tolist(), file)

    def learn(self, values: Sequence[Any], lines: Sequence[int], file: str) -> list[int]:
        """Take good cells into account; positions of those that brought a label or a type that was not seen before.

        Raises UnreadableError when there are too many of them.
        """
        del values, lines, file
        return []

    def keys(self, values: Any) -> Sequence[str] | pa.Array:
        """Good cells as texts: rows whose texts are alike stay in one split."""
        return values

    def see(self, cells: pa.Array, split: str) -> None:
        """Count cells as they are written."""

    def measure(self, blocks: Blocks) -> dict[str, Any]:
        """Statistics of a version: of what was seen, or of what `blocks` go through again."""
        raise NotImplementedError

    def judge(self, statistics: dict[str, Any], num_rows: int, log: ProblemLog) -> None:
        """What only the whole can tell."""
