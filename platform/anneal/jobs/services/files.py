"""Files of jobs in the object store, for the supervisor: `<tenant>/jobs/<job>/<attempt>/…`.

The attempt is part of every key, so a worker that lost its lease can only write where nobody looks. Nothing here is fenced: files count
when a fenced row names them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog

from anneal.common.errors import AnnealError
from anneal.common.storage import store
from anneal.jobs.services.leases import StoredFile

log = structlog.get_logger(__name__)


class DiskFullError(Exception):
    """There is no room, here or in the store; nothing half-written was left behind."""


def attempt_prefix(*, tenant_id: uuid.UUID, job_id: uuid.UUID, attempt: int) -> str:
    """Where one attempt puts its files."""
    return f"{tenant_id}/jobs/{job_id}/{attempt}"


def folder_upload(*, folder: Path, prefix: str) -> list[StoredFile]:
    """Store every file below `folder` under `prefix`, in order of names. Raises DiskFullError, or OSError for any other trouble."""
    with _full_disk_told():
        return _upload(folder, prefix)


def file_upload(*, path: Path, key: str) -> None:
    """Store one file. Raises as `folder_upload`."""
    with _full_disk_told():
        store().put_file(key, path)


@contextlib.contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except AnnealError as error:
        raise DiskFullError(str(error)) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(str(error)) from error
        raise


def _upload(folder: Path, prefix: str) -> list[StoredFile]:
    stored = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        key = f"{prefix}/{name}"
        store().put_file(key, path)
        stored.append(StoredFile(name, key, digest, path.stat().st_size))
    return stored


def file_fetch(*, file: StoredFile, path: Path) -> None:
    """Put a stored file at `path`.

    Raises FileNotFoundError when it is not there, ValueError when it is not what it was, DiskFullError when there is no room.
    """
    try:
        store().fetch(file.key, path)
    except AnnealError as error:
        raise DiskFullError(str(error)) from error
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if digest != file.sha256:
        path.unlink()
        raise ValueError(f"{file.key} has sha256 {digest}, expected {file.sha256}")


def prefixes_delete(prefixes: Iterable[str]) -> None:
    """Remove what no row names any more. What the store will not remove just now stays: no run ends for it."""
    for prefix in prefixes:
        try:
            store().delete_prefix(prefix)
        except OSError:
            log.exception("files.not_removed", prefix=prefix)
