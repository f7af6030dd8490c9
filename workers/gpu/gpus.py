"""How busy and how full the GPUs are that a trainer may use: asked of the driver by its own library (NVML), where there is one."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_LIBRARY: Final = "libnvidia-ml.so.1"
_OK: Final = 0


class _Utilization(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


@dataclass(frozen=True)
class GpuUse:
    """Of all GPUs together. `share` is None where the driver does not count it, as for a part of a GPU (MIG)."""

    share: float | None
    memory_bytes: int
    memory_limit: int


class Gpus:
    """Handles of the driver.

    NVML counts GPUs by their place on the bus, CUDA by their speed: where they are of several kinds, a number of CUDA_VISIBLE_DEVICES
    may mean another one.
    """

    def __init__(self, library: Any, handles: list[ctypes.c_void_p]) -> None:
        self._library = library
        self._handles = handles

    def use(self) -> GpuUse | None:
        """None where the driver does not answer."""
        memories = [memory for handle in self._handles if (memory := self._memory(handle)) is not None]
        if not memories:
            return None
        shares = [share for handle in self._handles if (share := self._share(handle)) is not None]
        return GpuUse(
            share=sum(shares) / len(shares) if shares else None,
            memory_bytes=sum(memory.used for memory in memories),
            memory_limit=sum(memory.total for memory in memories),
        )

    def _memory(self, handle: ctypes.c_void_p) -> _Memory | None:
        found = _Memory()
        return found if self._library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(found)) == _OK else None

    def _share(self, handle: ctypes.c_void_p) -> float | None:
        found = _Utilization()
        answer = self._library.nvmlDeviceGetUtilizationRates(handle, ctypes.byref(found))
        return found.gpu / 100 if answer == _OK else None


def find_gpus(variables: Mapping[str, str] = os.environ, library: str = _LIBRARY) -> Gpus | None:
    """Those that CUDA_VISIBLE_DEVICES names, or all; None on a machine without any."""
    try:
        driver: Any = ctypes.CDLL(library)
        if driver.nvmlInit_v2() != _OK:
            return None
        count = ctypes.c_uint()
        if driver.nvmlDeviceGetCount_v2(ctypes.byref(count)) != _OK:
            return None
        named = variables.get("CUDA_VISIBLE_DEVICES")
        names = [str(number) for number in range(count.value)] if named is None else named.split(",")
        handles = [handle for name in names if (handle := _handle(driver, name.strip())) is not None]
    except (OSError, AttributeError):  # no driver, or one that is too old
        return None
    return Gpus(driver, handles) if handles else None


def _handle(driver: Any, name: str) -> ctypes.c_void_p | None:
    handle = ctypes.c_void_p()
    if name.isdecimal():
        answer = driver.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(int(name)), ctypes.byref(handle))
    else:
        answer = driver.nvmlDeviceGetHandleByUUID(name.encode(), ctypes.byref(handle))
    return handle if answer == _OK else None
