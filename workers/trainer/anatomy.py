"""Where a body keeps its layers, and in a layer its blocks: what methods have to know about families of models.

Layers are found by their shape, so that a new family needs nothing here; blocks are found by the names that families use.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from torch import nn
from transformers.pytorch_utils import Conv1D

from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Ends of names inside a layer. GPT-2, ModernBERT and the first DeBERTa keep queries, keys and values in one matrix.
_KEYS_AND_VALUES = (
    *("self.key", "self.value", "self.key_proj", "self.value_proj"),  # BERT, RoBERTa, ELECTRA; DeBERTa
    *("k_lin", "v_lin"),  # DistilBERT
    *("k_proj", "v_proj"),  # Llama, Qwen, Mistral, Gemma, Phi; BART, Marian
    *("SelfAttention.k", "SelfAttention.v", "EncDecAttention.k", "EncDecAttention.v"),  # T5
    *("attn.c_attn", "attn.Wqkv", "self.in_proj"),  # GPT-2; ModernBERT; the first DeBERTa
)
_ENDS_OF_ATTENTION = (
    *("attention.output.dense", "out_lin", "o_proj", "out_proj", "self_attn.dense"),
    *("SelfAttention.o", "EncDecAttention.o", "attn.c_proj", "attn.Wo"),
)
_ENDS_OF_FEED_FORWARD = ("output.dense", "lin2", "down_proj", "fc2", "DenseReluDense.wo", "mlp.c_proj", "mlp.Wo")


def named_arguments(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Everything that a module is called with, by name."""
    names = inspect.signature(module.forward).parameters
    return {**dict(zip(names, args, strict=False)), **kwargs}


def num_channels(body: Any) -> int:
    """Of the hidden state of a token; of an encoder-decoder's encoder."""
    config = body.config
    return int(getattr(config, "encoder", config).hidden_size)


def stacks(body: Any) -> list[list[str]]:
    """Names of the layers of every stack, from the input to the output; an encoder-decoder has two stacks."""
    lists = {
        name: part
        for name, part in body.named_modules()
        if isinstance(part, nn.ModuleList) and not re.search(r"\.\d+\.", name) and linear_names(part)
    }
    return [[f"{name}.{number}" for number in range(len(part))] for name, part in lists.items()]


def layer_names(body: Any) -> list[str]:
    """Names of all layers, those of the decoder after those of the encoder."""
    return [name for names in stacks(body) for name in names]


def last_layer_names(body: Any, count: int, *, field: str) -> list[str]:
    """The `count` layers next to the output. Raises JobError `spec:invalid` when there are fewer."""
    names = layer_names(body)
    if count > len(names):
        raise JobError(
            "spec:invalid",
            f"{field} is {count}, but the base model has {len(names)} layers; choose at most {len(names)}.",
            field=field,
            limit=len(names),
        )
    return names[len(names) - count :]


def norms_behind(body: Any) -> list[str]:
    """Weights of the norm that some families have behind the last layer of their last stack."""
    last = f"{stacks(body)[-1][-1]}."
    names = [name for name, _ in body.named_parameters()]
    behind = names[max(i for i, name in enumerate(names) if name.startswith(last)) + 1 :]
    return [name for name in behind if "norm" in name.rsplit(".", 2)[-2].lower() or ".ln_f." in f".{name}"]


def is_linear(part: Any) -> bool:
    return isinstance(part, nn.Linear | Conv1D)


def linear_names(body: Any) -> list[str]:
    return [name for name, part in body.named_modules() if is_linear(part)]


def linears_of_layers(body: Any, layers: Sequence[str] | None = None) -> list[str]:
    """Full names of the matrices inside these layers, or inside all."""
    starts = tuple(f"{layer}." for layer in (layer_names(body) if layers is None else layers))
    return [name for name in linear_names(body) if name.startswith(starts)]


def keys_and_values(body: Any) -> list[str]:
    """The matrices that compute keys and values of attention."""
    return _known(body, [name for name in linears_of_layers(body) if _ends(name, _KEYS_AND_VALUES)], "keys and values")


def ends_of_attention(body: Any) -> list[str]:
    """The last matrix of every attention block, of cross-attention as well."""
    return _known(body, [name for name in linears_of_layers(body) if _ends(name, _ENDS_OF_ATTENTION)], "attention")


def ends_of_feed_forward(body: Any) -> list[str]:
    """The last matrix of every feed-forward block."""
    found = [
        name
        for name in linears_of_layers(body)
        if _ends(name, _ENDS_OF_FEED_FORWARD) and not _ends(name, _ENDS_OF_ATTENTION)
    ]
    return _known(body, found, "feed-forward blocks")


def _ends(name: str, ends: Sequence[str]) -> bool:
    return name.endswith(tuple(f".{end}" for end in ends))


def _known(body: Any, names: list[str], what: str) -> list[str]:
    if not names:
        family = type(body).__name__
        raise JobError(
            "spec:unsupported",
            f"It is not known where {family} keeps its {what}; choose the method full, lora, bitfit or last_layers.",
            family=family,
        )
    return names
