"""AdamW over the weights that learn, cut into shards so that every thread of the team updates its own share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.trainer.team import Replica, Team

_MOMENTS = ("exp_avg", "exp_avg_sq")
# Embeddings; and factors, which decay towards one and not towards zero, hence not at all.
_NOT_DECAYING = ("embeddings", "ia3_l")


@dataclass(frozen=True)
class _Shard:
    names: tuple[str, ...]
    parameters: tuple[torch.nn.Parameter, ...]
    """Of the first replica: the ones that are updated."""
    others: tuple[tuple[torch.nn.Parameter, ...], ...]
    """Per further replica, in the same order: their gradients are added to those of the first."""
    adamw: torch.optim.AdamW


class ShardedAdamW:
    """Decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101) on matrices; none on biases, norms, embeddings, factors.

    Embeddings are exempt so that rows of tokens that training never sees stay exactly as the base model has them.
    """

    def __init__(self, team: Team, *, weight_decay: float) -> None:
        self._team = team
        self._shards = _shards(team, weight_decay)
        self.num_updates = 0

    def update(self, *, learning_rate: float, max_grad_norm: float, before: Callable[[], None] = lambda: None) -> float:
        """One update with the gradients that lie in the replicas; returns their norm before clipping and clears them.

        `before` is called when the gradients of all replicas lie summed in the first, and may change them.
        """
        self._team.each(_sum_gradients, self._shards)
        before()
        norms = self._team.each(_norm_of_gradients, self._shards)
        norm = math.sqrt(sum(norm * norm for norm in norms))
        if not math.isfinite(norm):
            raise JobError(
                "training:diverged",
                f"The gradient became infinite or undefined at step {self.num_updates + 1}; use a smaller learning rate.",
                step=self.num_updates + 1,
            )
        factor = min(1.0, max_grad_norm / (norm + 1e-6))

        def apply(_: Replica, shard: _Shard) -> None:
            if factor < 1:
                for parameter in shard.parameters:
                    if parameter.grad is not None:
                        parameter.grad.mul_(factor)
            for group in shard.adamw.param_groups:
                group["lr"] = learning_rate
            shard.adamw.step()
            shard.adamw.zero_grad()

        self._team.each(apply, self._shards)
        self.num_updates += 1
        return norm

    def discard_gradients(self) -> None:
        for shard in self._shards:
            for parameters in (shard.parameters, *shard.others):
                for parameter in parameters:
                    parameter.grad = None

    def state(self) -> dict[str, torch.Tensor]:
        """Copies of the moments by parameter name; `num_updates` is kept beside them."""
        return {
            f"{name}.{moment}": shard.adamw.state[parameter][moment].detach().cpu().clone()
            for shard in self._shards
            for name, parameter in zip(shard.names, shard.parameters, strict=True)
            if parameter in shard.adamw.state
            for moment in _MOMENTS
        }

    def load_state(self, state: dict[str, torch.Tensor], *, num_updates: int) -> None:
        self.num_updates = num_updates
        for shard in self._shards:
            for name, parameter in zip(shard.names, shard.parameters, strict=True):
                if f"{name}.exp_avg" not in state:
                    continue
                moments: dict[str, Any] = {
                    moment: state[f"{name}.{moment}"].to(parameter.device).clone() for moment in _MOMENTS
                }
                step = torch.tensor(float(num_updates), device=parameter.device)
                shard.adamw.state[parameter] = {"step": step, **moments}


def _sum_gradients(_: Replica, shard: _Shard) -> None:
    for parameters in shard.others:
        for mine, theirs in zip(shard.parameters, parameters, strict=True):
            if theirs.grad is None:
                continue
            if mine.grad is None:
                mine.grad = theirs.grad
            else:
                mine.grad.add_(theirs.grad)
            theirs.grad = None


def _norm_of_gradients(_: Replica, shard: _Shard) -> float:
    gradients = [parameter.grad for parameter in shard.parameters if parameter.grad is not None]
    return float(torch.nn.utils.get_total_norm(gradients)) if gradients else 0.0


def _shards(team: Team, weight_decay: float) -> list[_Shard]:
    per_replica = [
        {name: p for name, p in replica.model.named_parameters() if p.requires_grad} for replica in team.replicas
    ]
    first = per_replica[0]
    shares: list[list[str]] = [[] for _ in range(len(team))]
    sizes = [0] * len(team)
    for name in sorted(first, key=lambda name: (-first[name].numel(), name)):
        lightest = sizes.index(min(sizes))
        shares[lightest].append(name)
        sizes[lightest] += first[name].numel()
    return [_shard(names, per_replica, weight_decay) for names in shares if names]


def _shard(names: list[str], per_replica: list[dict[str, torch.nn.Parameter]], weight_decay: float) -> _Shard:
    first = per_replica[0]
    groups = [
        {"params": [first[name] for name in names if _decays(name, first[name])], "weight_decay": weight_decay},
        {"params": [first[name] for name in names if not _decays(name, first[name])], "weight_decay": 0.0},
    ]
    return _Shard(
        names=tuple(names),
        parameters=tuple(first[name] for name in names),
        others=tuple(tuple(parameters[name] for name in names) for parameters in per_replica[1:]),
        adamw=torch.optim.AdamW([group for group in groups if group["params"]], fused=True),
    )


def _decays(name: str, parameter: torch.nn.Parameter) -> bool:
    return parameter.ndim > 1 and not any(part in name for part in _NOT_DECAYING)
