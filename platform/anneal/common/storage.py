"""The object store: files by key, on disk by default and in S3 when it is configured.

Keys begin with the tenant's id (`<tenant>/uploads/…`), never come from a customer, and are written once: a key is complete or absent.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol, cast

from django.conf import settings

from anneal.common.errors import AnnealError

_KEY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$")


class ObjectStore(Protocol):
    """What any store can do. Every method raises FileNotFoundError for a key that is not there, AnnealError when full, and OSError when
    the store is away or refuses.
    """

    def put_file(self, key: str, path: Path) -> None:
        """Make the file at `path` the object `key`; the file may afterwards share its bytes with the store, so leave it unchanged."""

    def open(self, key: str) -> IO[bytes]:
        """Read an object from its beginning."""

    def fetch(self, key: str, path: Path) -> None:
        """Put a copy of the object at `path` (complete or absent)."""

    def size_bytes(self, key: str) -> int:
        """Length of the object."""

    def delete(self, key: str) -> None:
        """Remove the object; a missing one is fine."""

    def delete_prefix(self, prefix: str) -> None:
        """Remove every object under `prefix/`."""

    def list_keys(self, prefix: str, *, before: datetime | None = None) -> Iterator[str]:
        """Keys under `prefix/`, in order; with `before` those of objects that came before then."""

    def worker_url(self, key: str, *, expires_s: int) -> str:
        """An address from which another process of ours can read the object: `file://` or a signed `https://`."""


@dataclass(frozen=True)
class ReceivedPart:
    """A part of an object that has arrived at the store. `etag` is the store's own name for its bytes."""

    number: int
    size_bytes: int
    etag: str


class DirectStore(Protocol):
    """What a store can do that takes objects in parts from somebody else, past us. Numbers of parts begin with 1."""

    def parts_begin(self, key: str) -> str:
        """Begin an object; returns the id of what is begun."""

    def part_url(self, key: str, begun_id: str, number: int, *, size_bytes: int, expires_s: int) -> str:
        """An address that takes a PUT of exactly `size_bytes`."""

    def parts_received(self, key: str, begun_id: str) -> list[ReceivedPart]:
        """What has arrived, in order. Raises FileNotFoundError when nothing of that id is under way."""

    def parts_finish(self, key: str, begun_id: str, parts: Sequence[ReceivedPart]) -> None:
        """Make the object of its parts; the addresses that were given out are worth nothing from now on."""

    def parts_drop(self, key: str, begun_id: str) -> None:
        """Forget what has arrived; nothing to forget is fine."""


def key_check(key: str) -> str:
    """`key` itself. Raises ValueError for anything that could leave the store."""
    if not _KEY.match(key) or len(key) > 500:  # noqa: PLR2004 - half of what S3 allows
        raise ValueError(f"not a storage key: {key!r}")
    return key


class DiskStore:
    """Objects as files below one folder. Hard links stand in for copies where the file system can."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, key: str) -> Path:
        return self.root / key_check(key)

    def put_file(self, key: str, path: Path) -> None:
        """See ObjectStore."""
        link_or_copy(path, self._path(key))

    def open(self, key: str) -> IO[bytes]:
        """See ObjectStore."""
        return self._path(key).open("rb")

    def fetch(self, key: str, path: Path) -> None:
        """See ObjectStore."""
        link_or_copy(self._path(key), path)

    def size_bytes(self, key: str) -> int:
        """See ObjectStore."""
        return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        """See ObjectStore."""
        self._path(key).unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> None:
        """See ObjectStore."""
        path = self._path(prefix)
        while path.is_dir():
            with suppress(FileNotFoundError):  # Somebody else removes it as well.
                shutil.rmtree(path)

    def list_keys(self, prefix: str, *, before: datetime | None = None) -> Iterator[str]:
        """See ObjectStore. What is not complete yet has a name with a dot in front."""
        for path in sorted(self._path(prefix).rglob("[!.]*")):
            if path.is_file() and (before is None or _came_at(path) < before.timestamp()):
                yield path.relative_to(self.root).as_posix()

    def worker_url(self, key: str, *, expires_s: int) -> str:  # noqa: ARG002 - a path does not expire
        """See ObjectStore."""
        return self._path(key).resolve().as_uri()


def _came_at(path: Path) -> float:
    """When a file got its name here, or another one: its own time may be that of an older file that shares its bytes."""
    try:
        return path.stat().st_ctime
    except FileNotFoundError:
        return float("inf")


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` appear at once, complete. Raises AnnealError `storage.full`, leaving nothing behind."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        try:
            os.link(source, partial)
        except OSError as error:
            if error.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP}:
                raise
            shutil.copyfile(source, partial)
        partial.replace(target)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise AnnealError("storage.full", status=507, params={"needed_bytes": source.stat().st_size}) from error
        raise
    finally:
        partial.unlink(missing_ok=True)


@cache
def store() -> ObjectStore:
    """The store of this installation."""
    env: Any = settings.ENVIRONMENT
    if env.s3_bucket:
        from anneal.common.s3 import S3Store  # noqa: PLC0415 - boto3 costs 60 MB and is needed only with S3

        return S3Store(env)
    root = Path(env.anneal_data_dir) / "objects"
    root.mkdir(parents=True, exist_ok=True)
    return DiskStore(root)


def direct_store() -> DirectStore | None:
    """The store of this installation when it takes files past us, which a disk does not."""
    found = store()
    return None if isinstance(found, DiskStore) else cast("DirectStore", found)
