"""Dataset files on the disk of this machine, under their digests, shared by its workers: what was used last, and nothing for long.

An attempt has a link of its own to each of its files, so what is removed here is never taken from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from anneal.common.near import folder_tidy
from anneal.jobs.services.files import file_fetch
from anneal.jobs.services.leases import StoredFile


@dataclass(frozen=True)
class CacheLimits:
    """How much is kept, and for how long after it was used: what a customer deleted must not stay."""

    max_bytes: int = 50 * 2**30
    kept_s: float = 12 * 3600


class DataCache:
    """One folder of a machine. Any number of workers use it at once."""

    def __init__(self, folder: Path, limits: CacheLimits) -> None:
        self._folder = folder
        self._limits = limits

    def open(self) -> None:
        """Have the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def put(self, file: StoredFile, path: Path) -> None:
        """Have a file of a dataset at `path`. Raises as `file_fetch`."""
        kept = self._folder / file.sha256
        while True:
            self._have(file, kept)
            with contextlib.suppress(FileNotFoundError):  # Another worker has just tidied it away.
                os.link(kept, path)
                return

    def tidy(self, *, room_for: int = 0) -> None:
        """Remove what has not been used for long, and what does not fit beside what was used later and a file of `room_for` bytes."""
        folder_tidy(self._folder, max_bytes=self._limits.max_bytes - room_for, kept_s=self._limits.kept_s)

    def _have(self, file: StoredFile, kept: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            if _digest(kept) == file.sha256:
                _mark_as_used(kept)
                return
            kept.unlink()  # the disk has damaged it
        self.tidy(room_for=file.size_bytes)
        coming = kept.with_name(f".{kept.name}.{uuid.uuid4().hex}")
        file_fetch(file=file, path=coming)
        _mark_as_used(coming)
        coming.replace(kept)


def _mark_as_used(path: Path) -> None:
    """By its time, which it shares with the store's file where that is on the same disk; one of another user keeps its own time."""
    with contextlib.suppress(PermissionError):
        os.utime(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
