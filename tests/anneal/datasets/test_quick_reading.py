"""Reading many rows at once finds, keeps and writes exactly what reading them one by one does."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anneal.datasets.files import build, delimited, jsonl, passage
from anneal.datasets.files.build import Build, BuildPlan, Part
from anneal.datasets.files.columns import open_reader, reading_with_columns
from anneal.datasets.files.jsonl_marks import lines_apart
from anneal.datasets.files.kinds import _vocabulary
from anneal.datasets.files.problems import ProblemLog, UnreadableError
from anneal.datasets.files.reading import Reader, Reading, Source
from anneal.datasets.files.sniff import bytes_scan, reading_detect
from anneal.datasets.files.stretches import StretchReader


class RowsAlone:
    """A reader that offers its rows and nothing quicker."""

    def __init__(self, reader: Reader) -> None:
        self.rows = reader.rows
        self._reader = reader

    @property
    def bytes_read(self) -> int:
        return self._reader.bytes_read


def _outcome(path: Path, reading: Reading, plan: BuildPlan, *, split: str, skips: bool, is_quick: bool) -> Any:
    """All that a build leaves."""
    log = ProblemLog(skips_bad_rows=skips)
    quick: list[bool] = []

    def opened(*arguments: Any) -> Reader:
        reader = open_reader(*arguments)
        quick.append(isinstance(reader, StretchReader) and reader.has_stretches)
        return reader if is_quick else RowsAlone(reader)

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "open_reader", opened)
        made = Build(Path(folder), plan, log, lambda *_: None)
        part = Part(Source(path, "file"), reading, split, 3)
        try:
            built = made.run([part])
        except UnicodeEncodeError as error:
            return str(error)
        files = {file.name: file.path.read_bytes() for file in built.files} if built else None
        told = [(one.code, one.severity, one.row, one.column, one.value, one.params, type(one.row)) for one in log.kept]
        rest = (built.sha256, built.statistics, built.num_rows) if built else None
        return told, log.counts, files, rest, made.num_rows_of_file, quick


def _same(path: Path, reading: Reading, plan: BuildPlan, *, split: str = "auto", skips: bool = False) -> Any:
    slow, quick = (
        _outcome(path, reading, plan, split=split, skips=skips, is_quick=is_quick) for is_quick in (False, True)
    )
    assert quick == slow
    return quick


_BYTES = [
    b"good", b"bad", b"worse", b'"', b'""', b",", b",", b"\n", b"\n", b"\r\n", b"\r", b" ", b"\xe4\xbd\xa0", b"\xe4\xbd",
    b"\xff", b"\0", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xed\xa0\x80", b'"a, b"', b'"two\nlines"', b'"say ""so"""', b"\x0b", b"\xc2\x85",
]  # fmt: skip
_CELLS = [
    b"good", b"bad", b"", b" ", b" good", b'"quoted"', b'"a, b"', b'"two\nlines"', b'"two\r\nlines"', b'"say ""so"""', b'""', b"a\0b",
    "你好".encode(), b"\xff", b"e\xcc\x81", b"\xe3\x80\x80", b"x" * 201,
]  # fmt: skip
_damage = st.lists(st.sampled_from(_BYTES), max_size=60).map(b"".join)
_record = st.lists(st.sampled_from(_CELLS), min_size=2, max_size=2) | st.lists(st.sampled_from(_CELLS), max_size=4)
_records = st.lists(_record.map(b",".join), max_size=30)
_sizes = st.tuples(
    st.sampled_from([7, 40, 200, 2**19]), st.sampled_from([2, 5, 5000]), st.sampled_from([10, 60, 2**22])
)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(_records, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans()).map(
        lambda drawn: drawn[1].join(drawn[0]) + drawn[1] * drawn[2]
    )
    | _damage,
    st.sampled_from(["utf-8", "utf-8-sig"]),
    _sizes,
    st.booleans(),
    st.sampled_from(["auto", "train"]),
)
@example(b'text,label\n"a"b,c\nd,e', "utf-8", (2**19, 5000, 2**22), False, "auto")
def test_csv_is_read_alike(content, encoding, sizes, skips, split):
    _alike(
        content if content.startswith(b"text") else b"text,label\n" + content,
        Reading("csv", encoding, ",", "", ("text", "label")),
        sizes,
        skips,
        split,
    )


def _alike(content: bytes, reading: Reading, sizes: tuple[int, int, int], skips: bool, split: str) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        piece, rows, characters = sizes
        for module in (delimited, jsonl):
            patch.setattr(module, "_PIECE_BYTES", piece)
        patch.setattr(build, "_ROWS_PER_GROUP", rows)
        patch.setattr(build, "_CHARACTERS_PER_GROUP", characters)
        patch.setattr(passage, "MAX_LINE_CHARACTERS", piece + 100)
        path = Path(folder) / "file"
        path.write_bytes(content)
        found = _same(
            path, reading, BuildPlan("classification", {"text": "text", "label": "label"}), skips=skips, split=split
        )
        assert found[-1] == [True]


_TEXTS = [
    "good",
    "bad",
    "",
    " ",
    'say "so"',
    "two\nlines",
    "back\\slash",
    "end\\",
    "你好",
    "😀",
    "\ud83d",
    "\0",
    "\x1f",
    " label",
]
_values = st.sampled_from([*_TEXTS, *_TEXTS, None, 3, 2.5, True, ["a"], {"b": "c"}])
_objects = st.fixed_dictionaries({"text": _values, "label": _values}, optional={"note": _values}) | st.dictionaries(
    st.sampled_from(["label", "text", "note", 'a"b']), _values
)
_lines = st.tuples(_objects, st.booleans(), st.sampled_from([None, (",", ":")])).map(
    lambda drawn: json.dumps(drawn[0], ensure_ascii=drawn[1], separators=drawn[2]).encode("utf-8", "surrogatepass")
)
_ODD_LINES = [
    b"",
    b" ",
    b"{",
    b"[]",
    b"null",
    b"1e999",
    b"[" * 1200,
    b'{"text": "a", "text": "b", "label": "c"}',
    b'{"text": "a", "label": NaN}',
    b'{"text": "a", "label": "b"} x',
    b'{"text": "a\tb", "label": "b"}',
    b'{"text": "a", "label": "\xff"}',
    b'\xef\xbb\xbf{"text": "a", "label": "b"}',
    b'{"text": "a\\x", "label": "b"}',
    b' {"text": "a", "label": "b"}',
    b'{"text": "a", "label": "b"}\r',
    b'{"text": "a", "label": "b"\r}',
    b'{"text": "\\ud800", "label": "b"}',
    b'{"label": "b", "text": "a"}',
    b'{"text": "a", "label": "b", "note": "\\q"}',
    b'{"text": "' + b"x" * 400 + b'", "label": "b"}',
    b'{"text": "a\xe2\x80\xa8b", "label": "b"}',
    b'{"text": "a\\\\", "label": "b"}',
    b'{"text": "a\\", "label": "b"}',
    b'\\"{"text": "a", "label": "b"}',
    b'{"text": "a\\\\\\"b", "label": "b"}',
    b'{"text": "a\\\\" b", "label": "b"}',
    b'{"text" : "a", "label": "b"}',
    b'{"tex\\u0074": "a", "label": "b"}',
]
_odd_lines = st.sampled_from(_ODD_LINES)
_plain_lines = st.tuples(st.sampled_from(_TEXTS), st.sampled_from(["good", "bad"])).map(
    lambda drawn: json.dumps({"text": drawn[0], "label": drawn[1]}, ensure_ascii=False).encode("utf-8", "surrogatepass")
)
_runs = st.tuples(st.lists(_plain_lines, max_size=8), st.lists(_lines | _odd_lines, max_size=2)).map(
    lambda runs: [*runs[0], *runs[1]]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(_lines | _odd_lines, max_size=30)
    | st.lists(_runs, max_size=5).map(lambda runs: [line for run in runs for line in run]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig"]),
    _sizes,
    st.booleans(),
    st.sampled_from(["auto", "train"]),
)
def test_jsonl_is_read_alike(lines, is_ended, encoding, sizes, skips, split):
    content = b"\n".join(lines) + b"\n" * is_ended
    _alike(content, Reading("jsonl", encoding, None, "\n", ("text", "label")), sizes, skips, split)


def test_odd_lines_among_plain_ones_are_found(tmp_path):
    plain = b'{"text": "a parcel", "label": "good"}'
    path, told = tmp_path / "file", set()
    for odd in _ODD_LINES:
        path.write_bytes(b"\n".join([*[plain] * 6, odd, *[plain] * 6]) + b"\n")
        plan = BuildPlan("classification", {"text": "text", "label": "label"})
        found, *_ = _same(path, Reading("jsonl", "utf-8", None, "\n", ("text", "label")), plan)
        told.update(code for code, *_ in found)
    assert told >= {"data:bad_json", "data:encoding", "data:duplicate_key", "data:nan_value"}
    utf8 = b"\n".join([*[plain] * 9, b'{"text": "tab\t", "label": "good"}']) + b"\n"
    ends = np.flatnonzero(np.frombuffer(utf8, np.uint8) == ord("\n"))
    _, apart = lines_apart(utf8, ends, None, ("text", "label"))
    assert apart.rows.tolist() == list(range(9)), (
        "plain lines are taken apart at once, and the other is left to the decoder"
    )


_TASKS = {
    "classification": ("text", "label"),
    "pair_classification": ("text_a", "text_b", "label"),
    "embedding": ("anchor", "positive"),
    "masked_lm": ("text",),
    "regression": ("text", "score"),
}


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(_TASKS)),
    st.lists(st.tuples(*[st.sampled_from(["one", "other", "3", "4.5", "", " one"])] * 3), max_size=30),
    st.booleans(),
)
def test_every_kind_of_task_is_read_alike(task, rows, skips):
    columns = _TASKS[task]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_text("\n".join([",".join(columns), *(",".join(row[: len(columns)]) for row in rows)]))
        plan = BuildPlan(task, {column: column for column in columns})
        _same(path, Reading("csv", "utf-8", ",", "", columns), plan, skips=skips)


def test_messy_files_are_read_alike(shared_data):
    quick = []
    for path in sorted((shared_data / "messy_derived").iterdir()):
        source, log = Source(path, path.name), ProblemLog()
        try:
            scan = bytes_scan(path, lambda _: None)
            reading = reading_detect(source, scan, log)
            if reading.format not in {"csv", "tsv", "jsonl"}:
                continue
            reading = reading_with_columns(source, reading, log)
        except UnreadableError:
            continue
        names = dict(zip(("text", "label"), (reading.columns * 2)[:2], strict=True))
        for skips in (False, True):
            found = _same(path, reading, BuildPlan("classification", names), skips=skips)
        quick.append(found[-1] == [True])
    assert sum(quick) > 10, "the comparison must not be of the slow way with itself"


@pytest.mark.parametrize("most", [3, 8, 14, 17])
def test_what_is_found_before_there_are_too_many_labels_is_told_alike(tmp_path, most):
    """Groups that are looked at together say no more than each would by itself."""
    lines = [f"text {number},label {number}" for number in range(24)]
    for number in (0, 4, 9, 13, 17, 22):
        lines[number] = f" ,label {number}"
    path = tmp_path / "file"
    path.write_text("\n".join(["text,label", *lines]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "_ROWS_PER_GROUP", 3)
        patch.setattr(_vocabulary, "MAX_NAMES", most)
        plan = BuildPlan("classification", {"text": "text", "label": "label"})
        told, *_ = _same(path, Reading("csv", "utf-8", ",", "", ("text", "label")), plan)
    assert {code for code, *_ in told} == {"data:missing_text", "data:too_many_labels"}


def test_arrow_calls_those_texts_blank_that_python_does():
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    found = pc.utf8_is_space(pa.array(characters)).to_pylist()
    assert [one for one, is_space in zip(characters, found, strict=True) if is_space] == [
        one for one in characters if one.isspace()
    ]


def test_long_and_many_rows_are_read_alike(tmp_path):
    """Through real sizes of pieces and blocks, with damage here and there."""
    rows = [f"the parcel {number} is here, or not,label{number % 7}".split(",", 2) for number in range(30_000)]
    lines = [f'"{first},{second}",{label}' for first, second, label in rows]
    for number in range(500, 30_000, 977):
        lines[number] = [
            "a,b,c,d",
            '"open,label1',
            'x"y,label2',
            "",
            '"two\nlines",label3',
            " ,label4",
            "z" * 700_000 + ",label5",
        ][number % 7]
    path = tmp_path / "file"
    path.write_text("\n".join(["text,label", *lines]))
    told, *_ = _same(
        path,
        Reading("csv", "utf-8", ",", "", ("text", "label")),
        BuildPlan("classification", {"text": "text", "label": "label"}),
        skips=True,
    )
    assert {code for code, *_ in told} >= {"data:ragged_row", "data:missing_text", "data:long_text"}
