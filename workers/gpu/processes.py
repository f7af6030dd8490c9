"""What a process and all that it has started take of their machine, and what the machine has: read from the kernel's own counters.

Linux only; elsewhere there is nothing to read, and nothing is said.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_CGROUPS: Final = Path("/sys/fs/cgroup")
# Places in /proc/PID/stat behind the name (proc_pid_stat(5), where the state is field 3).
_STATE, _PARENT, _SESSION, _TIMES, _PAGES = 0, 1, 3, slice(11, 15), 21
_CGROUP_V1: Final = (("memory/memory.limit_in_bytes",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))


@dataclass(frozen=True)
class TreeUse:
    """Of all processes of a tree: seconds of processor time and bytes written since they began, and bytes in memory now."""

    processor_s: float
    memory_bytes: int
    written_bytes: int


@dataclass(frozen=True)
class _Process:
    has_ended: bool
    parent: int
    session: int
    ticks: int
    pages: int


def tree_use(root: int) -> TreeUse | None:
    """Of the process `root`, its descendants and its session; None when it is gone or nobody counts.

    What ended processes used was added to their parents, so that the sums of time and of bytes written only grow.
    """
    every = _processes()
    if root not in every or every[root].has_ended:
        return None
    members = _members(every, root)
    return TreeUse(
        processor_s=sum(every[number].ticks for number in members) / os.sysconf("SC_CLK_TCK"),
        memory_bytes=_memory(every, members),
        written_bytes=sum(_written(number) for number in members),
    )


def processor_limit() -> float:
    """Cores that processes of ours may use: those that they may run on, or what the container is given."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    for folder in _cgroup_folders():
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        if quota.isdecimal() and period.strip().isdecimal():
            cores = min(cores, int(quota) / int(period))
    quota, period = (_text(_CGROUPS / name) for name in _CGROUP_V1[1])
    if quota.isdecimal() and period.isdecimal():
        cores = min(cores, int(quota) / int(period))
    return cores


def memory_limit() -> int | None:
    """Bytes of memory that processes of ours may use together: the machine's, or what the container is given."""
    limits = [
        int(line.split()[1]) * 1024 for line in _text(_PROC / "meminfo").splitlines() if line.startswith("MemTotal:")
    ]
    texts = [_text(folder / "memory.max") for folder in _cgroup_folders()]
    texts += [_text(_CGROUPS / name) for name in _CGROUP_V1[0]]
    return min([*limits, *(int(text) for text in texts if text.isdecimal())], default=None)


def _processes() -> dict[int, _Process]:
    found = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(_PROC):  # noqa: PTH208 - hundreds of names, a few times a minute
            if name.isdecimal() and (process := _process(name)) is not None:
                found[int(name)] = process
    return found


def _process(number: str) -> _Process | None:
    try:
        fields = (_PROC / number / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None  # it has ended
    times = sum(int(ticks) for ticks in fields[_TIMES])
    pages = int(fields[_PAGES])
    # Its memory goes first: without a page it is about to be a zombie, though its state does not say so yet.
    return _Process(fields[_STATE] == "Z" or not pages, int(fields[_PARENT]), int(fields[_SESSION]), times, pages)


def _members(every: dict[int, _Process], root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for number, process in every.items():
        children.setdefault(process.parent, []).append(number)
    found = {number for number, process in every.items() if process.session == root} | {root}
    waiting = list(found)
    while waiting:
        fresh = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(fresh)
        waiting += fresh
    return sorted(found)


def _memory(every: dict[int, _Process], members: list[int]) -> int:
    """Of one process its resident pages. Several share libraries and what they were forked with: each is asked for its part."""
    page = os.sysconf("SC_PAGE_SIZE")
    if len(members) == 1:
        return every[members[0]].pages * page
    shares = {number: _proportional(number) for number in members}
    return sum(every[number].pages * page if share is None else share for number, share in shares.items())


def _proportional(number: int) -> int | None:
    for line in _text(_PROC / str(number) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return None


def _written(number: int) -> int:
    for line in _text(_PROC / str(number) / "io").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def _cgroup_folders() -> list[Path]:
    """Of version 2: our own group and those around it, each of which may set a limit."""
    own = next((line[3:] for line in _text(_PROC / "self/cgroup").splitlines() if line.startswith("0::")), None)
    if own is None:
        return []
    folder = _CGROUPS / own.strip("/")
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(_CGROUPS))]


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
