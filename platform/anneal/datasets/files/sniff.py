"""What a file really is: its kind, encoding, delimiter and line ends, judged by content first and name second."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from anneal.datasets.files.choices import AS_FOUND, Choices
from anneal.datasets.files.conll import is_conll
from anneal.datasets.files.documents import json_format
from anneal.datasets.files.encoding import BOMS, bare_utf16, codec_chosen, encoding_guess
from anneal.datasets.files.packed import packing_of, plain_suffix
from anneal.datasets.files.plain import layout_of
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError
from anneal.datasets.files.quotes import quoting_of
from anneal.datasets.files.reading import Format, Reading, Source
from workers.contract.tagged import conll_delimiter

HEAD_BYTES = 256 * 1024
_PIECE_BYTES = 2**20
_EVIDENCE_BYTES = 512 * 1024
_LAST_ASCII = 0x7F
_DELIMITERS = ",\t;|"
_DELIMITER_OF = {".tsv": "\t", ".csv": ","}
# Lines of tokens and tags have such a mark here and there, not once in each.
_TABLE_DELIMITERS = ",;|"
_ROWS_COMPARED = 200
_LONE_RETURN = re.compile(r"\r(?!\n)(?!$)")

# First bytes of what people upload by mistake, and what to tell them.
_FOREIGN = (
    (b"\xfd7zXZ\x00", "data:archive"),
    (b"7z\xbc\xaf\x27\x1c", "data:archive"),
    (b"Rar!", "data:archive"),
    (b"%PDF", "data:binary"),
    (b"MZ", "data:binary"),
    (b"\x7fELF", "data:binary"),
    (b"\x89PNG", "data:binary"),
    (b"\xff\xd8\xff", "data:binary"),
    (b"GIF8", "data:binary"),
    (b"SQLite format 3", "data:binary"),
)
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
    offset = pending = 0
    bad: int | None = None
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
                    bad = offset - pending + error.start
            if not piece:
                break
            if len(evidence) < _EVIDENCE_BYTES and not is_ascii:
                evidence += _odd_lines(piece, _EVIDENCE_BYTES - len(evidence)) + b"\n"
            offset += len(piece)
            tick(offset)
    return Bytes(digest.hexdigest(), offset, bad, None if bad is None else _line_of(path, bad), bytes(evidence))


def _line_of(path: Path, offset: int) -> int:
    """On which line a byte of a file stands, from 1."""
    line, left = 1, offset
    with path.open("rb") as file:
        while left > 0 and (piece := file.read(min(_PIECE_BYTES, left))):
            line += piece.count(b"\n")
            left -= len(piece)
    return line


def _odd_lines(piece: bytes, most: int) -> bytes:
    """The lines with a byte that is not ASCII, in at most so many bytes."""
    lines = piece.replace(b"\r", b"\n")
    places = np.flatnonzero(np.frombuffer(lines, np.uint8) > _LAST_ASCII)
    found: list[bytes] = []
    number = size = end = 0
    while number < len(places) and size <= most:
        at = int(places[number])
        begin = lines.rfind(b"\n", end, at) + 1
        end = lines.find(b"\n", at)
        end = len(lines) if end < 0 else end
        found.append(lines[begin:end])
        size += len(found[-1]) + 1
        number = int(np.searchsorted(places, end))
    return b"\n".join(found)[:most]


def reading_detect(
    source: Source, scan: Bytes, log: ProblemLog, *, min_columns: int = 2, choices: Choices = AS_FOUND
) -> Reading:
    """How to read the file. Raises UnreadableError, with what to do, for anything that holds no examples.

    `min_columns` is how many the task needs: a file of plain texts has one. `choices` goes before what is found.
    """
    if scan.size_bytes == 0:
        raise _unreadable("data:empty_file", source)
    with source.path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[:4] == b"PAR1":
        return Reading(format="parquet")
    if sheet := _sheet_format(source, head):
        return Reading(format=sheet)
    is_utf8 = scan.bad_utf8_offset is None
    if choices.encoding is None:
        _refuse_foreign(source, head, is_utf8=is_utf8)
    encoding = codec_chosen(choices.codec, head) or _encoding(source, head, scan, log)
    text = head.decode(encoding, "replace")
    if not text.strip("\ufeff \t\r\n"):
        raise _unreadable("data:no_rows", source)
    if text.lstrip("\ufeff \t\r\n")[:15].lower().startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise _unreadable("data:markup", source)
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    if newline == "\n" and _LONE_RETURN.search(text):
        log.add(Problem("data:mixed_newlines", "warning", file=source.name))
    found = _table_of_text(
        source, text, Reading(format="csv", encoding=encoding, newline=newline), min_columns, choices
    )
    if found.format not in {"csv", "tsv"}:
        return found
    is_whole = len(head) < HEAD_BYTES
    quoting = choices.quoting or quoting_of(source, text, found.delimiter or ",", log, is_whole=is_whole)
    return replace(found, quoting=quoting)


def _table_of_text(source: Source, text: str, found: Reading, min_columns: int, choices: Choices) -> Reading:
    """What kind of text it is."""
    has_header = choices.has_header is not False
    if choices.delimiter is not None and choices.tag_column is None:
        return _delimited(found, choices.delimiter, has_header=has_header)
    if document := json_format(source, text):
        return replace(found, format=document)
    is_table = any(_delimiter_even(text, delimiter) == 1 for delimiter in _TABLE_DELIMITERS)
    if choices.tag_column is not None or (is_conll(text) and not is_table):
        return replace(found, format="conll", tag_column=choices.tag_column, delimiter=conll_delimiter(text))
    is_plain = min_columns == 1 and plain_suffix(source.name) in {"", ".txt", ".text", ".md"}
    if choices.layout is not None or (is_plain and _delimiter_even(text, "\t") < 1):
        return replace(found, format="text", columns=("text",), layout=choices.layout or layout_of(text))
    return _delimited(found, _delimiter(source, text, min_columns), has_header=has_header)


def _delimited(found: Reading, delimiter: str, *, has_header: bool) -> Reading:
    kind: Format = "tsv" if delimiter == "\t" else "csv"
    return replace(found, format=kind, delimiter=delimiter, newline="", has_header=has_header)


def _unreadable(code: str, source: Source, **params: object) -> UnreadableError:
    return UnreadableError(Problem(code, file=source.name, params=params))


def _sheet_format(source: Source, head: bytes) -> Format | None:
    """The kind of spreadsheet; what is inside decides whether it can be read."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if not head.startswith(b"PK"):
        return None
    if b"mimetypeapplication/vnd.oasis.opendocument" in head[:200]:
        return "ods"
    if packing_of(source.path) is not None:
        raise _unreadable("data:archive", source)
    return "xlsx" if head.startswith(b"PK\x03\x04") else None


def _refuse_foreign(source: Source, head: bytes, *, is_utf8: bool) -> None:
    for magic, code in _FOREIGN:
        if head.startswith(magic):
            raise _unreadable(code, source)
    if head.startswith(tuple(bom for bom, name in BOMS if name)) or bare_utf16(head, is_utf8=is_utf8):
        return
    odd = sum(count for byte, count in Counter(head).items() if byte < 0x20 and byte not in _TEXT_CONTROLS)  # noqa: PLR2004 - ASCII's controls
    if odd > len(head) // 50 or head.count(0) > len(head) // 20:
        raise _unreadable("data:binary", source)


def _encoding(source: Source, head: bytes, scan: Bytes, log: ProblemLog) -> str:
    for bom, name in BOMS:
        if head.startswith(bom) and not (bom == codecs.BOM_UTF32_LE and scan.size_bytes % 4):
            if not name:
                raise _unreadable("data:encoding_unknown", source, offset=0, line=1)
            return name
    bare = bare_utf16(head, is_utf8=scan.bad_utf8_offset is None)
    if bare:
        log.add(Problem("data:encoding_guessed", "warning", file=source.name, params={"encoding": bare.upper()}))
        return bare
    if scan.bad_utf8_offset is None:
        return "utf-8"
    guessed = encoding_guess(scan.evidence)
    if guessed is None:
        raise _unreadable("data:encoding_unknown", source, offset=scan.bad_utf8_offset, line=scan.bad_utf8_line)
    if guessed != "utf-8":
        log.add(Problem("data:encoding_guessed", "warning", file=source.name, params={"encoding": guessed.upper()}))
    return guessed


def _delimiter(source: Source, text: str, min_columns: int) -> str:
    """The separator that divides the head most evenly. Raises UnreadableError when none makes as many columns as are needed."""
    best, best_score = "", 0.0
    suffix = plain_suffix(source.name)
    for delimiter in _DELIMITERS:
        counts = _column_counts(text, delimiter)
        if delimiter == "\t" and '"' in text:  # Where tabs separate, quotes often enclose nothing.
            counts = max(counts, _column_counts(text, delimiter, csv.QUOTE_NONE), key=_evenness)
        if not counts or counts[0] < 2:  # noqa: PLR2004 - it divides nothing
            continue
        evenness = _evenness(counts)
        expected = delimiter == _DELIMITER_OF.get(suffix)
        score = evenness + 0.05 * expected + 0.01 * min(counts[0], 5)
        if score > best_score:
            best, best_score = delimiter, score
    if not best and min_columns > 1:
        raise _unreadable("data:one_column", source)
    return best or _DELIMITER_OF.get(suffix, ",")


def _delimiter_even(text: str, delimiter: str) -> float:
    """Which part of the rows a delimiter divides into as many columns as the first; 0 when it divides nothing."""
    counts = _column_counts(text, delimiter)
    return counts.count(counts[0]) / len(counts) if len(counts) > 2 and counts[0] > 1 else 0.0  # noqa: PLR2004 - few rows prove nothing


def _evenness(counts: list[int]) -> float:
    return counts.count(counts[0]) / len(counts) if counts else 0.0


def _column_counts(text: str, delimiter: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> list[int]:
    counts: list[int] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting):
            if row:
                counts.append(len(row))
            if len(counts) >= _ROWS_COMPARED:
                break
    except csv.Error:
        return counts
    if len(text) >= HEAD_BYTES // 4 and len(counts) > 1:
        counts.pop()  # The head may end in the middle of a row.
    return counts
