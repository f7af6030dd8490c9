"""Datasets that grow and shrink over HTTP: files appended, datasets merged, rows filtered. Rows that were there stay where they are."""

from __future__ import annotations

import json

import pytest

from anneal.common.tenancy import service_scope
from anneal.datasets.models import DatasetFile
from tests.anneal.datasets.steps import (
    csv_of,
    dataset_of,
    done,
    edited,
    good_rows,
    mapped,
    rows_of,
    shown,
    uploaded,
    versioned,
)
from workers.contract.changes import ADDED, row_place

pytestmark = pytest.mark.django_db


def _content(person, version):
    return {row["id"]: (row["split"], row["cells"]) for row in rows_of(person.api, version["id"])}


def _appended(person, dataset, *files, **values):
    parts = [{"upload_id": uploaded(person.api, content, name), "split": split} for content, name, split in files]
    return done(person.api, person.api.post(f"/datasets/{dataset['id']}/files", {"files": parts, **values}))


def test_appended_rows_come_and_old_rows_never_move(owner):
    dataset = versioned(owner)
    before = _content(owner, dataset["latest_version"])
    row = next(row for row, (split, _) in before.items() if split == "train")
    moved = edited(owner, dataset, {"id": row, "action": "move", "split": "test"})["version"]
    before = _content(owner, moved)
    old = [(cells["text"], cells["label"]) for split, cells in before.values() if split == "test"]
    new = [(f"a new complaint number {n}", "complaint") for n in range(40)]
    made = _appended(owner, dataset, (csv_of([*new, *old]), "more.csv", "auto"))
    assert made["state"] == "applied", made["problems"]
    version = made["version"]
    assert (version["change"]["kind"], version["change"]["files"]) == ("append", ["more.csv"])
    assert (version["num_added"], version["num_removed"], version["num_changed"]) == (len(new) + len(old), 0, 0)
    after = _content(owner, version)
    assert all(after[row] == before[row] for row in before), "also the one that was moved by hand"
    came = {row: one for row, one in after.items() if row not in before}
    assert {row_place(row)[0] for row in came} == {1}, "the second file of the dataset"
    twins = {cells["text"] for _, cells in came.values()} & {text for text, _ in old}
    assert {split for split, cells in came.values() if cells["text"] in twins} == {"test"}, "no leak from test to train"
    splits = [split for split, cells in came.values() if cells["text"].startswith("a new")]
    assert 20 <= splits.count("train") < 40
    now = shown(owner.api, dataset["id"])
    assert [(file["filename"], file["num_rows"]) for file in now["files"]] == [
        ("reviews.csv", 40),
        ("more.csv", len(new) + len(old)),
    ]


def test_appended_rows_go_to_the_split_that_their_file_is_for(owner):
    dataset = versioned(owner)
    new = [(f"only for the test {n}", "praise") for n in range(12)]
    version = _appended(owner, dataset, (csv_of(new), "held-out.csv", "test"))["version"]
    assert version["num_rows"]["test"] == dataset["latest_version"]["num_rows"]["test"] + 12


def test_file_that_does_not_fit_is_refused_and_its_upload_is_free_again(owner):
    dataset = versioned(owner)
    other = csv_of([("x", "praise")] * 12, ("message", "label"))
    upload_id = uploaded(owner.api, other, "other.csv")
    body = {"files": [{"upload_id": upload_id, "split": "auto"}]}
    made = done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/files", body))
    assert made["state"] == "failed"
    (problem,) = made["problems"]
    assert (problem["code"], problem["file"], problem["column"]) == ("data:missing_column", "other.csv", "text")
    assert shown(owner.api, dataset["id"]) == dataset
    with service_scope():
        assert not DatasetFile.objects.filter(upload_id=upload_id).exists()
    again = _appended(owner, dataset, (csv_of(good_rows(12)), "good.csv", "auto"))
    assert again["state"] == "applied", "a refusal blocks nothing"


def _called_otherwise(person, dataset, content, columns):
    upload_id = uploaded(person.api, content, "other.csv")
    body = {"files": [{"upload_id": upload_id, "split": "auto", "columns": columns}]}
    return person.api.post(f"/datasets/{dataset['id']}/files", body)


def test_file_may_call_its_columns_otherwise(owner):
    dataset = versioned(owner)
    rows = [(f"a new complaint number {n}", "complaint", "x") for n in range(12)]
    content = csv_of(rows, ("message", "kind", "text"))
    made = done(owner.api, _called_otherwise(owner, dataset, content, {"text": "message", "label": "kind"}))
    assert made["state"] == "applied", made["problems"]
    version = made["version"]
    assert version["change"]["renamed"] == [{"file": "other.csv", "columns": {"text": "message", "label": "kind"}}]
    assert version["mapping"] == dataset["latest_version"]["mapping"], "the dataset's own names stay"
    texts = {cells["text"] for _, cells in _content(owner, version).values()}
    assert {text for text, *_ in rows} < texts
    again = mapped(owner, dataset, test_share=0.2)
    assert again["latest_version"]["num_rows"] is not None, "and are known when all files are read again"
    assert sum(again["latest_version"]["num_rows"].values()) == 52


def test_findings_in_such_a_file_speak_of_its_own_columns(owner):
    dataset = versioned(owner)
    content = csv_of([*good_rows(12), ("no label here", "")], ("message", "kind"))
    made = done(owner.api, _called_otherwise(owner, dataset, content, {"text": "message", "label": "kind"}))
    (problem,) = [one for one in made["problems"] if one["code"] == "data:missing_label"]
    assert (made["state"], problem["row"], problem["column"]) == ("failed", 14, "kind")
    made = done(owner.api, _called_otherwise(owner, dataset, content, {"text": "message", "label": "sort"}))
    (problem,) = made["problems"]
    assert (problem["code"], problem["column"]) == ("data:missing_column", "sort")


@pytest.mark.parametrize(
    ("columns", "code", "field"),
    [
        ({"words": "message"}, "dataset.unknown_role", "files[0].columns.words"),
        ({"text": "message", "label": "message"}, "append.column_twice", "files[0].columns.label"),
        ({"text": "label"}, "append.column_twice", "files[0].columns.text"),
        ({"text": ""}, "request.invalid", "files.0.columns.text"),
        ({"text": ["message"]}, "request.invalid", "files.0.columns.text"),
        ("message", "request.invalid", "files.0.columns"),
    ],
)
def test_columns_that_cannot_be_are_refused_by_field(owner, columns, code, field):
    dataset = versioned(owner)
    answer = _called_otherwise(owner, dataset, csv_of(good_rows(12), ("message", "label")), columns)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, field)


@pytest.mark.parametrize("skips", [False, True])
def test_bad_rows_of_an_appended_file_are_told_with_their_line(owner, skips):
    dataset = versioned(owner)
    content = csv_of([*good_rows(12), ("no label here", "")])
    made = _appended(owner, dataset, (content, "more.csv", "auto"), skip_bad_rows=skips)
    assert made["state"] == ("applied" if skips else "failed")
    (problem,) = [one for one in made["problems"] if one["code"] == "data:missing_label"]
    assert (problem["file"], problem["row"], problem["column"]) == ("more.csv", 14, "label")
    assert problem["severity"] == ("warning" if skips else "error")
    if skips:
        assert made["version"]["num_added"] == 12


def test_appending_needs_finished_uploads_of_ones_own_and_a_version(owner, stranger):
    dataset = versioned(owner)
    foreign = uploaded(stranger.api, csv_of(good_rows(12)))
    answer = owner.api.post(f"/datasets/{dataset['id']}/files", {"files": [{"upload_id": foreign}]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "upload.not_found")
    fresh = dataset_of(owner, (csv_of(good_rows(20)), "a.csv", "auto"))
    mine = uploaded(owner.api, csv_of(good_rows(12)))
    answer = owner.api.post(f"/datasets/{fresh['id']}/files", {"files": [{"upload_id": mine}]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "change.no_version")


def test_merged_rows_keep_their_splits_but_for_those_that_are_here_already(owner):
    dataset = versioned(owner)
    before = _content(owner, dataset["latest_version"])
    held = next(cells for split, cells in before.values() if split == "test")
    rows = [(f"from elsewhere {n}", "praise") for n in range(20)]
    rows[0] = (rows[0][0], "complaint")
    test = csv_of([(f"{text}!", "praise") for text, _ in rows[:10]])
    train = csv_of([*rows, (held["text"], held["label"])])
    other = mapped(
        owner, dataset_of(owner, (train, "a.csv", "train"), (test, "b.csv", "test"), name="Other"), validation_share=0
    )
    body = {"version_id": other["latest_version"]["id"]}
    made = done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/merge", body))
    assert made["state"] == "applied", made["problems"]
    version = made["version"]
    assert (version["num_added"], version["change"]["dataset"]) == (31, "Other")
    after = _content(owner, version)
    assert all(after[row] == before[row] for row in before)
    came = {row: one for row, one in after.items() if row not in before}
    assert {row_place(row)[0] for row in came} == {ADDED}
    assert {split for split, cells in came.values() if cells["text"].endswith("!")} == {"test"}
    assert {split for split, cells in came.values() if cells["text"] == held["text"]} == {"test"}
    assert sum(split == "train" for split, _ in came.values()) == 20


def test_what_cannot_be_merged_is_refused(owner, stranger):
    dataset = versioned(owner)
    path = f"/datasets/{dataset['id']}/merge"

    def refused(version_id):
        answer = owner.api.post(path, {"version_id": version_id})
        return answer.status_code, answer.json()["error"]["code"]

    assert refused(dataset["latest_version"]["id"]) == (400, "change.same_dataset")
    assert refused(versioned(stranger)["latest_version"]["id"]) == (404, "dataset_version.not_found")
    lines = "\n".join(json.dumps({"text": text}) for text, _ in good_rows(40)).encode()
    other = mapped(owner, dataset_of(owner, (lines, "a.jsonl", "auto"), task="causal_lm"))
    assert refused(other["latest_version"]["id"]) == (400, "change.other_task")


@pytest.mark.parametrize(
    ("drop", "keeps"),
    [
        ({"label": "praise"}, lambda row: row["cells"]["label"] != "praise"),
        ({"contains": "NUMBER 3"}, lambda row: "number 3" not in row["cells"]["text"]),
        (
            {"split": "train", "contains": "number 3"},
            lambda row: row["split"] != "train" or "number 3" not in row["cells"]["text"],
        ),
        ({"longer_than": 36}, lambda row: len(row["cells"]["text"]) <= 36),
        ({"shorter_than": 37}, lambda row: len(row["cells"]["text"]) >= 37),
        ({"row": 5}, lambda row: row["row"] != 5),
    ],
)
def test_filter_drops_the_rows_that_it_counted(owner, drop, keeps):
    rows = [*good_rows(60, ("praise", "complaint", "question"))]
    dataset = mapped(owner, dataset_of(owner, (csv_of(rows), "a.csv", "auto")))
    version = dataset["latest_version"]
    before = rows_of(owner.api, version["id"])
    kept = [row for row in before if keeps(row)]
    assert 0 < len(kept) < len(before)
    path = f"/datasets/{dataset['id']}/filter"
    counted = owner.api.post(path, {"drop": drop, "dry_run": True})
    assert counted.status_code == 200
    assert counted.json()["total"] == len(before) - len(kept) == sum(counted.json()["num_rows"].values())
    assert shown(owner.api, dataset["id"]) == dataset, "a dry run changes nothing"
    made = done(owner.api, owner.api.post(path, {"drop": drop, "base_version_id": version["id"]}))
    assert made["state"] == "applied", made["problems"]
    assert (made["version"]["num_removed"], made["version"]["change"]["drop"]) == (len(before) - len(kept), drop)
    assert rows_of(owner.api, made["version"]["id"]) == kept


def test_filter_keeps_the_rows_that_are_looked_at(owner):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows(60)), "a.csv", "auto")))
    version = dataset["latest_version"]
    before = rows_of(owner.api, version["id"])
    shown_rows = owner.api.get(
        f"/dataset-versions/{version['id']}/rows?contains=number&longer_than=36&limit=100&sort=id"
    ).json()
    kept = [row for row in before if len(row["cells"]["text"]) > 36]
    assert shown_rows["data"] == kept
    [alone] = owner.api.get(f"/dataset-versions/{version['id']}/rows?row=7&contains=number").json()["data"]
    assert alone == next(row for row in before if row["row"] == 7)
    keep = {"contains": "number", "longer_than": 36}
    path = f"/datasets/{dataset['id']}/filter"
    counted = owner.api.post(path, {"keep": keep, "dry_run": True}).json()
    assert counted["total"] == len(before) - len(kept) > 0
    made = done(owner.api, owner.api.post(path, {"keep": keep}))
    assert (made["version"]["change"]["keep"], made["version"]["num_removed"]) == (keep, counted["total"])
    assert rows_of(owner.api, made["version"]["id"]) == kept
    nothing = done(owner.api, owner.api.post(path, {"keep": {"contains": "unheard of"}}))
    assert [problem["code"] for problem in nothing["problems"]] == ["data:too_few_rows"]


@pytest.mark.parametrize("wish", [{}, {"drop": {"label": "a"}, "keep": {"label": "b"}}])
def test_filter_says_what_goes_or_what_stays_and_not_both(owner, wish):
    dataset = versioned(owner)
    answer = owner.api.post(f"/datasets/{dataset['id']}/filter", wish)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "change.drop_or_keep")


@pytest.mark.parametrize("length", ["-1", "1.5", "many", "1" * 20])
def test_rows_are_chosen_by_whole_lengths_alone(owner, length):
    version = versioned(owner)["latest_version"]
    answer = owner.api.get(f"/dataset-versions/{version['id']}/rows?longer_than={length}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "dataset_version.bad_length")


def test_datasets_are_listed_by_task(owner):
    dataset = versioned(owner)
    listed = owner.api.get("/datasets?task=classification").json()["data"]
    assert [one["id"] for one in listed] == [dataset["id"]]
    assert owner.api.get("/datasets?task=translation").json()["data"] == []
    assert owner.api.get("/datasets?task=nonsense").status_code == 400


def test_filter_by_ids_and_filters_of_nothing(owner):
    dataset = versioned(owner)
    rows = rows_of(owner.api, dataset["latest_version"]["id"])
    path = f"/datasets/{dataset['id']}/filter"
    empty = owner.api.post(path, {"drop": {}})
    assert empty.status_code == 400
    assert empty.json()["error"]["code"] == "change.empty_filter"
    none = done(owner.api, owner.api.post(path, {"drop": {"label": "unheard of"}}))
    assert [problem["code"] for problem in none["problems"]] == ["data:nothing_changed"]
    made = done(owner.api, owner.api.post(path, {"drop": {"ids": [rows[0]["id"], rows[5]["id"]]}}))
    assert made["version"]["num_removed"] == 2
    stale = owner.api.post(path, {"drop": {"label": "praise"}, "base_version_id": dataset["latest_version"]["id"]})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "change.not_latest")
