"""Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685) through peft: a frozen base, rank-r updates of chosen matrices.

Also rank-stabilised (rsLoRA), with learnt lengths (DoRA) and on 4-bit matrices (QLoRA). Merged, it is the base model with other
numbers, which the model server serves like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import peft

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.anatomy import last_layer_names
from workers.trainer.methods import _four_bit
from workers.trainer.methods._low_rank import adapted_matrices, are_transposed, refuse_large_rank
from workers.trainer.methods._peft import InjectedMethod

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from workers.contract.spec import LoraMethod
    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel


class LowRankAdaptation(InjectedMethod):
    # Updates start at zero and pass through two small factors, so they need a rate about ten times that of full training.
    learning_rate_factor = FACTOR_OF_METHOD["lora"]
    marker = ".lora_"

    def choose(self, body: Any) -> list[str]:
        refuse_large_rank(self.spec.rank, body, field="method.rank")
        layers = self.spec.layers
        upper = None if layers == "all" else last_layer_names(body, layers, field="method.layers")
        chosen = adapted_matrices(body, self.spec.target_modules, layers=upper)
        self._is_transposed = are_transposed(body, chosen)
        return chosen

    def config(self, prefix: str = "") -> peft.LoraConfig:
        return peft.LoraConfig(
            r=self.spec.rank,
            lora_alpha=self.spec.alpha,
            lora_dropout=self.spec.dropout,
            use_rslora=self.spec.use_rslora,
            use_dora=self.spec.use_dora,
            bias="none",
            fan_in_fan_out=self._is_transposed,
            target_modules=[f"{prefix}{name}" for name in self.targets],
        )


class FourBitLowRankAdaptation(LowRankAdaptation):
    """The same on rounded matrices (QLoRA)."""

    # Rounded matrices are packed, and no rows can be cut off them.
    may_shard = False
    starts_as_base = False

    def check(self, device: torch.device) -> None:
        _four_bit.refuse_where_impossible(device)

    def prepare(self, model: TaskModel) -> None:
        _four_bit.quantise(model.body)
        super().prepare(model)

    def merged(self, body: Any) -> dict[str, torch.Tensor] | None:
        return _four_bit.merged_weights(body)

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        self._matrices = _four_bit.rounded_matrices(body)
        return super().save_adapter(folder, body, deliverable)

    def base_of(self, deliverable: Deliverable) -> Any:
        return deliverable.plain({**deliverable.base_weights, **self._matrices})

    def opening_lines(self, deliverable: Deliverable) -> str:
        rounded = deliverable.opening_lines(_four_bit.opening_settings(deliverable.new_modules))
        return f"from transformers import BitsAndBytesConfig\n\n{rounded}"


def build_lora(spec: LoraMethod) -> LowRankAdaptation:
    return FourBitLowRankAdaptation(spec) if spec.quantise == "4bit" else LowRankAdaptation(spec)
