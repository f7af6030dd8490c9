"""What the kernel says about processes, and how a child is tied to the life of its parent.

Linux keeps the promises in full. Elsewhere (no /proc, no parent-death signal) children that outlive a killed parent are
found and ended at the next start instead.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """For `subprocess.Popen(preexec_fn=…)`: the kernel sends the child this signal when its parent is gone.

    The kernel's parent is the *thread* that started the child: start children only from threads that outlive them.
    """
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # the parent died between fork and here: nobody will send the signal
            os.kill(os.getpid(), number)

    return bind


def is_alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not: it is dead and waits for a slow parent to notice."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return False
    else:
        return fields[0] not in {"Z", "X"}
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def started_at(pid: int) -> str:
    """What tells this process from a later one with the same number: its start in clock ticks, or an empty string."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def processes_working_in(folder: Path) -> list[int]:
    """Living processes whose current directory is this folder, as far as we may look."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == folder and is_alive(int(entry.name)):
                    found.append(int(entry.name))
    return found


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a child that leads its own process group, and all that it started there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
