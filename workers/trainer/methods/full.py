"""Every weight of the base model learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.methods._method import Method

if TYPE_CHECKING:
    from pathlib import Path

    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel


class FullTraining(Method):
    learning_rate_factor = FACTOR_OF_METHOD["full"]

    def prepare(self, model: TaskModel) -> None:
        model.body.requires_grad_(requires_grad=True)

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        del folder, body, deliverable
        return False
