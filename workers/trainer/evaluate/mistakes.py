"""Rows that the tuned model got wrong, cut to what a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.contract.results import Mistake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.data.read import Rows

MOST_MISTAKES = 50
_LONGEST_TEXT = 500


def mistake(rows: Rows, position: int, *, label: str, predicted: str, confidence: float | None = None) -> Mistake:
    second = rows.fields.get("text_b")
    return Mistake(
        row=rows.rows[position],
        text=rows["text"][position][:_LONGEST_TEXT],
        text_b=None if second is None else second[position][:_LONGEST_TEXT],
        label=label,
        predicted=predicted,
        confidence=confidence,
    )


def joined(labels: Sequence[str]) -> str:
    return ", ".join(labels) or "–"
