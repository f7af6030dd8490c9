"""Two texts, one number for the pair."""

from __future__ import annotations

from workers.trainer.tasks.regression import Regression


class PairRegression(Regression):
    is_pair = True
