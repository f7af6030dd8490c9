"""Compressed files and archives: what is in them is written out, piece by piece, within limits that hold before and while unpacking.

The table of contents of an archive is what its maker says; the bytes that come out are counted as well. Nothing is ever written under a
name that the archive chose.
"""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal, get_args

import pyarrow as pa

from anneal.datasets.files.folders import LabelledText, labelled_texts, rows_write
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import Source
from anneal.datasets.files.reasons import ARCHIVE_NO_TABLE, archive_reason

Packing = Literal["gzip", "zstd", "bz2", "zip"]
PACKINGS: tuple[str, ...] = get_args(Packing)
# bytes of the packed file read so far
Tick = Callable[[int], None]

_PIECE_BYTES = 2**20
_TAIL_BYTES = 2**16 + 22
_BYTES_PER_ENTRY = 1024
_MAX_NAME = 255
_TAR_MARK = slice(257, 262)
# What the libraries raise for bytes that are not what they should be: offsets before the beginning, names that are no UTF-8 …
_DAMAGED = (
    *(EOFError, ValueError, OverflowError, RuntimeError, zlib.error, zipfile.BadZipFile, struct.error),
    pa.ArrowException,
)
_OUR_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE})
_SUFFIXES = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd", ".bz2": "bz2"}
_NESTED = frozenset({*_SUFFIXES, ".zip", ".tar", ".tgz", ".rar", ".7z", ".xz"})
_DATA = frozenset(
    {
        *(".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".json", ".parquet"),
        *(".xlsx", ".xls", ".ods", ".conll", ".bio", ".iob", ".iob2"),
    }
)
_ABOUT = ("readme", "license", "licence", "copying", "notice", "changelog", "meta.json", "dataset_info", "datapackage")
_OFFICE = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis.opendocument")


@dataclass(frozen=True)
class UnpackLimits:
    """How much may come out of one uploaded file."""

    max_bytes: int
    max_ratio: int = 100
    """Times the size of the packed file. Real tables reach 30."""
    ratio_from_bytes: int = 8 * 2**20
    """Below that much, the ratio does not matter."""
    max_entries: int = 1000
    max_texts: int = 50_000
    """Entries of an archive whose files are a row each."""


@dataclass(frozen=True)
class Unpacked:
    """One file that was in a packed one. `member` is its name in the archive, empty for a file that was only compressed."""

    source: Source
    member: str = ""


def plain_suffix(name: str) -> str:
    """How a file's name ends, compression aside: `.csv` for `a.CSV.gz`."""
    path = PurePosixPath(name.lower())
    return PurePosixPath(path.stem).suffix if path.suffix in _SUFFIXES else path.suffix


def packing_of(path: Path) -> Packing | None:
    """How a file is packed, by its content. Spreadsheets are archives too, but are read as what they are."""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(b"\x1f\x8b"):
            return "gzip"
        if head.startswith(b"BZh") and head[4:10] in {
            b"1AY&SY",
            b"\x17rE8P\x90",
        }:  # of a first block, or of none at all
            return "bz2"
        if head.startswith(b"\x28\xb5\x2f\xfd"):
            return "zstd"
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and not _is_office(file, head):
            return "zip"
    return None


def _is_office(file: IO[bytes], head: bytes) -> bool:
    file.seek(max(0, file.seek(0, io.SEEK_END) - _TAIL_BYTES))
    return any(mark in head for mark in _OFFICE) or _OFFICE[0] in file.read()


def unpack(
    source: Source,
    packing: Packing,
    folder: Path,
    limits: UnpackLimits,
    log: ProblemLog,
    tick: Tick,
    *,
    has_labels: bool = False,
) -> list[Unpacked]:
    """Write what is in a packed file into `folder`. Raises UnreadableError, having told what is wrong, for all of the file.

    `has_labels`: rows are a text and a label, so that folders may be labels.
    """
    if packing == "zip":
        return list(_zip_members(source, folder, limits, log, tick, has_labels=has_labels))
    target = folder / f"{source.path.name}.plain"
    meter = _Meter(source, limits, tick)
    with _damage(source), source.path.open("rb") as raw, _opened(packing, raw) as file:
        _pour(file, target, meter, raw.tell)
    _refuse_nested(source, target, source.name)
    return [Unpacked(Source(target, source.name))]


def _opened(packing: Packing, raw: IO[bytes]) -> Any:
    if packing == "gzip":
        return gzip.GzipFile(fileobj=raw)
    if packing == "bz2":
        return bz2.BZ2File(raw)
    return pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd")


class _Meter:
    """Counts what comes out. Raises UnreadableError when it is too much."""

    def __init__(self, source: Source, limits: UnpackLimits, tick: Tick) -> None:
        self._source = source
        self._limits = limits
        self._tick = tick
        self._packed_bytes = source.path.stat().st_size
        self._bytes = 0

    def see(self, num_bytes: int, read: int) -> None:
        """Take more bytes into account; `read` of the packed ones were needed so far."""
        self.check(self._bytes + num_bytes)
        self._bytes += num_bytes
        self._tick(read)

    def check(self, total: int) -> None:
        """Whether so many bytes may come out."""
        limits = self._limits
        if total > limits.max_bytes:
            raise _refused("data:archive_too_large", self._source, limit_bytes=limits.max_bytes)
        if total > limits.ratio_from_bytes and total > limits.max_ratio * self._packed_bytes:
            raise _refused("data:archive_bomb", self._source, ratio=limits.max_ratio)


def _pour(file: Any, target: Path, meter: _Meter, position: Callable[[], int]) -> None:
    with target.open("wb") as out:
        _pour_into(file, out, meter, position)


def _pour_into(file: Any, out: IO[bytes], meter: _Meter, position: Callable[[], int]) -> None:
    while piece := file.read(_PIECE_BYTES):
        meter.see(len(piece), position())
        out.write(piece)


@contextlib.contextmanager
def _damage(source: Source) -> Iterator[None]:
    """Say what libraries say of damaged files as a finding. A full disk is none."""
    try:
        yield
    except _DAMAGED as error:
        raise _damaged(source, error) from error
    except OSError as error:
        if error.errno in _OUR_TROUBLE:
            raise
        raise _damaged(source, error) from error


def _damaged(source: Source, error: Exception) -> UnreadableError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return _refused("data:archive_damaged", source, reason=archive_reason(said), said=shown(said))


def _refused(code: str, source: Source, **params: object) -> UnreadableError:
    return UnreadableError(Problem(code, file=source.name, params=params))


def _refuse_nested(source: Source, path: Path, member: str) -> None:
    with path.open("rb") as file:
        is_tar = file.read(512)[_TAR_MARK] == b"ustar"
    if is_tar or packing_of(path) is not None:
        raise _refused("data:archive_nested", source, member=shown(member))


# --- zip


def _zip_members(
    source: Source, folder: Path, limits: UnpackLimits, log: ProblemLog, tick: Tick, *, has_labels: bool
) -> Iterator[Unpacked]:
    _refuse_many(source, limits)
    meter = _Meter(source, limits, tick)
    with _damage(source), source.path.open("rb") as raw, zipfile.ZipFile(raw) as archive:
        entries = archive.infolist()
        names = [_name(entry) for entry in entries]
        for entry, name in zip(entries, names, strict=True):
            _refuse_entry(source, entry, name)
        told = ProblemLog()
        chosen = _chosen(source, list(zip(names, entries, strict=True)), told)
        texts = labelled_texts([name for name, _ in chosen], member_split) if has_labels else None
        if len(entries) > (limits.max_texts if texts else limits.max_entries):
            raise _too_many(source, limits)
        for problem in told.kept:
            log.add(problem)
        meter.check(sum(entry.file_size for _, entry in chosen))
        if texts:
            spool = folder / f"{source.path.name}.texts"
            ends = _poured_together(archive, [entry for _, entry in chosen], spool, meter, raw.tell)
            yield from _rows_of_texts(source, texts, spool, ends, log)
            return
        for number, (name, entry) in enumerate(chosen):
            target = folder / f"{source.path.name}.{number}"
            with archive.open(entry) as file:
                _pour(file, target, meter, raw.tell)
            _refuse_nested(source, target, name)
            yield Unpacked(Source(target, f"{source.name}/{name}"), name)


def _poured_together(
    archive: zipfile.ZipFile,
    entries: Sequence[zipfile.ZipInfo],
    spool: Path,
    meter: _Meter,
    position: Callable[[], int],
) -> list[int]:
    """Write the texts one after the other; where each of them ends."""
    ends = []
    with spool.open("wb") as out:
        for entry in entries:
            with archive.open(entry) as file:
                _pour_into(file, out, meter, position)
            ends.append(out.tell())
    return ends


def _rows_of_texts(
    source: Source, texts: Sequence[LabelledText], spool: Path, ends: Sequence[int], log: ProblemLog
) -> Iterator[Unpacked]:
    with spool.open("rb") as file:

        def read(number: int) -> bytes:
            begin = ends[number - 1] if number else 0
            file.seek(begin)
            return file.read(ends[number] - begin)

        for split, path in rows_write(source, texts, read, spool.parent, log):
            member = "*/*.txt" if split == "auto" else f"{split}/*/*.txt"
            yield Unpacked(Source(path, f"{source.name}/{member}"), member)
    spool.unlink()


def _refuse_many(source: Source, limits: UnpackLimits) -> None:
    """Look at the end of an archive before its table is read: a million entries would not fit into memory (APPNOTE 4.3.14 to 4.3.16)."""
    with source.path.open("rb") as file:
        start = max(0, file.seek(0, io.SEEK_END) - _TAIL_BYTES)
        file.seek(start)
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise _refused("data:archive_damaged", source, reason=ARCHIVE_NO_TABLE)
    count, size_bytes = struct.unpack_from("<HL", tail, at + 10)
    zip64 = tail.rfind(b"PK\x06\x06", 0, at)
    if zip64 >= 0 and len(tail) >= zip64 + 56:
        count, size_bytes = struct.unpack_from("<QQ", tail, zip64 + 32)
    if count > limits.max_texts or size_bytes > limits.max_texts * _BYTES_PER_ENTRY:
        raise _too_many(source, limits)


def _too_many(source: Source, limits: UnpackLimits) -> UnreadableError:
    return _refused("data:archive_entries", source, limit=limits.max_entries)


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry. One that does not say that it is UTF-8 may be so all the same, or be GBK, as Chinese Windows writes it."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with contextlib.suppress(UnicodeEncodeError):
            raw = name.encode("cp437")
            for encoding in ("utf-8", "gb18030"):
                with contextlib.suppress(UnicodeDecodeError):
                    return raw.decode(encoding).replace("\\", "/")
    return name.replace("\\", "/")


def _refuse_entry(source: Source, entry: zipfile.ZipInfo, name: str) -> None:
    """Entries that only an attack, or a password, would make."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    told = shown(name)
    if name.startswith("/") or name[1:2] == ":":
        raise _refused("data:archive_absolute", source, member=told)
    if ".." in name.split("/"):
        raise _refused("data:archive_slip", source, member=told)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise _refused("data:archive_link", source, member=told)
    if entry.flag_bits & 0x41:
        raise _refused("data:archive_encrypted", source, member=told)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _refused("data:archive_method", source, member=told)


def _chosen(
    source: Source, entries: Sequence[tuple[str, zipfile.ZipInfo]], log: ProblemLog
) -> list[tuple[str, zipfile.ZipInfo]]:
    """The entries that are data. What is left out and may have been meant is told."""
    files = [(name, entry) for name, entry in entries if not _is_clutter(name, entry)]
    for name, _ in files:
        if PurePosixPath(name.lower()).suffix in _NESTED:
            raise _refused("data:archive_nested", source, member=shown(name))
    data = [(name, entry) for name, entry in files if _is_data(name)] or files
    if not data:
        raise _refused("data:archive_empty", source)
    kept = {name for name, _ in data}
    for name, _ in files:
        if name not in kept:
            params = {"member": shown(name)}
            log.add(Problem("data:member_ignored", "warning", file=source.name, params=params))
    return [(name[-_MAX_NAME:], entry) for name, entry in data]


def _is_clutter(name: str, entry: zipfile.ZipInfo) -> bool:
    parts = name.split("/")
    is_hidden = any(part.startswith(".") for part in parts) or parts[0] == "__MACOSX"
    return entry.is_dir() or is_hidden or parts[-1].lower() in {"thumbs.db", "desktop.ini"}


def _is_data(name: str) -> bool:
    last = PurePosixPath(name.lower())
    return last.suffix in _DATA and not last.name.startswith(_ABOUT)


def member_split(member: str) -> str:
    """The split that a member's name speaks of; `auto` when it speaks of none."""
    words = set(_words(member))
    for split, names in _SPLIT_NAMES.items():
        if words & names:
            return split
    return "auto"


def names_divided(split: str, names: Sequence[str]) -> list[str]:
    """Splits by the names of members, or of sheets, unless the file as a whole was given one. Something must be left to train on."""
    if split != "auto":
        return [split] * len(names)
    found = [member_split(name) for name in names]
    return found if {"auto", "train"} & set(found) else ["auto"] * len(names)


_SPLIT_NAMES = {
    "validation": frozenset({"validation", "valid", "val", "dev"}),
    "test": frozenset({"test", "eval", "holdout"}),
    "train": frozenset({"train", "training"}),
}


def _words(name: str) -> list[str]:
    """Words of the last part of a name that has such a word, else of its folders: `test/train.csv` is for training."""
    for part in reversed(name.lower().split("/")):
        words = "".join(one if one.isalpha() and one.isascii() else " " for one in part).split()
        if any(word in names for word in words for names in _SPLIT_NAMES.values()):
            return words
    return []
