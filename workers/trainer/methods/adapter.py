"""Bottleneck adapters (Houlsby et al. 2019, arXiv:1902.00751; Pfeiffer et al. 2021, arXiv:2005.00247), our own: peft has none.

Each follows the last matrix of a block: y + up(f(down(y))), with `up` zero at the start, so that training begins at the base model.
The bend in the middle cannot be written into the matrices of a plain network, so the adapter is the only artifact; the model server,
which opens plain networks, does not serve it. Its README puts it on the base model in a dozen lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file
from torch import nn
from transformers.activations import ACT2FN

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.anatomy import ends_of_attention, ends_of_feed_forward
from workers.trainer.methods import _own_format
from workers.trainer.methods._method import Method

if TYPE_CHECKING:
    from pathlib import Path

    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel

_NAME = "bottleneck"
_FIRST_DEVIATION = 0.02


class Bottleneck(nn.Module):
    """y + up(f(down(y))) for y (…, `width`), through `size` channels."""

    def __init__(self, width: int, size: int, non_linearity: str) -> None:
        super().__init__()
        self.down = nn.Linear(width, size)
        self.up = nn.Linear(size, width)
        self.non_linearity = ACT2FN[non_linearity]
        nn.init.normal_(self.down.weight, std=_FIRST_DEVIATION)
        for start in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(start)

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = y + self.up(self.non_linearity(self.down(y)))
        return out


def _pass_through(module: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
    del inputs
    found: torch.Tensor = getattr(module, _NAME)(output)
    return found


class BottleneckAdapters(Method):
    # `up` starts at zero, as one factor of LoRA's does.
    learning_rate_factor = FACTOR_OF_METHOD["adapter"]
    why_alone = "export:bends_alone"

    def prepare(self, model: TaskModel) -> None:
        body = model.body
        body.requires_grad_(requires_grad=False)
        self._places = ends_of_feed_forward(body)
        if self.spec.placement == "houlsby":
            self._places = [*ends_of_attention(body), *self._places]
        self._put(body, self._places)

    def _put(self, body: Any, places: list[str]) -> None:
        width = body.config.hidden_size
        size = self.spec.size or max(1, width // self.spec.reduction)
        for place in places:
            matrix = body.get_submodule(place)
            bottleneck = Bottleneck(width, size, self.spec.non_linearity).to(matrix.weight.device)
            setattr(matrix, _NAME, bottleneck)
            matrix.register_forward_hook(_pass_through)

    def merged(self, body: Any) -> dict[str, torch.Tensor] | None:
        del body
        return None

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        learnt = {name: parameter for name, parameter in body.named_parameters() if f".{_NAME}." in name}
        settings = {
            "method": self.spec.model_dump(),
            "non_linearity": self.spec.non_linearity,
            "places": [f"{deliverable.body_prefix}{place}" for place in self._places],
        }
        _own_format.save(folder, learnt, deliverable, settings)
        return True

    def open_adapter(self, folder: Path, deliverable: Deliverable) -> Any:
        network = deliverable.untouched()
        self._put(network, [f"{deliverable.body_prefix}{place}" for place in self._places])
        network.load_state_dict(load_file(folder / _own_format.WEIGHTS), strict=False)
        return network.eval()

    def opening_code(self, deliverable: Deliverable) -> str:
        return f"""import json
from pathlib import Path

from safetensors.torch import load_file
from torch.nn.functional import linear
from transformers import {deliverable.auto_class}, AutoTokenizer
from transformers.activations import ACT2FN

folder = Path("path/to/this/folder")
{deliverable.opening_lines()}
settings = json.loads((folder / "{_own_format.SETTINGS}").read_text())
weights = load_file(folder / "{_own_format.WEIGHTS}")
bend = ACT2FN[settings["non_linearity"]]


def put(place):
    down, up = ([weights[f"{{place}}.{_NAME}.{{part}}.{{kind}}"] for kind in ("weight", "bias")] for part in ("down", "up"))
    base.get_submodule(place).register_forward_hook(
        lambda module, inputs, y: y + linear(bend(linear(y, *down)), *up)
    )


for place in settings["places"]:
    put(place)
base.load_state_dict(weights, strict=False)
model = base.eval()"""
