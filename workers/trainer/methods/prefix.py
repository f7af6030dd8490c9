"""Prefix tuning (Li & Liang 2021, arXiv:2101.00190): learnt keys and values in front of those of every layer.

Of an encoder-decoder they stand before what its decoder has said, which is where peft opens them. No plain network has a place for
them, so the adapter is the only artifact: peft opens it on the base model. The model server, which opens plain networks, does not
serve it.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, P virtual token, H head, D channel of a head

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import peft
import torch
from torch import nn
from transformers import DynamicCache, EncoderDecoderCache

from workers.contract.rates import FACTOR_OF_METHOD
from workers.contract.reasons import JobError
from workers.trainer.anatomy import named_arguments, num_channels
from workers.trainer.methods import _peft
from workers.trainer.methods._peft import ADAPTER, PeftMethod
from workers.trainer.methods._virtual_tokens import num_cached, some_words, widened
from workers.trainer.model import PooledModel

if TYPE_CHECKING:
    from pathlib import Path

    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel

_NAME = "prefix"


@dataclass(frozen=True)
class _Shape:
    """Of the keys of a body."""

    num_layers: int
    num_heads: int
    head_size: int


class Prefix(nn.Module):
    """`source` computes (virtual tokens, layers * 2 * heads * channels): keys and values of a layer follow each other."""

    def __init__(self, source: nn.Module, count: int, shape: _Shape) -> None:
        super().__init__()
        self.source = source
        self.count = count
        self.shape = shape

    def vectors(self) -> torch.Tensor:
        vectors: torch.Tensor = self.source(torch.arange(self.count, device=next(self.parameters()).device))
        return vectors

    def put_before(self, body: Any) -> None:
        setattr(body, _NAME, self)
        body.register_forward_pre_hook(self._fill_cache, with_kwargs=True)
        body.register_forward_hook(self._keep_cache, with_kwargs=True)

    def _fill_cache(self, body: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[()], dict[str, Any]]:
        given = named_arguments(body, args, kwargs)
        cache: Any = given.get("past_key_values")
        cache = _empty_cache(body) if cache is None else cache
        if num_cached(cache) == 0:
            batch_size = next(len(tensor) for tensor in given.values() if isinstance(tensor, torch.Tensor))
            for layer, (keys_BHPD, values_BHPD) in enumerate(self._by_layer(batch_size)):
                _of_own_words(cache).update(keys_BHPD, values_BHPD, layer)
        mask = "decoder_attention_mask" if body.config.is_encoder_decoder else "attention_mask"
        given |= {"past_key_values": cache, mask: widened(given.get(mask), self.count)}
        if given.get("position_ids") is not None:
            given["position_ids"] = given["position_ids"] + self.count
        return (), given

    @staticmethod
    def _keep_cache(body: Any, args: Any, kwargs: dict[str, Any], output: Any) -> Any:
        """Who generates without a cache must not be handed one for the next token."""
        del body, args
        if kwargs.get("use_cache") is False:
            output["past_key_values"] = None
        return output

    def _by_layer(self, batch_size: int) -> torch.Tensor:
        shape = self.shape
        prefix = self.vectors().view(self.count, shape.num_layers, 2, shape.num_heads, shape.head_size)
        return prefix.permute(1, 2, 3, 0, 4).unsqueeze(2).expand(-1, -1, batch_size, -1, -1, -1)


class PrefixTuning(PeftMethod):
    # Every layer is reached directly.
    learning_rate_factor = FACTOR_OF_METHOD["prefix"]
    starts_as_base = False
    why_alone = "export:keys_alone"

    @property
    def num_virtual_tokens(self) -> int:
        return int(self.spec.tokens)

    def prepare(self, model: TaskModel) -> None:
        body = model.body
        body.requires_grad_(requires_grad=False)
        _refuse_impossible(body)
        _peft.refuse_where_token_types_get_lost(model)
        keys_and_values = _of_words(body, self.num_virtual_tokens)
        num_layers, _, num_heads, _, head_size = keys_and_values.shape
        shape = _Shape(num_layers // 2, num_heads, head_size)
        source = peft.PrefixEncoder(self._config(shape, num_channels(body)))
        if not self.spec.projection:
            with torch.no_grad():
                source.embedding.weight.copy_(keys_and_values[:, 0].permute(2, 0, 1, 3).flatten(1))
        Prefix(source, self.num_virtual_tokens, shape).put_before(body)
        if isinstance(model, PooledModel):
            model.num_empty = self.num_virtual_tokens

    def _config(self, shape: _Shape, width: int) -> peft.PrefixTuningConfig:
        return peft.PrefixTuningConfig(
            num_virtual_tokens=self.num_virtual_tokens,
            token_dim=shape.num_heads * shape.head_size,
            num_layers=shape.num_layers,
            num_attention_heads=shape.num_heads,
            prefix_projection=self.spec.projection,
            encoder_hidden_size=width if self.spec.projection_size == "auto" else self.spec.projection_size,
        )

    def merged(self, body: Any) -> dict[str, torch.Tensor] | None:
        del body
        return None

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        prefix: Prefix = getattr(body, _NAME)
        learnt, places = prefix.shape, range(prefix.shape.num_layers)
        num_layers = int(deliverable.untouched().config.num_hidden_layers)
        if body.config.is_encoder_decoder:
            # peft takes every other layer for the attention to the source, and then leaves those out.
            places, num_layers = range(0, 2 * learnt.num_layers, 2), 2 * learnt.num_layers
        # Layers that only the delivered network has, such as the one that pools, get zeros: training counted them as such.
        vectors = torch.zeros(self.num_virtual_tokens, num_layers, 2 * learnt.num_heads * learnt.head_size)
        vectors[:, places] = prefix.vectors().detach().cpu().view(self.num_virtual_tokens, learnt.num_layers, -1)
        shape = _Shape(num_layers, learnt.num_heads, learnt.head_size)
        model = _peft.wrapped(deliverable, self._config(shape, num_channels(body)))
        model.prompt_encoder[ADAPTER].embedding = nn.Embedding.from_pretrained(vectors.flatten(1))
        _peft.save(folder, model, deliverable)
        return True


def _refuse_impossible(body: Any) -> None:
    family = type(body).__name__
    if "past_key_values" not in inspect.signature(body.forward).parameters:
        raise JobError(
            "spec:unsupported",
            f"Prefix tuning is not possible here: {family} takes no keys and values from outside. Choose the method prompt or lora.",
            family=family,
        )


def _empty_cache(body: Any) -> Any:
    return EncoderDecoderCache(DynamicCache(), DynamicCache()) if body.config.is_encoder_decoder else DynamicCache()


def _of_own_words(cache: Any) -> Any:
    """The part of a cache that holds what the stack itself has read or said, and nothing of a source."""
    return getattr(cache, "self_attention_cache", cache)


def _of_words(body: Any, count: int) -> torch.Tensor:
    """Keys and values, (layers * 2, 1, heads, virtual tokens, channels), of words of the data set, as the paper begins."""
    words = some_words(body.get_input_embeddings(), count).unsqueeze(0)
    was_training, cache = body.training, _empty_cache(body)
    said = {"decoder_input_ids": words} if body.config.is_encoder_decoder else {}
    body.eval()
    with torch.no_grad():
        body(input_ids=words, past_key_values=cache, **said)
    body.train(was_training)
    return torch.stack([tensor for layer in _of_own_words(cache).layers for tensor in (layer.keys, layer.values)])
