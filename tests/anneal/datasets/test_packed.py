"""Compressed files and archives: what is inside is read; what only an attack or a mistake would hold is refused by name."""

from __future__ import annotations

import bz2
import gzip
import io
import struct
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pytest

from anneal.datasets.files.packed import UnpackLimits, member_split
from tests.anneal.datasets.look import LIMITS, look
from tests.anneal.datasets.steps import csv_of, good_rows

GOOD = csv_of(good_rows(40))


def _zstd(content: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content)
    return out.getvalue().to_pybytes()


def zip_of(*entries: tuple[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Entries as an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def _zip(content: bytes) -> bytes:
    return zip_of(("data/train.csv", content))


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "two gzip streams": lambda content: gzip.compress(content[:500]) + gzip.compress(content[500:]),
    "zstd": _zstd,
    "bzip2": bz2.compress,
    "zip": _zip,
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_packed_file_is_read_like_the_plain_one(packing):
    plain = look(GOOD).only
    packed = look(PACKINGS[packing](GOOD), "a.csv.packed")
    assert not packed.log.num_problems
    assert packed.rows == plain.rows
    assert packed.only.lines == plain.lines


@pytest.mark.parametrize(("name", "format_"), [("a.tsv.gz", "tsv"), ("a.jsonl.gz", "jsonl"), ("A.CSV.GZ", "csv")])
def test_name_below_the_compression_counts(name, format_):
    content = {"tsv": b"text\tlabel\na, b\tx\n", "jsonl": b'{"text": "a", "label": "b"}\n', "csv": GOOD}[format_]
    assert look(gzip.compress(content), name).reading.format == format_


def test_every_member_is_a_file_and_clutter_is_none():
    found = look(
        zip_of(
            ("data/", b""),
            ("data/train.csv", GOOD),
            ("data/dev.jsonl", b'{"text": "a", "label": "b"}\n'),
            ("__MACOSX/data/._train.csv", b"\0\1"),
            ("data/.DS_Store", b"\0\1"),
            ("README.md", b"about"),
        ),
        "a.zip",
    )
    assert [file.name for file in found.files] == ["data/train.csv", "data/dev.jsonl"]
    assert [len(file.rows) for file in found.files] == [40, 1]
    assert found.codes() == []
    assert [problem.params for problem in found.log.kept] == [{"member": "README.md"}], "left out with a word"


def test_names_in_gbk_are_read_as_windows_wrote_them():
    entry = zipfile.ZipInfo("x" * len("训练.csv".encode("gb18030")))
    content = zip_of((entry, GOOD)).replace(entry.filename.encode(), "训练.csv".encode("gb18030"))
    assert [file.name for file in look(content, "a.zip").files] == ["训练.csv"]


@pytest.mark.parametrize(
    ("member", "split"),
    [
        ("train.csv", "train"),
        ("data/valid.csv", "validation"),
        ("my-validation-set.jsonl", "validation"),
        ("dev/part-1.csv", "validation"),
        ("TEST.CSV", "test"),
        ("test/train.csv", "train"),
        ("latest.csv", "auto"),
        ("contest.csv", "auto"),
    ],
)
def test_split_is_guessed_from_the_name_of_a_member(member, split):
    assert member_split(member) == split


def _link() -> bytes:
    entry = zipfile.ZipInfo("train.csv")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return zip_of((entry, b"/etc/passwd"))


def _encrypted() -> bytes:
    content = bytearray(zip_of(("train.csv", GOOD)))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(signature) + offset] |= 1
    return bytes(content)


def _lying() -> bytes:
    """Says that it is small and is not."""
    content = bytearray(zip_of(("train.csv", bytes(20_000_000))))
    at = content.find(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<L", 100)
    return bytes(content)


def _claims(count: int) -> bytes:
    """An archive whose last record says how many entries there are."""
    content = bytearray(zip_of(("train.csv", GOOD)))
    at = content.rfind(b"PK\x05\x06")
    content[at + 8 : at + 12] = struct.pack("<HH", count, count)
    return bytes(content)


REFUSED: dict[str, tuple[bytes, str]] = {
    "many zeros": (gzip.compress(bytes(20_000_000)), "data:archive_bomb"),
    "many zeros in bzip2": (bz2.compress(bytes(20_000_000)), "data:archive_bomb"),
    "many zeros in zstd": (_zstd(bytes(20_000_000)), "data:archive_bomb"),
    "many zeros in zip": (zip_of(("train.csv", bytes(20_000_000))), "data:archive_bomb"),
    "many zeros in parts": (zip_of(*((f"{i}.csv", bytes(2_000_000)) for i in range(10))), "data:archive_bomb"),
    "zip in zip": (zip_of(("inner.zip", zip_of(("a.csv", GOOD)))), "data:archive_nested"),
    "zip in zip by another name": (zip_of(("train.csv", zip_of(("a.csv", GOOD)))), "data:archive_nested"),
    "gzip in zip": (zip_of(("train.csv.gz", gzip.compress(GOOD))), "data:archive_nested"),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD)), "data:archive_nested"),
    "tar in gzip": (gzip.compress(bytes(257) + b"ustar" + bytes(400)), "data:archive_nested"),
    "zip slip": (zip_of(("../../evil.csv", GOOD)), "data:archive_slip"),
    "zip slip of Windows": (zip_of(("..\\evil.csv", GOOD)), "data:archive_slip"),
    "absolute path": (zip_of(("/etc/evil.csv", GOOD)), "data:archive_absolute"),
    "drive": (zip_of(("C:\\evil.csv", GOOD)), "data:archive_absolute"),
    "link": (_link(), "data:archive_link"),
    "password": (_encrypted(), "data:archive_encrypted"),
    "unusual method": (zip_of(("train.csv", GOOD), compression=zipfile.ZIP_LZMA), "data:archive_method"),
    "more entries than allowed": (zip_of(*((f"{i}.csv", b"") for i in range(1001))), "data:archive_entries"),
    "a claim of many entries": (_claims(60_000), "data:archive_entries"),
    "nothing": (zip_of(), "data:archive_empty"),
    "only clutter": (zip_of((".hidden", b"x"), ("__MACOSX/a.csv", GOOD)), "data:archive_empty"),
    "cut gzip": (gzip.compress(GOOD)[:-20], "data:archive_damaged"),
    "cut bzip2": (bz2.compress(GOOD)[:-20], "data:archive_damaged"),
    "cut zstd": (_zstd(GOOD)[:-20], "data:archive_damaged"),
    "cut zip": (_zip(GOOD)[:-40], "data:archive_damaged"),
    "lying zip": (_lying(), "data:archive_damaged"),
    "no zip": (b"PK\x03\x04" + b"x" * 500, "data:archive_damaged"),
    "no bzip2": (b"BZh91AY&SY" + b"x" * 500, "data:archive_damaged"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + bytes(100), "data:archive"),
    "xz": (b"\xfd7zXZ\x00" + bytes(100), "data:archive"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_archive_is_refused_by_name(case):
    content, code = REFUSED[case]
    found = look(content, "a.zip")
    assert found.codes() == [code]
    assert not any(file.rows for file in found.files)
    assert all(problem.file == "a.zip" for problem in found.log.kept)


def test_limit_on_bytes_holds_while_unpacking():
    content = gzip.compress(GOOD)
    assert look(content, "a.csv.gz", limits=UnpackLimits(max_bytes=len(GOOD))).codes() == []
    assert look(content, "a.csv.gz", limits=UnpackLimits(max_bytes=len(GOOD) - 1)).codes() == ["data:archive_too_large"]


def test_small_file_may_shrink_a_lot():
    content = csv_of([("the same text again and again", label) for label in ("a", "b") * 50_000])
    assert len(gzip.compress(content)) * LIMITS.max_ratio < len(content) < LIMITS.ratio_from_bytes
    assert look(gzip.compress(content), "a.csv.gz").codes() == []
