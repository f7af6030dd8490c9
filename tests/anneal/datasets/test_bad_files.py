"""Every broken file gets a finding that names its place and says what to do; never a crash, never a half-made version."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.anneal.datasets.steps import codes, csv_of, dataset_of, good_rows, mapped, shown

pytestmark = pytest.mark.django_db

GOOD = csv_of(good_rows(40))
LINES = [json.dumps({"text": text, "label": label}) for text, label in good_rows(40)]


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../evil.csv", "text,label\n")
    return out.getvalue()


def _xlsx() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")
    return out.getvalue()


def _parquet(**columns) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


UNREADABLE = {
    "empty": (b"", "a.csv", "data:empty_file"),
    "only a mark": (b"\xef\xbb\xbf", "a.csv", "data:no_rows"),
    "only white space": (b"\n\r\n  \n", "a.csv", "data:no_rows"),
    "only names": (b"text,label\n", "a.csv", "data:no_rows"),
    "zip that climbs out": (_zip(), "a.csv", "data:archive_slip"),
    "gzip bomb": (gzip.compress(bytes(10_000_000)), "a.csv.gz", "data:archive_bomb"),
    "spreadsheet": (_xlsx(), "a.csv", "data:spreadsheet"),
    "old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "a.xls", "data:spreadsheet"),
    "program": (b"MZ\x90\x00" + bytes(range(256)) * 20, "a.csv", "data:binary"),
    "web page": (b"<!DOCTYPE html><html><body>text,label</body></html>", "a.csv", "data:markup"),
    "pdf": (b"%PDF-1.7 text,label", "a.csv", "data:binary"),
    "noise": (bytes(range(256)) * 40, "a.csv", "data:binary"),
    "one column": (b"text\nhello\nworld\n", "a.csv", "data:one_column"),
    "no names": (
        csv_of([(f"where is my order number {i} now", "delivery") for i in range(20)])[12:],
        "a.csv",
        "data:header_missing",
    ),
    "empty names": (b" , \nhello,a\nworld,b\n", "a.csv", "data:header_missing"),
    "too many columns": (",".join(f"c{i}" for i in range(10_001)).encode() + b"\n", "a.csv", "data:too_many_columns"),
    "damaged parquet": (b"PAR1" + bytes(100) + b"PAR1", "a.parquet", "data:damaged_parquet"),
    "cut parquet": (_parquet(text=["a"] * 50, label=["b"] * 50)[:200], "a.parquet", "data:damaged_parquet"),
    "empty parquet": (
        _parquet(text=pa.array([], pa.string()), label=pa.array([], pa.string())),
        "a.parquet",
        "data:no_rows",
    ),
    "unlabelled": (b'{"text": "hello"}\n{"text": "world"}\n', "a.jsonl", "data:unlabelled"),
    "utf-32": ("text,label\nhello,a\n".encode("utf-32"), "a.csv", "data:encoding_unknown"),
    "unknown bytes": (b"text,label\n" + b"\x81\x8d a,b\n\x90\x9d\xff c,d\n" * 20, "a.csv", "data:encoding_unknown"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_file_is_refused_with_what_to_do(owner, case):
    content, filename, code = UNREADABLE[case]
    dataset = dataset_of(owner, (content, filename, "auto"))
    assert dataset["state"] == "invalid"
    assert codes(dataset, "error") == [code]
    problem = dataset["problems"][0]
    assert problem["file"] == filename
    assert len(problem["message"]) > 20
    assert problem["message"] != shown(owner.api, dataset["id"], **{"Accept-Language": "zh"})["problems"][0]["message"]
    answer = owner.api.put(f"/datasets/{dataset['id']}/mapping", {"text": "text", "label": "label"})
    assert answer.status_code == 409
    assert owner.api.get(f"/datasets/{dataset['id']}/preview").status_code == 200


BAD_ROWS = {
    "ragged": (GOOD + b"one,two,three\r\n", "data:ragged_row", 42),
    "short": (GOOD + b"alone\r\n", "data:ragged_row", 42),
    "stray quote": (GOOD + b'"said "no" to me",praise\r\n', "data:bad_quote", 42),
    "missing label": (GOOD + b"hello,\r\n", "data:missing_label", 42),
    "blank label": (GOOD + b"hello,   \r\n", "data:missing_label", 42),
    "missing text": (GOOD + b",praise\r\n", "data:missing_text", 42),
    "white text": (GOOD + "\u3000 \t,praise\r\n".encode(), "data:missing_text", 42),
    "bad byte": (
        GOOD + b"caf\xe9 was nice,praise\r\n" + "naïve ñ,praise\r\né,praise\r\n".encode(),
        "data:encoding",
        42,
    ),
    "overlong": (GOOD + b"a\xc0\xafb,praise\r\n" + "é,praise\r\né,praise\r\n".encode(), "data:encoding", 42),
    "nul": (GOOD + b"hel\0lo,praise\r\n", "data:nul_byte", 42),
    "long field": (GOOD + b"x" * 1_200_000 + b",praise\r\n", "data:field_too_long", 42),
    "long label": (GOOD + b"hello," + b"x" * 201 + b"\r\n", "data:label_too_long", 42),
}
BAD_LINES = {
    "broken": ('{"text": "a", "label"', "data:bad_json"),
    "trailing comma": ('{"text": "a", "label": "praise",}', "data:bad_json"),
    "two objects": ('{"text": "a", "label": "praise"}{"text": "b", "label": "praise"}', "data:bad_json"),
    "deep": ("[" * 100_000, "data:bad_json"),
    "long number": ('{"text": ' + "1" * 5000 + ', "label": "praise"}', "data:bad_json"),
    "not an object": ('["a", "praise"]', "data:not_an_object"),
    "nan": ('{"text": "a", "label": NaN}', "data:nan_value"),
    "huge number": ('{"text": "a", "label": 1e400}', "data:nan_value"),
    "twice": ('{"text": "a", "label": "praise", "label": "complaint"}', "data:duplicate_key"),
    "null": ('{"text": "a", "label": null}', "data:missing_label"),
    "absent": ('{"text": "a"}', "data:missing_label"),
    "object": ('{"text": {"a": 1}, "label": "praise"}', "data:wrong_type"),
    "list": ('{"text": "a", "label": ["praise"]}', "data:wrong_type"),
    "half a character": ('{"text": "a \\ud800", "label": "praise"}', "data:encoding"),
    "nul": ('{"text": "a\\u0000b", "label": "praise"}', "data:nul_byte"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_row_is_named_by_its_line_and_can_be_left_out(owner, case):
    content, code, line = BAD_ROWS[case]
    _names_and_leaves_out(owner, content, "a.csv", code, line)


@pytest.mark.parametrize("case", BAD_LINES)
def test_bad_json_line_is_named_and_can_be_left_out(owner, case):
    line, code = BAD_LINES[case]
    content = "\n".join([*LINES[:5], line, *LINES[5:]]).encode()
    _names_and_leaves_out(owner, content, "a.jsonl", code, 6)


def _names_and_leaves_out(owner, content, filename, code, line):
    dataset = mapped(owner, dataset_of(owner, (content, filename, "auto")))
    assert dataset["state"] == "invalid"
    assert dataset["latest_version"] is None
    (problem,) = [problem for problem in dataset["problems"] if problem["severity"] == "error"]
    assert (problem["code"], problem["row"], problem["file"]) == (code, line, filename)
    again = mapped(owner, dataset, skip_bad_rows=True)
    assert again["state"] == "ready", again["problems"]
    assert sum(again["latest_version"]["num_rows"].values()) >= 40
    assert code in codes(again, "warning"), "what was left out stays visible"


def test_unclosed_quote_names_where_it_opened_and_is_never_left_out(owner):
    rows = GOOD.split(b"\r\n")
    content = b"\r\n".join([*rows[:10], b'"never closed,praise', *rows[10:]])
    dataset = mapped(owner, dataset_of(owner, (content, "a.csv", "auto")), skip_bad_rows=True)
    assert dataset["state"] == "invalid"
    (problem,) = [problem for problem in dataset["problems"] if problem["severity"] == "error"]
    assert (problem["code"], problem["row"]) == ("data:unclosed_quote", 11)


def test_lines_are_counted_as_an_editor_counts_them(owner):
    content = b'text,label\r\n"two\r\nlines",praise\r\n\r\n"three\n\nlines",complaint\r\nbad\r\n' + GOOD[12:]
    dataset = mapped(owner, dataset_of(owner, (content, "a.csv", "auto")))
    assert [(p["code"], p["row"]) for p in dataset["problems"]] == [("data:ragged_row", 8)]


def test_line_separator_inside_a_text_is_no_new_line(owner):
    content = "\n".join([*LINES, '{"text": "a\u2028b\u0085c", "label": "praise"}', "{"]).encode()
    dataset = mapped(owner, dataset_of(owner, (content, "a.jsonl", "auto")))
    assert [(p["code"], p["row"]) for p in dataset["problems"]] == [("data:bad_json", 42)]


def test_one_class_is_not_enough(owner):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows(40, ["same"])), "a.csv", "auto")))
    assert codes(dataset, "error") == ["data:single_class"]


def test_label_that_training_lacks_is_named_with_its_row(owner):
    held = csv_of([*good_rows(5), ("a new kind of thing", "surprise")])
    dataset = mapped(owner, dataset_of(owner, (GOOD, "train.csv", "train"), (held, "v.csv", "validation")))
    (problem,) = [problem for problem in dataset["problems"] if problem["severity"] == "error"]
    assert (problem["code"], problem["file"], problem["row"], problem["value"]) == (
        "data:unseen_label",
        "v.csv",
        7,
        "surprise",
    )


def test_file_without_the_mapped_column_is_named(owner):
    other = csv_of(good_rows(5), ("text", "intent"))
    dataset = mapped(owner, dataset_of(owner, (GOOD, "train.csv", "train"), (other, "t.csv", "test")))
    (problem,) = dataset["problems"]
    assert (problem["code"], problem["file"], problem["column"]) == ("data:missing_column", "t.csv", "label")
    assert "intent" in problem["message"]


def test_too_few_rows(owner):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows(6)), "a.csv", "auto")))
    assert codes(dataset, "error") == ["data:too_few_rows"]


def test_only_bad_rows_left_out_is_too_few(owner):
    dataset = dataset_of(owner, (csv_of([("a", ""), ("b", "")]), "a.csv", "auto"))
    assert mapped(owner, dataset, skip_bad_rows=True)["state"] == "invalid"


def test_first_thousand_findings_are_kept_and_all_are_counted(owner):
    bad = csv_of([*good_rows(40), *(("no label here", "") for _ in range(2500))])
    dataset = mapped(owner, dataset_of(owner, (bad, "a.csv", "auto")))
    assert dataset["num_problems"] == 2500
    assert len(dataset["problems"]) == 1000
    assert dataset["problems"][0]["row"] == 42


def test_doubtful_things_are_warned_about_and_accepted(owner):
    rows = [*good_rows(40), ("x" * 25_000, "praise"), ("tidy", "praise "), ("the only one", "rare")]
    dataset = mapped(owner, dataset_of(owner, (csv_of(rows), "a.csv", "auto")))
    assert dataset["state"] == "ready"
    assert set(codes(dataset, "warning")) == {"data:long_text", "data:label_spaces", "data:rare_label"}
    assert [entry["label"] for entry in dataset["latest_version"]["labels"]] == ["complaint", "praise", "rare"]
    numbers = mapped(owner, dataset_of(owner, (csv_of(good_rows(40, ["0", "1"])), "b.csv", "auto")))
    assert codes(numbers) == ["data:numeric_labels"]


def test_same_names_of_columns_are_told_apart(owner):
    dataset = dataset_of(
        owner, (csv_of([(*row, "z", "y") for row in good_rows()], ("text", "label", "text", "")), "a.csv", "auto")
    )
    assert [column["name"] for column in dataset["columns"]] == ["text", "label", "text (2)", "column 4"]
    assert set(codes(dataset)) == {"data:duplicate_column", "data:empty_column_name"}
    assert set(codes(mapped(owner, dataset))) == {"data:duplicate_column", "data:empty_column_name"}


def test_numbers_in_parquet_keep_their_look(owner):
    content = _parquet(
        text=[f"text {i}" for i in range(40)], label=pa.array([float(i % 3) for i in range(40)], pa.float64())
    )
    dataset = mapped(owner, dataset_of(owner, (content, "a.parquet", "auto")))
    assert [entry["label"] for entry in dataset["latest_version"]["labels"]] == ["0", "1", "2"]


def test_keys_of_other_peoples_languages_are_just_keys(owner):
    lines = [json.dumps({"__proto__": text, "constructor": label, "a\0b": 1}) for text, label in good_rows()]
    dataset = dataset_of(owner, ("\n".join(lines).encode(), "a.jsonl", "auto"))
    assert [column["name"] for column in dataset["columns"]] == ["__proto__", "constructor"]
    assert mapped(owner, dataset, text="__proto__", label="constructor")["state"] == "ready"


def test_text_is_kept_to_the_letter(owner):
    odd = ["=cmd|' /C calc'!A0", " <b>bold</b> &amp; ", "a\u200bb", "مرحبا", "😀", "[MASK] <|im_end|>"]
    rows = [*good_rows(40), *((text, "praise") for text in odd)]
    dataset = mapped(owner, dataset_of(owner, (csv_of(rows), "a.csv", "auto")))
    found = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=100&label=praise").json()["data"]
    assert set(odd) <= {row["text"] for row in found}
