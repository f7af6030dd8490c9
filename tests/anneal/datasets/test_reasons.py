"""Why a file cannot be read is a closed list of codes, said in the reader's language."""

from __future__ import annotations

import bz2
import gzip
import re

import pytest
from django.utils import translation

from anneal.common.texts import texts_registered
from anneal.datasets.errors import problem_text
from anneal.datasets.files.reasons import ARCHIVE_REASONS, JSON_REASONS, REASONS
from tests.anneal.datasets.look import look
from tests.anneal.datasets.steps import csv_of, good_rows
from tests.anneal.datasets.test_packed import zip_of

GOOD = csv_of(good_rows(40))
LINE = '{"text": "a", "label": "b"}'
# Python says the first two from 3.13 on, and the last one never so far.
NOT_SAID_YET = {"json_trailing_comma", "json_trailing_comma_of_list", "json_no_value"}

BAD_LINES = {
    "json_value": '{"text": ',
    "json_name": "{text: 1}",
    "json_colon": '{"text" "a"}',
    "json_comma": '{"text": "a" "label": "b"}',
    "json_extra": LINE * 2,
    "json_unterminated": '{"text": "a',
    "json_control_character": '{"text": "a\tb"}',
    "json_escape": '{"text": "\\q"}',
    "json_unicode_escape": '{"text": "\\u12"}',
    "json_too_deep_or_large": '{"text": ' + "1" * 5000 + "}",
}
BAD_DOCUMENTS = {
    "json_too_deep": "[" + LINE + ", " + "[" * 100_000,
    "json_expecting": '{"version": 1, "data" [' + LINE + "]}",
    "json_expecting_either": "[" + LINE + ' "a"]',
    "json_key_no_text": '{"data": [' + LINE + "], 7: 1}",
    "json_comma_at_end": "[" + LINE + ",]",
    "json_follows": "[" + LINE + "] []",
    "json_value": "[" + LINE + ", nothing]",
}
BAD_ARCHIVES = {
    "archive_no_table": (b"PK\x03\x04" + b"x" * 500, "no table of contents"),
    "archive_cut": (gzip.compress(GOOD)[:-20], "Compressed file ended before the end-of-stream marker was reached"),
    "archive_sum": (gzip.compress(GOOD)[:-4] + b"xxxx", "Incorrect length of data produced"),
    "archive_not_packed": (gzip.compress(GOOD) + b"xx" * 9, "Not a gzipped file (b'xx')"),
    "archive_table": (zip_of(("a.csv", GOOD)).replace(b"PK\x01\x02", b"PK\x01\x03"), "Bad magic number for central directory"),
    "archive_damaged": (b"BZh91AY&SY" + b"x" * 500, "Invalid data stream"),
}  # fmt: skip


def _is_sentence(words: str) -> bool:
    return re.search(r"[A-Za-z]+ [A-Za-z]+ [A-Za-z]+", words.replace("CSV, TSV, JSONL, JSON", "")) is not None


def _words(code: str, params: dict[str, object], language: str) -> str:
    with translation.override(language):
        return problem_text(code, params)


def test_every_reason_is_tried_here_and_has_words() -> None:
    assert {*BAD_LINES, *BAD_DOCUMENTS, *NOT_SAID_YET} == set(JSON_REASONS.values())
    assert set(BAD_ARCHIVES) == ARCHIVE_REASONS
    assert {code for code in texts_registered() if code.startswith("why.")} == {f"why.{code}" for code in REASONS} | {
        "why.other"
    }
    for code in REASONS:
        english, chinese = texts_registered()[f"why.{code}"]
        assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", chinese)), code
        assert not re.search(r"[A-Za-z]{2}", re.sub(r"{\w+}", "", chinese)), code


@pytest.mark.parametrize("reason", BAD_LINES)
def test_bad_line_says_why_in_the_language_of_the_reader(reason: str) -> None:
    found = look("\n".join([LINE, BAD_LINES[reason], LINE]).encode(), "a.jsonl")
    (problem,) = found.log.kept
    assert (problem.code, problem.params["reason"]) == ("data:bad_json", reason)
    assert not _is_sentence(_words(problem.code, problem.params, "zh-hans"))
    english = next(words for words, code in JSON_REASONS.items() if code == reason)
    assert f"({english}, at character" in _words(problem.code, problem.params, "en")


@pytest.mark.parametrize("reason", BAD_DOCUMENTS)
def test_broken_document_says_why_in_the_language_of_the_reader(reason: str) -> None:
    found = look(BAD_DOCUMENTS[reason].encode(), "a.json")
    problem = found.log.kept[-1]
    assert (problem.code, problem.params["reason"]) == ("data:broken_document", reason)
    assert not _is_sentence(_words(problem.code, problem.params, "zh-hans"))
    assert "{" not in _words(problem.code, problem.params, "en")


@pytest.mark.parametrize("reason", BAD_ARCHIVES)
def test_damaged_archive_says_why_in_the_language_of_the_reader(reason: str) -> None:
    content, said = BAD_ARCHIVES[reason]
    (problem,) = look(content, "a.zip").log.kept
    assert (problem.code, problem.params["reason"]) == ("data:archive_damaged", reason)
    assert not _is_sentence(_words(problem.code, problem.params, "zh-hans"))
    assert _words(problem.code, problem.params, "en") == f"The packed file cannot be unpacked ({said}). Pack it again."


@pytest.mark.parametrize("packed", [gzip.compress(GOOD), bz2.compress(GOOD), zip_of(("a.csv", GOOD))])
def test_no_damage_is_told_a_chinese_reader_in_english(packed: bytes) -> None:
    told = set()
    for at in range(4, len(packed), 7):
        content = packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :]
        for problem in look(content, "a.csv.packed").log.kept:
            told.add(problem.code)
            assert not _is_sentence(_words(problem.code, problem.params, "zh-hans")), problem
    assert "data:archive_damaged" in told


def test_what_no_code_is_known_for_is_marked_as_a_quotation() -> None:
    """Findings of an earlier version, and what a library says of Parquet files and spreadsheets."""
    params = {"reason": "Couldn't deserialize thrift"}
    assert "（原文：Couldn't deserialize thrift）" in _words("data:damaged_parquet", params, "zh-hans")
    assert "(Couldn't deserialize thrift)" in _words("data:damaged_parquet", params, "en")
