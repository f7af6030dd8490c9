"""Every weight of the base model learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workers.trainer.methods._method import Method

if TYPE_CHECKING:
    from pathlib import Path

    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel


class FullTraining(Method):
    learning_rate_factor = 1.0

    def prepare(self, model: TaskModel) -> None:
        model.body.requires_grad_(requires_grad=True)

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        del folder, body, deliverable
        return False
