"""Two texts, one label for the pair."""

from __future__ import annotations

from workers.trainer.tasks._pairs import PairTask
from workers.trainer.tasks.classification import Classification


class PairClassification(PairTask, Classification):
    """A classifier that reads two texts at once."""
