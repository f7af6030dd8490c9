"""Numbers that rows are to be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from workers.trainer.data.read import Rows


def are_alike(rows: Rows) -> bool:
    """Whether all have one score."""
    return len(set(rows["score"])) == 1


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
