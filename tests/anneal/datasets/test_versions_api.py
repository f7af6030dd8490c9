"""Versions that are made from versions over HTTP: rows edited and seen side by side, bad edits refused, earlier versions restored."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from anneal.common.outbox import outbox_relay
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.datasets.models import Dataset, DatasetChange, DatasetVersion
from anneal.datasets.services import applying, datasets_reconcile
from anneal.datasets.tasks import change
from tests.anneal.datasets.steps import csv_of, dataset_of, done, edited, good_rows, mapped, rows_of, shown, versioned
from workers.contract.changes import ADDED, row_id, row_place

pytestmark = pytest.mark.django_db


def _latest(person, dataset):
    return shown(person.api, dataset["id"])["latest_version"]


def _content(person, version):
    return {row["id"]: (row["split"], row["cells"]) for row in rows_of(person.api, version["id"])}


def test_rows_go_change_move_and_come_and_all_others_stay(owner):
    dataset = versioned(owner)
    first = dataset["latest_version"]
    before = _content(owner, first)
    dropped, relabelled, moved, *_ = sorted(row for row, (split, _) in before.items() if split == "train")
    label = "praise" if before[relabelled][1]["label"] == "complaint" else "complaint"
    made = edited(
        owner,
        dataset,
        {"id": dropped, "action": "drop"},
        {"id": relabelled, "action": "set", "cells": {"label": f" {label} "}},
        {"id": moved, "action": "move", "split": "test"},
        {"action": "add", "cells": {"text": "a wholly new text", "label": "praise"}, "split": "validation"},
    )
    assert made["state"] == "applied", made["problems"]
    version = made["version"]
    assert (version["number"], version["parent_id"]) == (2, first["id"])
    assert (version["num_added"], version["num_removed"], version["num_changed"]) == (1, 1, 2)
    assert version["change"]["kind"] == "edit"
    assert version["change"]["counts"] == {"drop": 1, "set": 1, "move": 1, "add": 1}
    assert version["created_by"]["email"] == owner.user.email
    assert _latest(owner, dataset) == version

    after = _content(owner, version)
    added = row_id(ADDED, 1)
    assert after[added] == ("validation", {"text": "a wholly new text", "label": "praise"})
    assert dropped not in after
    assert after[relabelled] == ("train", {**before[relabelled][1], "label": label})
    assert after[moved] == ("test", before[moved][1])
    untouched = before.keys() - {dropped, relabelled, moved}
    assert all(after[row] == before[row] for row in untouched)
    assert sum(version["num_rows"].values()) == len(after) == len(before)
    assert _content(owner, first) == before, "the version before never changes"
    by_label = {entry["label"]: sum(entry[split] for split in version["num_rows"]) for entry in version["labels"]}
    assert by_label == {name: sum(cells["label"] == name for _, cells in after.values()) for name in by_label}


def test_rows_of_an_edited_version_keep_their_order(owner):
    dataset = versioned(owner, count=60)
    train = [row for row in _content(owner, dataset["latest_version"]).items() if row[1][0] == "train"]
    middle = train[len(train) // 2][0]
    made = edited(owner, dataset, {"id": middle, "action": "set", "cells": {"text": "something else"}})
    window = owner.api.get(f"/dataset-versions/{made['version']['id']}/rows?split=train&limit=100").json()
    assert [row["id"] for row in window["data"]] == [row for row, _ in train]


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({"text": "  "}, "data:missing_text", "text"),
        ({"label": ""}, "data:missing_label", "label"),
        ({"text": "a\x00b"}, "data:nul_byte", "text"),
        ({"label": "x" * 300}, "data:label_too_long", "label"),
        ({"text": ["a"]}, "data:wrong_type", "text"),
    ],
)
def test_bad_edit_is_refused_with_row_and_field_and_leaves_the_dataset_as_it_was(owner, cells, code, column):
    dataset = versioned(owner)
    row = rows_of(owner.api, dataset["latest_version"]["id"])[3]
    made = edited(owner, dataset, {"id": row["id"], "action": "set", "cells": cells})
    assert made["state"] == "failed"
    assert made["version"] is None
    problem = made["problems"][0]
    assert (problem["code"], problem["column"], problem["row_id"]) == (code, column, row["id"])
    assert (problem["file"], problem["row"]) == ("reviews.csv", row["row"])
    assert problem["message"]
    assert shown(owner.api, dataset["id"]) == dataset


def test_bad_new_row_is_refused_by_its_number(owner):
    dataset = versioned(owner)
    good = {"action": "add", "cells": {"text": "x", "label": "praise"}}
    made = edited(owner, dataset, good, {"action": "add", "cells": {"text": "y"}})
    assert made["state"] == "failed"
    assert [(one["code"], one["column"], one["addition"]) for one in made["problems"]] == [
        ("data:missing_label", "label", 2)
    ]


def test_change_that_spoils_the_whole_is_refused(owner):
    dataset = versioned(owner, count=12)
    rows = rows_of(owner.api, dataset["latest_version"]["id"])
    drops = [{"id": row["id"], "action": "drop"} for row in rows[:5]]
    made = edited(owner, dataset, *drops)
    assert made["state"] == "failed"
    assert "data:too_few_rows" in [problem["code"] for problem in made["problems"]]


def test_unknown_rows_contradictions_and_changes_of_nothing_are_told(owner):
    dataset = versioned(owner)
    row = rows_of(owner.api, dataset["latest_version"]["id"])[0]
    unknown = edited(owner, dataset, {"id": row_id(0, 999_999), "action": "drop"})
    assert [problem["code"] for problem in unknown["problems"]] == ["data:no_such_row"]
    drop = {"id": row["id"], "action": "drop"}
    both = edited(owner, dataset, drop, {"id": row["id"], "action": "move", "split": "test"})
    assert [problem["code"] for problem in both["problems"]] == ["data:dropped_and_changed"]
    same = edited(owner, dataset, {"id": row["id"], "action": "set", "cells": row["cells"]})
    assert [problem["code"] for problem in same["problems"]] == ["data:nothing_changed"]
    assert _latest(owner, dataset)["number"] == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"changes": []}, "changes"),
        ({"changes": [{"id": 1, "action": "set"}]}, "changes[0].cells"),
        ({"changes": [{"id": 1, "action": "drop"}, {"action": "drop"}]}, "changes[1].id"),
        ({"changes": [{"id": 1, "action": "burn"}]}, "changes[0].action"),
        ({"changes": [{"id": 1, "action": "set", "cells": {"colour": "red"}}]}, "changes[0].cells.colour"),
        ({"changes": [{"id": 1, "action": "drop"}], "kind": "restore"}, "kind"),
    ],
)
def test_request_names_the_place_that_is_wrong(owner, body, param):
    dataset = versioned(owner)
    whole = {"base_version_id": dataset["latest_version"]["id"], **body}
    answer = owner.api.post(f"/datasets/{dataset['id']}/changes", whole)
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": 1, "action": "move"}, "须指明该行移动到哪个划分"),
        ({"id": 1, "action": "burn"}, "必须是 'drop', 'set', 'move' or 'add'"),
        ({"id": 1, "action": "drop", "colour": "red"}, "没有这个设置"),
    ],
)
def test_half_a_change_is_refused_in_the_language_of_the_request(owner, change, words):
    dataset = versioned(owner)
    body = {"base_version_id": dataset["latest_version"]["id"], "changes": [change]}
    answer = owner.api.post(f"/datasets/{dataset['id']}/changes", body, Accept_Language="zh-CN")
    assert [detail["message"] for detail in answer.json()["error"]["details"]] == [words]


def test_change_of_a_version_that_is_not_the_latest_is_refused(owner):
    dataset = versioned(owner)
    row = rows_of(owner.api, dataset["latest_version"]["id"])[0]
    edited(owner, dataset, {"id": row["id"], "action": "drop"})
    body = {"base_version_id": dataset["latest_version"]["id"], "changes": [{"id": row["id"], "action": "drop"}]}
    answer = owner.api.post(f"/datasets/{dataset['id']}/changes", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "change.not_latest")
    assert "Version 1 is not the latest one; that is version 2." in answer.json()["error"]["message"]


def test_one_change_waits_at_a_time_and_the_mapping_waits_too(owner):
    dataset = versioned(owner)
    row = rows_of(owner.api, dataset["latest_version"]["id"])[0]
    body = {"base_version_id": dataset["latest_version"]["id"], "changes": [{"id": row["id"], "action": "drop"}]}
    path = f"/datasets/{dataset['id']}/changes"
    asked = owner.api.post(path, body, **{"Idempotency-Key": "k1"})
    again = owner.api.post(path, body, **{"Idempotency-Key": "k1"})
    assert again.json()["id"] == asked.json()["id"], "the same request makes one change"
    second = owner.api.post(path, body)
    assert (second.status_code, second.json()["error"]["code"]) == (409, "change.waiting")
    mapping = owner.api.put(f"/datasets/{dataset['id']}/mapping", {"text": "text", "label": "label"})
    assert (mapping.status_code, mapping.json()["error"]["code"]) == (409, "change.waiting")
    assert done(owner.api, asked)["state"] == "applied"
    assert [entry["id"] for entry in owner.api.get(path).json()["data"]] == [asked.json()["id"]]


def test_earlier_version_is_restored_and_undo_goes_back_one_step(owner):
    dataset = versioned(owner)
    first = dataset["latest_version"]
    row = rows_of(owner.api, first["id"])[0]
    second = edited(owner, dataset, {"id": row["id"], "action": "drop"})["version"]
    assert done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/undo"))["state"] == "applied"
    third = _latest(owner, dataset)
    assert (third["number"], third["change"]["kind"], third["change"]["number"]) == (3, "restore", 1)
    assert (third["sha256"], third["num_rows"]) == (first["sha256"], first["num_rows"])
    assert (third["parent_id"], third["num_added"], third["num_removed"], third["num_changed"]) == (
        second["id"],
        1,
        0,
        0,
    )
    assert _content(owner, third) == _content(owner, first)
    redone = done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/undo"))["version"]
    assert redone["sha256"] == second["sha256"], "undoing an undo"
    latest = owner.api.post(f"/dataset-versions/{redone['id']}/restore")
    assert (latest.status_code, latest.json()["error"]["code"]) == (409, "change.is_latest")
    fresh = versioned(owner)
    nothing = owner.api.post(f"/datasets/{fresh['id']}/undo")
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (409, "change.nothing_to_undo")


def test_columns_chosen_again_never_take_back_edits_unasked(owner):
    dataset = versioned(owner)
    first = dataset["latest_version"]
    row = rows_of(owner.api, first["id"])[0]["id"]
    second = edited(owner, dataset, {"id": row, "action": "set", "cells": {"text": "mended by hand"}})["version"]
    refused = owner.api.put(f"/datasets/{dataset['id']}/mapping", {"text": "text", "label": "label"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "dataset.mapping_unchanged")
    assert "v2" in refused.json()["error"]["message"]

    again = mapped(owner, dataset, test_share=0.3)["latest_version"]
    assert (again["number"], again["parent_id"], again["num_added"]) == (3, second["id"], None)
    assert _content(owner, again)[row][1]["text"] != "mended by hand"
    difference = owner.api.get(f"/dataset-versions/{again['id']}/diff").json()
    assert row in {one["id"] for one in difference["data"]}
    assert done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/undo"))["state"] == "applied"
    assert _content(owner, _latest(owner, dataset))[row][1]["text"] == "mended by hand"


def test_ids_of_rows_that_were_added_are_never_given_twice(owner):
    dataset = versioned(owner)
    new = {"action": "add", "cells": {"text": "one more", "label": "praise"}, "split": "train"}
    edited(owner, dataset, new)
    done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/undo"))
    other = edited(owner, dataset, {**new, "cells": {"text": "another one", "label": "praise"}})["version"]
    added = [row["id"] for row in rows_of(owner.api, other["id"]) if row_place(row["id"])[0] == ADDED]
    assert added == [row_id(ADDED, 2)]


def test_new_row_is_divided_by_rule_and_follows_a_row_with_its_text(owner):
    dataset = versioned(owner, count=60)
    rows = rows_of(owner.api, dataset["latest_version"]["id"])
    known = {row["split"]: row["cells"]["text"] for row in rows}
    adds = [{"action": "add", "cells": {"text": f"  {text.upper()} ", "label": "praise"}} for text in known.values()]
    fresh = [{"action": "add", "cells": {"text": f"unheard of {n}", "label": "praise"}} for n in range(200)]
    odd = {"action": "add", "cells": {"text": "a text of a new kind", "label": "question"}}
    made = edited(owner, dataset, *adds, *fresh, odd)
    assert made["state"] == "applied", made["problems"]
    window = owner.api.get(f"/dataset-versions/{made['version']['id']}/rows?contains=PARCEL&limit=100").json()["data"]
    upper = {
        row["cells"]["text"]: row["split"]
        for row in window
        if row["cells"]["text"].isupper() or "  " in row["cells"]["text"]
    }
    assert upper == {f"  {text.upper()} ": split for split, text in known.items()}
    counts = {
        split: owner.api.get(f"/dataset-versions/{made['version']['id']}/rows?contains=unheard&split={split}").json()[
            "total"
        ]
        for split in ("train", "validation", "test")
    }
    assert sum(counts.values()) == 200
    assert all(5 <= counts[split] <= 40 for split in ("validation", "test")), counts
    (question,) = owner.api.get(f"/dataset-versions/{made['version']['id']}/rows?label=question").json()["data"]
    assert question["split"] == "train", "a label's first row is learnt from"


def test_rows_are_found_by_split_label_text_and_id(owner):
    dataset = versioned(owner)
    version = dataset["latest_version"]["id"]
    everything = rows_of(owner.api, version)
    assert [row["id"] for row in everything] == sorted(row["id"] for row in everything)
    some = rows_of(owner.api, version, "&split=train&label=praise&contains=NUMBER%201")
    assert some
    assert some == [
        row
        for row in everything
        if row["split"] == "train" and row["cells"]["label"] == "praise" and "number 1" in row["cells"]["text"]
    ]
    ids = [everything[5]["id"], everything[2]["id"]]
    assert [row["id"] for row in rows_of(owner.api, version, f"&ids={ids[0]},{ids[1]}")] == sorted(ids)
    pages = [owner.api.get(f"/dataset-versions/{version}/rows?limit=15&offset={at}").json() for at in (0, 15, 30, 45)]
    assert sorted(row["id"] for page in pages for row in page["data"]) == [row["id"] for row in everything]
    assert {page["total"] for page in pages} == {40}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("split=other", "dataset_version.bad_choice"),
        ("sort=label", "dataset_version.bad_choice"),
        ("ids=a", "dataset_version.bad_ids"),
        (f"ids={2**60}", "dataset_version.bad_ids"),
        ("offset=-1", "dataset.bad_offset"),
        ("limit=101", "request.bad_limit"),
    ],
)
def test_rows_refuse_what_makes_no_sense(owner, query, code):
    version = versioned(owner)["latest_version"]["id"]
    answer = owner.api.get(f"/dataset-versions/{version}/rows?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_long_cells_come_when_their_row_is_asked_for(owner):
    text = "long " * 5000
    dataset = mapped(owner, dataset_of(owner, (csv_of([*good_rows(30), (text, "praise")]), "a.csv", "auto")))
    version = dataset["latest_version"]["id"]
    (row,) = [row for row in rows_of(owner.api, version) if row["long"]]
    assert (row["long"], row["cells"]["text"]) == (["text"], None)
    (whole,) = rows_of(owner.api, version, f"&ids={row['id']}")
    assert (whole["long"], whole["cells"]["text"]) == ([], text)


def test_versions_are_compared_row_by_row(owner):
    dataset = versioned(owner)
    first = dataset["latest_version"]
    rows = rows_of(owner.api, first["id"])
    second = edited(
        owner,
        dataset,
        {"id": rows[0]["id"], "action": "drop"},
        {"id": rows[1]["id"], "action": "set", "cells": {"text": "other words"}},
        {"action": "add", "cells": {"text": "new", "label": "praise"}, "split": "train"},
    )["version"]

    def diff(version, query=""):
        answer = owner.api.get(f"/dataset-versions/{version['id']}/diff?{query}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    changed = diff(second)
    assert changed["counts"] == {"added": 1, "removed": 1, "changed": 1}
    (pair,) = changed["data"]
    assert (pair["before"]["cells"]["text"], pair["after"]["cells"]["text"]) == (
        rows[1]["cells"]["text"],
        "other words",
    )
    (removed,) = diff(second, "kind=removed")["data"]
    assert (removed["id"], removed["after"]) == (rows[0]["id"], None)
    (added,) = diff(second, "kind=added")["data"]
    assert (added["before"], added["after"]["cells"]["text"]) == (None, "new")

    back = diff(first, f"against={second['id']}")  # never made: computed from the rows
    assert back["counts"] == {"added": 1, "removed": 1, "changed": 1}
    assert back["data"] == [{"id": pair["id"], "before": pair["after"], "after": pair["before"]}]
    assert diff(first, f"against={second['id']}") == back, "and the same from what was kept"
    kept = list(store().list_keys(f"{owner.tenant_id}/datasets/{dataset['id']}/{first['id']}"))
    assert any(key.endswith(f"difference-{second['id']}.parquet") for key in kept)

    none = owner.api.get(f"/dataset-versions/{first['id']}/diff")
    assert (none.status_code, none.json()["error"]["code"]) == (400, "dataset_version.no_parent")
    other = versioned(owner, count=41)["latest_version"]["id"]
    foreign = owner.api.get(f"/dataset-versions/{first['id']}/diff?against={other}")
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (400, "dataset_version.other_dataset")


@pytest.mark.parametrize("limit", ["MOST_COMPARED_ROWS", "MOST_COMPARED_BYTES"])
def test_versions_that_are_too_large_are_compared_where_the_difference_is_known(owner, monkeypatch, limit):
    dataset = versioned(owner)
    first = dataset["latest_version"]["id"]
    row = rows_of(owner.api, first)[0]["id"]
    second = edited(owner, dataset, {"id": row, "action": "drop"})["version"]["id"]
    monkeypatch.setattr(f"anneal.datasets.rows.{limit}", 78)
    assert owner.api.get(f"/dataset-versions/{second}/diff").json()["counts"]["removed"] == 1
    refused = owner.api.get(f"/dataset-versions/{first}/diff?against={second}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "dataset_version.too_large_to_compare")
    assert "79 rows" in refused.json()["error"]["message"]


def test_strangers_see_no_rows_and_viewers_change_none(owner, stranger, viewer):
    dataset = versioned(owner)
    version = dataset["latest_version"]["id"]
    mine = versioned(stranger)["latest_version"]["id"]
    assert viewer.api.get(f"/dataset-versions/{version}/rows").status_code == 200
    assert stranger.api.get(f"/dataset-versions/{version}/rows").status_code == 404
    assert stranger.api.get(f"/dataset-versions/{mine}/diff?against={version}").status_code == 404
    body = {"base_version_id": version, "changes": [{"id": 1, "action": "drop"}]}
    assert viewer.api.post(f"/datasets/{dataset['id']}/changes", body).status_code == 403
    assert stranger.api.post(f"/datasets/{dataset['id']}/changes", body).status_code == 404
    assert viewer.api.post(f"/datasets/{dataset['id']}/undo").status_code == 403


# --- the background


def _asked(person) -> tuple[str, str]:
    dataset = versioned(person)
    row = rows_of(person.api, dataset["latest_version"]["id"])[0]
    body = {"base_version_id": dataset["latest_version"]["id"], "changes": [{"id": row["id"], "action": "drop"}]}
    return dataset["id"], person.api.post(f"/datasets/{dataset['id']}/changes", body).json()["id"]


def _age(change_id, **values) -> None:
    past = timezone.now() - timedelta(minutes=5)
    with service_scope():
        DatasetChange.objects.filter(id=change_id).update(work_asked_at=past, **values)


def _objects(person, dataset_id) -> set[str]:
    return set(store().list_keys(f"{person.tenant_id}/datasets/{dataset_id}"))


def test_lost_message_of_a_change_is_sent_again(owner):
    _, change_id = _asked(owner)
    sent: list[tuple[str, dict[str, str]]] = []
    outbox_relay(lambda topic, payload: sent.append((topic, payload)))
    assert ("datasets.change", {"change_id": change_id}) in sent
    with service_scope():
        assert datasets_reconcile() == 0, "too early: the message may be on its way"
    _age(change_id)
    with service_scope():
        assert datasets_reconcile() == 1
    sent.clear()
    outbox_relay(lambda topic, payload: sent.append((topic, payload)))
    assert sent == [("datasets.change", {"change_id": change_id})]


def test_overtaken_worker_makes_no_version(owner, monkeypatch):
    dataset_id, change_id = _asked(owner)
    before = _objects(owner, dataset_id)
    real = applying.Revision.revise

    def revise(self, *args, **values):
        built = real(self, *args, **values)
        with service_scope():  # Meanwhile somebody else took over.
            DatasetChange.objects.filter(id=change_id).update(run=99)
        return built

    monkeypatch.setattr(applying.Revision, "revise", revise)
    change(change_id)
    assert shown(owner.api, dataset_id)["latest_version"]["number"] == 1
    assert _objects(owner, dataset_id) == before


def test_dead_worker_is_succeeded_and_leaves_nothing(owner):
    dataset_id, change_id = _asked(owner)
    _age(change_id, lease_until=timezone.now() - timedelta(minutes=1))
    left = settings.ENVIRONMENT.anneal_data_dir / "work" / f"{change_id}-1"
    left.mkdir(parents=True)
    (left / "train.parquet").write_bytes(b"half")
    orphan = f"{owner.tenant_id}/datasets/{dataset_id}/01890000-0000-7000-8000-000000000000/train.parquet"
    store().put_file(orphan, left / "train.parquet")
    change(change_id)
    assert shown(owner.api, dataset_id)["latest_version"]["number"] == 2
    assert not left.exists()
    assert orphan not in _objects(owner, dataset_id)


def test_taken_change_is_left_alone_and_three_crashes_end_it(owner):
    dataset_id, change_id = _asked(owner)
    _age(change_id, lease_until=timezone.now() + timedelta(minutes=1))
    change(change_id)
    assert shown(owner.api, dataset_id)["latest_version"]["number"] == 1
    _age(change_id, lease_until=timezone.now() - timedelta(minutes=1), crashes=2)
    change(change_id)
    given_up = owner.api.get(f"/datasets/{dataset_id}/changes/{change_id}").json()
    assert (given_up["state"], given_up["problems"][0]["code"]) == ("failed", "data:platform")
    row = rows_of(owner.api, shown(owner.api, dataset_id)["latest_version"]["id"])[0]
    assert edited(owner, {"id": dataset_id}, {"id": row["id"], "action": "drop"})["state"] == "applied"


def test_change_of_a_deleted_dataset_stops(owner):
    dataset_id, change_id = _asked(owner)
    owner.api.delete(f"/datasets/{dataset_id}")
    change(change_id)
    _age(change_id)
    with service_scope():
        assert datasets_reconcile() == 0
        assert Dataset.objects.get(id=dataset_id).deleted_at is not None
        assert DatasetVersion.objects.filter(dataset_id=dataset_id).count() == 1
