"""Trainer processes: one warm child at a time, started by a thread that lives as long as the supervisor.

A child leads its own process group, dies with us (even by kill -9), carries no credentials, writes no core file, and has a private
folder for temporary files. It speaks events on a pipe; what it prints is log text.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from workers.confinement import confined, end_group, memory_kills, scrubbed_environment
from workers.contract.events import Start

_LOG_LINES: Final = 500
END: Final = None


def trainer_command(variables: Mapping[str, str]) -> list[str]:
    """What to start; ANNEAL_TRAINER_COMMAND stands in for fault experiments."""
    given = variables.get("ANNEAL_TRAINER_COMMAND")
    return shlex.split(given) if given else [sys.executable, "-m", "workers.trainer.warm"]


class Child:
    """One trainer process. `events` gives its lines, then END; `wait_exit` its exit code."""

    def __init__(self, process: subprocess.Popen[bytes], events_fd: int, temporary: Path) -> None:
        self.process = process
        self.events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.log: collections.deque[str] = collections.deque(maxlen=_LOG_LINES)
        self.memory_kills_before = memory_kills()
        self._temporary = temporary
        self._readers = [
            threading.Thread(target=self._read_events, args=(events_fd,), daemon=True, name="trainer-events"),
            threading.Thread(target=self._read_log, daemon=True, name="trainer-log"),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the kernel has killed for want of memory on this machine while the child lived."""
        return memory_kills() > self.memory_kills_before

    def start(self, start: Start) -> None:
        """Hand over the job. Raises OSError when the child is gone."""
        stdin = self.process.stdin
        if stdin is None:
            raise BrokenPipeError("the trainer has no standard input")
        stdin.write(start.model_dump_json().encode() + b"\n")
        stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        """Signal the child and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End the child and all that it started, and wait for it."""
        end_group(self.process)

    def wait_exit(self, timeout_s: float) -> int:
        """The exit code; negative for a signal. A child that lingers after its last word is killed."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.wait()

    def close(self) -> None:
        """End whatever is left and remove its temporary folder."""
        self.kill()
        self.signal(signal.SIGKILL)  # the leader is gone, but members of its group may not be
        for reader in self._readers:
            reader.join(5)
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _read_events(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as pipe:
            for line in pipe:
                self.events.put(line)
        self.events.put(END)

    def _read_log(self) -> None:
        if self.process.stdout is None:
            return
        with self.process.stdout as pipe:
            for line in pipe:
                self.log.append(line.decode(errors="replace").rstrip("\n"))


class Spawner:
    """Starts children from one thread that never ends: the kernel ends a child when the *thread* that started it exits.

    Their temporary folders lie in `temporary`, which goes with the worker, also when it is killed.
    """

    def __init__(self, temporary: Path) -> None:
        self._temporary = temporary
        self._orders: queue.SimpleQueue[Future[Child]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True, name="spawner").start()

    def spawn(self) -> Child:
        """A new child that loads its libraries and then waits for a job. Raises OSError when it cannot be started."""
        order: Future[Child] = Future()
        self._orders.put(order)
        return order.result()

    def _serve(self) -> None:
        while True:
            order = self._orders.get()
            try:
                order.set_result(_spawn(self._temporary))
            except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
                order.set_exception(error)


def _spawn(root: Path) -> Child:
    root.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix="trainer-", dir=root))
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            [*trainer_command(os.environ), "--events-fd", str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=scrubbed_environment(os.environ, temporary),
            cwd=temporary,
            pass_fds=(writing,),
            start_new_session=True,
            preexec_fn=confined(os.getpid()),  # noqa: PLW1509 - system calls only, no Python locks are taken
        )
    except BaseException:
        os.close(reading)
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    finally:
        os.close(writing)
    return Child(process, reading, temporary)
