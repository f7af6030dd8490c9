"""Two texts, one number for the pair."""

from __future__ import annotations

from workers.trainer.tasks._pairs import PairTask
from workers.trainer.tasks.regression import Regression


class PairRegression(PairTask, Regression):
    """Learns a score of two texts, which it reads at once."""
