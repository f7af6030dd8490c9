"""How a process is started that works on customers' data: it knows none of our credentials, leads a group of its own, leaves no core file,
and dies with the thread that started it, also by kill -9. The standard library and nothing else, so that all who start one share it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import workers

ROOT: Final = Path(workers.__path__[0]).resolve().parent
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_MAX_FILES: Final = 4096
# What such a process may know of our environment; everything else, credentials above all, stays here.
_PASSED: Final = (
    "PATH",
    "LANG",
    "TZ",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "ANNEAL_THREADS",
    "ANNEAL_CATALOGUE",
    "ANNEAL_MODELS_DIR",
    "OMP_NUM_THREADS",
    "NVIDIA_VISIBLE_DEVICES",
)
_PASSED_PREFIXES: Final = ("LC_", "CUDA_", "MKL_", "ANNEAL_TRAINER_")


def scrubbed_environment(variables: Mapping[str, str], temporary: Path) -> dict[str, str]:
    """What of our environment such a process is given; it writes into `temporary` what it has to write."""
    kept = {name: value for name, value in variables.items() if name in _PASSED or name.startswith(_PASSED_PREFIXES)}
    return {
        **kept,
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
    }


def confined(parent: int, limits: Mapping[int, int] | None = None) -> Callable[[], None]:
    """For `preexec_fn`: system calls only, no Python locks are taken. `limits` are further ones of `resource`."""
    libc: Any = _LIBC
    files = min(_MAX_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    wanted = {resource.RLIMIT_CORE: 0, resource.RLIMIT_NOFILE: files, **(limits or {})}

    def prepare() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
            if os.getppid() != parent:  # the parent died between fork and here, and nobody would send the signal
                os.kill(os.getpid(), signal.SIGKILL)
        for number, value in wanted.items():
            resource.setrlimit(number, (value, value))

    return prepare


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads its group, and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def memory_kills() -> int:
    """How often the kernel has killed for want of memory on this machine."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
