"""Frozen matrices in 4-bit NormalFloat (QLoRA; Dettmers et al. 2023, arXiv:2305.14314), by the library bitsandbytes.

What is learnt stands on the rounded matrices. They are therefore what is merged, and what an adapter is checked on: the merged model
holds them in full precision again, and the adapter's README opens the base model in 4 bits.
"""

from __future__ import annotations

import copy
import importlib.util
from typing import TYPE_CHECKING, Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from workers.contract.reasons import JobError
from workers.trainer.anatomy import linears_of_layers
from workers.trainer.methods._method import plain_weights
from workers.trainer.methods._peft import ADAPTER

if TYPE_CHECKING:
    from collections.abc import Sequence

_SETTINGS = {"quant_type": "nf4", "compress_statistics": True}


def refuse_where_impossible(device: torch.device) -> None:
    """Raises JobError `spec:unsupported` without a GPU or without the library."""
    lacking = "a GPU" if device.type != "cuda" else "" if importlib.util.find_spec("bitsandbytes") else "bitsandbytes"
    if lacking:
        raise JobError(
            "spec:unsupported",
            f"method.quantise is 4bit, which needs {lacking}, and this machine has none; set it to none.",
            field="method.quantise",
        )


def quantise(body: Any) -> None:
    """Put 4-bit matrices in the place of those of all layers; they are rounded when the body is moved to its device."""
    import bitsandbytes  # noqa: PLC0415 - a library that only machines with a GPU have

    for name in linears_of_layers(body):
        linear = body.get_submodule(name)
        rounded = bitsandbytes.nn.Linear4bit(
            linear.in_features,
            linear.out_features,
            bias=linear.bias is not None,
            compute_dtype=torch.float32,
            **_SETTINGS,
        )
        rounded.weight = bitsandbytes.nn.Params4bit(linear.weight.detach(), requires_grad=False, **_SETTINGS)
        rounded.bias = linear.bias
        body.set_submodule(name, rounded)
    body.is_loaded_in_4bit = True  # Where peft looks.


def rounded_matrices(body: Any) -> dict[str, torch.Tensor]:
    """Those matrices in full precision, rounded as in training, under the names of the plain body."""
    return {
        f"{name.removesuffix('.base_layer')}.weight": _in_full(part).weight.detach() for name, part in _rounded(body)
    }


def merged_weights(body: Any) -> dict[str, torch.Tensor]:
    """Weights of a plain body in full precision: the rounded matrices with the learnt updates."""
    plain = copy.deepcopy(body)
    for name, part in _rounded(plain):
        plain.set_submodule(name, _in_full(part))
    adapted: list[tuple[str, Any]] = [
        (name, part) for name, part in plain.named_modules() if isinstance(part, BaseTunerLayer)
    ]
    for name, part in adapted:
        linear = part.get_base_layer()
        linear.weight.data += part.get_delta_weight(ADAPTER).float()
        plain.set_submodule(name, linear)
    return plain_weights(plain)


def _rounded(body: Any) -> list[tuple[str, Any]]:
    from bitsandbytes.nn import Linear4bit  # noqa: PLC0415 - a library that only machines with a GPU have

    return [(name, part) for name, part in body.named_modules() if isinstance(part, Linear4bit)]


def _in_full(rounded: Any) -> nn.Linear:
    from bitsandbytes.functional import dequantize_4bit  # noqa: PLC0415 - a library that only machines with a GPU have

    weight = dequantize_4bit(rounded.weight.data, rounded.weight.quant_state).float()
    width_out, width_in = weight.shape
    linear = nn.Linear(width_in, width_out, bias=rounded.bias is not None, device=weight.device)
    linear.weight.data = weight
    if rounded.bias is not None:
        linear.bias.data = rounded.bias.data
    return linear


def opening_settings(new_modules: Sequence[str]) -> str:
    """What is added to `from_pretrained` so that the base model is rounded as it was in training."""
    return (
        'quantization_config=BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", '
        f"bnb_4bit_use_double_quant=True, llm_int8_skip_modules={list(new_modules)})"
    )
