"""Every weight of the base model learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from workers.contract.spec import FullMethod
    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel


class FullTraining:
    learning_rate_factor = 1.0

    def __init__(self, spec: FullMethod) -> None:
        self.spec = spec

    def prepare(self, model: TaskModel) -> None:
        model.body.requires_grad_(requires_grad=True)

    def merged(self, body: Any) -> dict[str, torch.Tensor]:
        return {name: tensor.detach().cpu().clone() for name, tensor in body.state_dict().items()}

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        del folder, body, deliverable
        return False
