"""A linear layer that multiplies with oneDNN instead of torch's default BLAS, and products in bfloat16 on a CPU.

torch's CPU wheels call MKL for float32 products, and MKL leaves a third of an AMD core unused: 58 against 80 to 88
GFLOP/s for the shapes of a small BERT on one core of a Zen 4. oneDNN, which torch carries as well, does not. The products are the
same to float rounding (tests/workers/trainer/test_step.py); which kernel ran is part of the environment fingerprint.

Processors with matrix units for bfloat16 (AMX, Intel's since 2023) multiply five times faster with them than in float32. There these layers
round factors and products to bfloat16; sums inside of a product are float32, and so is everything between products: weights, their
updates, attention, norms, losses. Layers that do not learn stay exact: what is kept of them must not depend on the batch.
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


def has_bfloat16(device: torch.device) -> bool:
    """Whether products in bfloat16 are faster than float32 here: on a GPU that has them, and on a CPU with matrix units for them."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # Without matrix units (AVX-512's own bfloat16) they were slower than float32.
    return linear_kernel(device) == "onednn" and bool(torch.cpu.get_capabilities().get("amx_bf16"))


def _product(left_MK: torch.Tensor, right_NK: torch.Tensor, bias_N: torch.Tensor | None = None) -> torch.Tensor:
    """`left @ right.T + bias`; strided operands are read in place."""
    out: torch.Tensor = _LINEAR(left_MK, right_NK, bias_N, "none", [], "")  # type: ignore[misc]  # checked by linear_kernel
    return out


class _OneDnnLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, is_rounding: bool
    ) -> torch.Tensor:
        flat_MK = x.reshape(-1, x.shape[-1])
        if is_rounding:
            flat_MK, weight = flat_MK.bfloat16(), weight.bfloat16()
            out_MN = _product(flat_MK, weight)
            out_MN = out_MN.float() if bias is None else out_MN + bias
        else:
            out_MN = _product(flat_MK, weight, bias)
        ctx.save_for_backward(flat_MK, weight)
        ctx.shape = x.shape
        # No view to autograd, so that methods may add to it in place.
        out: torch.Tensor = torch.ops.aten._unsafe_view(  # noqa: SLF001 - the operation has no other name
            out_MN, (*x.shape[:-1], weight.shape[0])
        )
        return out

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        flat_MK, weight_NK = ctx.saved_tensors
        whole_MN = grads[0].reshape(-1, weight_NK.shape[0])
        grad_MN = whole_MN.to(flat_MK.dtype)
        needs_x, needs_weight, needs_bias, _ = ctx.needs_input_grad
        return (
            _product(grad_MN, weight_NK.t()).to(whole_MN.dtype).view(ctx.shape) if needs_x else None,
            _product(grad_MN.t(), flat_MK.t()).to(whole_MN.dtype) if needs_weight else None,
            whole_MN.sum(0) if needs_bias else None,
            None,
        )


class OneDnnLinear(nn.Linear):
    """nn.Linear with another multiplication; parameters, names and values are the same."""

    is_rounding = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = _OneDnnLinear.apply(x, self.weight, self.bias, self.is_rounding)
        return y


def use_onednn(module: nn.Module) -> None:
    """Let every plain nn.Linear inside `module` multiply with oneDNN from now on."""
    for part in module.modules():
        if type(part) is nn.Linear:
            part.__class__ = OneDnnLinear


def round_products(module: nn.Module, *, is_on: bool) -> None:
    """Let every such layer inside `module` multiply in bfloat16 from now on, or in float32 again."""
    for part in module.modules():
        if isinstance(part, OneDnnLinear) and not getattr(part, "is_frozen", False):
            part.is_rounding = is_on
