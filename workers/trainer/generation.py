"""Writes on from prompts, greedily or with beams: for the evaluation at the end, never while training."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch

from workers.trainer.language_model import Decoder, speaking

if TYPE_CHECKING:
    from workers.trainer.data.encoded import Batch, Encoded
    from workers.trainer.engine import Engine


def write(engine: Engine, prompts: Encoded, *, max_new_tokens: int, num_beams: int = 1) -> list[list[int]]:
    """For each row of prompts (of sources, where the model has an encoder) the ids of what follows, up to where the model ends.

    How a text begins and ends is the network's own generation config, which goes out with the model; nothing is drawn at random.
    """

    def forward(model: Any, batch: Batch) -> list[list[int]]:
        return _write(speaking(model), batch, engine.pad_id, max_new_tokens, num_beams)

    return engine.rows(prompts, forward)


def _write(model: Any, batch: Batch, pad_id: int, max_new_tokens: int, num_beams: int) -> list[list[int]]:
    config = copy.deepcopy(model.network.generation_config)
    config.update(do_sample=False, num_beams=num_beams, max_new_tokens=max_new_tokens, max_length=None, use_cache=True)
    config.pad_token_id = pad_id
    ids_BT, mask_BT = batch.ids_BT, batch.mask().long()
    num_before = 0
    if isinstance(model, Decoder):
        ids_BT, mask_BT = _padded_in_front(ids_BT, mask_BT)
        num_before = ids_BT.shape[1]
    said_BT = model.network.generate(input_ids=ids_BT, attention_mask=mask_BT, generation_config=config)
    ends = _as_set(config.eos_token_id)
    skipped = _as_set(config.decoder_start_token_id) if num_before == 0 else set()
    return [_up_to_end(row, ends, skipped) for row in said_BT[:, num_before:].tolist()]


def _padded_in_front(ids_BT: torch.Tensor, mask_BT: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A decoder writes behind the last column, so all prompts must end there."""
    order_BT = mask_BT.argsort(dim=1, stable=True)
    return ids_BT.gather(1, order_BT), mask_BT.gather(1, order_BT)


def _up_to_end(ids: list[int], ends: set[int], skipped: set[int]) -> list[int]:
    """Without the token that a decoder is started with, which may be the one that ends a text as well."""
    begin = 1 if ids and ids[0] in skipped else 0
    end = next((i for i in range(begin, len(ids)) if ids[i] in ends), len(ids))
    return ids[begin:end]


def _as_set(ids: int | list[int] | None) -> set[int]:
    return set() if ids is None else {ids} if isinstance(ids, int) else set(ids)
