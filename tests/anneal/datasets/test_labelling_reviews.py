"""Conversations over HTTP: kept as they are, with turns of the assistant put right, or taken out of the dataset."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import DoctorFinding, DoctorReport
from anneal.tenants.roles import Role
from tests.anneal.datasets.label_steps import begun, finish, handed, handed_rows, progress, refused, say
from tests.anneal.datasets.steps import dataset_of, done, mapped, rows_of
from tests.support.people import person_join

pytestmark = pytest.mark.django_db

_ACCEPT = {"review": {"verdict": "accept", "turns": []}}
_DROP = {"review": {"verdict": "drop", "turns": []}}


@pytest.fixture
def second(owner):
    return person_join(owner.tenant_id, Role.MEMBER)


def _messages(index):
    call = {"id": "c1", "type": "function", "function": {"name": "track", "arguments": "{}"}}
    return [
        {"role": "system", "content": "You are a help desk."},
        {"role": "user", "content": f"Where is parcel {index}?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "on its way", "tool_call_id": "c1"},
        {"role": "assistant", "content": "It is on it's way.", "weight": 0},
        {"role": "user", "content": "Thanks"},
        {"role": "assistant", "content": "You are welcome."},
    ]


def _conversations(owner):
    lines = [json.dumps({"messages": _messages(index)}) for index in range(40)]
    content = "\n".join(lines).encode()
    return mapped(owner, dataset_of(owner, (content, "talks.jsonl", "auto"), task="chat"))


def _correct(*turns):
    return {"review": {"verdict": "correct", "turns": list(turns)}}


def _talks(owner, version_id):
    return {row["id"]: json.loads(row["cells"]["messages"]) for row in rows_of(owner.api, version_id)}


def test_corrected_turns_become_the_conversation_and_dropped_ones_leave_the_version(owner):
    dataset = _conversations(owner)
    before = _talks(owner, dataset["latest_version"]["id"])
    session = begun(owner, dataset, num_rows=3)
    assert (session["form"], session["labels"]) == ("review", [])
    entries = handed_rows(owner, session)["data"]
    assert json.loads(entries[0]["row"]["cells"]["messages"]) == before[entries[0]["row"]["id"]]
    kept, corrected, dropped = (entry["row"]["id"] for entry in entries)
    assert say(owner, session, kept, _ACCEPT).json()["value"] == _ACCEPT
    turns = [{"index": 6, "weight": 0}, {"index": 4, "content": "It is on its way.\n", "weight": 1}]
    said = say(owner, session, corrected, _correct(*turns))
    assert said.json()["value"] == _correct(turns[1], turns[0]), "in the order of the conversation"
    assert say(owner, session, dropped, {"review": {"verdict": "drop"}}).json()["value"] == _DROP
    made = done(owner.api, finish(owner, session, "majority"))
    assert made["state"] == "applied", made["problems"]
    assert (made["kind"], made["counts"]) == ("relabel", {"set": 1, "drop": 1})
    assert (made["version"]["num_changed"], made["version"]["num_removed"]) == (1, 1)
    after = _talks(owner, made["version"]["id"])
    expected = [dict(message) for message in before[corrected]]
    expected[4] |= {"content": "It is on its way.\n", "weight": 1}
    expected[6] |= {"weight": 0}
    assert after[corrected] == expected, "calls of tools and everything else stay"
    assert after[kept] == before[kept]
    assert dropped not in after
    back = done(owner.api, owner.api.post(f"/datasets/{dataset['id']}/undo"))["version"]
    assert back["sha256"] == dataset["latest_version"]["sha256"]


def test_correction_that_says_what_is_there_is_no_correction(owner):
    session = begun(owner, _conversations(owner), num_rows=1)
    row = handed(owner, session)[0]
    same = _correct({"index": 6, "content": "You are welcome.", "weight": 1}, {"index": 4, "weight": 0})
    assert say(owner, session, row, same).json()["value"] == _ACCEPT
    assert refused(finish(owner, session, "newest"))[:2] == (409, "labelling.nothing_to_change")


@pytest.mark.parametrize(
    ("review", "code", "field"),
    [
        ("fine", "labelling.bad_verdict", "verdict"),
        ({"turns": []}, "labelling.bad_verdict", "verdict"),
        ({"verdict": "keep"}, "labelling.bad_verdict", "verdict"),
        ({"verdict": ["drop"]}, "labelling.bad_verdict", "verdict"),
        ({"verdict": "correct"}, "labelling.turns_of_correct", "turns"),
        ({"verdict": "drop", "turns": [{"index": 6, "weight": 0}]}, "labelling.turns_of_correct", "turns"),
        ({"verdict": "correct", "turns": {"index": 6}}, "labelling.bad_turn", "turns"),
        ({"verdict": "correct", "turns": [{"index": 6}]}, "labelling.bad_turn", "turns[0]"),
        ({"verdict": "correct", "turns": [{"index": 6, "role": "user"}]}, "labelling.bad_turn", "turns[0]"),
        ({"verdict": "correct", "turns": [{"index": 5, "weight": 0}]}, "labelling.no_such_turn", "turns[0].index"),
        ({"verdict": "correct", "turns": [{"index": 99, "weight": 0}]}, "labelling.no_such_turn", "turns[0].index"),
        ({"verdict": "correct", "turns": [{"index": [6], "weight": 0}]}, "labelling.no_such_turn", "turns[0].index"),
        (
            {"verdict": "correct", "turns": [{"index": 6, "content": " \n"}]},
            "labelling.bad_content",
            "turns[0].content",
        ),
        (
            {"verdict": "correct", "turns": [{"index": 6, "content": "x" * 20_001}]},
            "labelling.bad_content",
            "turns[0].content",
        ),
        ({"verdict": "correct", "turns": [{"index": 6, "weight": 0.5}]}, "labelling.bad_weight", "turns[0].weight"),
        ({"verdict": "correct", "turns": [{"index": 6, "weight": True}]}, "labelling.bad_weight", "turns[0].weight"),
        (
            {"verdict": "correct", "turns": [{"index": 6, "weight": 0}, {"index": 6, "content": "Bye"}]},
            "labelling.turn_twice",
            "turns[1].index",
        ),
    ],
)
def test_review_that_cannot_be_is_refused_by_field(owner, review, code, field):
    session = begun(owner, _conversations(owner), num_rows=2)
    row = handed(owner, session)[0]
    assert refused(say(owner, session, row, {"review": review})) == (400, code, f"value.review.{field}")
    assert progress(owner, session)["num_given"] == 0


def test_agreement_is_that_of_the_verdicts_and_texts_that_differ_are_disputed(owner, second):
    session = begun(owner, _conversations(owner), num_rows=4, labels_per_row=2)
    rows = handed(owner, session)
    mine = [_ACCEPT, _DROP, _correct({"index": 6, "content": "Any time."}), _ACCEPT]
    theirs = [_ACCEPT, _DROP, _correct({"index": 6, "content": "With pleasure."}), _DROP]
    for person, reviews in ((owner, mine), (second, theirs)):
        for row, review in zip(rows, reviews, strict=True):
            assert say(person, session, row, review).status_code == 200
    agreement = progress(owner, session)["agreement"]
    assert (agreement["method"], agreement["num_rows"], agreement["num_disputed"]) == ("cohen_kappa", 4, 2)
    # Alike on 3 of 4; by chance (2*1 + 1*2 + 1*1) / 16.
    assert agreement["value"] == pytest.approx((0.75 - 5 / 16) / (1 - 5 / 16))
    given = {one["label"]: one["num_given"] for one in agreement["labels"]}
    assert given == {"accept": 3, "correct": 2, "drop": 3}
    found = owner.api.get(f"/label-sessions/{session['id']}/disagreements").json()
    assert [one["row"]["id"] for one in found["data"]] == rows[2:]
    assert found["data"][0]["present"] == _ACCEPT
    made = done(owner.api, finish(owner, session, "majority"))
    told = made["version"]["change"]
    assert (made["counts"], told["num_tied"]) == ({"drop": 1}, 2)


def test_conversations_that_the_doctor_doubts_come_first_each_once(owner, tmp_path):
    dataset = _conversations(owner)
    version = dataset["latest_version"]["id"]
    ids = [row["id"] for row in rows_of(owner.api, version)]
    with service_scope(), tenant_scope(owner.tenant_id):
        report = DoctorReport.objects.update_or_create(version_id=version, defaults={"state": "done"})[0]
        doubts = {"doctor:turn_order": {ids[3]: 0.5, ids[5]: 0.9}, "doctor:bad_tool_calls": {ids[3]: 1.0}}
        doubts["doctor:outliers"] = {ids[8]: 5.0}
        for position, (code, scores) in enumerate(doubts.items()):
            key = f"{owner.tenant_id}/doctor/{version}-{position}.parquet"
            path = tmp_path / f"{position}.parquet"
            pq.write_table(pa.table({"id": list(scores), "score": list(scores.values())}), path)
            store().put_file(key, path)
            values = {"severity": "warning", "num_rows": len(scores), "rows_key": key}
            DoctorFinding.objects.create(report=report, position=position, code=code, **values)
    assert handed(owner, begun(owner, dataset, order="suspected_errors")) == [ids[3], ids[5]]
