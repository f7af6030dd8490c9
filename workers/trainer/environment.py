"""Settings of the process that must be in place before torch is imported. Imports nothing heavy itself."""

from __future__ import annotations

import os

_BEFORE_TORCH = {
    # Waiting OpenMP threads sleep instead of spinning: on a busy machine spinning costs up to four times the step.
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
    # The trainer has no network; asking for it would only end in a time-out.
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TOKENIZERS_PARALLELISM": "true",
    # cuBLAS repeats itself bit for bit only with a fixed workspace.
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}


def prepare_environment() -> None:
    """Set what torch and its libraries read once, when they are loaded; values given from outside win."""
    for name, value in _BEFORE_TORCH.items():
        os.environ.setdefault(name, value)


def num_threads() -> int:
    """Cores that this run may use: `ANNEAL_THREADS`, else those that the process may run on."""
    given = os.environ.get("ANNEAL_THREADS", "")
    if given:
        if not given.isdecimal() or int(given) < 1:
            message = f"ANNEAL_THREADS is {given!r}; set it to a whole number of cores, 1 or more, or leave it unset."
            raise SystemExit(message)
        return int(given)
    together = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # Processes of one run share the machine.
    return max(1, len(os.sched_getaffinity(0)) // together)


def local_rank() -> int:
    """Which of the processes of this machine this is, as `torchrun` counts them."""
    return int(os.environ.get("LOCAL_RANK", "0"))
