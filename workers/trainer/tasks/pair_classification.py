"""Two texts, one label for the pair."""

from __future__ import annotations

from workers.trainer.tasks.classification import Classification


class PairClassification(Classification):
    is_pair = True
