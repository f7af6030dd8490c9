"""What the factor of the outputs is good for (`workers.trainer.calibration`), on the held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.contract.results import ConfidenceScale
from workers.trainer.evaluate.metrics import expected_calibration_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from workers.contract.results import CalibrationBin
    from workers.trainer.parts import Run


def confidence_scale(
    run: Run, logits: torch.Tensor, bins_of: Callable[[torch.Tensor], Sequence[CalibrationBin]]
) -> ConfidenceScale | None:
    """`logits` have the factor already; `bins_of` puts any outputs for the same rows into bins by their confidence."""
    factor = run.calibration_factor
    if factor is None:
        return None
    return ConfidenceScale(factor=factor, error_without=expected_calibration_error(bins_of(logits / factor)))
