"""The uppermost layers and the output layer learn (Lee et al. 2019, arXiv:1911.03090); with 0 layers the output layer alone.

The layers below run without dropout, and what they compute is kept (workers.trainer.lower_layers): epochs cost what the layers that
learn cost.
The merged model is the base model with other numbers, which the model server serves like any other; the adapter is those numbers
alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.anatomy import last_layer_names, norms_behind
from workers.trainer.methods._own_format import DeltaMethod

if TYPE_CHECKING:
    from workers.trainer.model import TaskModel


class LastLayers(DeltaMethod):
    # Fewer weights than in full training, so each may move a little faster.
    learning_rate_factor = FACTOR_OF_METHOD["last_layers"]

    def prepare(self, model: TaskModel) -> None:
        body = model.body
        body.requires_grad_(requires_grad=False)
        chosen = last_layer_names(body, self.spec.layers, field="method.layers")
        for name in chosen:
            body.get_submodule(name).requires_grad_(requires_grad=True)
        if chosen:
            for name in norms_behind(body):
                body.get_parameter(name).requires_grad_(requires_grad=True)
