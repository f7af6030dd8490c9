"""The archive writer against Python's own reader, beyond four gigabytes and sixty-five thousand files too."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anneal.registry.zip_stream import DamagedFileError, Entry, entry_of_bytes, zip_size_bytes, zip_stream

ZEROS_SHA256 = "47330b4e9578d8ea3b771713efa25d0e2f03a554c9b3c66308f82fa0986dc027"  # of 2**32 + 1000 zeros
NOW = datetime(2026, 11, 24, 12, 30, 58, tzinfo=UTC)


def _written(entries: list[Entry]) -> bytes:
    content = b"".join(zip_stream(entries, modified_at=NOW))
    assert len(content) == zip_size_bytes(entries)
    return content


def test_archive_reads_back_with_names_times_and_bytes():
    files = {"a.txt": b"alpha", "空.json": b"", "b.bin": bytes(range(256)) * 5000}
    with zipfile.ZipFile(io.BytesIO(_written([entry_of_bytes(*item) for item in files.items()]))) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == files
        assert {info.date_time for info in archive.infolist()} == {(2026, 11, 24, 12, 30, 58)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}


@pytest.mark.slow
def test_empty_archive_and_one_with_very_many_files():
    assert zipfile.ZipFile(io.BytesIO(_written([]))).namelist() == []
    many = [entry_of_bytes(f"{number}.txt", b"%d" % number) for number in range(66_000)]
    with zipfile.ZipFile(io.BytesIO(_written(many))) as archive:
        assert len(archive.namelist()) == 66_000
        assert archive.read("65999.txt") == b"65999"


@pytest.mark.parametrize("actual", [b"abcdX", b"abcd", b"abcdef", b""])
def test_file_that_is_not_what_was_promised_ends_the_stream(actual):
    entry = Entry("a.txt", 5, hashlib.sha256(b"abcde").hexdigest(), lambda: io.BytesIO(actual))
    with pytest.raises(DamagedFileError, match=r"a\.txt"):
        list(zip_stream([entry], modified_at=NOW))


class _Zeros(io.RawIOBase):
    """A long file of zeros that takes no memory."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.zeros = bytes(1 << 20)

    def read(self, size: int = -1) -> bytes:
        count = min(size, self.left)
        self.left -= count
        return self.zeros[:count]


def _sparse_write(path: Path, entries: list[Entry]) -> int:
    size = 0
    with path.open("wb") as file:
        for chunk in zip_stream(entries, modified_at=NOW):
            if chunk.count(0) == len(chunk) and len(chunk) > 1000:
                file.seek(len(chunk), 1)
            else:
                file.write(chunk)
            size += len(chunk)
    return size


@pytest.mark.slow
def test_file_and_offset_beyond_four_gigabytes(tmp_path):
    size = (1 << 32) + 1000
    entries = [
        Entry("large.safetensors", size, ZEROS_SHA256, lambda: _Zeros(size)),
        entry_of_bytes("after.json", b"{}"),
    ]
    path = tmp_path / "large.zip"
    assert _sparse_write(path, entries) == zip_size_bytes(entries) == path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        large, after = archive.infolist()
        assert (large.file_size, large.compress_size) == (size, size)
        assert after.header_offset > size
        assert archive.read("after.json") == b"{}"
        with archive.open(large) as file:
            assert file.read(10) == bytes(10)
