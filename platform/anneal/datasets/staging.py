"""Files while they arrive: bytes appended on disk in constant memory, one writer at a time.

The length of the file is the truth about an upload's offset, so a killed web process loses nothing that it had written. All web processes
of an installation must share the data folder; the lock is that of the file system.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http.request import UnreadablePostError

from anneal.common.errors import AnnealError

_PIECE_BYTES = 256 * 1024
_SPARE_BYTES = 64 * 2**20
CHECKSUM_ALGORITHMS = ("sha1", "sha256")


@dataclass(frozen=True)
class Checksum:
    """What the client says about a piece (tus: Upload-Checksum)."""

    algorithm: str
    digest: bytes

    @staticmethod
    def parse(header: str | None) -> Checksum | None:
        """Raises AnnealError for a header that is not `<algorithm> <base64>`."""
        if header is None:
            return None
        algorithm, _, encoded = header.partition(" ")
        try:
            digest = base64.b64decode(encoded.strip(), validate=True)
        except binascii.Error:
            digest = b""
        if algorithm not in CHECKSUM_ALGORITHMS or not digest:
            expected = f"one of {', '.join(CHECKSUM_ALGORITHMS)}, a space, and the digest in base64"
            raise AnnealError("upload.bad_header", params={"header": "Upload-Checksum", "expected": expected})
        return Checksum(algorithm, digest)


class StagedFile:
    """The file of one upload that is being received."""

    def __init__(self, tenant_id: uuid.UUID, upload_id: uuid.UUID) -> None:
        self.path: Path = Path(settings.ENVIRONMENT.anneal_data_dir) / "uploads" / str(tenant_id) / f"{upload_id}.part"

    def create(self, size_bytes: int) -> None:
        """Make the empty file. Raises AnnealError (507) when it could never fit."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.path.parent).free < size_bytes + _SPARE_BYTES:
            raise AnnealError("storage.full", status=507, params={"needed_bytes": size_bytes})
        try:
            self.path.touch(exist_ok=False)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise AnnealError("storage.full", status=507, params={"needed_bytes": size_bytes}) from error
            raise

    def size(self) -> int | None:
        """How many bytes have arrived; None when there is no file."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return None

    def remove(self) -> None:
        """Forget the bytes."""
        self.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """The only writer's file descriptor, at the end of the file. Raises AnnealError (423, or 410 when the file is gone)."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            raise AnnealError("upload.expired", status=410) from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AnnealError("upload.locked", status=423) from None
            yield descriptor
        finally:
            os.close(descriptor)


def stream_append(descriptor: int, read: Callable[[int], bytes], *, length: int, checksum: Checksum | None) -> int:
    """Append up to `length` bytes; returns how many arrived (fewer when the line broke).

    Raises AnnealError: 460 for a wrong checksum (the piece is taken back), 507 for a full disk (what arrived is kept).
    """
    begin = os.fstat(descriptor).st_size
    digest: Any = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
    arrived = 0
    try:
        while arrived < length:
            piece = _read(read, min(_PIECE_BYTES, length - arrived))
            if not piece:
                break
            _write_all(descriptor, piece)
            arrived += len(piece)
            if digest:
                digest.update(piece)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
        if digest:
            os.ftruncate(descriptor, begin)
        kept = os.fstat(descriptor).st_size
        raise AnnealError("upload.disk_full", status=507, params={"offset_bytes": kept}) from error
    if checksum and digest.digest() != checksum.digest:
        os.ftruncate(descriptor, begin)
        if arrived == length:
            raise AnnealError("upload.checksum", status=460)
        return 0
    return arrived


def _read(read: Callable[[int], bytes], size: int) -> bytes:
    try:
        return read(size)
    except UnreadablePostError:
        return b""


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]
