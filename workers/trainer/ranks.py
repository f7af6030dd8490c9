"""Several processes that train one model together, as `torchrun` starts them: each works its share of every batch.

Every process builds the same run and holds the same weights; gradients are summed over all before each update, so that all move alike
(data parallelism). The first process alone writes: events, checkpoints, the evaluation, the model. The others only lend their hands.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
from torch import distributed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A process that has died is noticed by `torchrun` at once; this is for one that hangs.
_PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Ranks:
    """Which process this is, and of how many. Alone nothing here costs anything."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def sum_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Replace the gradients of each process by their sum. One that no process has stays absent."""
        if self.size == 1:
            return
        has_one = torch.tensor([float(p.grad is not None) for p in parameters], device=parameters[0].device)
        distributed.all_reduce(has_one)
        for parameter, count in zip(parameters, has_one.tolist(), strict=True):
            if not count:
                continue
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            distributed.all_reduce(parameter.grad)

    def sum(self, number: float, device: torch.device) -> float:
        """Over all processes."""
        if self.size == 1:
            return number
        total = torch.tensor(number, dtype=torch.float64, device=device)
        distributed.all_reduce(total)
        return float(total)

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether it holds for any process, so that all turn the same way."""
        return self.sum(float(flag), device) > 0

    @contextlib.contextmanager
    def first_alone(self) -> Iterator[None]:
        """The first process works while the others wait; then the others do the same, and find its caches filled."""
        if self.size == 1:
            yield
            return
        if not self.is_first:
            distributed.barrier()
        yield
        if self.is_first:
            distributed.barrier()
        distributed.barrier()


ALONE = Ranks()


@contextlib.contextmanager
def joined() -> Iterator[Ranks]:
    """The processes that were started together with this one, by the variables that `torchrun` sets."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=_PATIENCE)
    try:
        yield Ranks(distributed.get_rank(), size)
    finally:
        distributed.destroy_process_group()
