"""Which weights learn. A new method is one file here and one line in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from workers.trainer.methods.full import FullTraining
from workers.trainer.methods.lora import LowRankAdaptation

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel


class Method(Protocol):
    """How the body of a model is made ready for training, and what is taken out of it afterwards."""

    spec: Any
    learning_rate_factor: float
    """How many times the rate of full training this method needs."""

    def prepare(self, model: TaskModel) -> None:
        """Choose what of the body learns (`requires_grad`); may put new parts in. Raises JobError `spec:*`."""

    def merged(self, body: Any) -> dict[str, torch.Tensor]:
        """Weights of a plain body that computes the same, under the names of the base model."""

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        """Write what was learnt on its own, if that is a thing of its own; says whether it is."""


METHODS: dict[str, Any] = {"full": FullTraining, "lora": LowRankAdaptation}


def build_method(spec: Any) -> Method:
    method: Method = METHODS[spec.type](spec)
    return method
