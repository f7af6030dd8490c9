"""Losses that several tasks share."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B row, N choice

from __future__ import annotations

import torch


def choice_losses(
    scores_BN: torch.Tensor, is_choice_BN: torch.Tensor, right_B: torch.Tensor, *, smoothing: float = 0.0
) -> torch.Tensor:
    """Cross-entropy of each row over those of its columns that are choices; `smoothing` of the weight is spread over them."""
    is_choice_BN = is_choice_BN.bool()
    log_BN = scores_BN.masked_fill(~is_choice_BN, torch.finfo(scores_BN.dtype).min).log_softmax(-1)
    hit_B = log_BN.gather(-1, right_B.unsqueeze(-1)).squeeze(-1)
    if smoothing:
        spread_B = log_BN.masked_fill(~is_choice_BN, 0.0).sum(-1) / is_choice_BN.sum(-1)
        hit_B = (1 - smoothing) * hit_B + smoothing * spread_B
    return -hit_B
