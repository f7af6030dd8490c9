"""Layers whose weights are spread over the processes of a run (fully sharded data parallelism; Zhao et al. 2023, arXiv:2304.11277).

Of the weights of every layer, of their gradients and of their moments each process keeps its part. torch's `fully_shard` gathers a layer
while it is computed, lets it go again, and leaves the sum of its gradients in parts. Embeddings, and what a task puts on the body, are
whole in every process: they are used outside of the layers.

What leaves a run is whole: a checkpoint is the same in parts or not, and either kind of run continues it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from workers.trainer.anatomy import layer_names

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh


def shard_layers(body: Any, mesh: DeviceMesh) -> None:
    """Spread the weights of every layer of a body that lies on its device already."""
    for name in layer_names(body):
        layer: Any = body.get_submodule(name)
        fully_shard(layer, mesh=mesh, reshard_after_forward=True)
        # Losses are divided by the rows of all processes: gradients are summed. A sum that scales, torch's other way, gloo does not have.
        layer.set_gradient_divide_factor(1.0)
        layer.set_force_sum_reduction_for_comms(True)


def is_part(tensor: torch.Tensor) -> bool:
    """Whether this process holds no more of it than its part."""
    return isinstance(tensor, DTensor)


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """All of it, detached. Of one in parts all processes must ask for it."""
    tensor = tensor.detach()
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def own_part(tensor: torch.Tensor) -> torch.Tensor:
    """What of it lies in this process."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def spread_like(tensor: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    """On the device of `parameter`, and in parts if that is; `tensor` is whole and equal in all processes, or in parts already."""
    tensor = tensor.to(parameter.device)
    if not isinstance(parameter, DTensor) or isinstance(tensor, DTensor):
        return tensor
    return distribute_tensor(tensor, parameter.device_mesh, parameter.placements, src_data_rank=None)
