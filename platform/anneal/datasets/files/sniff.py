"""What a file really is: its kind, encoding, delimiter and line ends, judged by content first and name second."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import Reading, Source

HEAD_BYTES = 256 * 1024
_PIECE_BYTES = 2**20
_EVIDENCE_BYTES = 512 * 1024
_DELIMITERS = ",\t;|"
_ROWS_COMPARED = 200

# First bytes of what people upload by mistake, and what to tell them.
_FOREIGN = (
    (b"PK\x03\x04", "data:archive"),
    (b"PK\x05\x06", "data:archive"),
    (b"\x1f\x8b", "data:archive"),
    (b"BZh", "data:archive"),
    (b"\xfd7zXZ\x00", "data:archive"),
    (b"7z\xbc\xaf\x27\x1c", "data:archive"),
    (b"Rar!", "data:archive"),
    (b"\x28\xb5\x2f\xfd", "data:archive"),
    (b"\xd0\xcf\x11\xe0", "data:spreadsheet"),
    (b"%PDF", "data:binary"),
    (b"MZ", "data:binary"),
    (b"\x7fELF", "data:binary"),
    (b"\x89PNG", "data:binary"),
    (b"\xff\xd8\xff", "data:binary"),
    (b"GIF8", "data:binary"),
    (b"SQLite format 3", "data:binary"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CP1252_HOLES = frozenset(b"\x81\x8d\x8f\x90\x9d")
_TEXT_CONTROLS = frozenset(b"\t\n\r\x0b\x0c\x1b\x08\x07\x1a\x00")


@dataclass(frozen=True)
class Bytes:
    """What one pass over the bytes of a file told."""

    sha256: str
    size_bytes: int
    bad_utf8_offset: int | None
    bad_utf8_line: int | None
    evidence: bytes
    """Lines with non-ASCII bytes, for judging the encoding when it is not UTF-8."""


def bytes_scan(path: Path, tick: Callable[[int], None], *, most: int | None = None) -> Bytes:
    """Digest a file, or the first bytes of it, and see whether all of it is UTF-8. Constant memory."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = line = 0
    pending = 0
    bad: tuple[int, int] | None = None
    evidence = bytearray()
    with path.open("rb") as file:
        while most is None or offset < most:
            piece = file.read(_PIECE_BYTES)
            digest.update(piece)
            is_ascii = piece.isascii()
            if bad is None and not (is_ascii and piece and not pending):
                try:
                    decoder.decode(piece, final=not piece)
                    pending = len(decoder.getstate()[0])
                except UnicodeDecodeError as error:
                    at = offset - pending + error.start
                    bad = (at, line + piece[: max(0, at - offset)].count(b"\n") + 1)
            if not piece:
                break
            if len(evidence) < _EVIDENCE_BYTES and not is_ascii:
                lines = (one for one in piece.replace(b"\r", b"\n").split(b"\n") if not one.isascii())
                evidence += b"\n".join(lines)[: _EVIDENCE_BYTES - len(evidence)] + b"\n"
            offset += len(piece)
            line += piece.count(b"\n")
            tick(offset)
    return Bytes(digest.hexdigest(), offset, bad[0] if bad else None, bad[1] if bad else None, bytes(evidence))


def reading_detect(source: Source, scan: Bytes, log: ProblemLog, *, min_columns: int = 2) -> Reading:
    """How to read the file. Raises UnreadableError, with what to do, for anything that is not a table of text.

    `min_columns` is how many the task needs: a file of plain texts has one.
    """
    if scan.size_bytes == 0:
        raise _unreadable("data:empty_file", source)
    with source.path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head[:4] == b"PAR1":
            return Reading(format="parquet")
    _refuse_foreign(source, head)
    encoding = _encoding(source, head, scan, log)
    text = head.decode(encoding, "replace")
    if not text.strip("\ufeff \t\r\n"):
        raise _unreadable("data:no_rows", source)
    if text.lstrip("\ufeff \t\r\n")[:15].lower().startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise _unreadable("data:markup", source)
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    if _is_json_lines(source, text):
        return Reading(format="jsonl", encoding=encoding, newline=newline)
    delimiter = _delimiter(source, text, min_columns)
    return Reading(format="tsv" if delimiter == "\t" else "csv", encoding=encoding, delimiter=delimiter, newline="")


def _unreadable(code: str, source: Source, **params: object) -> UnreadableError:
    return UnreadableError(Problem(code, file=source.name, params=params))


def _refuse_foreign(source: Source, head: bytes) -> None:
    for magic, code in _FOREIGN:
        if head.startswith(magic):
            is_office = magic.startswith(b"PK") and (b"[Content_Types].xml" in head[:4096] or b"xl/" in head)
            raise _unreadable("data:spreadsheet" if is_office else code, source)
    if head.startswith(tuple(bom for bom, name in _BOMS if name)) or _bare_utf16(head):
        return
    odd = sum(count for byte, count in Counter(head).items() if byte < 0x20 and byte not in _TEXT_CONTROLS)  # noqa: PLR2004 - ASCII's controls
    if odd > len(head) // 50 or head.count(0) > len(head) // 20:
        raise _unreadable("data:binary", source)


def _bare_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of Western text is zero."""
    sample = head[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _encoding(source: Source, head: bytes, scan: Bytes, log: ProblemLog) -> str:
    for bom, name in _BOMS:
        if head.startswith(bom) and not (bom == codecs.BOM_UTF32_LE and scan.size_bytes % 4):
            if not name:
                raise _unreadable("data:encoding_unknown", source, offset=0, line=1)
            return name
    bare = _bare_utf16(head)
    if bare:
        log.add(Problem("data:encoding_guessed", "warning", file=source.name, params={"encoding": bare.upper()}))
        return bare
    if scan.bad_utf8_offset is None:
        return "utf-8"
    guessed = _guess_encoding(scan.evidence)
    if guessed is None:
        raise _unreadable("data:encoding_unknown", source, offset=scan.bad_utf8_offset, line=scan.bad_utf8_line)
    if guessed != "utf-8":
        log.add(Problem("data:encoding_guessed", "warning", file=source.name, params={"encoding": guessed.upper()}))
    return guessed


def _guess_encoding(evidence: bytes) -> str | None:
    """Mostly UTF-8 with some bad lines, GB18030, or Windows-1252; None when nothing fits."""
    lines = evidence.split(b"\n")[:-1] or [evidence]
    good = sum(_decodes(line, "utf-8") for line in lines)
    if good * 2 >= len(lines):
        return "utf-8"
    high = [byte for byte in evidence if byte >= 0x80]  # noqa: PLR2004 - beyond ASCII
    han = _han_bytes(evidence)
    decodable = sum(_decodes(line, "gb18030") for line in lines)
    if han * 2 >= len(high) and decodable * 10 >= len(lines) * 9:
        return "gb18030"
    if not _CP1252_HOLES.intersection(high) and b"\0" not in evidence:
        return "cp1252"
    return "gb18030" if decodable == len(lines) else None


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _han_bytes(evidence: bytes) -> int:
    """How many bytes belong to pairs of the common Chinese characters and punctuation of GB 2312."""
    count = position = 0
    while position < len(evidence) - 1:
        lead, trail = evidence[position], evidence[position + 1]
        if (0xB0 <= lead <= 0xF7 or 0xA1 <= lead <= 0xA3) and 0xA1 <= trail <= 0xFE:  # noqa: PLR2004 - GB 2312's rows and cells
            count += 2
            position += 2
        else:
            position += 1
    return count


def _is_json_lines(source: Source, text: str) -> bool:
    start = text.lstrip("\ufeff \t\r\n")
    suffix = PurePosixPath(source.name.lower()).suffix
    if start.startswith("["):
        try:
            begins_array = isinstance(json.JSONDecoder().raw_decode(start.splitlines()[0])[0], list)
        except ValueError:
            begins_array = start.startswith(("[\n", "[\r", "[{", "[ "))
        if suffix == ".json" or (
            begins_array and suffix not in {".jsonl", ".ndjson"} and start.startswith(("[{", "[\n", "[\r"))
        ):
            raise _unreadable("data:json_array", source)
    if suffix in {".jsonl", ".ndjson"}:
        return True
    if not start.startswith("{"):
        return False
    first = start.split("\n", 1)[0].strip()
    if suffix == ".json" and first in {"{", ""}:
        raise _unreadable("data:json_array", source)
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return suffix == ".json"


def _delimiter(source: Source, text: str, min_columns: int) -> str:
    """The separator that divides the head most evenly. Raises UnreadableError when none makes as many columns as are needed."""
    best, best_score = "", 0.0
    suffix = PurePosixPath(source.name.lower()).suffix
    for delimiter in _DELIMITERS:
        counts = _column_counts(text, delimiter)
        if not counts or counts[0] < 2:  # noqa: PLR2004 - it divides nothing
            continue
        evenness = counts.count(counts[0]) / len(counts)
        expected = delimiter == {".tsv": "\t", ".csv": ","}.get(suffix)
        score = evenness + 0.05 * expected + 0.01 * min(counts[0], 5)
        if score > best_score:
            best, best_score = delimiter, score
    if not best and min_columns > 1:
        raise _unreadable("data:one_column", source)
    return best or ","


def _column_counts(text: str, delimiter: str) -> list[int]:
    counts: list[int] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                counts.append(len(row))
            if len(counts) >= _ROWS_COMPARED:
                break
    except csv.Error:
        return counts
    if len(text) >= HEAD_BYTES // 4 and len(counts) > 1:
        counts.pop()  # The head may end in the middle of a row.
    return counts
