"""Where a run is and what it has seen: the part of a checkpoint that is not tensors."""

from __future__ import annotations

from workers.contract.base import Value
from workers.contract.events import Scalar


class RunState(Value):
    """Frozen; the loop replaces it after every step. Positions only, no paths: a checkpoint works anywhere."""

    spec_sha256: str
    data_sha256: str
    fingerprint: dict[str, Scalar]
    is_padding_free: bool = True
    """Whether batches are formed for a machine that computes no padding: another one that goes on keeps their order."""
    similarity_epochs: int = 0
    """Passes that come first and are about how alike texts are. A run that began before there were any has none."""
    step: int = 0
    """Optimizer steps that are complete."""
    epoch: int = 0
    """Passes over the data that are complete and validated."""
    step_in_epoch: int = 0
    halvings: int = 0
    """How often a batch was cut in two for lack of memory."""
    loss_sum: float = 0.0
    loss_count: int = 0
    """Losses since the last point of the training curve."""
    best_step: int | None = None
    best_value: float | None = None
    """Of the watched metric, turned so that higher is better."""
    best_loss: float | None = None
    """Validation loss of the best weights: decides where the watched metric cannot."""
    peak_value: float | None = None
    """Highest value of the watched metric so far, which the best weights may lie a little below."""
    judged: tuple[float, ...] = ()
    """The watched metric after each pass, turned likewise. What a solved start is worth is none of these: trials are compared by passes."""
    evaluations_without_gain: int = 0
    is_done: bool = False
    seconds: float = 0.0
    """Working time of this run up to here, of all attempts."""
    job_seconds: float = 0.0
    """The same of the whole job, of which the run may be a part: a search makes many, a comparison two."""
