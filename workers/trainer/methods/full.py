"""Every weight of the base model learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from workers.contract.spec import FullMethod
    from workers.trainer.export import Deliverable


class FullTraining:
    learning_rate_factor = 1.0

    def __init__(self, spec: FullMethod) -> None:
        self.spec = spec

    def prepare(self, encoder: Any) -> Any:
        encoder.requires_grad_(requires_grad=True)
        return encoder

    def merged(self, encoder: Any) -> dict[str, torch.Tensor]:
        return {name: tensor.detach().cpu().clone() for name, tensor in encoder.state_dict().items()}

    def save_adapter(self, folder: Path, encoder: Any, deliverable: Deliverable) -> bool:
        del folder, encoder, deliverable
        return False
