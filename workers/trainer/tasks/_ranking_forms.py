"""What is learnt from a list of candidates with one right among them, and from single pairs that belong together or do not."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B and R row, N place of a candidate, S candidate of any row

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np
import torch
from torch.nn import functional

from workers.trainer.data.candidates import RIGHT
from workers.trainer.evaluate.metrics import accuracy
from workers.trainer.evaluate.ranking import evaluate_lists, evaluate_pairs
from workers.trainer.evaluate.ranks import auc, first_right, ndcg
from workers.trainer.losses import choice_losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import Evaluation
    from workers.trainer.data.encoded import Encoded
    from workers.trainer.data.read import Rows
    from workers.trainer.evaluate.metrics import FloatArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.ranking import Ranking

TARGET = "target"


class Lists:
    """The softmax over the candidates of a row should be high at the right one (ListNet with one right; Cao et al. 2007)."""

    watched = "mrr"
    shares: ClassVar[frozenset[str]] = frozenset({"mrr", "ndcg_at_10", "hit_at_1", "hit_at_10"})

    def targets(self, rows: Rows) -> torch.Tensor:
        return torch.tensor([found.index(1.0) for found in rows["relevance"]])

    def losses(
        self, scores_BN: torch.Tensor, is_there_BN: torch.Tensor, targets_B: torch.Tensor, *, smoothing: float = 0.0
    ) -> torch.Tensor:
        """One for each row."""
        return choice_losses(scores_BN, is_there_BN, targets_B, smoothing=smoothing)

    def metrics(self, scores: Sequence[FloatArray], encoded: Encoded) -> dict[str, float]:
        """`scores` has one array for each row, a number for each candidate."""
        targets = encoded.targets[TARGET].tolist()
        relevance = [np.eye(len(row))[right] for row, right in zip(scores, targets, strict=True)]
        found = first_right(scores, relevance)
        losses = [np.logaddexp.reduce(row) - row[right] for row, right in zip(scores, targets, strict=True)]
        return {
            "loss": float(np.mean(losses)),
            "mrr": float(found.reciprocal().mean()),
            "ndcg_at_10": float(np.mean([ndcg(*query, 10) for query in zip(scores, relevance, strict=True)])),
            "hit_at_1": float(found.hit(1).mean()),
            "hit_at_10": float(found.hit(10).mean()),
        }

    def evaluate(self, run: Run, task: Ranking) -> Evaluation:
        return evaluate_lists(run, task)


class Pairs:
    """The logistic function of a score is the probability that the two texts belong together."""

    watched = "auc"
    shares: ClassVar[frozenset[str]] = frozenset({"auc", "accuracy"})

    def targets(self, rows: Rows) -> torch.Tensor:
        return torch.tensor([found[0] for found in rows["relevance"]])

    def losses(
        self, scores_BN: torch.Tensor, is_there_BN: torch.Tensor, targets_B: torch.Tensor, *, smoothing: float = 0.0
    ) -> torch.Tensor:
        del is_there_BN
        softened_B = targets_B * (1 - smoothing) + smoothing / 2
        return functional.binary_cross_entropy_with_logits(scores_BN[:, 0], softened_B, reduction="none")

    def metrics(self, scores: Sequence[FloatArray], encoded: Encoded) -> dict[str, float]:
        targets = encoded.targets[TARGET]
        logits = np.concatenate(scores)
        is_right = targets.numpy() >= RIGHT
        loss = functional.binary_cross_entropy_with_logits(torch.from_numpy(logits), targets.double())
        return {
            "loss": float(loss),
            "auc": auc(logits, is_right.astype(np.float64)),
            "accuracy": accuracy(is_right.astype(np.int64), (logits >= 0).astype(np.int64)),
        }

    def evaluate(self, run: Run, task: Ranking) -> Evaluation:
        return evaluate_pairs(run, task)


RankingForm: TypeAlias = Lists | Pairs
