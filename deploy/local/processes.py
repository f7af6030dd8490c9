"""A small supervisor: starts our processes, restarts those that fall over, and stops all of them cleanly.

Every child leads its own process group, logs to its own file and dies with us, even when we are killed. What was
started is written down, so that the next start ends what a killed predecessor left behind on a system that cannot tie
children to their parent.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import queue
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.local import children
from deploy.local.home import REPOSITORY, Home, LocalError, write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import IO

_POLL_S = 0.1
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 60.0  # a child that ran this long has recovered: its pauses start anew
_LOG_TAIL_LINES = 25
_TOO_MANY_FALLS = 4


@dataclass(frozen=True)
class Program:
    """What to run. `is_ready` is asked until it says yes; without one, a program is ready when it has started."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] | None = None
    ready_deadline_s: float = 120.0
    grace_s: float = 10.0


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    log: Path
    log_start: int
    started: float = field(default_factory=time.monotonic)
    pause_s: float = _FIRST_PAUSE_S
    restart_at: float | None = None
    falls: int = 0


class Supervisor:
    """The processes of one home folder.

    One thread starts, watches and stops all children, because the kernel ties a child to the thread that started it.
    """

    def __init__(self, home: Home, *, say: Callable[[str], None] = print) -> None:
        self._home = home
        self._say = say
        self._children: dict[str, _Child] = {}
        self._orders: queue.SimpleQueue[Program] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._door: IO[str] | None = None
        self._keeper = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    def open(self) -> None:
        """Take this home folder. Raises LocalError while another supervisor has it."""
        self._home.prepare()
        door = (self._home.path / "supervisor.lock").open("a+")
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            door.seek(0)
            who = door.read().strip() or "another process"
            door.close()
            raise LocalError(
                f"Anneal already runs in {self._home.path} ({who}). Stop it first, with Ctrl-C."
            ) from error
        door.truncate(0)
        door.write(f"process {os.getpid()}")
        door.flush()
        self._door = door
        self._end_leftovers()
        self._keeper.start()

    def start(self, *programs: Program) -> None:
        """Start programs side by side; `wait_ready` waits for them."""
        for program in programs:
            self._orders.put(program)

    def wait_ready(self, *names: str) -> None:
        """Wait until these programs are ready.

        Raises LocalError with the end of the log of one that fell over or took too long.
        """
        for name in names:
            begun = time.monotonic()
            while (child := self._children.get(name)) is None or not self._is_ready(child):
                if self._stopping.is_set():
                    raise LocalError(f"{name} was stopped while it was starting.")
                if child is not None and child.restart_at is not None:
                    raise LocalError(f"{name} ended while it was starting. {_log_tail(child)}")
                if child is not None and time.monotonic() - begun > child.program.ready_deadline_s:
                    raise LocalError(f"{name} was not ready after {time.monotonic() - begun:.0f} s. {_log_tail(child)}")
                time.sleep(_POLL_S)

    def stop(self) -> None:
        """Stop everything, the last started first: asked with SIGTERM, ended with SIGKILL when its grace is over."""
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join()
        if self._door is not None:
            self._door.close()
            self._door = None

    def check(self) -> None:
        """Raises LocalError, with the end of its log, when a program keeps falling over: waiting would not help."""
        for child in list(self._children.values()):
            if child.falls >= _TOO_MANY_FALLS:
                raise LocalError(f"{child.program.name} keeps ending at its start. {_log_tail(child, 0)}")

    def pid_of(self, name: str) -> int | None:
        """The process of this program, or None while it is down."""
        child = self._children.get(name)
        return child.process.pid if child is not None and child.restart_at is None else None

    def log_of(self, name: str) -> str:
        """What the present run of this program has logged."""
        child = self._children.get(name)
        return "" if child is None else _log_text(child)

    @staticmethod
    def _is_ready(child: _Child) -> bool:
        return child.restart_at is None and (child.program.is_ready is None or child.program.is_ready())

    def _keep(self) -> None:
        while not self._stopping.wait(_POLL_S):
            while not self._orders.empty():
                program = self._orders.get()
                self._children[program.name] = self._spawn(program, _FIRST_PAUSE_S)
            for child in list(self._children.values()):
                self._look_after(child)
        for child in reversed(list(self._children.values())):
            end(child.process, child.program.grace_s)
        self._children = {}
        self._write_down()

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.restart_at is None:
            code = child.process.poll()
            if code is None:
                return
            children.signal_group(child.process.pid, signal.SIGKILL)  # what it started goes with it
            if now - child.started > _STEADY_S:
                child.pause_s, child.falls = _FIRST_PAUSE_S, 0
            child.falls += 1
            child.restart_at = now + child.pause_s
            self._say(f"{child.program.name} ended ({_how(code)}); starting it again. Its log: {child.log}")
        elif now >= child.restart_at:
            again = self._spawn(child.program, min(child.pause_s * 2, _LONGEST_PAUSE_S))
            again.falls = child.falls
            self._children[child.program.name] = again

    def _spawn(self, program: Program, pause_s: float) -> _Child:
        log = self._home.log_file(program.name)
        die_with_parent = children.die_with_parent(signal.SIGKILL)
        with log.open("ab") as output:
            log_start = output.tell()
            process = subprocess.Popen(
                program.command,
                env=dict(program.environment),
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no Python locks taken
            )
        child = _Child(program, process, log, log_start, pause_s=pause_s)
        self._write_down(child)
        return child

    def _write_down(self, *more: _Child) -> None:
        running = {child.program.name: child for child in [*self._children.values(), *more]}
        record = [
            {"name": name, "pid": child.process.pid, "started_at": children.started_at(child.process.pid)}
            for name, child in running.items()
        ]
        write_private(self._home.path / "processes.json", json.dumps(record, indent=2) + "\n")

    def _end_leftovers(self) -> None:
        try:
            record = json.loads((self._home.path / "processes.json").read_text())
        except (FileNotFoundError, ValueError):
            return
        for entry in record:
            pid, started_at = int(entry["pid"]), str(entry["started_at"])
            # The start time tells our child from a stranger who got its number.
            if started_at and children.is_alive(pid) and children.started_at(pid) == started_at:
                self._say(f"Ending {entry['name']}, left over from a run that was killed.")
                children.signal_group(pid, signal.SIGKILL)


def end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """Stop one child and its group: SIGTERM, a grace, SIGKILL."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        children.signal_group(process.pid, signal.SIGKILL)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def _log_text(child: _Child, start: int | None = None) -> str:
    with child.log.open("rb") as file:
        file.seek(child.log_start if start is None else start)
        return file.read().decode(errors="replace")


def _log_tail(child: _Child, start: int | None = None) -> str:
    lines = _log_text(child, start).strip().splitlines()[-_LOG_TAIL_LINES:]
    return "\n".join([f"The end of {child.log}:", *lines])
