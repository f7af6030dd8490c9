"""Labelling over HTTP: rows handed out once, answers kept and taken back, agreement told, and a version made of it all."""

from __future__ import annotations

import json
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import DoctorFinding, DoctorReport, LabelClaim
from anneal.tenants.roles import Role
from tests.anneal.datasets.label_steps import begun as _begun
from tests.anneal.datasets.label_steps import finish as _finish
from tests.anneal.datasets.label_steps import handed as _handed
from tests.anneal.datasets.label_steps import handed_rows as _next
from tests.anneal.datasets.label_steps import progress as _progress
from tests.anneal.datasets.label_steps import refused as _refused
from tests.anneal.datasets.label_steps import say as _say
from tests.anneal.datasets.steps import csv_of, dataset_of, done, edited, mapped, rows_of, versioned
from tests.support.people import person_join

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(owner):
    return person_join(owner.tenant_id, Role.MEMBER)


def _said(person, session, answers):
    for row, label in answers.items():
        answer = _say(person, session, row, {"label": label})
        assert answer.status_code == 200, answer.content


def test_rows_come_without_their_labels_and_are_handed_to_one_person(owner, second):
    dataset = versioned(owner)
    session = _begun(owner, dataset, num_rows=10)
    assert (session["form"], session["num_rows"], session["labels"]) == ("label", 10, ["complaint", "praise"])
    first = _next(owner, session, 6)
    assert (len(first["data"]), first["num_left"]) == (6, 10)
    entry = first["data"][0]
    assert (list(entry["row"]["cells"]), entry["present"]) == (["text"], None)
    mine = [one["row"]["id"] for one in first["data"]]
    theirs = _handed(second, session)
    assert len(theirs) == 4
    assert not set(mine) & set(theirs)
    assert _handed(owner, session, 6) == mine, "asking again gives the same rows"
    assert _handed(owner, session, 20) == mine


def test_claim_that_ended_gives_the_rows_to_whoever_asks(owner, second):
    session = _begun(owner, versioned(owner), num_rows=5)
    mine = _handed(owner, session)
    assert _handed(second, session) == []
    with service_scope():
        LabelClaim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert _handed(second, session) == mine
    late = _say(owner, session, mine[0], {"label": "praise"})
    assert late.status_code == 200, "work that comes late is kept"


def test_overlap_wants_several_people_on_its_share_of_the_rows(owner, second):
    session = _begun(owner, versioned(owner), num_rows=8, labels_per_row=2, overlap=0.5)
    mine = _handed(owner, session)
    _said(owner, session, dict.fromkeys(mine, "praise"))
    theirs = _handed(second, session)
    assert len(mine) == 8
    assert len(theirs) == 4
    third = person_join(owner.tenant_id, Role.MEMBER)
    assert _handed(third, session) == [], "two have them before them"
    assert _progress(owner, session)["num_wanted"] == 12


def test_answer_sent_twice_is_one_the_last_word_counts_and_undo_takes_it_back(owner, second):
    session = _begun(owner, versioned(owner), num_rows=3)
    row, *rest = _handed(owner, session)
    assert _say(owner, session, row, {"label": "praise"}).json()["value"] == {"label": "praise"}
    _say(owner, session, row, {"label": "praise"})
    assert _say(owner, session, row, {"label": "complaint"}).json()["value"] == {"label": "complaint"}
    assert _progress(owner, session)["num_given"] == 1
    assert _handed(owner, session) == rest
    path = f"/label-sessions/{session['id']}/annotations/{row}"
    assert owner.api.delete(path).status_code == 204
    assert _refused(owner.api.delete(path))[:2] == (404, "annotation.not_found")
    assert _handed(second, session) == [], "it is the same person's again"
    assert _handed(owner, session) == [row, *rest]
    skipped = owner.api.put(path, {"is_skipped": True})
    assert (skipped.json()["value"], skipped.json()["is_skipped"]) == (None, True)
    assert _handed(owner, session) == rest
    assert _handed(second, session) == [row], "who skips leaves the row to others"


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"value": {"label": "anger"}}, "labelling.unknown_label", "value.label"),
        ({"value": {"score": 1}}, "labelling.wrong_field", "value"),
        ({"value": {"label": "praise", "labels": []}}, "labelling.wrong_field", "value"),
        ({"value": {"label": ["praise"]}}, "labelling.unknown_label", "value.label"),
        ({}, "labelling.value_or_skip", "value"),
        ({"value": {"label": "praise"}, "is_skipped": True}, "labelling.value_or_skip", "value"),
    ],
)
def test_answer_that_cannot_be_is_refused_by_field(owner, body, code, param):
    session = _begun(owner, versioned(owner), num_rows=3)
    row = _handed(owner, session)[0]
    assert _refused(owner.api.put(f"/label-sessions/{session['id']}/annotations/{row}", body)) == (400, code, param)
    assert _progress(owner, session)["num_given"] == 0


def test_who_may_label_and_who_may_look(owner, second, viewer, stranger):
    dataset = versioned(owner)
    session = _begun(owner, dataset, labellers=[str(owner.user.id)])
    path = f"/label-sessions/{session['id']}"
    row = _handed(owner, session)[0]
    assert _refused(second.api.get(f"{path}/next"))[:2] == (403, "labelling.not_invited")
    assert _refused(_say(second, session, row, {"label": "praise"}))[:2] == (403, "labelling.not_invited")
    assert _refused(second.api.get(f"{path}/disagreements"))[:2] == (403, "labelling.not_yours")
    assert _refused(_finish(second, session, "newest"))[:2] == (403, "labelling.not_yours")
    assert _refused(second.api.patch(path, {"state": "closed"}))[:2] == (403, "labelling.not_yours")
    assert viewer.api.get(f"{path}/progress").status_code == 200
    assert viewer.api.get(f"{path}/next").status_code == 403
    assert stranger.api.get(path).status_code == 404
    assert _refused(owner.key().get(f"{path}/next"))[:2] == (403, "auth.browser_only")
    guest = {"name": "n", "labellers": [str(stranger.user.id)]}
    refused = owner.api.post(f"/datasets/{dataset['id']}/label-sessions", guest)
    assert _refused(refused) == (400, "labelling.no_member", "labellers[0]")


def test_closed_session_takes_nothing_until_it_is_opened_again(owner):
    session = _begun(owner, versioned(owner), num_rows=3)
    row = _handed(owner, session)[0]
    path = f"/label-sessions/{session['id']}"
    assert owner.api.patch(path, {"state": "closed"}).json()["closed_at"]
    assert _refused(_say(owner, session, row, {"label": "praise"}))[:2] == (409, "labelling.closed")
    assert _refused(owner.api.get(f"{path}/next"))[:2] == (409, "labelling.closed")
    assert owner.api.patch(path, {"state": "open"}).json()["closed_at"] is None
    assert _say(owner, session, row, {"label": "praise"}).status_code == 200
    assert _refused(_say(owner, session, 12345, {"label": "praise"}))[:2] == (404, "label_row.not_found")


def test_two_people_agree_as_far_as_cohens_kappa_says_and_what_they_differ_on_is_shown(owner, second):
    session = _begun(owner, versioned(owner), num_rows=10, labels_per_row=2)
    rows = _handed(owner, session)
    mine = dict(zip(rows, ["praise"] * 5 + ["complaint"] * 5, strict=True))
    theirs = {**mine, rows[0]: "complaint", rows[9]: "praise"}
    _said(owner, session, mine)
    _said(second, session, theirs)
    told = _progress(owner, session)
    assert (told["num_done"], told["num_given"], told["num_wanted"], told["seconds_per_row"]) == (10, 20, 20, 2.0)
    assert {one["person"]["email"]: one["num_given"] for one in told["labellers"]} == {
        owner.user.email: 10,
        second.user.email: 10,
    }
    agreement = told["agreement"]
    assert (agreement["method"], agreement["value"]) == ("cohen_kappa", pytest.approx(0.6))
    assert (agreement["num_rows"], agreement["num_disputed"]) == (10, 2)
    assert [(one["label"], one["num_given"]) for one in agreement["labels"]] == [("complaint", 10), ("praise", 10)]
    found = owner.api.get(f"/label-sessions/{session['id']}/disagreements").json()
    assert (found["total"], [one["row"]["id"] for one in found["data"]]) == (2, [rows[0], rows[9]])
    assert {one["person"]["email"]: one["value"]["label"] for one in found["data"][0]["answers"]} == {
        owner.user.email: "praise",
        second.user.email: "complaint",
    }
    assert (found["data"][0]["majority"], found["data"][0]["decision"]) == (None, None)


def test_decided_session_becomes_a_version_and_undo_takes_it_back(owner, second):
    dataset = versioned(owner)
    before = {row["id"]: row["cells"]["label"] for row in rows_of(owner.api, dataset["latest_version"]["id"])}
    session = _begun(owner, dataset, num_rows=10, labels_per_row=2)
    assert _refused(_finish(owner, session, "majority"))[:2] == (409, "labelling.no_answers")
    rows = _handed(owner, session)
    flipped = "complaint" if before[rows[0]] == "praise" else "praise"
    _said(owner, session, {row: before[row] for row in rows})
    _said(second, session, {row: flipped if row == rows[0] else before[row] for row in rows})
    assert _refused(_finish(owner, session, "majority"))[:2] == (409, "labelling.nothing_to_change")
    undecided = _finish(owner, session, "adjudicated")
    assert _refused(undecided)[:2] == (409, "labelling.undecided")
    assert ": 1." in undecided.json()["error"]["message"]
    decide = f"/label-sessions/{session['id']}/decisions/{rows[0]}"
    assert _refused(owner.api.put(decide, {"value": {"label": "anger"}}))[1] == "labelling.unknown_label"
    assert owner.api.put(decide, {"value": {"label": flipped}}).json()["decision"] == {"label": flipped}
    made = done(owner.api, _finish(owner, session, "adjudicated"))
    assert made["state"] == "applied", made["problems"]
    assert (made["kind"], made["version"]["change"]["kind"], made["version"]["num_changed"]) == (
        "relabel",
        "relabel",
        1,
    )
    after = {row["id"]: row["cells"]["label"] for row in rows_of(owner.api, made["version"]["id"])}
    assert after == {**before, rows[0]: flipped}
    again = owner.api.get(f"/label-sessions/{session['id']}").json()
    assert (again["state"], again["change"]["version"]["number"]) == ("closed", 2)
    assert _refused(_finish(owner, session, "newest"))[:2] == (409, "labelling.finished")
    back = done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/undo"))["version"]
    assert back["sha256"] == dataset["latest_version"]["sha256"]


@pytest.mark.parametrize("resolve", ["majority", "newest"])
def test_what_was_decided_counts_under_every_rule(owner, second, resolve):
    dataset = versioned(owner)
    before = {row["id"]: row["cells"]["label"] for row in rows_of(owner.api, dataset["latest_version"]["id"])}
    session = _begun(owner, dataset, num_rows=2, labels_per_row=2)
    rows = _handed(owner, session)
    flip = {"praise": "complaint", "complaint": "praise"}
    flipped = {row: flip[before[row]] for row in rows}
    _said(owner, session, flipped)
    _said(second, session, {row: before[row] for row in rows})
    owner.api.put(f"/label-sessions/{session['id']}/decisions/{rows[0]}", {"value": {"label": flipped[rows[0]]}})
    made = done(owner.api, _finish(owner, session, resolve))
    assert made["version"]["change"]["num_tied"] == (1 if resolve == "majority" else 0)
    after = {row["id"]: row["cells"]["label"] for row in rows_of(owner.api, made["version"]["id"])}
    assert after == {**before, rows[0]: flipped[rows[0]]}


def test_rows_that_say_something_else_by_now_are_left_alone(owner):
    dataset = versioned(owner)
    first = {row["id"]: row["cells"] for row in rows_of(owner.api, dataset["latest_version"]["id"])}
    session = _begun(owner, dataset, num_rows=3)
    rows = _handed(owner, session)
    flip = {"praise": "complaint", "complaint": "praise"}
    _said(owner, session, {row: flip[first[row]["label"]] for row in rows})
    edited(
        owner,
        dataset,
        {"id": rows[0], "action": "drop"},
        {"id": rows[1], "action": "set", "cells": {"text": "something else by now"}},
    )
    made = done(owner.api, _finish(owner, session, "newest"))
    assert (made["state"], made["counts"], made["version"]["num_changed"]) == ("applied", {"set": 1}, 1)
    told = made["version"]["change"]
    assert (told["label_session_id"], told["resolve"]) == (session["id"], "newest")
    assert (told["num_tied"], told["num_left_out"]) == (0, 2)
    after = {row["id"]: row["cells"]["label"] for row in rows_of(owner.api, made["version"]["id"])}
    assert after[rows[1]] == first[rows[1]]["label"]
    assert after[rows[2]] == flip[first[rows[2]]["label"]]


def _scored(owner, version, ids, *, code="doctor:label_errors"):
    """What a doctor would have left: doubts about labels, or the difficulty of rows; the first is the most suspicious."""
    scores = [1 - number / 10 for number in range(len(ids))]
    path = store_path = f"{owner.tenant_id}/doctor/{version['id']}.parquet"
    with service_scope(), tenant_scope(owner.tenant_id):
        report, _ = DoctorReport.objects.update_or_create(version_id=version["id"], defaults={"state": "done"})
        if code:
            DoctorFinding.objects.create(
                report=report, position=0, code=code, severity="warning", num_rows=len(ids), rows_key=path
            )
        else:
            DoctorReport.objects.filter(id=report.id).update(difficulty_map={"key": path, "num_points": len(ids)})
    return store_path, pa.table({"id": pa.array(ids), "score": scores, "difficulty": scores})


@pytest.mark.parametrize(("order", "code"), [("suspected_errors", "doctor:label_errors"), ("uncertainty", "")])
def test_suspects_and_difficult_rows_come_first(owner, tmp_path, order, code):
    dataset = versioned(owner)
    version = dataset["latest_version"]
    path = f"/datasets/{dataset['id']}/label-sessions"
    missing = owner.api.post(path, {"name": "n", "order": order})
    expected = "labelling.no_suspects" if code else "labelling.no_difficulty"
    assert _refused(missing) == (409, expected, "order")
    ids = [row["id"] for row in rows_of(owner.api, version["id"])]
    wanted = [ids[7], ids[3], ids[20]]
    key, table = _scored(owner, version, wanted, code=code)
    pq.write_table(table, tmp_path / "scores.parquet")
    store().put_file(key, tmp_path / "scores.parquet")
    handed = _next(owner, _begun(owner, dataset, order=order))["data"]
    assert [entry["row"]["id"] for entry in handed] == wanted
    assert handed[0]["score"] == 1.0


def test_random_order_can_be_had_again_by_its_seed(owner):
    dataset = versioned(owner)
    orders = [_handed(owner, _begun(owner, dataset, order="random", seed=seed), 40) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])
    assert orders[0] != _handed(owner, _begun(owner, dataset), 40)


def test_request_says_what_is_wrong_with_a_session(owner):
    dataset = versioned(owner)
    path = f"/datasets/{dataset['id']}/label-sessions"
    for body, param in [
        ({}, "name"),
        ({"name": "n", "order": "best"}, "order"),
        ({"name": "n", "labels_per_row": 6}, "labels_per_row"),
        ({"name": "n", "overlap": 1.5}, "overlap"),
        ({"name": "n", "colour": "red"}, "colour"),
    ]:
        answer = owner.api.post(path, body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    session = _begun(owner, dataset, num_rows=1)
    for count in ("0", "51", "x", ""):
        answer = owner.api.get(f"/label-sessions/{session['id']}/next?count={count}")
        assert _refused(answer) == (400, "labelling.bad_count", "count")


def test_spans_are_labelled_in_tokens_and_become_tags(owner):
    rows = [
        (json.dumps(["Ada", "Lovelace", "met", "Acme", str(index)]), json.dumps(["B-PER", "I-PER", "O", "O", "O"]))
        for index in range(40)
    ]
    content = csv_of(rows, ("tokens", "tags"))
    dataset = mapped(owner, dataset_of(owner, (content, "names.csv", "auto"), task="token_classification"))
    session = _begun(owner, dataset, num_rows=2, new_labels=["ORG"], shows_present=True)
    entry, *_ = _next(owner, session)["data"]
    row = entry["row"]["id"]
    assert (list(entry["row"]["cells"]), session["labels"]) == (["tokens"], ["PER", "ORG"])
    person = {"type": "PER", "start": 0, "end": 2}
    assert entry["present"] == {"spans": [person]}
    company = {"type": "ORG", "start": 3, "end": 4}
    for spans, code in [
        ([{**company, "end": 6}], "labelling.bad_span"),
        ([{**company, "end": 3}], "labelling.bad_span"),
        ([person, {**company, "start": 1}], "labelling.overlapping_spans"),
        ([{**company, "type": "GPE"}], "labelling.unknown_label"),
    ]:
        assert _refused(_say(owner, session, row, {"spans": spans}))[1] == code
    assert _say(owner, session, row, {"spans": [company, person]}).json()["value"] == {"spans": [person, company]}
    made = done(owner.api, _finish(owner, session, "majority"))
    assert made["state"] == "applied", made["problems"]
    after = {one["id"]: one["cells"]["tags"] for one in rows_of(owner.api, made["version"]["id"])}
    assert after[row] == ["B-PER", "I-PER", "O", "B-ORG", "O"]


def test_sides_of_a_preference_hide_the_choice_and_the_other_side_swaps_the_answers(owner):
    rows = [(f"ask {index}", f"good {index}", f"bad {index}") for index in range(40)]
    content = csv_of(rows, ("prompt", "chosen", "rejected"))
    dataset = mapped(owner, dataset_of(owner, (content, "pairs.csv", "auto"), task="preference"))
    session = _begun(owner, dataset, num_rows=20)
    handed = [entry["row"] for entry in _next(owner, session)["data"]]
    assert all(list(row["cells"]) == ["prompt", "left", "right"] for row in handed)
    sides = {row["id"]: "left" if row["cells"]["left"].startswith("good") else "right" for row in handed}
    assert set(sides.values()) == {"left", "right"}
    first, second, *_ = sides
    other = {"left": "right", "right": "left"}
    assert _say(owner, session, first, {"preferred": sides[first]}).status_code == 200
    assert _say(owner, session, second, {"preferred": other[sides[second]]}).status_code == 200
    assert _refused(_say(owner, session, second, {"preferred": "up"}))[1] == "labelling.bad_side"
    made = done(owner.api, _finish(owner, session, "majority"))
    assert made["version"]["num_changed"] == 1
    after = {row["id"]: row["cells"] for row in rows_of(owner.api, made["version"]["id"])}
    assert after[second]["chosen"].startswith("bad")
    assert after[first]["chosen"].startswith("good")


def test_verdicts_on_single_answers_are_said_and_become_the_label(owner):
    rows = [(f"ask {index}", f"answer {index}", ["yes", "no"][index % 2]) for index in range(40)]
    content = csv_of(rows, ("prompt", "completion", "label"))
    dataset = mapped(owner, dataset_of(owner, (content, "verdicts.csv", "auto"), task="preference"))
    session = _begun(owner, dataset, num_rows=4)
    assert (session["form"], session["labels"]) == ("label", ["true", "false"])
    first, *_ = _handed(owner, session)
    now = {row["id"]: row["cells"]["label"] for row in rows_of(owner.api, dataset["latest_version"]["id"])}[first]
    other = {"true": "false", "false": "true"}[now]
    assert _refused(_say(owner, session, first, {"label": "perhaps"}))[1] == "labelling.unknown_label"
    assert _say(owner, session, first, {"label": other}).status_code == 200
    made = done(owner.api, _finish(owner, session, "newest"))
    assert {row["id"]: row["cells"]["label"] for row in rows_of(owner.api, made["version"]["id"])}[first] == other


def test_written_targets_are_compared_word_for_word_and_become_the_text(owner, second):
    rows = [(f"Wo ist Paket {index}?", f"Where is parcel {index}?") for index in range(40)]
    content = csv_of(rows, ("source", "target"))
    dataset = mapped(owner, dataset_of(owner, (content, "pairs.csv", "auto"), task="translation"))
    session = _begun(owner, dataset, num_rows=3, labels_per_row=2, shows_present=True)
    assert (session["form"], session["labels"]) == ("target", [])
    (first, second_row, third), handed = _handed(owner, session), _next(owner, session)["data"]
    assert list(handed[0]["row"]["cells"]) == ["source"]
    assert handed[0]["present"]["target"].startswith("Where is parcel")
    for bad in ("", "  ", 3, None, "x" * 20_001, "a\0b"):
        assert _refused(_say(owner, session, first, {"target": bad})) == (400, "labelling.bad_target", "value.target")
    assert _say(owner, session, first, {"target": " Where is it? "}).json()["value"] == {"target": "Where is it?"}
    assert _say(second, session, first, {"target": "Where  is it?"}).status_code == 200, "spaces make no difference"
    _say(owner, session, second_row, {"target": "One"})
    _say(second, session, second_row, {"target": "Another"})
    _say(owner, session, third, handed[2]["present"])
    agreement = _progress(owner, session)["agreement"]
    assert (agreement["method"], agreement["value"], agreement["num_disputed"]) == ("exact_match", 0.5, 1)
    made = done(owner.api, _finish(owner, session, "majority"))
    assert (made["version"]["num_changed"], made["version"]["change"]["num_tied"]) == (1, 1)
    after = {row["id"]: row["cells"]["target"] for row in rows_of(owner.api, made["version"]["id"])}
    assert after[first] == "Where is it?"


def test_scores_and_sets_of_labels_are_taken_within_their_bounds(owner, second):
    content = csv_of([(f"text {index}", str(index % 5)) for index in range(40)], ("text", "score"))
    dataset = mapped(owner, dataset_of(owner, (content, "stars.csv", "auto"), task="regression"))
    session = _begun(owner, dataset, num_rows=2, labels_per_row=2)
    assert session["scale"] == {"min": 0.0, "max": 4.0}
    row = _handed(owner, session)[0]
    for bad in (5, -1, "3", True, None):
        assert _refused(_say(owner, session, row, {"score": bad}))[1] == "labelling.bad_score"
    _say(owner, session, row, {"score": 1})
    _say(second, session, row, {"score": 4})
    assert _progress(owner, session)["agreement"]["value"] == 3.0
    made = done(owner.api, _finish(owner, session, "majority"))
    after = {one["id"]: one["cells"]["score"] for one in rows_of(owner.api, made["version"]["id"])}
    assert after[row] == 2.5

    content = csv_of(
        [(f"text {index}", json.dumps(["a", "b"] if index % 2 else ["a"])) for index in range(40)], ("text", "labels")
    )
    dataset = mapped(owner, dataset_of(owner, (content, "tags.csv", "auto"), task="multi_label"))
    session = _begun(owner, dataset, num_rows=2, labels_per_row=2)
    row = _handed(owner, session)[0]
    assert _refused(_say(owner, session, row, {"labels": ["a", "z"]}))[2] == "value.labels[1]"
    assert _say(owner, session, row, {"labels": ["b", "a", "b"]}).json()["value"] == {"labels": ["a", "b"]}
    _say(second, session, row, {"labels": ["b"]})
    made = done(owner.api, _finish(owner, session, "majority"))
    after = {one["id"]: one["cells"]["labels"] for one in rows_of(owner.api, made["version"]["id"])}
    assert after[row] == ["b"]
