"""Any bytes under any name: rows or a finding, and never anything else."""

from __future__ import annotations

import bz2
import gzip
import json
import zipfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anneal.datasets.files.choices import ENCODINGS, NO_DELIMITERS, Choices
from anneal.datasets.files.dialects import RowRefusedError, tokens_and_tags
from anneal.datasets.files.encoding import bare_utf16, encoding_guess
from anneal.datasets.files.reading import QUOTINGS
from tests.anneal.datasets.look import Looked, look
from tests.anneal.datasets.test_packed import zip_of
from tests.anneal.datasets.xlsx import xlsx_of
from workers.contract.tags import spans_of

_QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_TASKS = st.sampled_from(["classification", "token_classification", "causal_lm", "chat", "preference"])
_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
_SEEDS = {
    "a.json": json.dumps([{"text": "a", "label": ["b", 1.5, None, {"c": True}]}] * 3).encode(),
    "b.json": json.dumps({"n": 1, "data": [{"from": "x", "value": "y"}] * 3}).encode(),
    "a.conll": b"Anna B-PER\nlives O\n\nin O\nRome B-LOC\n" * 2,
    "a.txt": "one\ntwo\n\nthree 中文 é\n".encode(),
    "a.csv.gz": gzip.compress(b"text,label\na,b\nc,d\n"),
    "a.csv.bz2": bz2.compress(b"text,label\na,b\nc,d\n"),
    "a.zip": zip_of(("train.csv", b"text,label\na,b\n"), ("test.json", b'[{"text": "a", "label": "b"}]')),
}


def _is_accounted_for(found: Looked) -> bool:
    return bool(found.codes()) or (bool(found.files) and all(file.rows for file in found.files))


def _damaged(data: st.DataObject, content: bytes) -> bytes:
    """Some bytes of a good file changed, taken out or doubled."""
    broken = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(broken) - 1)))
        match data.draw(st.sampled_from(["set", "cut", "drop", "double"])):
            case "set" if broken:
                broken[at] = data.draw(st.integers(0, 255))
            case "cut":
                del broken[at:]
            case "drop":
                del broken[at : at + data.draw(st.integers(1, 9))]
            case "double":
                broken[at:at] = broken[at : at + data.draw(st.integers(1, 40))]
    return bytes(broken)


@pytest.mark.parametrize("name", _SEEDS)
@_QUICK
@given(st.data(), _TASKS)
def test_damaged_file_gives_rows_or_a_finding(name, data, task):
    assert _is_accounted_for(look(_damaged(data, _SEEDS[name]), name, task=task))


@_QUICK
@given(st.binary(max_size=600), st.sampled_from([*_SEEDS, "a.tsv", "a"]), _TASKS)
def test_any_bytes_give_rows_or_a_finding(content, name, task):
    assert _is_accounted_for(look(content, name, task=task))


@_QUICK
@given(st.binary(max_size=400), st.sampled_from([b"\x1f\x8b\x08", b"BZh91AY&SY", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"]))
def test_bytes_after_the_mark_of_an_archive_give_a_finding(content, mark):
    assert _is_accounted_for(look(mark + content, "a.zip"))


@_FEW
@given(st.data())
def test_damaged_spreadsheet_gives_rows_or_a_finding(data):
    content = xlsx_of({"S": [["text", "label"], *([f"text {n}", n] for n in range(5))]})
    assert _is_accounted_for(look(_damaged(data, content), "a.xlsx"))


@_QUICK
@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.builds(
        Choices,
        encoding=st.none() | st.sampled_from(ENCODINGS),
        has_header=st.none() | st.booleans(),
    )
    | st.builds(
        Choices,
        encoding=st.sampled_from(ENCODINGS),
        delimiter=st.sampled_from(",\t;| ^a") | st.characters(codec="utf-8", exclude_characters=NO_DELIMITERS),
        quoting=st.sampled_from([None, *QUOTINGS]),
    )
    | st.builds(Choices, tag_column=st.integers(2, 5))
    | st.builds(Choices, layout=st.sampled_from(["lines", "paragraphs"])),
)
def test_any_choice_for_any_bytes_gives_rows_or_a_finding(content, choices):
    assert _is_accounted_for(look(content, "a.txt", choices=choices))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=10,
)


@_QUICK
@given(
    st.lists(st.dictionaries(_TEXT.filter(lambda key: len(key) > 0), _VALUES, min_size=1, max_size=4), min_size=1),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_document_that_a_writer_writes_is_read_back(records, indent, ascii_only, encoding):
    text = json.dumps({"about": 1, "records": records}, indent=indent, ensure_ascii=ascii_only)
    found = look(text.encode(encoding), "a.json")
    own = [{key: value for key, value in row.items() if value is not None} for row in found.rows]
    expected = [{key: value for key, value in record.items() if value is not None} for record in records]
    derived = set(found.reading.derived)
    assert [{key: value for key, value in row.items() if key not in derived} for row in own] == expected


_DIALECT_KEYS = ["instruction", "input", "output", "conversations", "from", "value", "prompt", "completion", "messages"]
_MORE_KEYS = ["role", "content", "chosen", "rejected", "preferred_output", "non_preferred_output", "history", "system"]
_SPEECH = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["human", "gpt", "user", "hi", "[1]", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*_DIALECT_KEYS, *_MORE_KEYS, "text", "spans", "start", "end"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@_QUICK
@given(
    st.lists(
        st.dictionaries(st.sampled_from([*_DIALECT_KEYS, *_MORE_KEYS, "text", "spans"]), _SPEECH, min_size=1),
        min_size=1,
        max_size=6,
    ),
    _TASKS,
)
def test_near_misses_of_dialects_give_rows_or_a_finding(records, task):
    assert _is_accounted_for(look(json.dumps(records).encode(), "a.json", task=task))


@_QUICK
@given(_TEXT, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from("AB")).map(list), max_size=4))
def test_spans_that_are_taken_mean_what_was_said(text, spans):
    try:
        tokens, tags = tokens_and_tags(text, spans)
    except RowRefusedError:
        return
    assert "".join(tokens) == "".join(text.split()) or any(one.isspace() for one in "".join(tokens)) is False
    assert [span.type for span in spans_of(tags)] == [label for _, _, label in sorted(spans)]


@_QUICK
@given(st.binary(max_size=300))
def test_encoding_of_any_bytes_is_a_guess_or_none(content):
    encoding_guess(content)
    bare_utf16(content, is_utf8=False)


@_QUICK
@given(_TEXT.filter(str.strip), st.sampled_from(["stored", "deflated"]))
def test_archive_that_a_writer_writes_is_read_back(text, method):
    line = json.dumps({"text": text, "label": "a"})
    kind = {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}[method]
    out = BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        archive.writestr("data.jsonl", line)
    assert look(out.getvalue(), "a.zip").rows == [{"text": text, "label": "a"}]
