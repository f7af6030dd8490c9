"""The folder that holds everything a machine-local Anneal keeps (`.anneal/`): data, logs, ports, secrets, locks.

Nothing here knows what the services are; it only hands out names, numbers and places that stay the same between starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
LOG_LIMIT_BYTES = 20_000_000


class LocalError(Exception):
    """Something on this machine keeps Anneal from running; the message says what to do about it."""


class Home:
    """One such folder. Two processes may use it at once: every change happens under its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def prepare(self) -> None:
        """Create the folder. Raises LocalError when that is not possible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / "log").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise LocalError(f"Cannot create {self.path}: {error.strerror}. Make the folder writable.") from error

    @contextlib.contextmanager
    def lock(self, name: str = "lock") -> Iterator[None]:
        """Hold an exclusive lock of this folder; it ends with the process, however that ends."""
        self.prepare()
        with (self.path / name).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def secret(self, name: str) -> str:
        """A random password with this name: made once, then always the same."""
        path = self.path / "secrets.json"
        with self.lock("secrets.lock"):
            known = _read_json(path)
            if name not in known:
                known[name] = secrets.token_urlsafe(32)
                write_private(path, json.dumps(known, indent=2) + "\n")
            return str(known[name])

    def mark(self) -> str:
        """A name of this home among all that ever were on this machine, also at the same path; it goes where the home is moved to."""
        path = self.path / "mark"
        with contextlib.suppress(FileNotFoundError):
            return path.read_text().strip()
        with self.lock("mark.lock"):
            if not path.exists():
                # Before there were marks, what lies outside a home was named after its path.
                is_older = "postgres_admin" in _read_json(self.path / "secrets.json")
                salt = b"" if is_older else secrets.token_bytes(16)
                made = hashlib.sha256(os.fsencode(self.path.resolve()) + salt).hexdigest()[:12]
                write_private(path, f"{made}\n")
            return path.read_text().strip()

    def port(self, name: str, preferred: int | None = None) -> int:
        """The loopback port of this service: chosen once and kept."""
        with self.lock("ports.lock"):
            known = _read_json(self.path / "ports.json")
            if name in known:
                return int(str(known[name]))
            return self._choose(name, known, preferred)

    def new_port(self, name: str) -> int:
        """Give up the port of this service, because somebody else has taken it, and choose another."""
        with self.lock("ports.lock"):
            return self._choose(name, _read_json(self.path / "ports.json"), None)

    def free_port(self, name: str, preferred: int | None = None) -> int:
        """The kept port when nobody listens there, else a new one. For a service that is not running now."""
        port = self.port(name, preferred)
        return port if is_port_free(port) else self.new_port(name)

    def log_file(self, name: str) -> Path:
        """Where this process logs. A file that has grown large is set aside first."""
        self.prepare()
        path = self.path / "log" / f"{name}.log"
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > LOG_LIMIT_BYTES:
                path.replace(path.with_suffix(".log.1"))
        return path

    def _choose(self, name: str, known: dict[str, object], preferred: int | None) -> int:
        others = {port for other, port in known.items() if other != name}
        port = preferred if preferred and preferred not in others and is_port_free(preferred) else _any_port(others)
        known[name] = port
        write_private(self.path / "ports.json", json.dumps(known, indent=2) + "\n")
        return port


@contextlib.contextmanager
def temporary_home() -> Iterator[Home]:
    """A home that is gone afterwards, in a folder that every user of the machine can reach, so that nothing of it lies elsewhere."""
    with tempfile.TemporaryDirectory(prefix="anneal-") as name:
        Path(name).chmod(0o755)
        yield Home(Path(name) / ".anneal")


def is_port_free(port: int) -> bool:
    """Whether a server could listen there now. Another one may still be quicker."""
    with socket.socket() as probe:
        # As every server here does: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _any_port(taken: set[object]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def _read_json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise LocalError(f"{path} is damaged ({error}). Delete it and the folder beside it: make clean.") from error
    if not isinstance(value, dict):
        raise LocalError(f"{path} is damaged: an object was expected. Run: make clean")
    return value


def write_private(path: Path, text: str) -> None:
    """Replace a file by one that only its owner can read; a reader sees the old or the new one, never half."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
