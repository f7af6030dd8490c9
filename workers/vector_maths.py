"""torch's elementwise functions on a CPU, made to give the same bits at their first call as at every later one.

torch hands them to the vector maths of Intel's MKL, which looks up a function's kernel when that function is first called. When two
threads call it first at the same moment, one of them may be given a kernel of low accuracy for this one call, whatever accuracy was asked
for: of 5,000 first calls of `cos` in two threads 3 differed in the fifth digit (torch 2.13 with MKL 2024.2; pytorch/pytorch#188792).
One such number in a rotary embedding is enough for a run that cannot be repeated.
"""

from __future__ import annotations

import functools

import torch

FUNCTIONS = (
    torch.acos,
    torch.asin,
    torch.atan,
    torch.cos,
    torch.erf,
    torch.erfc,
    torch.erfinv,
    torch.exp,
    torch.log,
    torch.log10,
    torch.log2,
    torch.sin,
    torch.sqrt,
    torch.tan,
    torch.tanh,
    torch.trunc,
)
"""All that torch has MKL compute."""


@functools.cache
def settle_vector_maths() -> None:
    """Call each function once, in both widths; to be done by one thread before there are several."""
    for width in (torch.float32, torch.float64):
        some = torch.full((64,), 0.5, dtype=width)
        for function in FUNCTIONS:
            function(some)
