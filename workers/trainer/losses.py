"""Losses that several tasks share."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B row, N choice, L label

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.contract.spec import Optimisation

# Below it a difference from certainty counts as this: the slope of its powers stays finite.
_LEAST = 1e-6
# No label counts more than this many times what it would without weights.
_HEAVIEST = 100.0


class ClassLoss:
    """Cross-entropy over labels, and what a spec can make of it: smoothing, weights of labels, and less weight for what is known.

    `weight_L` are those of the labels: for choices a factor of every row, for labels that are decided one by one a factor of the rows
    that have them.
    """

    def __init__(self, optimisation: Optimisation) -> None:
        self._smoothing = optimisation.label_smoothing
        self._gamma = optimisation.focal_gamma
        self._weighting = optimisation.class_weights
        self.weight_L: torch.Tensor | None = None

    def learn_choices(self, count_L: torch.Tensor) -> None:
        """`count_L` training rows (or tokens) have each label; their weights then have the mean one over rows."""
        if self._weighting == "none":
            return
        count_L = count_L.double()
        rare_L = count_L.sum() / count_L.clamp(min=1)
        raw_L = rare_L if self._weighting == "balanced" else rare_L.sqrt()
        self.weight_L = (raw_L * count_L.sum() / (raw_L * count_L).sum()).clamp(max=_HEAVIEST).float()

    def learn_decisions(self, count_L: torch.Tensor, num_rows: int) -> None:
        """Of labels of which a row may have any number: what its presence counts against its absence."""
        if self._weighting == "none":
            return
        odds_L = (num_rows - count_L.double()) / count_L.clamp(min=1)
        self.weight_L = (
            (odds_L if self._weighting == "balanced" else odds_L.sqrt()).clamp(1 / _HEAVIEST, _HEAVIEST).float()
        )

    def of_choices(self, logits_BL: torch.Tensor, targets_B: torch.Tensor, *, ignored: int = -100) -> torch.Tensor:
        """Summed over the rows whose target is not `ignored`. Targets are label numbers, or for each row shares of the labels."""
        weight_L = None if self.weight_L is None else self.weight_L.to(logits_BL.device)
        is_plain = self._gamma == 0
        losses = functional.cross_entropy(
            logits_BL,
            targets_B,
            weight=weight_L,
            label_smoothing=self._smoothing,
            ignore_index=ignored,
            reduction="sum" if is_plain else "none",
        )
        if is_plain:
            return losses
        if targets_B.is_floating_point():
            right_B = (logits_BL.softmax(-1) * targets_B).sum(-1)
        else:
            right_B = logits_BL.softmax(-1).gather(-1, targets_B.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        return ((1 - right_B).clamp(min=_LEAST) ** self._gamma * losses).sum()

    def of_decisions(self, logits_BL: torch.Tensor, targets_BL: torch.Tensor) -> torch.Tensor:
        """Summed over rows and labels; targets are 0 or 1."""
        weight_L = None if self.weight_L is None else self.weight_L.to(logits_BL.device)
        softened_BL = targets_BL * (1 - self._smoothing) + self._smoothing / 2
        losses_BL = functional.binary_cross_entropy_with_logits(
            logits_BL, softened_BL, pos_weight=weight_L, reduction="none"
        )
        if self._gamma:
            wrong_BL = (targets_BL - logits_BL.sigmoid()).abs().clamp(min=_LEAST)
            losses_BL = wrong_BL**self._gamma * losses_BL
        return losses_BL.sum()


def consistent_loss(
    ask: Callable[[], torch.Tensor],
    *,
    loss: Callable[[torch.Tensor], torch.Tensor],
    divergence: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    weight: float,
) -> torch.Tensor:
    """The loss of what `ask` says; with a weight it is asked twice, and how much the two answers differ is added (R-Drop)."""
    logits = ask()
    if weight == 0:
        return loss(logits)
    other = ask()  # Dropout draws anew.
    return (loss(logits) + loss(other)) / 2 + weight * divergence(logits, other)


def choice_divergence(one_BL: torch.Tensor, other_BL: torch.Tensor) -> torch.Tensor:
    """The mean of both Kullback-Leibler divergences between two distributions over labels, summed over rows."""
    p_BL, q_BL = one_BL.log_softmax(-1), other_BL.log_softmax(-1)
    return ((p_BL.exp() - q_BL.exp()) * (p_BL - q_BL)).sum() / 2


def decision_divergence(one_BL: torch.Tensor, other_BL: torch.Tensor) -> torch.Tensor:
    """The same for labels that are decided one by one, summed over rows and labels."""
    return ((one_BL.sigmoid() - other_BL.sigmoid()) * (one_BL - other_BL)).sum() / 2


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
