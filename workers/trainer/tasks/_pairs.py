"""What the tasks share that read two texts together: first they may learn how alike the base model finds the two, read one by one.

A base model that was trained to compare vectors of single texts has never read two at once. Few rows teach it to in the end, but first of
all they teach it the rows by heart. Its own similarity of the two texts costs no label, and is what most answers about pairs begin with:
learnt first, it is the start that a solved output layer is for single texts. What teaches and what learns is the same model (Born-Again
Networks, Furlanello et al. 2018, arXiv:1805.04770), on data of the task, before the task (Phang et al. 2018, arXiv:1811.01088).
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, C channel, N row

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from workers.trainer.evaluate.rivals import text_vectors
from workers.trainer.tasks._sequence import SequenceTask

if TYPE_CHECKING:
    from workers.trainer.data.encoded import Batch, Encoded
    from workers.trainer.model import PooledModel
    from workers.trainer.parts import Run

SIMILARITY = "similarity"
# Cosines that are all alike say nothing: they are not blown up to a spread of one.
_LEAST_DEVIATION = 1e-4


class PairTask(SequenceTask):
    """The standardised cosine of the base model's vectors of both texts is read off the pooled vector along a direction that is fixed, so
    that nothing is added to the model.
    """

    is_pair = True

    def with_base_answers(self, run: Run) -> dict[str, Encoded]:
        """The similarity of the training rows, where some passes are about it."""
        if not run.plan.similarity_epochs:
            return run.encoded
        vectors = text_vectors(run, ["train"])["train"]
        cosine_N = functional.cosine_similarity(*vectors)
        standard_N = (cosine_N - cosine_N.mean()) / cosine_N.std(correction=0).clamp(min=_LEAST_DEVIATION)
        train = run.encoded["train"]
        return {**run.encoded, "train": replace(train, targets={**train.targets, SIMILARITY: standard_N})}

    def similarity_loss(self, model: PooledModel, batch: Batch) -> torch.Tensor:
        """Squared errors of the standardised similarity."""
        pooled_BC = model.dropout(model.pooled_of(batch)).float()
        said_B = pooled_BC @ _direction(pooled_BC)
        return functional.mse_loss(said_B, batch.targets[SIMILARITY], reduction="sum")


def _direction(pooled_BC: torch.Tensor) -> torch.Tensor:
    """Of length one, and at right angles to the mean of the channels, which a norm makes zero."""
    direction_C = torch.ones_like(pooled_BC[0])
    direction_C[1::2] = -1
    return functional.normalize(direction_C, dim=0)
