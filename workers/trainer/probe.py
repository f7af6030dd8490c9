"""The head start: the output layer solved on features of the frozen base model, before any weight of it moves.

"Linear probing, then fine-tuning" (Kumar et al. 2022, arXiv:2202.10054): on banking77 the solved head alone is as good as several
epochs of fine-tuning from a random head, in a fraction of the time, and fine-tuning from it distorts the features less.
"""

# ruff: noqa: N803, N815 - capital suffixes name the axes of a tensor: B batch, T token, C channel, L label, N row

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from workers.trainer.data.encoded import Encoded, IntArray

# Strengths of the L2 penalty, strong to weak; each solution starts from the one before, and validation chooses.
PENALTIES = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4)
_MOST_ITERATIONS = 60


@dataclass(frozen=True)
class Head:
    """An output layer: `weight_LC` (labels, channels) and `bias_L`."""

    weight_LC: torch.Tensor
    bias_L: torch.Tensor
    penalty: float
    """The strength of the L2 penalty that it was solved with."""

    def put_into(self, layer: nn.Linear) -> None:
        """Make it the weights of a network's own output layer."""
        with torch.no_grad():
            layer.weight.copy_(self.weight_LC)
            layer.bias.copy_(self.bias_L)

    def logits(self, features_NC: torch.Tensor) -> torch.Tensor:
        return features_NC @ self.weight_LC.T.to(features_NC.device) + self.bias_L.to(features_NC.device)


@dataclass(frozen=True)
class Probing:
    """What a learning curve is made of: an output layer that is solved alone on parts of the training rows."""

    num_rows: int
    """Training rows that there are to learn from: of many whose every token is asked, no more than come to a bounded number of tokens."""
    num_outputs: int
    num_held_out: int
    solve: Callable[[IntArray, Sequence[float]], Head]
    """The layer that rows at these places among them teach, with the best of so strong penalties."""
    scores: Callable[[Sequence[Head]], list[Callable[[IntArray], float]]]
    """Of each layer the watched figure, on any selection of held-out rows."""


class FeatureCache:
    """Features by name, kept in a folder so that neither a resumed run nor another trial of a search need compute them again."""

    def __init__(self, folder: Path, *, key: str) -> None:
        self._folder = folder
        self._key = key

    def get(self, name: str, encoded: Encoded, compute: Callable[[Encoded], torch.Tensor]) -> torch.Tensor:
        path = self._folder / f"features-{self._key}-{name}.safetensors"
        try:
            features = load_file(path)["features"]
        except (OSError, SafetensorError):
            features = compute(encoded)
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".tmp-{os.getpid()}-{path.name}")
            save_file({"features": features.contiguous()}, unfinished)
            unfinished.replace(path)
        return features


def solve_linear(
    features_NC: torch.Tensor,
    targets: torch.Tensor,
    *,
    num_outputs: int,
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    judge: Callable[[Head], float],
    between_solutions: Callable[[], None] = lambda: None,
    penalties: Sequence[float] = PENALTIES,
) -> Head:
    """The linear layer with the least `criterion` (a mean over rows) by L-BFGS, for every penalty; the one that `judge` likes best."""
    weight = torch.zeros(num_outputs, features_NC.shape[1], requires_grad=True)
    bias = torch.zeros(num_outputs, requires_grad=True)
    best: tuple[float, Head] | None = None
    for penalty in penalties:
        between_solutions()
        _minimise(features_NC, targets, weight, bias, penalty, criterion)
        head = Head(weight.detach().clone(), bias.detach().clone(), penalty)
        value = judge(head)
        if best is None or value > best[0]:
            best = (value, head)
    assert best is not None  # noqa: S101 - there are penalties
    return best[1]


def _minimise(
    features_NC: torch.Tensor,
    targets: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    penalty: float,
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> None:
    solver = torch.optim.LBFGS(
        [weight, bias],
        max_iter=_MOST_ITERATIONS,
        history_size=10,
        tolerance_grad=1e-5,
        tolerance_change=1e-6,
        line_search_fn="strong_wolfe",
    )

    def objective() -> torch.Tensor:
        solver.zero_grad()
        logits = functional.linear(features_NC, weight, bias)
        value = criterion(logits, targets) + 0.5 * penalty * weight.square().sum()
        value.backward()
        return value

    solver.step(objective)
