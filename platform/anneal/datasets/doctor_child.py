"""The data doctor as a child process: started by name, confined as a trainer is, with a private folder, ended with us.

Its memory is watched, since libraries that are refused memory may hang where they should end: a child that has more is killed. Twice as
much is refused to it, for what it takes at one stroke; and where the machine itself runs out, the kernel is to end it and not the worker.
Its standard output is events, one a line; what it says otherwise is kept as text for the log.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from workers.confinement import confined, end_group, memory_kills, scrubbed_environment

_MAX_FILE_BYTES: Final = 64 * 2**30
_MAX_LINE_BYTES: Final = 16 * 2**20
_PIECE_BYTES: Final = 2**16
_LOG_BYTES: Final = 4000
# How Python, C++, Rust, OpenBLAS and the loader of libraries say that memory was refused.
_REFUSED_MEMORY: Final = re.compile(r"MemoryError|bad_alloc|allocate memory|[Mm]emory allocation")
_WATCH_S: Final = 0.5
_FIRST_TO_GO: Final = "1000"


def doctor_command(given: str | None) -> list[str]:
    """What to start; a given command stands in for it."""
    return shlex.split(given) if given else [sys.executable, "-m", "workers.doctor.run"]


class OutOfMemoryError(Exception):
    """The child has more memory than it may have."""


class DoctorChild:
    """One doctor at work. Leaving the context ends it and all that it started."""

    def __init__(self, command: list[str], folder: Path, *, max_memory_bytes: int) -> None:
        self._log = folder / "doctor.log"
        self._max_memory_bytes = max_memory_bytes
        self._memory_kills_before = memory_kills()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**scrubbed_environment(os.environ, folder), "TOKENIZERS_PARALLELISM": "false"},
                cwd=folder,
                start_new_session=True,
                preexec_fn=confined(  # noqa: PLW1509 - system calls only, no Python locks are taken
                    os.getpid(), {resource.RLIMIT_FSIZE: _MAX_FILE_BYTES}
                ),
            )
        _memory_limit(self._process.pid, max_memory_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end_group(self._process)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def lines(self, *, every_s: float, until: float) -> Iterator[bytes | None]:
        """Its lines as they come, and None whenever `every_s` seconds went by without one, so that the caller can say it lives.

        Raises TimeoutError once the monotonic clock is past `until`, OutOfMemoryError once it has more memory than it may, and ValueError
        for a line longer than any event.
        """
        if self._process.stdout is None:
            return
        descriptor = self._process.stdout.fileno()
        waiting = b""
        heard_at = time.monotonic()
        while True:
            if time.monotonic() > until:
                raise TimeoutError
            if _resident_bytes(self._process.pid) > self._max_memory_bytes:
                raise OutOfMemoryError
            if not select.select([descriptor], [], [], min(every_s, _WATCH_S))[0]:
                if time.monotonic() - heard_at >= every_s:
                    heard_at = time.monotonic()
                    yield None
                continue
            heard_at = time.monotonic()
            piece = os.read(descriptor, _PIECE_BYTES)
            if not piece:
                return  # What is left is half a line of a child that was killed.
            *whole, waiting = (waiting + piece).split(b"\n")
            if len(waiting) > _MAX_LINE_BYTES:
                raise ValueError("the doctor said a line that is too long to be an event")
            yield from whole

    def wait_exit(self, timeout_s: float) -> int:
        """The exit code; negative for a signal. A child that lingers after its last word is killed."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def is_out_of_memory(self, code: int) -> bool:
        """Whether a child that ended with `code` did so for want of memory: refused to it, or taken by the kernel meanwhile."""
        if code == -signal.SIGKILL:
            return memory_kills() > self._memory_kills_before
        return code != 0 and _REFUSED_MEMORY.search(self.last_words()) is not None

    def last_words(self) -> str:
        """The end of what it wrote besides events."""
        with self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - _LOG_BYTES))
            return log.read().decode(errors="replace")


def _memory_limit(pid: int, max_bytes: int) -> None:
    """From outside, once it runs: before, the limit would be that of a copy of ourselves. One that is gone already needs none."""
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_DATA, (2 * max_bytes, 2 * max_bytes))
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(_FIRST_TO_GO)


def _resident_bytes(pid: int) -> int:
    """How much memory a process has; 0 where that cannot be told."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0
