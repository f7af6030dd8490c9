"""Golden inputs: a few held-out rows whose answers every copy of a model must repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workers.trainer.data.encoded import IntArray

NUM_GOLDEN = 16


def golden_rows(lengths: IntArray) -> IntArray:
    """From the shortest row to the longest, so that replaying them in one batch pads."""
    by_length = np.argsort(lengths, kind="stable")
    chosen = np.linspace(0, len(by_length) - 1, min(NUM_GOLDEN, len(by_length))).round().astype(int)
    rows: IntArray = by_length[chosen]
    return rows
