"""Numbers that rows are to be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from workers.contract.events import Warned
from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from workers.trainer.data.read import Rows


CORRELATIONS = frozenset({"pearson", "spearman"})


def flat_correlation(rows: Rows, figure: str) -> Warned | None:
    """What is to be said where the figure is a correlation with scores that are all the same."""
    if figure not in CORRELATIONS or len(set(rows["score"])) > 1:
        return None
    return Warned(
        code="data:validation_alike",
        message=f"The validation rows ({len(rows)} of {rows.file}) have one score alone, so {figure} is the same for any weights: those "
        "with the lowest validation loss are kept, or the last ones where that is the same as well. Bring validation rows of "
        "different scores.",
        params={"file": rows.file, "count": len(rows), "figure": figure},
    )


def varied(train: Rows) -> torch.Tensor:
    """The scores of the training rows, (rows,) float64. Raises JobError `data:single_class` where they are all the same."""
    scores = torch.tensor(train["score"], dtype=torch.float64)
    if len(scores) < 2 or float(scores.std()) == 0:  # noqa: PLR2004 - a single number does not vary
        raise JobError(
            "data:single_class",
            f"Every row of {train.file} has the score {float(scores[0]):g}; there is nothing to learn.",
            file=train.file,
            label=f"{float(scores[0]):g}",
        )
    return scores
