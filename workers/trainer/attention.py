"""Attention for training short texts, registered with transformers as `anneal`.

Without dropout it is torch's fused kernel. With dropout on attention weights that kernel would draw from the global
generator (and, on a CPU, take the same explicit steps anyway), so the product is written out and dropout is the module's own.

In layers that do not learn (`is_frozen`) a row comes out with the same bits whatever rows share its batch, so that it can be kept
(`workers.trainer.lower_layers`). Three things would move the last bit with the width of a batch, and are held fixed: what is left over
beside whole vector registers is rounded otherwise, so widths are filled up to whole registers; the fused kernel cuts wide batches
otherwise than narrow ones, so the product is written out; and a long sum is cut into parts whose size depends on its length, so it is
cut here, into parts of one size.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, L label, N row

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

NAME = "anneal"
# Whose self-attention has a module `dropout`, as `_attend` expects.
FAMILIES = frozenset({"bert", "roberta", "xlm-roberta", "electra"})
# Numbers in the widest register of a CPU (AVX-512), and keys whose values are summed in one part.
_REGISTER = 16
_PART = 128


def _attend(
    module: Any,
    query_BHTD: torch.Tensor,
    key_BHTD: torch.Tensor,
    value_BHTD: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    if getattr(module, "is_frozen", False) and not module.is_causal and query_BHTD.device.type == "cpu":
        mixed = _attend_alike(query_BHTD, key_BHTD, value_BHTD, attention_mask, scaling)
    elif not module.training or module.dropout.p == 0:
        mixed = functional.scaled_dot_product_attention(
            query_BHTD, key_BHTD, value_BHTD, attn_mask=attention_mask, scale=scaling
        )
    else:
        scale = query_BHTD.shape[-1] ** -0.5 if scaling is None else scaling
        scores_BHTT = (query_BHTD * scale) @ key_BHTD.transpose(2, 3)
        if attention_mask is not None:
            scores_BHTT = scores_BHTT.masked_fill(~attention_mask, torch.finfo(scores_BHTT.dtype).min)
        mixed = module.dropout(scores_BHTT.softmax(-1)) @ value_BHTD
    return mixed.transpose(1, 2).contiguous(), None


def _attend_alike(
    query_BHTD: torch.Tensor,
    key_BHTD: torch.Tensor,
    value_BHTD: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None,
) -> torch.Tensor:
    """Of an encoder, whose tokens all see the same ones."""
    length = key_BHTD.shape[2]
    missing = -length % (_REGISTER if length <= _PART else _PART)
    scale = query_BHTD.shape[-1] ** -0.5 if scaling is None else scaling
    if attention_mask is None:
        attention_mask = torch.ones(len(query_BHTD), 1, 1, length, dtype=torch.bool)
    query_BHTD, key_BHTD, value_BHTD = (
        functional.pad(tensor, (0, 0, 0, missing)) for tensor in (query_BHTD, key_BHTD, value_BHTD)
    )
    is_seen = functional.pad(attention_mask[:, :, :1], (0, missing), value=False)
    scores_BHTT = (query_BHTD * scale) @ key_BHTD.transpose(2, 3)
    weight_BHTT = scores_BHTT.masked_fill(~is_seen, torch.finfo(scores_BHTT.dtype).min).softmax(-1)
    mixed_BHTD = torch.zeros_like(value_BHTD)
    for start in range(0, length + missing, _PART):
        part = slice(start, start + _PART)
        mixed_BHTD += weight_BHTT[..., part] @ value_BHTD[:, :, part]
    return mixed_BHTD[:, :, :length]


AttentionInterface.register(NAME, _attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
