"""Questions over HTTP: answers are passages of the context, wherever they stand, and become the answers of a version."""

from __future__ import annotations

import json

import pytest

from anneal.tenants.roles import Role
from tests.anneal.datasets.label_steps import begun, finish, handed, handed_rows, progress, refused, say
from tests.anneal.datasets.steps import csv_of, dataset_of, done, edited, mapped, rows_of
from tests.support.people import person_join

pytestmark = pytest.mark.django_db

_CONTEXT = "Parcel {index} 📦 left Köln on Monday; 它星期二到达北京。"


@pytest.fixture
def second(owner):
    return person_join(owner.tenant_id, Role.MEMBER)


def _questions(owner):
    rows = []
    for index in range(40):
        context = _CONTEXT.format(index=index)
        answers = {"text": ["Monday"], "answer_start": [context.index("Monday")]}
        rows.append((f"When did parcel {index} leave?", context, json.dumps(answers)))
    content = csv_of(rows, ("question", "context", "answers"))
    return mapped(owner, dataset_of(owner, (content, "questions.csv", "auto"), task="question_answering"))


def _passage(row, text):
    return {"text": text, "start": row["cells"]["context"].index(text)}


def _answers_of(owner, version_id):
    return {row["id"]: json.loads(row["cells"]["answers"]) for row in rows_of(owner.api, version_id)}


def test_chosen_passages_become_the_answers_and_none_is_an_answer_too(owner):
    dataset = _questions(owner)
    session = begun(owner, dataset, num_rows=4)
    assert (session["form"], session["labels"]) == ("answers", [])
    first, second_row, third, fourth = (entry["row"] for entry in handed_rows(owner, session)["data"])
    assert list(first["cells"]) == ["question", "context"]
    both = [_passage(first, "星期二"), _passage(first, "Köln")]
    kept = say(owner, session, first["id"], {"answers": [*both, both[0]]})
    assert kept.json()["value"] == {"answers": [both[1], both[0]]}, "in the order of the text, each once"
    assert say(owner, session, second_row["id"], {"answers": []}).json()["value"] == {"answers": []}
    say(owner, session, third["id"], {"answers": [_passage(third, "Monday")]})
    edited(owner, dataset, {"id": fourth["id"], "action": "set", "cells": {"question": "Whose parcel is it?"}})
    say(owner, session, fourth["id"], {"answers": [_passage(fourth, "Köln")]})
    made = done(owner.api, finish(owner, session, "majority"))
    assert made["state"] == "applied", made["problems"]
    assert (made["kind"], made["version"]["num_changed"], made["version"]["change"]["num_left_out"]) == (
        "relabel",
        2,
        1,
    )
    after = _answers_of(owner, made["version"]["id"])
    assert after[first["id"]] == {"text": ["Köln", "星期二"], "answer_start": [both[1]["start"], both[0]["start"]]}
    assert after[second_row["id"]] == {"text": [], "answer_start": []}
    assert after[fourth["id"]]["text"] == ["Monday"], "its question is another one by now"


def test_present_answers_are_a_suggestion_where_they_are_to_be_seen(owner):
    dataset = _questions(owner)
    entry = handed_rows(owner, begun(owner, dataset, num_rows=1, shows_present=True))["data"][0]
    assert entry["present"] == {"answers": [_passage(entry["row"], "Monday")]}
    assert handed_rows(owner, begun(owner, dataset, num_rows=1))["data"][0]["present"] is None


@pytest.mark.parametrize(
    ("answers", "code", "param"),
    [
        ("Monday", "labelling.bad_answers", "value.answers"),
        ([{"text": "a", "start": 1}] * 21, "labelling.bad_answers", "value.answers"),
        (["Monday"], "labelling.bad_answer", "value.answers[0]"),
        ([{"text": "Parcel"}], "labelling.bad_answer", "value.answers[0]"),
        ([{"text": "Parcel", "start": 0}, {"text": " ", "start": 6}], "labelling.bad_answer", "value.answers[1]"),
        ([{"text": "Parcel", "start": True}], "labelling.bad_answer", "value.answers[0]"),
        ([{"text": "Parcel", "start": -2}], "labelling.bad_answer", "value.answers[0]"),
        ([{"text": "Parcel", "start": 1}], "labelling.answer_elsewhere", "value.answers[0].start"),
        ([{"text": "parcel", "start": 0}], "labelling.answer_elsewhere", "value.answers[0].start"),
        ([{"text": "Parcel", "start": 10**9}], "labelling.answer_elsewhere", "value.answers[0].start"),
    ],
)
def test_answer_that_does_not_stand_in_the_context_is_refused_by_field(owner, answers, code, param):
    session = begun(owner, _questions(owner), num_rows=2)
    row = handed(owner, session)[0]
    assert refused(say(owner, session, row, {"answers": answers})) == (400, code, param)
    assert progress(owner, session)["num_given"] == 0


def test_agreement_is_how_much_of_the_answers_overlaps_and_the_owner_decides(owner, second):
    session = begun(owner, _questions(owner), num_rows=3, labels_per_row=2)
    rows = [entry["row"] for entry in handed_rows(owner, session)["data"]]
    alike, near, apart = rows
    for person in (owner, second):
        say(person, session, alike["id"], {"answers": [_passage(alike, "Köln")]})
    say(owner, session, near["id"], {"answers": [_passage(near, "on Monday")]})
    say(second, session, near["id"], {"answers": [_passage(near, "Monday")]})
    say(owner, session, apart["id"], {"answers": []})
    say(second, session, apart["id"], {"answers": [_passage(apart, "北京")]})
    agreement = progress(owner, session)["agreement"]
    assert (agreement["method"], agreement["num_rows"], agreement["num_disputed"]) == ("answer_f1", 3, 2)
    assert agreement["value"] == pytest.approx((1 + 2 * 6 / (9 + 6) + 0) / 3)
    assert refused(finish(owner, session, "adjudicated"))[:2] == (409, "labelling.undecided")
    decide = f"/label-sessions/{session['id']}/decisions"
    wrong = owner.api.put(f"{decide}/{near['id']}", {"value": {"answers": [{"text": "Friday", "start": 0}]}})
    assert refused(wrong) == (400, "labelling.answer_elsewhere", "value.answers[0].start")
    for row, answers in ((near, [_passage(near, "Monday")]), (apart, [])):
        assert owner.api.put(f"{decide}/{row['id']}", {"value": {"answers": answers}}).status_code == 200
    made = done(owner.api, finish(owner, session, "adjudicated"))
    after = _answers_of(owner, made["version"]["id"])
    assert [after[row["id"]]["text"] for row in rows] == [["Köln"], ["Monday"], []]
