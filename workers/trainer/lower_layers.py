"""Layers below the first that learns: they run without dropout, and on a CPU their activations are computed once and kept.

Without dropout a layer that does not learn computes the same in every epoch. What it computes is therefore kept beside the tokens, and a
step starts at the first layer that learns. Keeping is an optimisation only: in these layers attention is computed so that the
activations of a row do not depend on the rows that share its batch (`workers.trainer.attention`), hence kept or not they are the same
bits, on processors whose matrix products do not depend on the number of rows (tests/workers/trainer/test_lower_layers.py).

Capital suffixes name the axes of a tensor: B batch, T token, C channel.
"""

from __future__ import annotations

import contextlib
import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from workers.trainer import attention
from workers.trainer.anatomy import norms_behind, stacks
from workers.trainer.data.encoded import Ragged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workers.trainer.data.encoded import Batch, Encoded
    from workers.trainer.engine import Engine
    from workers.trainer.model import TaskModel

ACTIVATIONS = "lower_activations"
# Of all splits together: no function of the machine, so that equal specs and data are trained alike everywhere.
_MOST_BYTES = 2 * 2**30


class LowerLayers:
    """What the frozen layers of one body share: activations to begin with, and those that were computed."""

    def __init__(self) -> None:
        self.given_BTC: torch.Tensor | None = None
        self.seen_BTC: torch.Tensor | None = None
        self.is_watched = False


class _FrozenLayer(nn.Module):
    """A layer that is always as in evaluation, and passes activations through that were computed before."""

    lower: LowerLayers
    is_first: bool
    is_last: bool

    def forward(self, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if self.lower.given_BTC is not None:
            return self.lower.given_BTC if self.is_first else hidden_states
        with torch.no_grad():
            out = super().forward(hidden_states, *args, **kwargs)
        if self.is_last and self.lower.is_watched:
            self.lower.seen_BTC = out
        return out

    def train(self, mode: bool = True) -> Any:
        del mode
        return super().train(mode=False)


@functools.cache
def _frozen(kind: type[nn.Module]) -> type[nn.Module]:
    return type(f"Frozen{kind.__name__}", (_FrozenLayer, kind), {})


def freeze_lower_layers(model: TaskModel) -> None:
    """Call when it is settled what learns. Changes nothing where a weight at or below the first layer learns."""
    body = model.body
    names = _lower_names(body)
    if not names:
        return
    lower = LowerLayers()
    for name in names:
        layer = body.get_submodule(name)
        kind: Any = type(layer)
        layer.__class__ = _frozen(kind)
        layer.lower, layer.is_first, layer.is_last = lower, name == names[0], name == names[-1]
        for part in layer.modules():
            part.is_frozen = True
        layer.train()
    for name, part in body.named_modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
        if name == names[0]:
            break
    body.lower_layers = lower


def _lower_names(body: Any) -> list[str]:
    """Leading layers of a body with one stack, none of which learns, nor anything outside of the layers but a norm behind them."""
    found = stacks(body)
    if len(found) != 1:
        return []
    names = found[0]
    learning = {name for name, parameter in body.named_parameters() if parameter.requires_grad}
    starts = [f"{layer}." for layer in names]
    if any(not name.startswith(tuple(starts)) for name in learning - set(norms_behind(body))):
        return []
    count = next((i for i, start in enumerate(starts) if any(name.startswith(start) for name in learning)), len(names))
    return names[:count]


@contextlib.contextmanager
def beginning_with(body: Any, batch: Batch) -> Iterator[None]:
    """While it lasts the body begins at the activations that were kept for this batch, if some were."""
    lower: LowerLayers | None = getattr(body, "lower_layers", None)
    if lower is None:
        yield
        return
    lower.given_BTC = batch.beside.get(ACTIVATIONS)
    try:
        yield
    finally:
        lower.given_BTC = None


def keep_activations(engine: Engine, splits: dict[str, Encoded]) -> dict[str, Encoded]:
    """The same rows, with what the frozen layers make of them; unchanged where that cannot be kept, or is too much."""
    body = engine.model.body
    lower: LowerLayers | None = getattr(body, "lower_layers", None)
    if lower is None:
        return splits
    is_ours = body.config._attn_implementation == attention.NAME  # noqa: SLF001 - where transformers keeps it
    is_decoder = getattr(body.config, "is_decoder", False)
    can_be_exact = is_ours and not is_decoder and engine.device.type == "cpu"
    size = sum(int(encoded.ids.lengths.sum()) for encoded in splits.values()) * int(body.config.hidden_size) * 4
    has_others = any(encoded.others for encoded in splits.values())
    if not can_be_exact or has_others or size > _MOST_BYTES:
        return splits
    return {name: _with_activations(engine, encoded) for name, encoded in splits.items()}


def _with_activations(engine: Engine, encoded: Encoded) -> Encoded:
    lengths = encoded.ids.lengths
    values = np.empty((int(lengths.sum()), int(engine.model.body.config.hidden_size)), dtype=np.float32)

    def compute(model: TaskModel, batch: Batch) -> list[None]:
        lower: LowerLayers = model.body.lower_layers
        lower.is_watched = True
        model.of(batch)
        assert lower.seen_BTC is not None  # noqa: S101 - the last frozen layer has just run
        for i, row in enumerate(batch.rows.tolist()):
            start = int(encoded.ids.offsets[row])
            values[start : start + int(lengths[row])] = lower.seen_BTC[i, : int(lengths[row])].numpy()
        lower.is_watched, lower.seen_BTC = False, None
        return [None] * len(batch)

    engine.rows(encoded, compute, is_exact=True)
    kept = Ragged(values=values, offsets=encoded.ids.offsets)
    return replace(encoded, beside={**encoded.beside, ACTIVATIONS: kept})
