"""A linear layer that multiplies with oneDNN instead of torch's default BLAS.

torch's CPU wheels call MKL for float32 products, and MKL leaves a third of an AMD core unused: 58 against 80 to 88
GFLOP/s for the shapes of a small BERT on one core of a Zen 4. oneDNN, which torch carries as well, does not. The products are the
same to float rounding (tests/workers/trainer/test_kernels.py); which kernel ran is part of the environment fingerprint.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, L label, N row

from __future__ import annotations

import os
from typing import Any

import torch
from torch import nn

_LINEAR = getattr(getattr(torch.ops, "mkldnn", None), "_linear_pointwise", None)


def linear_kernel(device: torch.device) -> str:
    """`onednn` where it can be used, else `torch`; `ANNEAL_LINEAR=torch` switches it off."""
    is_wanted = os.environ.get("ANNEAL_LINEAR", "onednn") == "onednn"
    usable = device.type == "cpu" and torch.backends.mkldnn.is_available() and _LINEAR is not None
    return "onednn" if is_wanted and usable else "torch"


def _product(left_MK: torch.Tensor, right_NK: torch.Tensor, bias_N: torch.Tensor | None = None) -> torch.Tensor:
    """`left @ right.T + bias`; strided operands are read in place."""
    out: torch.Tensor = _LINEAR(left_MK, right_NK, bias_N, "none", [], "")  # type: ignore[misc]  # checked by linear_kernel
    return out


class _OneDnnLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        flat_MK = x.reshape(-1, x.shape[-1])
        ctx.save_for_backward(flat_MK, weight)
        ctx.shape = x.shape
        # No view to autograd, so that methods may add to it in place.
        out: torch.Tensor = torch.ops.aten._unsafe_view(  # noqa: SLF001 - the operation has no other name
            _product(flat_MK, weight, bias), (*x.shape[:-1], weight.shape[0])
        )
        return out

    @staticmethod
    def backward(
        ctx: Any, *grads: torch.Tensor
    ) -> tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]:
        flat_MK, weight_NK = ctx.saved_tensors
        grad_MN = grads[0].reshape(-1, weight_NK.shape[0])
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        return (
            _product(grad_MN, weight_NK.t()).view(ctx.shape) if needs_x else None,
            _product(grad_MN.t(), flat_MK.t()) if needs_weight else None,
            grad_MN.sum(0) if needs_bias else None,
        )


class OneDnnLinear(nn.Linear):
    """nn.Linear with another multiplication; parameters, names and values are the same."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = _OneDnnLinear.apply(x, self.weight, self.bias)
        return y


def use_onednn(module: nn.Module) -> None:
    """Let every plain nn.Linear inside `module` multiply with oneDNN from now on."""
    for part in module.modules():
        if type(part) is nn.Linear:
            part.__class__ = OneDnnLinear
