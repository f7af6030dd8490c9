"""What an evaluation leaves of single held-out rows, so that other jobs can be compared on rows that both were judged on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.contract.results import RowFigures

if TYPE_CHECKING:
    from workers.bootstrap import FloatArray
    from workers.trainer.parts import Run


def rows_keep(
    run: Run, metric: str, parts: FloatArray, weights: FloatArray | None = None, *, is_lower_better: bool = False
) -> None:
    """One part for each held-out row, in their order; without `weights` the figure is the mean of the parts."""
    rows = run.data.held_out
    weights = np.ones(len(parts)) if weights is None else weights
    run.row_figures = RowFigures(
        metric=metric,
        is_lower_better=is_lower_better,
        file=rows.file,
        rows=rows.rows,
        parts=tuple(np.asarray(parts, dtype=np.float64).tolist()),
        weights=tuple(np.asarray(weights, dtype=np.float64).tolist()),
    )
