"""How rows are divided: within labels, by text, by a column that keeps groups whole, or by time; and where rows go that come later."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anneal.datasets.files.split import time_number
from tests.anneal.datasets.steps import csv_of, dataset_of, done, edited, good_rows, mapped, rows_of, shown, uploaded

pytestmark = pytest.mark.django_db
_HEADER = ("text", "label", "by")


def _rows(by, count=90, name="row"):
    return [(f"{name} number {n}", ("praise", "complaint")[n % 2], by(n)) for n in range(count)]


def _made(person, rows, **mapping):
    dataset = dataset_of(person, (csv_of(rows, _HEADER), "a.csv", "auto"))
    return mapped(person, dataset, text="text", label="label", **mapping)


def _by_split(person, version, rows):
    """What stands in the further column, by split."""
    by_text = {text: by for text, _, by in rows}
    found: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    for row in rows_of(person.api, version["id"]):
        found[row["split"]].append(by_text[row["cells"]["text"]])
    return found


def _appended(person, dataset, rows):
    upload = uploaded(person.api, csv_of(rows, _HEADER), "b.csv")
    body = {"files": [{"upload_id": upload, "split": "auto"}]}
    made = done(person.api, person.api.post(f"/datasets/{dataset['id']}/files", body))
    assert made["state"] == "applied", made["problems"]
    return made["version"]


def test_groups_stay_whole_also_when_rows_come_later(owner):
    rows = _rows(lambda n: f"customer {n % 30}")
    dataset = _made(owner, rows, split_mode="grouped", split_column="by")
    assert dataset["state"] == "ready", dataset["problems"]
    version = dataset["latest_version"]
    assert (version["mapping"]["split_mode"], version["mapping"]["split_column"]) == ("grouped", "by")
    before = {split: set(groups) for split, groups in _by_split(owner, version, rows).items()}
    assert all(before.values()), "every split has some"
    assert sum(map(len, before.values())) == 30, "no group in two splits"
    new = [(f"later {n}", "praise", f"customer {n}") for n in range(10)]
    after = {
        split: set(groups) for split, groups in _by_split(owner, _appended(owner, dataset, new), [*rows, *new]).items()
    }
    assert after == before


def test_group_decides_where_a_row_goes_whatever_its_label_and_whoever_said_the_same(owner):
    rows = _rows(lambda n: f"customer {n % 30}")
    dataset = _made(owner, rows, split_mode="grouped", split_column="by")
    groups = _by_split(owner, dataset["latest_version"], rows)
    copied = next(text for text, _, by in rows if by in groups["train"])
    new = [("something new", "wish", groups["test"][0]), ("a further wish", "wish", groups["train"][0])]
    found = _splits_of_texts(owner, _appended(owner, dataset, [*new, (copied, "praise", groups["test"][0])]))
    assert [found[text] for text in ("something new", "a further wish", copied)] == [
        {"test"},
        {"train"},
        {"train", "test"},
    ]


def _splits_of_texts(person, version):
    found: dict[str, set[str]] = {}
    for row in rows_of(person.api, version["id"]):
        found.setdefault(row["cells"]["text"], set()).add(row["split"])
    return found


def test_a_copy_follows_the_row_that_is_trained_on_for_its_label(owner):
    rows = [(f"something new, number {n}", f"kind {n}") for n in range(40)]
    dataset = dataset_of(owner, (csv_of([*rows, *rows]), "a.csv", "auto"))
    dataset = mapped(owner, dataset, split_mode="random", validation_share=0.2, test_share=0.2)
    assert dataset["state"] == "ready", dataset["problems"]
    assert set(map(frozenset, _splits_of_texts(owner, dataset["latest_version"]).values())) == {frozenset({"train"})}


def test_a_copy_that_comes_later_follows_the_row_that_is_trained_on_for_its_label(owner):
    base = mapped(
        owner, dataset_of(owner, (csv_of(good_rows(40)), "a.csv", "auto")), validation_share=0.2, test_share=0.2
    )
    rows = [(f"something new, number {n}", f"kind {n}") for n in range(30)]
    upload = uploaded(owner.api, csv_of([*rows, *rows]), "b.csv")
    made = done(
        owner.api,
        owner.api.post(f"/datasets/{base['id']}/files", {"files": [{"upload_id": upload, "split": "auto"}]}),
    )
    assert made["state"] == "applied", made["problems"]
    found = _splits_of_texts(owner, made["version"])
    assert {text for text, splits in found.items() if len(splits) > 1} == set()
    assert all(found[text] == {"train"} for text, _ in rows)


def test_newest_rows_go_to_test(owner):
    rows = _rows(lambda n: f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}")
    shuffled = rows[::2] + rows[1::2]
    dataset = _made(owner, shuffled, split_mode="time", split_column="by")
    assert dataset["state"] == "ready", dataset["problems"]
    found = _by_split(owner, dataset["latest_version"], rows)
    assert {split: len(days) for split, days in found.items()} == {"train": 72, "validation": 9, "test": 9}
    assert max(found["train"]) < min(found["validation"])
    assert max(found["validation"]) < min(found["test"])
    new = [("of late", "praise", "2027-01-01"), ("of old", "praise", "2025-01-01")]
    version = _appended(owner, dataset, new)
    later = _by_split(owner, version, [*rows, *new])
    assert "2027-01-01" in later["test"]
    assert "2025-01-01" in later["train"]
    written = [{"action": "add", "cells": {"text": f"by hand {n}", "label": "praise"}} for n in range(60)]
    made = edited(owner, dataset, *written)["version"]
    assert made["num_rows"]["train"] - version["num_rows"]["train"] > 35, "rows without a time go by their text"


@pytest.mark.parametrize(
    ("mode", "values", "sizes", "told"),
    [
        ("time", ["2024"] * 20 + ["2025"] * 20 + ["2026"] * 20, (20, 20, 20), {"validation": 6, "test": 6}),
        ("grouped", [f"source {n % 5}" for n in range(50)], (30, 10, 10), {"validation": 5, "test": 5}),
        ("grouped", ["a"] * 30 + ["b"] * 30, (30, 0, 30), {"validation": 6, "test": 6}),
        ("time", ["2025"] * 4 + ["2026"] * 56, (60, 0, 0), {"validation": 6, "test": 6}),
    ],
)
def test_few_large_groups_go_whole_to_what_is_wanted_and_it_is_told(owner, mode, values, sizes, told):
    rows = _rows(values.__getitem__, len(values))
    dataset = _made(owner, rows, split_mode=mode, split_column="by")
    assert dataset["state"] == "ready", dataset["problems"]
    found = _by_split(owner, dataset["latest_version"], rows)
    assert tuple(map(len, found.values())) == sizes
    assert not set(found["train"]) & set(found["test"])
    uneven = [problem for problem in dataset["problems"] if problem["code"] == "data:split_uneven"]
    assert [one["message"].split(":")[0] for one in uneven] == [
        f"{split} has {len(found[split])} rows where {wanted} were wanted" for split, wanted in told.items()
    ]
    assert {(one["column"], one["severity"]) for one in uneven} == {("by", "warning")}


@pytest.mark.parametrize("kind", ["dates", "moments", "nanoseconds", "zoned"])
def test_newest_rows_of_a_table_with_times_go_to_test(owner, kind):
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(90)]
    types = {
        "dates": pa.date32(),
        "moments": pa.timestamp("ms"),
        "nanoseconds": pa.timestamp("ns"),
        "zoned": pa.timestamp("us", "Asia/Shanghai"),
    }
    column = pa.array(days).cast(pa.timestamp("ns")).cast(types[kind])
    if kind == "nanoseconds":
        column = pa.array(column.cast(pa.int64()).to_numpy() + 1).cast(types[kind])
    table = pa.table(
        {"text": [f"row number {n}" for n in range(90)], "label": ["praise", "complaint"] * 45, "by": column}
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    dataset = dataset_of(owner, (out.getvalue(), "a.parquet", "auto"))
    dataset = mapped(owner, dataset, split_mode="time", split_column="by")
    assert dataset["state"] == "ready", dataset["problems"]
    rows = rows_of(owner.api, dataset["latest_version"]["id"], "&split=test")
    assert sorted(row["row"] for row in rows) == list(range(82, 91))


def test_dates_may_be_written_in_the_ways_that_begin_with_the_year():
    same = ["2024-01-05", "2024/01/05", "2024/1/5", "2024.01.05", " 2024/01/05 00:00:00 ", date(2024, 1, 5)]
    assert len({time_number(value) for value in [*same, datetime(2024, 1, 5)]}) == 1  # noqa: DTZ001 - as tables have them
    assert time_number("2024/01/06") < time_number("2024/01/05")
    for none in ("05/01/2024", "2024/13/05", "2024/01/055", "yesterday", None, True, [2024]):
        assert time_number(none) is None


def test_random_and_stratified_need_no_column_and_differ_in_what_they_keep_even(owner):
    rows = [(text, label, "") for text, label in good_rows(90, ("praise",) * 9 + ("complaint",))]
    even = _made(owner, rows)["latest_version"]
    assert "split_mode" not in even["mapping"], "versions are as they always were"
    by_label = {entry["label"]: entry["test"] for entry in even["labels"]}
    assert by_label == {"praise": 8, "complaint": 1}
    assert _made(owner, rows, split_mode="stratified")["latest_version"]["sha256"] == even["sha256"]
    random = _made(owner, rows, split_mode="random")["latest_version"]
    assert random["num_rows"]["train"] + random["num_rows"]["validation"] + random["num_rows"]["test"] == 90
    assert random["mapping"]["split_mode"] == "random"
    assert random["sha256"] != even["sha256"]


def test_labels_of_few_texts_are_tested_where_they_can_be_and_told_where_not(owner):
    usual = [(f"invoice number {n}", "invoice") for n in range(40)]
    rows = [
        *usual,
        *((f"card {n % 3}", "card") for n in range(36)),
        *((f"data {n % 2}", "master data") for n in range(20)),
    ]
    dataset = mapped(owner, dataset_of(owner, (csv_of(rows), "a.csv", "auto")))
    assert dataset["state"] == "ready", dataset["problems"]
    by_label = {entry["label"]: entry for entry in dataset["latest_version"]["labels"]}
    assert {split: by_label["card"][split] for split in ("train", "validation", "test")} == dict.fromkeys(
        ("train", "validation", "test"), 12
    )
    told = {problem["code"]: problem for problem in dataset["problems"]}
    assert told["data:untested_labels"]["message"].startswith("1 of 3 labels are in no row of test: master data.")
    assert told["data:split_uneven_texts"]["message"].startswith("test has 16 rows where 10 were wanted: texts")
    assert {problem["severity"] for problem in dataset["problems"]} == {"warning"}


@pytest.mark.parametrize(
    ("task", "part"),
    [
        ("multi_label", lambda text, name: {"text": text, "labels": ["delivery", name]}),
        ("token_classification", lambda text, name: {"tokens": text.split(), "tags": ["B-delivery", f"B-{name}", "O"]}),
    ],
)
def test_labels_of_sets_and_types_of_spans_that_are_not_tested_are_told(owner, task, part):
    train = [part(f"parcel number {n}", ["price", "service"][n % 2]) for n in range(20)]
    test = [part(f"letter number {n}", "price") for n in range(10)]
    files = [
        ("\n".join(map(json.dumps, rows)).encode(), f"{split}.jsonl", split)
        for split, rows in (("train", train), ("test", test))
    ]
    dataset = mapped(owner, dataset_of(owner, *files, task=task))
    (problem,) = [one for one in dataset["problems"] if one["code"] == "data:untested_labels"]
    assert problem["message"].startswith("1 of 3 labels are in no row of test: service.")


def test_rows_without_a_group_or_with_no_time_are_told(owner):
    rows = _rows(lambda n: "" if n == 3 else "2026-01-01")
    dataset = _made(owner, rows, split_mode="grouped", split_column="by")
    (problem,) = [one for one in dataset["problems"] if one["code"] == "data:missing_value"]
    assert (problem["row"], problem["column"]) == (5, "by")
    rows = _rows(lambda n: "soon" if n == 3 else "2026-01-01")
    dataset = _made(owner, rows, split_mode="time", split_column="by")
    (problem,) = [one for one in dataset["problems"] if one["code"] == "data:not_a_time"]
    assert (problem["row"], problem["column"], problem["value"]) == (5, "by", "soon")


def test_a_column_says_where_each_row_goes_also_of_rows_that_come_later(owner):
    spellings = ("train", "Training", " dev ", "TEST", "训练集", "val", "测试", "train", "valid")
    rows = _rows(lambda n: spellings[n % 9])
    dataset = _made(owner, rows, split_mode="given", split_column="by")
    assert dataset["state"] == "ready", dataset["problems"]
    found = _by_split(owner, dataset["latest_version"], rows)
    assert {split: set(given) for split, given in found.items()} == {
        "train": {"train", "Training", "训练集"},
        "validation": {" dev ", "val", "valid"},
        "test": {"TEST", "测试"},
    }
    new = [("of late", "praise", "test"), ("row number 3", "complaint", "train"), ("later still", "praise", "dev")]
    version = _appended(owner, dataset, new)
    grown = {split: version["num_rows"][split] - len(given) for split, given in found.items()}
    assert grown == {"train": 1, "validation": 1, "test": 1}, "the column is believed, whatever else is known of a row"


def test_what_names_no_split_is_told_with_its_row_and_somebody_must_be_trained_on(owner):
    rows = _rows(lambda n: "eval" if n == 3 else "train")
    dataset = _made(owner, rows, split_mode="given", split_column="by")
    (problem,) = dataset["problems"]
    told = tuple(problem[name] for name in ("code", "row", "column", "value"))
    assert told == ("data:unknown_split", 5, "by", "eval")
    left_out = _made(owner, rows, split_mode="given", split_column="by", skip_bad_rows=True)
    assert left_out["latest_version"]["num_rows"] == {"train": 89, "validation": 0, "test": 0}
    dataset = _made(owner, _rows(lambda n: "test"), split_mode="given", split_column="by")
    assert "data:no_training_rows" in [problem["code"] for problem in dataset["problems"]]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"split_mode": "grouped"}, "dataset.split_column_missing"),
        ({"split_mode": "given"}, "dataset.split_column_missing"),
        ({"split_column": "by"}, "dataset.split_column_unused"),
        ({"split_mode": "time", "split_column": "when"}, "dataset.unknown_column"),
    ],
)
def test_mode_and_column_must_fit(owner, values, code):
    dataset = dataset_of(owner, (csv_of(_rows(str), _HEADER), "a.csv", "auto"))
    answer = owner.api.put(f"/datasets/{dataset['id']}/mapping", {"text": "text", "label": "label", **values})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert answer.json()["error"]["param"] == "split_column"
    assert shown(owner.api, dataset["id"])["state"] == "needs_mapping"
