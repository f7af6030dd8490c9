"""How sure a classifier is, apart from what it answers: one factor of its outputs (temperature scaling; Guo et al. 2017, arXiv:1706.04599).

Training goes on to raise confidence when rows are no longer told apart better, so that the loss of validation rows rises while the
model improves. Weights are therefore compared by the loss that they have at their best factor, and that factor is put into the output
layer in the end ("refine, then calibrate"; Berta et al. 2025, arXiv:2501.19195).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

REFINED_LOSS = "refined_loss"
"""Name of the validation figure."""
# Natural logarithms. Outputs that need more than this are wrong in another way than in how sure they are.
_LEAST, _MOST = -5.0, 3.0


@dataclass(frozen=True)
class Calibration:
    """The `factor` of outputs that suits rows best, and their mean loss with it."""

    factor: float
    loss: float


def calibration_of(logits: torch.Tensor, loss_of: Callable[[torch.Tensor], torch.Tensor]) -> Calibration:
    """`logits` are one row each, `loss_of` their mean loss.

    The logarithm of the factor is drawn to 0 by a normal distribution of deviation 1: a few rows that are all answered rightly would
    have it without end.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - slow to import, and only classifiers need it

    exact = logits.double()

    def loss_at(log_factor: float) -> float:
        return float(loss_of(exact * math.exp(log_factor)))

    found = minimize_scalar(
        lambda log_factor: loss_at(log_factor) + log_factor**2 / (2 * len(exact)),
        bounds=(_LEAST, _MOST),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return Calibration(math.exp(found.x), loss_at(found.x))
