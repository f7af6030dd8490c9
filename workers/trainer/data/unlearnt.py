"""Rows in which nothing is left to learn once they are tokens: left out and said, or refused where all of a split are such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.contract.events import Warned
from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.data.read import Rows


def left_out_rows(rows: Rows, positions: Sequence[int], max_length: int) -> list[Warned]:
    """One warning about rows at these positions, none without any."""
    if not positions:
        return []
    row = rows.rows[positions[0]]
    return [
        Warned(
            code="data:no_trained_tokens",
            message=f"{len(positions)} rows of {rows.file} have nothing to learn within {max_length} tokens and were left out; the "
            f"first is row {row}.",
            params={"file": rows.file, "count": len(positions), "row": row, "max_length": max_length},
        )
    ]


def nothing_learnt(rows: Rows, max_length: int, why: str) -> JobError:
    """`why` ends a sentence about each row, and says what to do."""
    return JobError(
        "data:no_trained_tokens",
        f"None of the {len(rows)} {rows.split} rows ({rows.file}) has anything to learn within {max_length} tokens: {why}.",
        file=rows.file,
        max_length=max_length,
        split=rows.split,
    )
