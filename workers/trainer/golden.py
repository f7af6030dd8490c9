"""Golden inputs: a few held-out rows whose answers every copy of a model must repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.data.encoded import evenly

if TYPE_CHECKING:
    from workers.trainer.data.encoded import IntArray

NUM_GOLDEN = 16


def golden_rows(lengths: IntArray) -> IntArray:
    """From the shortest row to the longest, so that replaying them in one batch pads."""
    by_length = np.argsort(lengths, kind="stable")
    return by_length[evenly(len(by_length), NUM_GOLDEN)]
