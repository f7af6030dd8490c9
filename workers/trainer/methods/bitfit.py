"""BitFit (Ben Zaken et al. 2022, arXiv:2106.10199): biases and the weights of norms learn, nothing else.

Families without biases (Llama, T5) learn their norms. The merged model is the base model with other numbers, which the model server
serves like any other; the adapter is those numbers alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.methods._own_format import DeltaMethod

if TYPE_CHECKING:
    from workers.trainer.model import TaskModel


class BiasTuning(DeltaMethod):
    # Offsets alone must carry the whole change.
    learning_rate_factor = FACTOR_OF_METHOD["bitfit"]

    def prepare(self, model: TaskModel) -> None:
        model.body.requires_grad_(requires_grad=False)
        for part in model.body.modules():
            is_norm = "norm" in type(part).__name__.lower()
            for name, parameter in part.named_parameters(recurse=False):
                if is_norm or name == "bias":
                    parameter.requires_grad_(requires_grad=True)
