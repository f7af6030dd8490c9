"""Adapters that peft has no format for: `adapter.safetensors` under the names of the plain network, and `adapter.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from safetensors.torch import load_file, save_file

from workers.trainer.methods._method import Method

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from workers.trainer.export import Deliverable

WEIGHTS, SETTINGS = "adapter.safetensors", "adapter.json"


def save(
    folder: Path, learnt: Mapping[str, torch.Tensor], deliverable: Deliverable, settings: Mapping[str, Any]
) -> None:
    """`learnt` are weights of the body; those of the network's new modules, which the base model lacks, go beside them."""
    new = {
        name: tensor
        for name, tensor in deliverable.untouched().state_dict().items()
        if any(f".{module}." in f".{name}" for module in deliverable.new_modules)
    }
    tensors = {f"{deliverable.body_prefix}{name}": tensor.detach().cpu() for name, tensor in learnt.items()} | new
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, folder / WEIGHTS)
    document = {"base_model": deliverable.base_name, **settings}
    (folder / SETTINGS).write_text(json.dumps(document, indent=1, sort_keys=True), encoding="utf-8")


class DeltaMethod(Method):
    """A method that changes weights which the base model has: those weights are the adapter, and the merged model is plain.

    The model server serves the merged model like any other.
    """

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        learnt = {name: parameter for name, parameter in body.named_parameters() if parameter.requires_grad}
        save(folder, learnt, deliverable, {"method": self.spec.model_dump()})
        return True

    def open_adapter(self, folder: Path, deliverable: Deliverable) -> Any:
        network = deliverable.untouched()
        network.load_state_dict(load_file(folder / WEIGHTS), strict=False)
        return network.eval()

    def opening_code(self, deliverable: Deliverable) -> str:
        return (
            "from safetensors.torch import load_file\n"
            f"from transformers import {deliverable.auto_class}, AutoTokenizer\n\n"
            f"{deliverable.opening_lines()}\n"
            f'base.load_state_dict(load_file("path/to/this/folder/{WEIGHTS}"), strict=False)\n'
            "model = base.eval()"
        )
