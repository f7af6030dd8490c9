"""Writes a ZIP archive as a stream: nothing is compressed, nothing is kept, and the length is known before the first byte.

Model files are compressed already (or do not compress), so the archive is a container and no more. Digests are not known to
be right before a file was read, therefore the CRC follows each file in a data descriptor (APPNOTE.TXT 6.3.10, section 4.3.9), and
a file whose sha256 is wrong ends the stream before its descriptor: what arrives is complete and right, or visibly broken.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

CHUNK_BYTES = 256 * 1024
_MAX_32 = 0xFFFFFFFF
_MAX_16 = 0xFFFF
_FLAGS = 1 << 3 | 1 << 11  # sizes follow the data; names are UTF-8
_VERSION, _VERSION_ZIP64 = 20, 45
_MADE_ON_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16


class DamagedFileError(Exception):
    """A file is not what its digest says."""


@dataclass(frozen=True)
class Entry:
    """One file of an archive. `open` is called when its turn comes."""

    name: str
    size_bytes: int
    sha256: str
    open: Callable[[], IO[bytes]]

    @property
    def is_large(self) -> bool:
        return self.size_bytes >= _MAX_32


def entry_of_bytes(name: str, content: bytes) -> Entry:
    """An entry whose content is at hand."""
    return Entry(name, len(content), hashlib.sha256(content).hexdigest(), lambda: io.BytesIO(content))


def zip_size_bytes(entries: Sequence[Entry]) -> int:
    """Length of what `zip_stream` yields."""
    offset = 0
    directory = 0
    for entry in entries:
        directory += len(_central_header(entry, offset, 0, datetime(1980, 1, 1)))  # noqa: DTZ001 - only its length matters
        offset += len(_local_header(entry, datetime(1980, 1, 1))) + entry.size_bytes + len(_descriptor(entry, 0))  # noqa: DTZ001 - see above
    return offset + directory + len(_end(len(entries), directory, offset))


def zip_stream(entries: Sequence[Entry], *, modified_at: datetime) -> Iterator[bytes]:
    """The archive, piece by piece. Raises DamagedFileError, and whatever `Entry.open` raises."""
    offset = 0
    directory = []
    for entry in entries:
        header = _local_header(entry, modified_at)
        yield header
        crc = yield from _content(entry)
        descriptor = _descriptor(entry, crc)
        yield descriptor
        directory.append(_central_header(entry, offset, crc, modified_at))
        offset += len(header) + entry.size_bytes + len(descriptor)
    yield from directory
    yield _end(len(entries), sum(map(len, directory)), offset)


def _content(entry: Entry) -> Generator[bytes, None, int]:
    """The bytes of a file; returns its CRC-32."""
    digest = hashlib.sha256()
    crc = size = 0
    with entry.open() as file:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            if size > entry.size_bytes:
                break
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            yield chunk
    if size != entry.size_bytes or digest.hexdigest() != entry.sha256:
        raise DamagedFileError(f"{entry.name} is not the file that was published")
    return crc


def _dos_time(moment: datetime) -> tuple[int, int]:
    date = (max(moment.year, 1980) - 1980) << 9 | moment.month << 5 | moment.day
    return moment.hour << 11 | moment.minute << 5 | moment.second // 2, date


def _local_header(entry: Entry, modified_at: datetime) -> bytes:
    name = entry.name.encode()
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if entry.is_large else b""
    size = _MAX_32 if entry.is_large else 0
    version = _VERSION_ZIP64 if entry.is_large else _VERSION
    fixed = struct.pack(
        "<4sHHHHHLLLHH", b"PK\3\4", version, _FLAGS, 0, *_dos_time(modified_at), 0, size, size, len(name), len(extra)
    )
    return fixed + name + extra


def _descriptor(entry: Entry, crc: int) -> bytes:
    form = "<4sLQQ" if entry.is_large else "<4sLLL"
    return struct.pack(form, b"PK\7\x08", crc, entry.size_bytes, entry.size_bytes)


def _central_header(entry: Entry, offset: int, crc: int, modified_at: datetime) -> bytes:
    name = entry.name.encode()
    wide = ([entry.size_bytes] * 2 if entry.is_large else []) + ([offset] if offset >= _MAX_32 else [])
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    size = _MAX_32 if entry.is_large else entry.size_bytes
    version = _VERSION_ZIP64 if wide else _VERSION
    fixed = struct.pack(
        "<4sHHHHHHLLLHHHHHLL",
        b"PK\1\2",
        version | _MADE_ON_UNIX,
        version,
        _FLAGS,
        0,
        *_dos_time(modified_at),
        crc,
        size,
        size,
        len(name),
        len(extra),
        0,
        0,
        0,
        _REGULAR_FILE,
        min(offset, _MAX_32),
    )
    return fixed + name + extra


def _end(count: int, directory_bytes: int, offset: int) -> bytes:
    """End of the central directory, with the 64-bit one before it where a number does not fit."""
    wide = b""
    if offset >= _MAX_32 or directory_bytes >= _MAX_32 or count >= _MAX_16:
        wide = struct.pack(
            "<4sQHHLLQQQQ",
            b"PK\6\6",
            44,
            _VERSION_ZIP64 | _MADE_ON_UNIX,
            _VERSION_ZIP64,
            0,
            0,
            count,
            count,
            directory_bytes,
            offset,
        ) + struct.pack("<4sLQL", b"PK\6\7", 0, offset + directory_bytes, 1)
    return wide + struct.pack(
        "<4sHHHHLLH",
        b"PK\5\6",
        0,
        0,
        min(count, _MAX_16),
        min(count, _MAX_16),
        min(directory_bytes, _MAX_32),
        min(offset, _MAX_32),
        0,
    )
