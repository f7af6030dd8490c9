"""Watches what a trainer takes of its machine, on a thread of its own that nobody waits for."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import structlog

from workers.contract import resources
from workers.gpu.gpus import GpuUse, find_gpus
from workers.gpu.processes import TreeUse, memory_limit, processor_limit, tree_use

log = structlog.get_logger(__name__)
_EVERY_S: Final = 2.0
_COST: Final = 0.002
"""Share of one core that looking may take: five times less than metrics may cost altogether."""
_READINGS: Final = 720
"""Of an hour one in five seconds: a run that is ten times as long is told of ten times less often."""


def pause_after(cost_s: float) -> float:
    """Seconds until the next look, after one that took so much processor time."""
    return max(_EVERY_S, cost_s / _COST)


def told_every(age_s: float) -> float:
    """Seconds between two readings of an attempt that has run for so long."""
    return max(_EVERY_S, age_s / _READINGS)


@dataclass(frozen=True)
class Reading:
    """Values at a second of the job, by the names of `workers.contract.resources` without their prefix."""

    second: int
    values: dict[str, float]


@dataclass
class _Stretch:
    """Looks since the last reading: means of what flows, peaks of what fills."""

    began_at: float
    began: TreeUse
    memory_bytes: int = 0
    shares: list[float] = field(default_factory=list)
    gpu: GpuUse | None = None

    def add(self, use: TreeUse, gpu: GpuUse | None) -> None:
        self.memory_bytes = max(self.memory_bytes, use.memory_bytes)
        if gpu is not None:
            self.shares += [] if gpu.share is None else [gpu.share]
            self.gpu = gpu if self.gpu is None or gpu.memory_bytes >= self.gpu.memory_bytes else self.gpu

    def values(self, use: TreeUse, now: float) -> dict[str, float]:
        seconds = now - self.began_at
        found: dict[str, float] = {
            resources.PROCESSOR: max(0.0, use.processor_s - self.began.processor_s) / seconds,
            resources.MEMORY: self.memory_bytes,
            resources.DISK_WRITES: max(0, use.written_bytes - self.began.written_bytes) / seconds,
        }
        if self.shares:
            found[resources.GPU] = sum(self.shares) / len(self.shares)
        if self.gpu is not None:
            found[resources.GPU_MEMORY] = self.gpu.memory_bytes
            found[resources.GPU_MEMORY_LIMIT] = self.gpu.memory_limit
        return found


def _limits() -> dict[str, float]:
    """What the machine has. It does not change, so that one reading of an attempt tells it."""
    most = memory_limit()
    limits = {resources.PROCESSOR_LIMIT: processor_limit()}
    return limits if most is None else {**limits, resources.MEMORY_LIMIT: most}


class UsageWatch(threading.Thread):
    """Looks at the tree of the process `root` until it ends or `end` is called. `ran_s`: how old the job was when this was made."""

    def __init__(self, root: int, *, ran_s: float) -> None:
        super().__init__(daemon=True, name="usage")
        self._root = root
        self._began_at = time.monotonic()
        self._ran_s = ran_s
        self._readings: queue.SimpleQueue[Reading] = queue.SimpleQueue()
        self._over = threading.Event()

    def take(self) -> list[Reading]:
        """What was read since this was last asked; at once."""
        taken = []
        while not self._readings.empty():
            taken.append(self._readings.get_nowait())
        return taken

    def end(self) -> None:
        """Ask it to stop; nobody needs to wait for that."""
        self._over.set()

    def run(self) -> None:
        try:
            self._watch()
        except Exception:
            log.exception("usage.unreadable", root=self._root)  # the job does not need it

    def _watch(self) -> None:
        gpus = find_gpus()
        fixed = _limits()
        first = tree_use(self._root)
        if first is None:
            return
        stretch, pause_s = _Stretch(time.monotonic(), first), _EVERY_S
        while not self._over.wait(pause_s):
            began_s = time.thread_time()
            use, now = tree_use(self._root), time.monotonic()
            if use is None:
                return
            stretch.add(use, gpus.use() if gpus is not None else None)
            age_s = now - self._began_at
            if now - stretch.began_at >= told_every(age_s) * 0.99:  # a pause ends a little sooner or later
                self._readings.put(Reading(round(self._ran_s + age_s), fixed | stretch.values(use, now)))
                fixed = {}
                stretch = _Stretch(now, use)
            pause_s = pause_after(time.thread_time() - began_s)
