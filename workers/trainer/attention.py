"""Attention for training short texts, registered with transformers as `anneal`.

Without dropout it is torch's fused kernel. With dropout on attention weights that kernel would draw from the global
generator (and, on a CPU, take the same explicit steps anyway), so the product is written out and dropout is the module's own.
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


def _attend(
    module: Any,
    query_BHTD: torch.Tensor,
    key_BHTD: torch.Tensor,
    value_BHTD: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    # A decoder whose rows are not padded gets no mask: then causality is the module's word. Of a single new token it asks nothing.
    is_causal = attention_mask is None and module.is_causal and query_BHTD.shape[2] > 1
    if not module.training or module.dropout.p == 0:
        mixed = functional.scaled_dot_product_attention(
            query_BHTD, key_BHTD, value_BHTD, attn_mask=attention_mask, scale=scaling, is_causal=is_causal
        )
    else:
        scale = query_BHTD.shape[-1] ** -0.5 if scaling is None else scaling
        scores_BHTT = (query_BHTD * scale) @ key_BHTD.transpose(2, 3)
        if is_causal:
            attention_mask = torch.ones(scores_BHTT.shape[2:], dtype=torch.bool, device=scores_BHTT.device).tril()
        if attention_mask is not None:
            scores_BHTT = scores_BHTT.masked_fill(~attention_mask, torch.finfo(scores_BHTT.dtype).min)
        mixed = module.dropout(scores_BHTT.softmax(-1)) @ value_BHTD
    return mixed.transpose(1, 2).contiguous(), None


def draws_from_modules_alone(config: Any) -> bool:
    """Whether all dropout of a network is modules, whose random numbers are a replica's own.

    Other families drop attention weights, or whole layers, by functions that draw from the one global generator: several threads
    would take from it in any order.
    """
    if config.model_type == "encoder-decoder":
        return draws_from_modules_alone(config.encoder) and draws_from_modules_alone(config.decoder)
    if config.model_type in FAMILIES:
        return True
    return not any("drop" in name and isinstance(value, float) and value > 0 for name, value in vars(config).items())


AttentionInterface.register(NAME, _attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
