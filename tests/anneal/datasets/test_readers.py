"""The readers and writers below the tables: fuzzed, round-tripped, bounded in memory."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anneal.datasets.files.build import Build, BuildPlan, Part
from anneal.datasets.files.check import file_inspect
from anneal.datasets.files.columns import columns_measure, open_reader
from anneal.datasets.files.digests import texts_digest
from anneal.datasets.files.guess import mapping_guess, task_guess
from anneal.datasets.files.problems import KEPT, ROW_CODES, Problem, ProblemLog, UnreadableError
from anneal.datasets.files.reading import Reading, Source
from anneal.datasets.files.split import Divider, block_divide
from workers.contract.columns import COLUMNS

_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
_ROWS = st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=30)


def _read(content: bytes, filename: str, task: str = "classification") -> tuple[ProblemLog, list[list[object]]]:
    """Everything that the platform does with a file's bytes, short of the tables."""
    log = ProblemLog()
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        source = Source(Path(folder) / "file", filename)
        source.path.write_bytes(content)
        try:
            found = file_inspect(source, folder=Path(folder), task=task, problems=log, tick=lambda _: None)
            source, reading = found.rows, found.reading
            task_guess(found.statistics, task)
            rows += [values for _, values in open_reader(source, reading, log).rows(reading.columns)]
            names = {part.role: reading.columns[i % len(reading.columns)] for i, part in enumerate(COLUMNS[task])}
            plan = BuildPlan(task, names, delimiter=",;" if task == "multi_label" else None)
            Build(Path(folder), plan, ProblemLog(), lambda *_: None).run([Part(source, reading, "auto")])
        except UnreadableError as error:
            log.add(error.problem)
    return log, rows


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=2000),
    st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet", "a"]),
    st.sampled_from(sorted(COLUMNS)),
)
def test_garbage_never_crashes_the_readers(content, filename, task):
    log, rows = _read(content, filename, task)
    assert rows or log.num_errors


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from('ab",;\t|\n\r{}[]:\\é中\u2028 0'), max_size=300),
    st.sampled_from(["a.csv", "a.jsonl"]),
    st.sampled_from(sorted(COLUMNS)),
)
def test_near_misses_never_crash_the_readers(text, filename, task):
    log, rows = _read(("text,label\n" if filename == "a.csv" else "").encode() + text.encode(), filename, task)
    assert rows or log.num_problems


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | _TEXT
    | st.sampled_from(["O", "B-A", "user", "assistant"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["text", "answer_start", "role", "content", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(COLUMNS)), st.data())
def test_any_cells_are_kept_or_complained_about(task, data):
    roles = [part.role for part in COLUMNS[task]]
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(roles, _JSON)), min_size=1, max_size=12))
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    log = ProblemLog(skips_bad_rows=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Source(Path(folder) / "file", "a.jsonl")
        source.path.write_bytes(lines)
        reading = Reading("jsonl", "utf-8", None, "\n", tuple(roles))
        with contextlib.suppress(UnreadableError):  # no row at all
            mapping_guess(columns_measure(source, reading), task)
        build = Build(Path(folder), BuildPlan(task, {role: role for role in roles}), log, lambda *_: None)
        build.run([Part(source, reading, "train")])
    bad = sum(problem.code in ROW_CODES and problem.severity == "warning" for problem in log.kept)
    assert bad + sum(build.num_rows_of_file) == len(rows)


@settings(max_examples=150, deadline=None)
@given(
    _ROWS,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_writes_is_read_back(rows, delimiter, newline, encoding):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(rows)
    read = _direct(
        out.getvalue().encode(encoding),
        Reading("csv", encoding, delimiter, "", ("text", "label")),
        header=["text", "label"],
    )
    assert read == [list(row) for row in rows]


def _direct(content: bytes, reading: Reading, header: list[str]) -> list[list[object]]:
    with tempfile.TemporaryDirectory() as folder:
        source = Source(Path(folder) / "file", "file")
        line = (reading.delimiter or ",").join(header) + "\n"
        prefix = line.encode(reading.encoding or "utf-8")
        mark = {"utf-16": 2, "utf-8-sig": 3}.get(reading.encoding or "", 0)
        source.path.write_bytes(prefix + content[mark:])
        log = ProblemLog()
        rows = [values for _, values in open_reader(source, reading, log).rows(reading.columns)]
        assert log.num_problems == 0, log.kept
        return rows


@settings(max_examples=150, deadline=None)
@given(_ROWS, st.booleans())
def test_what_a_json_writer_writes_is_read_back(rows, ascii_only):
    lines = "".join(json.dumps({"text": a, "label": b}, ensure_ascii=ascii_only) + "\n" for a, b in rows)
    with tempfile.TemporaryDirectory() as folder:
        source = Source(Path(folder) / "file", "a.jsonl")
        source.path.write_bytes(lines.encode())
        reading = Reading("jsonl", "utf-8", None, "\n", ("text", "label"))
        found = list(open_reader(source, reading, ProblemLog()).rows(reading.columns))
    assert found == [(number, list(row)) for number, row in enumerate(rows, start=1)]


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.text(max_size=3), st.integers(1, 60), min_size=1, max_size=8),
    st.sampled_from([0.0, 0.1, 0.25]),
    st.sampled_from([0.0, 0.1, 0.25]),
)
def test_splits_have_their_shares_and_training_every_label(counts, validation, test):
    divider = Divider()
    labels = [label for label, count in counts.items() for _ in range(count)]
    digests = texts_digest(0)([f"{label} {number}" for number, label in enumerate(labels)])
    divider.see(labels, digests)
    cuts = divider.cuts(validation_share=validation, test_share=test)
    rows = pa.record_batch({"label": labels, "digest": pa.array(digests)})
    found = [
        (label, split)
        for split, part in block_divide(rows, cuts, stratum="label").items()
        for label in part.column("label").to_pylist()
    ]
    assert len(found) == len(labels)
    assert {label for label, split in found if split == "train"} == set(counts)
    for split, share in (("validation", validation), ("test", test)):
        wanted = round(len(labels) * share)
        given_ = sum(one == split for _, one in found)
        spare = len(labels) - len(counts)
        assert given_ <= wanted + len(counts), "one more for a label that would have none"
        assert given_ == wanted or given_ >= min(wanted, spare) - wanted - len(counts)


def _divided(rows, **how):
    """The splits of (label, text), each with its rows."""
    texts = texts_digest(0)([text for _, text in rows])
    divider = Divider(**how)
    divider.see([label for label, _ in rows], texts)
    cuts = divider.cuts(validation_share=0.1, test_share=0.1)
    block = pa.record_batch(
        {"label": [label for label, _ in rows], "text": [text for _, text in rows], "digest": pa.array(texts)}
    )
    parts = block_divide(block, cuts, stratum="label" if how["by_label"] else None)
    return {
        split: list(zip(part["label"].to_pylist(), part["text"].to_pylist(), strict=True))
        for split, part in parts.items()
    }


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.text(max_size=3), st.lists(st.integers(1, 30), min_size=1, max_size=12), min_size=1, max_size=8),
    st.booleans(),
)
def test_every_label_with_three_texts_is_in_every_split_and_copies_stay_together(copies, by_label):
    rows = [
        (label, f"{label} {text}")
        for label, counts in copies.items()
        for text, n in enumerate(counts)
        for _ in range(n)
    ]
    found = _divided(rows, by_label=by_label)
    assert sorted(row for part in found.values() for row in part) == sorted(rows)
    assert len({(text, split) for split, part in found.items() for _, text in part}) == len(set(rows))
    for label, counts in copies.items():
        splits = {split for split, part in found.items() for one, _ in part if one == label}
        assert len(counts) < 3 or splits == set(found)


def test_what_reaches_every_split_by_itself_stays_where_it_was_and_else_one_text_moves():
    rows = [(("refund", "delay", "praise")[n % 7 % 3], f"message {n}") for n in range(70)]

    def numbers(found):
        return [[int(text.split()[1]) for _, text in found[split]] for split in ("validation", "test")]

    stratified = [[1, 13, 23, 25, 54, 55, 59], [0, 22, 35, 37, 47, 60, 62]]
    assert numbers(_divided(rows, by_label=True)) == stratified
    by_text = [[3, 7, 21, 22, 23, 55, 59, 69], [0, 13, 35, 37, 47, 60, 62]]
    assert numbers(_divided(rows, by_label=False)) == by_text, "22 is the first of its label to be validated"


def test_a_text_that_comes_often_does_not_go_to_test_in_place_of_rare_ones():
    rows = [("often", "the same" if n < 30 else f"other {n}") for n in range(36)]
    found = _divided(rows, by_label=True)
    assert {text for _, text in found["train"]} > {"the same"}
    assert 1 <= len(found["test"]) <= 4


def test_equal_texts_of_a_label_stay_together():
    one, other, foreign = texts_digest(3)(["Hello  WORLD ", "hello world", "hello word"])
    assert one == other != foreign
    assert one != texts_digest(4)(["hello world"])[0]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from("aB \t\n\x1c\x85é\u3000ßİ语"), max_size=12) | st.sampled_from(["a" * 600, "A" * 600])
    )
)
def test_digest_of_a_text_is_that_of_its_folded_form_whatever_stands_around_it(texts):
    digests = texts_digest(0)
    folded = [" ".join(text.split()).casefold() for text in texts]
    assert digests(texts).tolist() == [digests([text])[0] for text in folded]
    assert len(set(digests(texts).tolist())) == len(set(folded))


def test_characters_that_are_not_folded_one_by_one_have_no_case_and_are_no_space():
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    texts = [f"{one} x  {one}" for one in characters]
    some = pa.array(texts, pa.string())
    folded = [" ".join(text.split()).casefold() for text in texts]
    assert texts_digest(0)(some).tolist() == texts_digest(0)(folded).tolist()


def test_digests_are_the_same_on_every_machine():
    """Splits of a version made years ago are made again: another number here needs another `digests.VERSION`."""
    assert texts_digest(0)(["", "hello", "你好", "x" * 65, "x" * 2000]).tolist() == [
        13771286270447343193,
        14630998659672360350,
        17138210180588974243,
        5100058554655202150,
        7324429900755412801,
    ]


def test_log_keeps_errors_before_warnings():
    log = ProblemLog()
    for _ in range(KEPT + 5):
        log.add(Problem("data:label_spaces", "warning"))
    log.add(Problem("data:missing_label", row=7))
    assert log.num_problems == KEPT + 6
    assert len(log.kept) == KEPT
    assert log.as_json()[0]["row"] == 7


@pytest.mark.parametrize("is_shared", [True, False])
def test_long_texts_of_a_parquet_file_are_not_all_in_memory_at_once(tmp_path, is_shared):
    """Also those that the file holds once for many rows."""
    long = "x" * 64 * 2**10
    texts = [long] * 1000 if is_shared else [long[: -n - 1] for n in range(1000)]
    names = [None, *"ab" * 499, "a"]
    table = pa.table({"text": texts, "name": names})
    pq.write_table(table, tmp_path / "a", use_dictionary=is_shared, write_batch_size=16)
    reader = open_reader(
        Source(tmp_path / "a", "a.parquet"), Reading("parquet", columns=("text", "name")), ProblemLog()
    )
    before, most = pa.total_allocated_bytes(), 0
    for row, (_, (text, name)) in enumerate(reader.rows(("text", "name"))):
        most = max(most, pa.total_allocated_bytes() - before)
        assert (text, name) == (texts[row], names[row])
    assert row == 999
    assert most < 40 * 2**20


_MEASURED = """
import sys, time
from pathlib import Path
from anneal.datasets.files.build import Build, BuildPlan, Part
from anneal.datasets.files.check import file_inspect
from anneal.datasets.files.columns import reading_with_columns, columns_measure
from anneal.datasets.files.problems import ProblemLog
from anneal.datasets.files.reading import Source
from anneal.datasets.files.sniff import bytes_scan, reading_detect
source = Source(Path(sys.argv[1]), "big.csv")
def peak():  # Not getrusage, which carries the parent's peak over.
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
before = peak()
begun = time.perf_counter()
log = ProblemLog()
reading = reading_with_columns(source, reading_detect(source, bytes_scan(source.path, lambda _: None), log), log)
columns_measure(source, reading)
plan = BuildPlan("classification", {"text": "text", "label": "label"})
built = Build(Path(sys.argv[2]), plan, log, lambda *_: None).run([Part(source, reading, "auto")])
assert built, log.kept[:3]
print(sum(built.num_rows.values()), peak() - before, time.perf_counter() - begun)
"""


@pytest.mark.slow
def test_big_file_takes_constant_memory(tmp_path):
    path = tmp_path / "big.csv"
    row = "the {} parcel came late and the box was open, but the people at the desk were kind to me about it,label{}\n"
    with path.open("w") as file:
        file.write("text,label\n")
        number = 0
        while file.tell() < 200 * 2**20:
            file.write(
                "".join(
                    '"' + row.format(n, n % 20).replace(",label", '",label') for n in range(number, number + 10_000)
                )
            )
            number += 10_000
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path), str(tmp_path)], capture_output=True, text=True, check=True
    )
    rows, grown_mib, seconds = done.stdout.split()
    print(f"{rows} rows, {grown_mib} MiB more, {seconds} s")
    assert int(rows) == number
    assert int(grown_mib) < 200
    assert (
        sum(pq.read_metadata(tmp_path / f"{split}.parquet").num_rows for split in ("train", "validation", "test"))
        == number
    )
