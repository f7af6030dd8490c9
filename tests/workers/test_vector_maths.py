"""Every function that torch leaves to MKL is settled before threads share it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from workers import vector_maths

# Where MKL's name is not torch's.
NAMES = {"Ln": "log", "Log10": "log10", "Log2": "log2"}


class Calls(TorchDispatchMode):
    """Which operations are called, of which type."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, torch.dtype]] = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        answer = function(*args, **(kwargs or {}))
        self.found.add((function.overloadpacket.__name__, answer.dtype))
        return answer


def test_every_function_that_torch_calls_of_mkl_is_called_once_in_both_widths() -> None:
    library = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    if not torch.backends.mkl.is_available() or not library.exists():
        pytest.skip("this torch has no MKL in a library of its own")
    linked = {name.decode() for name in re.findall(rb"\0vm[sd]([A-Z][A-Za-z0-9]+)(?=\0)", library.read_bytes())}
    assert {"Cos", "Exp", "Sqrt", "Ln"} <= linked
    vector_maths.settle_vector_maths.cache_clear()
    with Calls() as calls:
        vector_maths.settle_vector_maths()
    expected = {NAMES.get(name, name.lower()) for name in linked}
    assert {name for name, width in calls.found if width == torch.float32} >= expected
    assert {name for name, width in calls.found if width == torch.float64} >= expected
