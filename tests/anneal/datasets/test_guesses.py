"""Which column is guessed to be which part of an example, by names in several languages and by what stands where."""

from __future__ import annotations

import pytest

from tests.anneal.datasets.look import look
from tests.anneal.datasets.steps import csv_of

_CLERKS = ("Anna Berg", "Jonas Weiss")
_LABELS = ("invoice", "card", "account", "master data", "credit")


@pytest.mark.parametrize(
    ("text", "person", "label"),
    [
        ("Beschreibung", "Zuständig", "Rubrik"),
        ("Texto", "Responsable", "Categoría"),
        ("Description", "Assignee", "Queue"),
        ("描述", "负责人", "类型"),
    ],
)
def test_label_is_what_rows_are_about_and_not_who_works_on_them(text, person, label):
    rows = [(f"My invoice is wrong, number {n}", _CLERKS[n % 2], _LABELS[n % 5]) for n in range(100)]
    assert look(csv_of(rows, (text, person, label))).only.mapping == {"text": text, "label": label}


def test_who_wrote_is_the_label_where_nothing_else_can_be():
    rows = [(f"My invoice is wrong, number {n}", _CLERKS[n % 2]) for n in range(100)]
    assert look(csv_of(rows, ("text", "author"))).only.mapping == {"text": "text", "label": "author"}


def test_plain_name_goes_before_one_that_only_may_be_a_label():
    rows = [(f"My invoice is wrong, number {n}", "xy"[n % 2], _LABELS[n % 5]) for n in range(100)]
    assert look(csv_of(rows, ("text", "type", "label"))).only.mapping == {"text": "text", "label": "label"}


_ENGLISH = [f"My order number {n} has not arrived yet, please look where it is" for n in range(30)]
_CHINESE = [f"我的订单{n}还没有到请查一下" for n in range(30)]
_REPLIES = [f"Parcel {n} takes between three and five working days, depending on where you live." for n in range(30)]


@pytest.mark.parametrize(
    ("task", "left", "right", "header", "mapping"),
    [
        ("translation", _ENGLISH, _CHINESE, ("en", "zh"), {"source": "en", "target": "zh"}),
        ("translation", _CHINESE, _ENGLISH, ("zh", "en"), {"source": "zh", "target": "en"}),
        ("translation", _CHINESE, _ENGLISH, ("translation", "text"), {"source": "text", "target": "translation"}),
        ("embedding", _ENGLISH, _REPLIES, ("a", "b"), {"anchor": "a", "positive": "b"}),
        ("embedding", _REPLIES, _ENGLISH, ("answer", "question"), {"anchor": "question", "positive": "answer"}),
    ],
)
def test_left_text_comes_first_unless_names_say_otherwise(task, left, right, header, mapping):
    assert look(csv_of(list(zip(left, right, strict=True)), header), task=task).only.mapping == mapping
