"""AdaLoRA (Zhang et al. 2023, arXiv:2303.10512) through peft: updates as singular values, of which the least important are pruned.

Importance is taken from the gradients before an update, and pruning comes after it. Until the last allocation a pruned value may come
back, as in the paper; from then on it is exactly zero in whatever is evaluated, kept or exported, averages of weights too. The adapter's
file keeps the zeros: peft 0.21 cuts them off by a pattern that it warns of when it reads it. Merged, it is the base model with other
numbers, which the model server serves like any other.
"""

from __future__ import annotations

from typing import Any

import peft
import torch
from peft.tuners.adalora import RankAllocator

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.methods._low_rank import adapted_matrices, are_transposed, refuse_large_rank
from workers.trainer.methods._peft import ADAPTER, InjectedMethod

_IMPORTANCE, _UNCERTAINTY, _KEPT = "importance.", "uncertainty.", "kept."


class AdaptiveLowRankAdaptation(InjectedMethod):
    # Like LoRA's, updates start at zero and pass through small factors; here three of them.
    learning_rate_factor = FACTOR_OF_METHOD["adalora"]
    marker = ".lora_"
    # Importance and orthogonality are of whole matrices.
    may_shard = False

    def __init__(self, spec: Any) -> None:
        super().__init__(spec)
        self._total_steps = 2  # Until `begin` knows better; peft asks for room between warm-up and end.
        self._kept: dict[str, list[bool]] | None = None
        self._allocator: Any = None

    def choose(self, body: Any) -> list[str]:
        refuse_large_rank(self.spec.initial_rank, body, field="method.initial_rank")
        chosen = adapted_matrices(body, self.spec.target_modules)
        self._is_transposed = are_transposed(body, chosen)
        return chosen

    def config(self, prefix: str = "") -> peft.AdaLoraConfig:
        total = self._total_steps
        warmup = min(round(self.spec.warmup_share * total), total - 1)
        return peft.AdaLoraConfig(
            init_r=self.spec.initial_rank,
            target_r=self.spec.target_rank,
            lora_alpha=self.spec.alpha,
            lora_dropout=self.spec.dropout,
            total_step=total,
            tinit=warmup,
            tfinal=min(round(self.spec.final_share * total), total - 1 - warmup),
            deltaT=self.spec.allocate_every,
            orth_reg_weight=self.spec.orthogonality,
            fan_in_fan_out=self._is_transposed,
            target_modules=[f"{prefix}{name}" for name in self.targets],
        )

    # --- training

    def begin(self, body: Any, *, total_steps: int) -> None:
        self._total_steps = total_steps
        self._device = next(body.parameters()).device
        self._allocator = RankAllocator(body, self.config(), ADAPTER)

    def before_update(self, body: Any, step: int) -> None:
        self._add_orthogonality(body)
        if step + 1 <= self._end_of_pruning:
            self._allocator.update_ipt(body)

    def after_update(self, body: Any, step: int) -> None:
        done, allocator = step + 1, self._allocator
        if done > self._end_of_pruning:
            allocator.mask_using_rank_pattern(body, self._kept)
            return
        budget, is_due = allocator.budget_schedule(done)
        if is_due or done == self._end_of_pruning:
            self._kept = allocator.mask_to_budget(body, budget)
        if done == self._end_of_pruning:
            allocator.reset_ipt()

    def restrict(self, body: Any) -> None:
        if self._kept is not None:
            self._allocator.mask_using_rank_pattern(body, self._kept)

    @property
    def _end_of_pruning(self) -> int:
        """Updates after which no more values are pruned."""
        config = self._allocator.peft_config
        return int(config.total_step - config.tfinal)

    def _add_orthogonality(self, body: Any) -> None:
        """The gradient of the mean over singular matrices P of `orthogonality` * ||P Pᵀ - I|| (equation 4 of the paper)."""
        if self.spec.orthogonality == 0:
            return
        vectors = {name: p for name, p in body.named_parameters() if ".lora_A." in name or ".lora_B." in name}
        penalties = []
        for name, p in vectors.items():
            product = p @ p.T if ".lora_A." in name else p.T @ p
            penalties.append(torch.linalg.matrix_norm(product - torch.eye(len(product), device=p.device)))
        penalty = self.spec.orthogonality * torch.stack(penalties).mean()
        for p, gradient in zip(vectors.values(), torch.autograd.grad(penalty, list(vectors.values())), strict=True):
            p.grad = gradient if p.grad is None else p.grad + gradient

    # --- checkpoints

    def state(self) -> dict[str, torch.Tensor]:
        importance, uncertainty = self._allocator.exp_avg_ipt, self._allocator.exp_avg_unc
        return {
            **{f"{_IMPORTANCE}{name}": tensor.detach().cpu().clone() for name, tensor in importance.items()},
            **{f"{_UNCERTAINTY}{name}": tensor.detach().cpu().clone() for name, tensor in uncertainty.items()},
            **{f"{_KEPT}{name}": torch.tensor(kept) for name, kept in (self._kept or {}).items()},
        }

    def load_state(self, state: dict[str, torch.Tensor]) -> None:
        allocator = self._allocator
        state = {name: tensor.to(self._device) for name, tensor in state.items()}
        allocator.exp_avg_ipt = _those(state, _IMPORTANCE)
        allocator.exp_avg_unc = _those(state, _UNCERTAINTY)
        # What peft takes as the sign that a weight has its averages already; the values are written before they are read.
        allocator.ipt = dict(allocator.exp_avg_ipt)
        self._kept = {name: kept.tolist() for name, kept in _those(state, _KEPT).items()} or None


def _those(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
