"""What the curves of a job's machine are called. Their steps are seconds since the job first ran, not steps of training."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "resource/"
PROCESSOR: Final = "processor"
"""Cores kept busy, on average since the reading before."""
PROCESSOR_LIMIT: Final = "processor_limit"
MEMORY: Final = "memory"
"""Bytes in memory at the highest since the reading before; pages that processes share count once."""
MEMORY_LIMIT: Final = "memory_limit"
DISK_WRITES: Final = "disk_writes"
"""Bytes written to disk in a second, on average since the reading before."""
GPU: Final = "gpu"
"""Share of the time in which the GPU computed, from 0 to 1; of several GPUs their mean."""
GPU_MEMORY: Final = "gpu_memory"
"""Bytes in use on the GPU, whoever uses them; of several GPUs their sum."""
GPU_MEMORY_LIMIT: Final = "gpu_memory_limit"


def is_resource(curve: str) -> bool:
    """Whether a curve is of the machine and not of the training."""
    return curve.startswith(PREFIX)
