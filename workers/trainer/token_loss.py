"""Cross-entropy over a vocabulary, without ever holding the logits of more than a few positions.

The logits of a batch are its largest tensor by far: 8,000 tokens times a vocabulary of 50,000 are 1.6 GB, and their gradient is as
much again. Here they are made for a slice of the positions, turned into that slice's loss and gradients, and forgotten (as in Liger
Kernel, Hsu et al. 2024, arXiv:2410.10989). Nothing is computed twice, and the sum is the same.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: C channel, V vocabulary, N chosen position

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.trainer.language_model import LanguageModel

# Logits held at once: 16 MB of float32, about what the caches of a few cores hold.
_MOST_LOGITS = 4 * 1024 * 1024
_FEWEST_POSITIONS = 64


def summed_loss(
    model: LanguageModel,
    states_NC: torch.Tensor,
    words_N: torch.Tensor,
    weights_N: torch.Tensor | None = None,
    *,
    label_smoothing: float = 0.0,
) -> torch.Tensor:
    """The sum over positions of the weighted negative log-likelihood of the words that should stand there."""
    loss: torch.Tensor = _SummedLoss.apply(
        model.logits,
        _slices(len(words_N), model.num_words),
        label_smoothing,
        states_NC,
        words_N,
        weights_N,
        *model.head_parameters(),
    )
    return loss


def word_scores(
    model: LanguageModel, states_NC: torch.Tensor, words_N: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Without gradients: the log-likelihood of each word, and whether it is the likeliest, both (positions)."""
    likelihoods, hits = [states_NC.new_zeros(0, dtype=torch.float32)], [words_N.new_zeros(0, dtype=torch.bool)]
    for part in _slices(len(words_N), model.num_words):
        logits_NV = model.logits(states_NC[part]).float()
        likelihoods.append(-functional.cross_entropy(logits_NV, words_N[part], reduction="none"))
        hits.append(logits_NV.argmax(-1) == words_N[part])
    return torch.cat(likelihoods), torch.cat(hits)


def log_likelihoods(model: LanguageModel, states_NC: torch.Tensor, words_N: torch.Tensor) -> torch.Tensor:
    """With gradients, for losses that are no sum over words: the log-likelihood of each word, (positions)."""
    found: torch.Tensor = _LogLikelihoods.apply(
        model.logits, _slices(len(words_N), model.num_words), states_NC, words_N, *model.head_parameters()
    )
    return found


def _slices(num_positions: int, num_words: int) -> list[slice]:
    size = max(_FEWEST_POSITIONS, _MOST_LOGITS // num_words)
    return [slice(start, start + size) for start in range(0, max(1, num_positions), size)]


class _SummedLoss(torch.autograd.Function):
    """The gradients are made on the way forward, while the logits of a slice are there; backward only scales them."""

    @staticmethod
    def forward(
        ctx: Any,
        head: Callable[[torch.Tensor], torch.Tensor],
        slices: list[slice],
        label_smoothing: float,
        states_NC: torch.Tensor,
        words_N: torch.Tensor,
        weights_N: torch.Tensor | None,
        *parameters: torch.Tensor,
    ) -> torch.Tensor:
        total = states_NC.new_zeros((), dtype=torch.float32)
        grads = _Gradients(states_NC, parameters)
        for part in slices:
            with torch.enable_grad():
                some_NC = states_NC[part].detach().requires_grad_()
                losses_N = functional.cross_entropy(
                    head(some_NC).float(), words_N[part], reduction="none", label_smoothing=label_smoothing
                )
                loss = losses_N.sum() if weights_N is None else (losses_N * weights_N[part]).sum()
            grads.add(part, torch.autograd.grad(loss, [some_NC, *parameters]))
            total += loss.detach()
        ctx.save_for_backward(grads.states_NC, *grads.parameters)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        states_NC, *parameters = ctx.saved_tensors
        return (
            *(None,) * 3,
            states_NC * gradients[0],
            None,
            None,
            *(parameter * gradients[0].to(parameter.dtype) for parameter in parameters),
        )


class _LogLikelihoods(torch.autograd.Function):
    """How much each likelihood counts is only known later, so the logits are made again on the way back, slice by slice."""

    @staticmethod
    def forward(
        ctx: Any,
        head: Callable[[torch.Tensor], torch.Tensor],
        slices: list[slice],
        states_NC: torch.Tensor,
        words_N: torch.Tensor,
        *parameters: torch.Tensor,
    ) -> torch.Tensor:
        ctx.head, ctx.slices, ctx.parameters = head, slices, parameters
        ctx.save_for_backward(states_NC, words_N)
        return torch.cat([_likelihoods(head, states_NC[part], words_N[part]) for part in slices])

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        states_NC, words_N = ctx.saved_tensors
        grads = _Gradients(states_NC, ctx.parameters)
        for part in ctx.slices:
            with torch.enable_grad():
                some_NC = states_NC[part].detach().requires_grad_()
                found_N = _likelihoods(ctx.head, some_NC, words_N[part])
            grads.add(part, torch.autograd.grad(found_N, [some_NC, *ctx.parameters], gradients[0][part]))
        return None, None, grads.states_NC, None, *grads.parameters


def _likelihoods(
    head: Callable[[torch.Tensor], torch.Tensor], states_NC: torch.Tensor, words_N: torch.Tensor
) -> torch.Tensor:
    return -functional.cross_entropy(head(states_NC).float(), words_N, reduction="none")


class _Gradients:
    """Of the states, slice by slice, and of the parameters, summed up over the slices."""

    def __init__(self, states_NC: torch.Tensor, parameters: tuple[torch.Tensor, ...]) -> None:
        self.states_NC = torch.empty_like(states_NC)
        self.parameters: list[torch.Tensor] = [torch.zeros_like(parameter) for parameter in parameters]

    def add(self, part: slice, found: tuple[torch.Tensor, ...]) -> None:
        self.states_NC[part] = found[0]
        for total, more in zip(self.parameters, found[1:], strict=True):
            total.add_(more)


def positions(is_chosen_BT: torch.Tensor) -> torch.Tensor:
    """Where in the flattened batch the chosen positions lie."""
    return is_chosen_BT.flatten().nonzero().squeeze(-1)


def chosen(states_BTC: torch.Tensor, positions_N: torch.Tensor) -> torch.Tensor:
    """(positions, channels)"""
    return states_BTC.flatten(0, 1).index_select(0, positions_N)
