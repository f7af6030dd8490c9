"""How much a decoder computes for some rows, and how much a device can."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Shape:
    """Of a Llama. `vocabulary` is the width of its tables where that is more than the tokens that its texts have."""

    channels: int
    inner_channels: int
    layers: int
    heads: int
    key_heads: int
    is_tied: bool = True
    vocabulary: int = 0


def operations(shape: Shape, lengths: Sequence[tuple[int, int]], *, vocabulary: int, method: str) -> float:
    """Of an epoch over rows of so many tokens, so many of them with a loss.

    A weight costs a token two operations forward, two for the gradient of what it was given, and two for its own, which frozen weights
    do not need (Kaplan et al. 2020, arXiv:2001.08361, section 2.1). The few weights of LoRA are left out. Attention has no weights: its two
    products over the tokens before cost 2 T² channels forward in every layer, and twice that backward.
    """
    key_channels = shape.channels * shape.key_heads // shape.heads
    per_layer = shape.channels * (2 * shape.channels + 2 * key_channels + 3 * shape.inner_channels)
    per_weight = 4 if method == "lora" else 6
    return float(
        sum(
            per_weight * (length * shape.layers * per_layer + asked * shape.channels * vocabulary)
            + 6 * shape.layers * shape.channels * length**2
            for length, asked in lengths
        )
    )


def now(device: torch.device) -> float:
    """Seconds, once the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def matrix_peak(device: torch.device) -> float:
    """Operations per second of the best of some products of square matrices, in the precision that is trained in."""
    size, dtype = (8192, torch.bfloat16) if device.type == "cuda" else (1024, torch.float32)
    matrix = torch.randn(size, size, device=device, dtype=dtype)
    seconds = []
    for _ in range(20):
        start = now(device)
        torch.mm(matrix, matrix)
        seconds.append(now(device) - start)
    return 2 * size**3 / min(seconds)
