"""AdamW over the weights that learn, cut into shards so that every thread of the team updates its own share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from workers.contract.reasons import JobError
from workers.trainer.anatomy import norms_behind, stacks
from workers.trainer.ranks import ALONE, Ranks
from workers.trainer.sharding import is_part, own_part, spread_like, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workers.trainer.model import TaskModel
    from workers.trainer.team import Replica, Team

_MOMENTS = ("exp_avg", "exp_avg_sq")
# In the names of factors, which would have to decay towards one and not towards zero.
_FACTOR = ".ia3_l"


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

    def __init__(
        self,
        team: Team,
        *,
        weight_decay: float,
        rate_shares: Mapping[str, float] | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        """`rate_shares` gives, by name, what share of the learning rate a weight learns at; all of it where nothing is said."""
        self._team = team
        self._ranks = ranks
        self._shards = _shards(team, weight_decay, rate_shares or {})
        self.num_updates = 0

    def update(self, *, learning_rate: float, max_grad_norm: float, before: Callable[[], None] = lambda: None) -> float:
        """One update with the gradients that lie in the replicas; returns their norm before clipping and clears them.

        `before` is called when the gradients of all replicas, of all processes, lie summed in the first, and may change them.
        """
        self._team.each(_sum_gradients, self._shards)
        self._ranks.sum_gradients([parameter for shard in self._shards for parameter in shard.parameters])
        before()
        squares = self._team.each(_squared_norms_of_gradients, self._shards)
        norm = math.sqrt(sum(square for square, _ in squares) + self._sum_of_parts(sum(part for _, part in squares)))
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
                group["lr"] = learning_rate * group["share"]
            shard.adamw.step()
            shard.adamw.zero_grad()

        self._team.each(apply, self._shards)
        self.num_updates += 1
        return norm

    def _sum_of_parts(self, square: float) -> float:
        if not self._ranks.is_sharding:
            return 0.0
        return self._ranks.sum(square, self._shards[0].parameters[0].device)

    def restart(self) -> None:
        """Forget all moments, as before the first update: another loss follows."""
        self.num_updates = 0
        for shard in self._shards:
            shard.adamw.state.clear()

    def discard_gradients(self) -> None:
        for shard in self._shards:
            for parameters in (shard.parameters, *shard.others):
                for parameter in parameters:
                    parameter.grad = None

    def state(self) -> dict[str, torch.Tensor]:
        """Copies of the moments by parameter name; `num_updates` is kept beside them."""
        return {
            f"{name}.{moment}": whole(shard.adamw.state[parameter][moment]).cpu().clone()
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
                    moment: spread_like(state[f"{name}.{moment}"], parameter).clone() for moment in _MOMENTS
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


def _squared_norms_of_gradients(_: Replica, shard: _Shard) -> tuple[float, float]:
    """Of those that this process holds whole, and of its parts of the others."""
    gradients = [parameter.grad for parameter in shard.parameters if parameter.grad is not None]
    parts = [own_part(gradient) for gradient in gradients if is_part(gradient)]
    found = (_norm([gradient for gradient in gradients if not is_part(gradient)]), _norm(parts))
    return found[0] ** 2, found[1] ** 2


def _norm(gradients: list[torch.Tensor]) -> float:
    return float(torch.nn.utils.get_total_norm(gradients)) if gradients else 0.0


def layer_shares(model: TaskModel, decay: float) -> dict[str, float]:
    """Layer-wise learning-rate decay: by the name of a weight of the body, `decay` to the power of its distance from the output.

    The uppermost layer learns at `decay`, embeddings below the lowest one; what a task puts on the body is not named and learns at
    the whole rate (Clark et al. 2020, arXiv:2003.10555). In an encoder-decoder each stack is counted for itself.
    """
    body = model.body
    prefix = next((f"{name}." for name, part in model.named_modules() if part is body and name), "")
    depth = {layer: len(names) - i for names in stacks(body) for i, layer in enumerate(names)}
    lowest = 1 + max(depth.values())
    behind = set(norms_behind(body))

    def distance(name: str) -> int:
        found = next((steps for layer, steps in depth.items() if name.startswith(f"{layer}.")), None)
        return found if found is not None else 0 if name in behind else lowest

    return {f"{prefix}{name}": decay ** distance(name) for name, _ in body.named_parameters()}


def _shards(team: Team, weight_decay: float, rate_shares: Mapping[str, float]) -> list[_Shard]:
    per_replica = [
        {name: p for name, p in replica.model.named_parameters() if p.requires_grad} for replica in team.replicas
    ]
    first = per_replica[0]
    tables = {
        id(parameter)
        for part in team.replicas[0].model.modules()
        if isinstance(part, torch.nn.Embedding)
        for parameter in part.parameters(recurse=False)
    }
    shares: list[list[str]] = [[] for _ in range(len(team))]
    sizes = [0] * len(team)
    for name in sorted(first, key=lambda name: (-first[name].numel(), name)):
        lightest = sizes.index(min(sizes))
        shares[lightest].append(name)
        sizes[lightest] += first[name].numel()
    return [_shard(names, per_replica, tables, weight_decay, rate_shares) for names in shares if names]


def _shard(
    names: list[str],
    per_replica: list[dict[str, torch.nn.Parameter]],
    tables: set[int],
    weight_decay: float,
    rate_shares: Mapping[str, float],
) -> _Shard:
    """`tables` are the ids of embeddings, which keep what they have."""
    first = per_replica[0]
    groups: dict[tuple[bool, float, bool], list[torch.nn.Parameter]] = {}
    for name in names:
        decays = first[name].ndim > 1 and id(first[name]) not in tables and _FACTOR not in name
        # One fused update takes tensors in parts or whole ones, not both.
        key = (decays, rate_shares.get(name, 1.0), is_part(first[name]))
        groups.setdefault(key, []).append(first[name])
    return _Shard(
        names=tuple(names),
        parameters=tuple(first[name] for name in names),
        others=tuple(tuple(parameters[name] for name in names) for parameters in per_replica[1:]),
        adamw=torch.optim.AdamW(
            [
                {"params": parameters, "weight_decay": weight_decay if decays else 0.0, "share": share}
                for (decays, share, _), parameters in groups.items()
            ],
            fused=True,
        ),
    )
