"""The catalogue of bad inputs, one case each: a code that names the row, or a visible warning, or nothing changed at all.

`error` names the code and the row (None for the whole file); `warning` a code; neither means that the file is good as it is.
"""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import dataclass

import pytest

from tests.anneal.datasets.look import look
from tests.anneal.datasets.steps import csv_of, good_rows
from tests.anneal.datasets.test_packed import REFUSED, zip_of

GOOD = csv_of(good_rows(40))
TEXT = GOOD.decode()
CHINESE = csv_of([(f"这家店的味道很好，我们下次还会再来 {n}", "ab"[n % 2]) for n in range(40)]).decode()
TRADITIONAL = csv_of([(f"這家店的味道很好，我們下次還會再來 {n}", "ab"[n % 2]) for n in range(40)]).decode()
JAPANESE = csv_of([(f"この店の料理はとてもおいしいです {n}", "ab"[n % 2]) for n in range(40)]).decode()
FRENCH = csv_of([(f"le café était très bon {n}", "ab"[n % 2]) for n in range(40)]).decode()
LINES = [json.dumps({"text": text, "label": label}) for text, label in good_rows(40)]


@dataclass(frozen=True)
class Case:
    """Bytes, and what is to be said of them."""

    content: bytes
    error: tuple[str, int | None] | None = None
    warning: str | None = None
    name: str = "a.csv"


def _lines(*more: str) -> bytes:
    return "\n".join([*LINES, *more]).encode()


def _bad_line(line: str, code: str) -> Case:
    return Case(_lines(line), (code, 41), name="a.jsonl")


def _row(row: bytes, code: str) -> Case:
    return Case(GOOD + row, (code, 42))


FILES = {
    "0 bytes": Case(b"", ("data:empty_file", None)),
    "only header": Case(b"text,label\n", ("data:no_rows", None)),
    "only BOM": Case(b"\xef\xbb\xbf", ("data:no_rows", None)),
    "UTF-16 LE": Case(b"\xff\xfe" + CHINESE.encode("utf-16-le")),
    "UTF-16 BE": Case(b"\xfe\xff" + CHINESE.encode("utf-16-be")),
    "UTF-16 without a mark": Case(CHINESE.encode("utf-16-le"), warning="data:encoding_guessed"),
    "GB18030": Case(CHINESE.encode("gb18030"), warning="data:encoding_guessed"),
    "Big5": Case(TRADITIONAL.encode("big5"), warning="data:encoding_guessed"),
    "Shift-JIS": Case(JAPANESE.encode("shift_jis"), warning="data:encoding_guessed"),
    "mixed encodings per line": Case(CHINESE.encode() + "下次还会再来,a\r\n".encode("gb18030"), ("data:encoding", 42)),
    "Latin-1 as UTF-8": Case(FRENCH.encode("latin-1"), warning="data:encoding_guessed"),
    "invalid UTF-8 byte": Case(FRENCH.encode() + b"caf\xe9 x,a\r\n", ("data:encoding", 42)),
    "overlong UTF-8": Case(FRENCH.encode() + b"a\xc0\xafb,a\r\n", ("data:encoding", 42)),
    "NUL bytes": _row(b"hel\0lo,praise\r\n", "data:nul_byte"),
    "lone surrogate": _bad_line('{"text": "a \\ud800", "label": "praise"}', "data:encoding"),
    "lone surrogate in a document": Case(
        f'[{", ".join(LINES)}, {{"text": "a \\ud800", "label": "praise"}}]'.encode(),
        ("data:encoding", 41),
        name="a.json",
    ),
    "CR-only newlines": Case(TEXT.replace("\r\n", "\r").encode()),
    "mixed newlines": Case(TEXT.replace("\r\n", "\r", 3).encode(), warning="data:mixed_newlines"),
    "no final newline": Case(GOOD.rstrip(b"\r\n")),
    "131,073-byte field": Case(GOOD + b"x" * 131_073 + b",praise\r\n", warning="data:long_text"),
    "1 MB line": Case(GOOD + b"x" * 2**20 + b",praise\r\n", warning="data:long_text"),
    "line of more than 1 MB": _row(b"x" * (2**20 + 1) + b",praise\r\n", "data:field_too_long"),
    "unclosed quote": _row(b'"never closed,praise\r\n', "data:unclosed_quote"),
    "quote inside unquoted field": Case(GOOD + b'a 5" screen,praise\r\n'),
    "ragged rows": _row(b"one,two,three\r\n", "data:ragged_row"),
    "duplicate header names": Case(
        csv_of([(*row, "x") for row in good_rows(40)], ("text", "label", "text")), warning="data:duplicate_column"
    ),
    "empty header": Case(b",\r\n" + GOOD, ("data:header_missing", 1), "data:empty_column_name"),
    "10,001 columns": Case(",".join(f"c{n}" for n in range(10_001)).encode(), ("data:too_many_columns", 1)),
}
DOCUMENTS = {
    "NaN": _bad_line('{"text": "a", "label": NaN}', "data:nan_value"),
    "Infinity": _bad_line('{"text": "a", "label": -Infinity}', "data:nan_value"),
    "duplicate keys": _bad_line('{"text": "a", "label": "praise", "label": "x"}', "data:duplicate_key"),
    "100 k nesting": _bad_line("[" * 100_000, "data:bad_json"),
    "5,000-digit int": _bad_line('{"text": "a", "label": ' + "1" * 5000 + "}", "data:bad_json"),
    "1e400": _bad_line('{"text": "a", "label": 1e400}', "data:nan_value"),
    "trailing comma": _bad_line('{"text": "a", "label": "praise",}', "data:bad_json"),
    "concatenated objects": _bad_line(LINES[0] * 2, "data:bad_json"),
    "array instead of lines": Case(f"[{','.join(LINES)}]".encode(), name="a.jsonl"),
    "array in a line": _bad_line('["a", "praise"]', "data:not_an_object"),
    "BOM per line": Case("\n".join(f"\ufeff{line}" for line in LINES).encode(), name="a.jsonl"),
    "__proto__ and constructor": Case(
        _lines('{"text": "a", "label": "praise", "__proto__": 1, "constructor": 2}'), name="a.jsonl"
    ),
    "\\u0000": _bad_line('{"text": "a\\u0000b", "label": "praise"}', "data:nul_byte"),
    "gzip of zeros": Case(gzip.compress(bytes(30_000_000)), ("data:archive_bomb", None), name="a.csv.gz"),
    "nested zip": Case(REFUSED["zip in zip"][0], ("data:archive_nested", None), name="a.zip"),
    "zip slip": Case(REFUSED["zip slip"][0], ("data:archive_slip", None), name="a.zip"),
    "symlink in zip": Case(REFUSED["link"][0], ("data:archive_link", None), name="a.zip"),
    "zip with many entries": Case(
        zip_of(*((f"{n}", b"") for n in range(20_000)), compression=zipfile.ZIP_STORED),
        ("data:archive_entries", None),
        name="a.zip",
    ),
    "wrong extension": Case(b"MZ\x90\x00" + bytes(range(256)) * 20, ("data:binary", None)),
    "polyglot CSV/HTML": Case(b"<html>,label\n<script>,x\n", ("data:markup", None)),
}


@pytest.mark.parametrize("name", [*FILES, *DOCUMENTS])
def test_bad_input_is_told_by_code_and_row_or_taken_as_it_is(name):
    case = (FILES | DOCUMENTS)[name]
    found = look(case.content, case.name, builds=True)
    told = [(problem.code, problem.row) for problem in found.log.kept if problem.severity == "error"]
    assert told == ([case.error] if case.error else [])
    warnings = set(found.codes("warning"))
    assert warnings == ({case.warning} if case.warning else set())
    assert all(problem.file == case.name for problem in found.log.kept)
