"""The losses of preference tuning, as their papers write them. All take log-likelihoods of whole answers, one for each row of a batch.

An answer's reward is beta times the log-likelihood ratio of the model and the untouched base model: how much likelier the model
has become to give it.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch

from __future__ import annotations

import torch
from torch.nn import functional

# A mean likelihood of 1 has infinite odds; this near to it they are large enough.
_NEAREST_TO_CERTAIN = -1e-6


def dpo(
    chosen_B: torch.Tensor,
    rejected_B: torch.Tensor,
    base_chosen_B: torch.Tensor,
    base_rejected_B: torch.Tensor,
    *,
    beta: float,
    label_smoothing: float = 0.0,
) -> torch.Tensor:
    """-log sigmoid of the margin of rewards (Rafailov et al. 2023, arXiv:2305.18290, equation 7), by row.

    With label smoothing, a pair is taken to be the wrong way round with that probability (its appendix; "conservative DPO").
    """
    margin_B = beta * ((chosen_B - base_chosen_B) - (rejected_B - base_rejected_B))
    right_B, wrong_B = functional.logsigmoid(margin_B), functional.logsigmoid(-margin_B)
    return -(1 - label_smoothing) * right_B - label_smoothing * wrong_B


def orpo(
    chosen_B: torch.Tensor,
    rejected_B: torch.Tensor,
    num_chosen_B: torch.Tensor,
    num_rejected_B: torch.Tensor,
    *,
    beta: float,
) -> torch.Tensor:
    """Likelihood of the chosen answer plus beta times the log odds ratio (Hong et al. 2024, arXiv:2403.07691, equations 6 and 7), by row.

    Likelihoods are geometric means over the tokens of an answer.
    """
    mean_B = (chosen_B / num_chosen_B).clamp(max=_NEAREST_TO_CERTAIN)
    other_B = (rejected_B / num_rejected_B).clamp(max=_NEAREST_TO_CERTAIN)
    return -mean_B - beta * functional.logsigmoid(_log_odds(mean_B) - _log_odds(other_B))


def _log_odds(log_likelihood_B: torch.Tensor) -> torch.Tensor:
    return log_likelihood_B - torch.log(-torch.expm1(log_likelihood_B))


def kto(
    answer_B: torch.Tensor,
    base_answer_B: torch.Tensor,
    is_desirable_B: torch.Tensor,
    divergence: torch.Tensor,
    *,
    beta: float,
) -> torch.Tensor:
    """One minus the value of an answer (Ethayarajh et al. 2024, arXiv:2402.01306, equation 8, both lambdas 1), by row.

    `divergence` is the point of reference z0, which no gradient flows through.
    """
    gain_B = beta * (answer_B - base_answer_B - divergence)
    return 1 - torch.sigmoid(torch.where(is_desirable_B, gain_B, -gain_B))


def kto_divergence(unrelated_B: torch.Tensor, base_unrelated_B: torch.Tensor) -> torch.Tensor:
    """How far the model has moved from the base model: the mean log ratio over answers to other prompts, never below zero."""
    return (unrelated_B - base_unrelated_B).detach().mean().clamp(min=0)
