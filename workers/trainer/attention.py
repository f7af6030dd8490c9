"""Attention for training short texts, registered with transformers as `anneal`.

Without dropout it is torch's fused kernel. With dropout on attention weights that kernel would draw from the global
generator (and, on a CPU, take the same explicit steps anyway), so the product is written out and dropout is the module's own. Of
long texts on a CPU it is written out for a few heads at a time, whose weights stay in the processor's cache from the scores to the sum of
values, and back: half the time (benchmarks/RESULTS.md, movie_reviews_long).

In layers that do not learn (`is_frozen`) a row comes out with the same bits whatever rows share its batch, so that it can be kept
(`workers.trainer.lower_layers`). Three things would move the last bit with the width of a batch, and are held fixed: what is left over
beside whole vector registers is rounded otherwise, so widths are filled up to whole registers; the fused kernel cuts wide batches
otherwise than narrow ones, so the product is written out; and a long sum is cut into parts whose size depends on its length, so it is
cut here, into parts of one size.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, L label, N row

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workers.trainer.dropout import SeededDropout
    from workers.trainer.unpadded import Unpadded

NAME = "anneal"
# Whose self-attention has a module `dropout`, as `_attend` expects.
FAMILIES = frozenset({"bert", "roberta", "xlm-roberta", "electra", "distilbert"})
# All of whose dropout is modules.
_DROPPING_BY_MODULES = FAMILIES | {"deberta-v2"}
# Numbers in the widest register of a CPU (AVX-512), and keys whose values are summed in one part.
_REGISTER = 16
_PART = 128
# Weights of attention that are worked at a time, one MiB of a core's cache; fewer than this in all are worked at once.
_WEIGHTS_AT_A_TIME = 2**18
_FEWEST_IN_PARTS = 2**21


def _attend(
    module: Any,
    query_BHTD: torch.Tensor,
    key_BHTD: torch.Tensor,
    value_BHTD: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    unpadded: Unpadded | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    if unpadded is None:
        mixed_BHTD = _mix(module, query_BHTD, key_BHTD, value_BHTD, attention_mask, scaling)
        return mixed_BHTD.transpose(1, 2).contiguous(), None
    mixed = [
        _mix(module, query, key, value, group.mask_B11T, scaling)
        for group, query, key, value in unpadded.rectangles(query_BHTD, key_BHTD, value_BHTD)
    ]
    return unpadded.end_to_end(mixed), None


def _mix(
    module: Any,
    query_BHTD: torch.Tensor,
    key_BHTD: torch.Tensor,
    value_BHTD: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None,
) -> torch.Tensor:
    # A decoder whose rows are not padded gets no mask: then causality is the module's word. Of a single new token it asks nothing.
    is_causal = attention_mask is None and module.is_causal and query_BHTD.shape[2] > 1
    if getattr(module, "is_frozen", False) and not module.is_causal and query_BHTD.device.type == "cpu":
        return _attend_alike(query_BHTD, key_BHTD, value_BHTD, attention_mask, scaling)
    if not module.training or module.dropout.p == 0:
        return functional.scaled_dot_product_attention(
            query_BHTD, key_BHTD, value_BHTD, attn_mask=attention_mask, scale=scaling, is_causal=is_causal
        )
    mask = _causal(query_BHTD, key_BHTD) if is_causal else attention_mask
    attend = _InParts.apply if _is_in_parts(query_BHTD, key_BHTD) else _attend_dropping
    mixed: torch.Tensor = attend(query_BHTD, key_BHTD, value_BHTD, mask, _scale(query_BHTD, scaling), module.dropout)
    return mixed


def _attend_dropping(
    query_BHTD: torch.Tensor,
    key_BHTD: torch.Tensor,
    value_BHTD: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
    dropout: SeededDropout,
) -> torch.Tensor:
    scores_BHTT = (query_BHTD * scale) @ key_BHTD.transpose(2, 3)
    if mask is not None:
        scores_BHTT = scores_BHTT.masked_fill(~mask, torch.finfo(scores_BHTT.dtype).min)
    mixed: torch.Tensor = dropout(scores_BHTT.softmax(-1)) @ value_BHTD
    return mixed


def _scale(query_BHTD: torch.Tensor, scaling: float | None) -> float:
    return float(query_BHTD.shape[-1] ** -0.5) if scaling is None else scaling


def _causal(query_BHTD: torch.Tensor, key_BHTD: torch.Tensor) -> torch.Tensor:
    shape = 1, 1, query_BHTD.shape[2], key_BHTD.shape[2]
    return torch.ones(shape, dtype=torch.bool, device=query_BHTD.device).tril()


def _is_in_parts(query_BHTD: torch.Tensor, key_BHTD: torch.Tensor) -> bool:
    weights = query_BHTD[..., 0].numel() * key_BHTD.shape[2]
    return query_BHTD.device.type == "cpu" and query_BHTD.dtype == torch.float32 and weights >= _FEWEST_IN_PARTS


class _InParts(torch.autograd.Function):
    """`_attend_dropping` for some rows or some heads of a row at a time; gradients of queries, keys and values.

    Tensors are (rows, heads, tokens, channels); the mask is True where a token is seen, (rows or 1, 1, tokens or 1, tokens) or None.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query_BHTD: torch.Tensor,
        key_BHTD: torch.Tensor,
        value_BHTD: torch.Tensor,
        mask: torch.Tensor | None,
        scale: float,
        dropout: SeededDropout,
    ) -> torch.Tensor:
        weight_BHTT = query_BHTD.new_empty(*query_BHTD.shape[:3], key_BHTD.shape[2])
        kept_BHTT = torch.empty_like(weight_BHTT, dtype=torch.uint8)
        mixed_BHTD = _with_heads_inside(query_BHTD)
        is_hidden = None if mask is None else (~mask).expand(len(query_BHTD), -1, -1, -1)
        for at in _parts(weight_BHTT):
            weight = (query_BHTD[at] * scale) @ key_BHTD[at].transpose(2, 3)
            if is_hidden is not None:
                weight.masked_fill_(is_hidden[at[0]], torch.finfo(weight.dtype).min)
            torch.softmax(weight, -1, out=weight_BHTT[at])
            kept_BHTT[at] = kept = dropout.kept(weight)
            mixed_BHTD[at] = ((weight_BHTT[at] * kept) @ value_BHTD[at]).mul_(dropout.scale)
        ctx.save_for_backward(query_BHTD, key_BHTD, value_BHTD, weight_BHTT, kept_BHTT)
        ctx.scale, ctx.kept_scale = scale, dropout.scale
        return mixed_BHTD

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query_BHTD, key_BHTD, value_BHTD, weight_BHTT, kept_BHTT = ctx.saved_tensors
        of_query, of_key, of_value = (_with_heads_inside(tensor) for tensor in (query_BHTD, key_BHTD, value_BHTD))
        for at in _parts(weight_BHTT):
            weight, kept = weight_BHTT[at], kept_BHTT[at]
            grad = grads[0][at] * ctx.kept_scale
            of_value[at] = (weight * kept).transpose(2, 3) @ grad
            of_weight = (grad @ value_BHTD[at].transpose(2, 3)).mul_(kept)
            of_score = torch.ops.aten._softmax_backward_data(of_weight, weight, -1, weight.dtype)  # noqa: SLF001 - no other name
            of_query[at] = (of_score @ key_BHTD[at]).mul_(ctx.scale)
            of_key[at] = (of_score.transpose(2, 3) @ query_BHTD[at]).mul_(ctx.scale)
        return of_query, of_key, of_value, None, None, None


def _parts(weight_BHTT: torch.Tensor) -> Iterator[tuple[slice, slice]]:
    rows, heads = weight_BHTT.shape[:2]
    pairs = weight_BHTT[0, 0].numel()
    heads_at_a_time = max(1, _WEIGHTS_AT_A_TIME // pairs)
    rows_at_a_time = max(1, heads_at_a_time // heads)
    for row in range(0, rows, rows_at_a_time):
        for head in range(0, heads, heads_at_a_time):
            yield slice(row, row + rows_at_a_time), slice(head, head + heads_at_a_time)


def _with_heads_inside(like_BHTD: torch.Tensor) -> torch.Tensor:
    """Room for a tensor of this shape that lies as (rows, tokens, heads, channels), as the layers around attention want it."""
    rows, heads, tokens, channels = like_BHTD.shape
    return like_BHTD.new_empty(rows, tokens, heads, channels).transpose(1, 2)


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
    if attention_mask is None:
        attention_mask = torch.ones(len(query_BHTD), 1, 1, length, dtype=torch.bool)
    query_BHTD, key_BHTD, value_BHTD = (
        functional.pad(tensor, (0, 0, 0, missing)) for tensor in (query_BHTD, key_BHTD, value_BHTD)
    )
    is_seen = functional.pad(attention_mask[:, :, :1], (0, missing), value=False)
    scores_BHTT = (query_BHTD * _scale(query_BHTD, scaling)) @ key_BHTD.transpose(2, 3)
    weight_BHTT = scores_BHTT.masked_fill(~is_seen, torch.finfo(scores_BHTT.dtype).min).softmax(-1)
    mixed_BHTD = torch.zeros_like(value_BHTD)
    for start in range(0, length + missing, _PART):
        part = slice(start, start + _PART)
        mixed_BHTD += weight_BHTT[..., part] @ value_BHTD[:, :, part]
    return mixed_BHTD[:, :, :length]


def draws_from_modules_alone(config: Any) -> bool:
    """Whether all dropout of a network is modules, whose random numbers are a replica's own.

    Other families drop attention weights, or whole layers, by functions that draw from the one global generator: several threads
    would take from it in any order.
    """
    if config.model_type == "encoder-decoder":
        return draws_from_modules_alone(config.encoder) and draws_from_modules_alone(config.decoder)
    if config.model_type in _DROPPING_BY_MODULES:
        return True
    return not any("drop" in name and isinstance(value, float) and value > 0 for name, value in vars(config).items())


AttentionInterface.register(NAME, _attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
