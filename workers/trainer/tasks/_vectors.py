"""What the tasks share whose answer is a vector for a text."""

# ruff: noqa: N815 - capital suffixes name the axes of a tensor: N row, R role, C channel

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from workers.trainer.bodies import load_encoder
from workers.trainer.fingerprint import derived_seed
from workers.trainer.model import EmbeddingModel
from workers.trainer.sentence_folder import SentenceDeliverable

if TYPE_CHECKING:
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.data.splits import TaskData
    from workers.trainer.engine import Engine
    from workers.trainer.parts import Run

# The validation loss is that of batches of this size, whatever the batches of training are.
_ROWS_PER_JUDGED_BATCH = 32


@dataclass(frozen=True)
class Vectors:
    """What the model makes of rows: (rows, roles, channels), each of length one; the roles are the texts of a row, in their order."""

    vectors_NRC: torch.Tensor


class VectorTask:
    """Learns from how the vectors of texts lie to each other; nothing is put on the base model. Subclasses say what is compared.

    The loss compares the rows of a batch, so replicas cannot share one.
    """

    lower_is_better: ClassVar[frozenset[str]] = frozenset({"loss"})
    has_head_start = False
    may_split = False
    fewest_rows = 2
    needs_vocabulary = False

    def __init__(self, spec: JobSpec) -> None:
        self.spec: Any = spec.task
        self.optimisation = spec.optimisation
        self._seed = spec.seed

    def metrics(self, answers: Vectors, encoded: Encoded) -> dict[str, float]:
        raise NotImplementedError

    def open_model(self, base: Base, data: TaskData) -> EmbeddingModel:
        del data
        return EmbeddingModel(load_encoder(base))

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        del encoded
        return len(rows)

    def start(self, run: Run) -> dict[str, float]:
        """There is no output layer: the base model as it is is what fine-tuning starts from, and has to beat."""
        encoded = run.encoded["validation"]
        return self.metrics(self.answer(run.engine, encoded), encoded)

    def answer(self, engine: Engine, encoded: Encoded) -> Vectors:
        return Vectors(engine.tensor(encoded, vectors_of))

    def judged_batches(self, num_rows: int) -> tuple[torch.Tensor, ...]:
        """Rows that the validation loss compares: they meet by chance and not as they stand in the file, where neighbours are alike."""
        random = np.random.Generator(np.random.Philox(derived_seed(self._seed, "judged batches")))
        order = torch.from_numpy(random.permutation(num_rows))
        return tuple(order.split(_ROWS_PER_JUDGED_BATCH))

    def threshold(self, run: Run) -> float | None:
        del run
        return None

    def deliverable(self, run: Run) -> SentenceDeliverable:
        return SentenceDeliverable.of(run.base, max_length=run.plan.max_length)


def vectors_of(model: EmbeddingModel, batch: Batch) -> torch.Tensor:
    """(rows, roles, channels)."""
    others = [model.of(other) for other in batch.others.values()]
    return torch.stack([model.of(batch), *others], dim=1)
