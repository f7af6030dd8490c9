"""Several processes that train one model together, as `torchrun` starts them: each works its share of every batch.

Every process builds the same run and holds the same weights; gradients are summed over all before each update, so that all move alike
(data parallelism). Where one process cannot hold all that training needs, each holds a part of every layer (`workers.trainer.sharding`).
The first process alone writes: events, checkpoints, the evaluation, the model. The others only lend their hands.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh

from workers.trainer.sharding import is_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch.distributed.device_mesh import DeviceMesh

# A process that has died is noticed by `torchrun` at once; this is for one that hangs.
_PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Ranks:
    """Which process this is, and of how many. Alone nothing here costs anything."""

    rank: int = 0
    size: int = 1
    mesh: DeviceMesh | None = None
    """The processes as torch's sharding wants them named; None where every process holds every weight."""

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def is_sharding(self) -> bool:
        return self.mesh is not None

    def sum_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Replace the gradients of each process by their sum, as those in parts are already. One that no process has stays absent."""
        parameters = [parameter for parameter in parameters if not is_part(parameter)]
        if self.size == 1 or not parameters:
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
def joined(*, is_sharding: bool = False) -> Iterator[Ranks]:
    """The processes that were started together with this one, by the variables that `torchrun` sets."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    has_gpu = torch.cuda.is_available()
    distributed.init_process_group("nccl" if has_gpu else "gloo", timeout=_PATIENCE)
    try:
        mesh = init_device_mesh("cuda" if has_gpu else "cpu", (size,)) if is_sharding else None
        yield Ranks(distributed.get_rank(), size, mesh)
    finally:
        distributed.destroy_process_group()
