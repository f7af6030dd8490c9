"""Figures of agreement against values that others computed: scikit-learn's kappa, and the table that Fleiss published."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from sklearn.metrics import cohen_kappa_score

from anneal.datasets.labelling.agreement import (
    answer_f1,
    cohen_kappa,
    exact_match,
    fleiss_kappa,
    kappa,
    kappa_by_label,
    mean_difference,
    span_f1,
)
from anneal.datasets.labelling.resolving import majority

# Fleiss 1971, table 1, as it is reprinted in many places: 14 raters, 10 subjects, 5 categories; kappa = 0.210.
_FLEISS = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]


@pytest.mark.parametrize("seed", range(5))
def test_cohens_kappa_is_scikit_learns(seed):
    rng = random.Random(seed)  # noqa: S311 - answers that can be had again
    firsts = [rng.choice("abcd") for _ in range(60)]
    seconds = [first if rng.random() < 0.6 else rng.choice("abcd") for first in firsts]
    ours = cohen_kappa(list(zip(firsts, seconds, strict=True)))
    assert ours == pytest.approx(cohen_kappa_score(firsts, seconds))
    rows = [{"p": first, "q": second} for first, second in zip(firsts, seconds, strict=True)]
    assert kappa(rows) == ("cohen_kappa", pytest.approx(ours))
    by_label = kappa_by_label(rows, list("abcd"))
    for label, value in by_label.items():
        theirs = cohen_kappa_score([one == label for one in firsts], [one == label for one in seconds])
        assert value == pytest.approx(theirs)


def test_fleiss_kappa_is_the_published_one():
    assert fleiss_kappa([Counter(dict(enumerate(row))) for row in _FLEISS]) == pytest.approx(0.210, abs=5e-4)


def test_many_people_are_judged_by_fleiss_and_rows_of_one_are_left_out():
    rows = [{"p": "a", "q": "a"}, {"q": "b", "r": "b"}, {"p": "a", "r": "b"}, {"p": "a"}]
    method, value = kappa(rows)
    assert method == "fleiss_kappa"
    assert value == pytest.approx((2 / 3 - 0.5) / 0.5)


def test_what_cannot_be_told_is_none():
    assert cohen_kappa([]) is None
    assert cohen_kappa([("a", "a"), ("a", "a")]) is None
    assert fleiss_kappa([Counter("a")]) is None
    assert span_f1([{"p": frozenset()}]) is None
    assert mean_difference([{"p": 1.0}]) is None


def test_spans_in_common_are_counted_by_pair_and_type():
    mine = frozenset({("ORG", 0, 2), ("PER", 4, 5)})
    yours = frozenset({("ORG", 0, 2), ("PER", 4, 6), ("ORG", 8, 9)})
    assert span_f1([{"p": mine, "q": yours}]) == pytest.approx(2 / 5)
    assert span_f1([{"p": mine, "q": yours}], "ORG") == pytest.approx(2 / 3)
    assert span_f1([{"p": mine, "q": yours}], "PER") == 0
    assert mean_difference([{"p": 1.0, "q": 3.0, "r": 2.0}]) == pytest.approx(4 / 3)


def test_majority_wants_more_than_half():
    assert majority("label", [{"label": "a"}, {"label": "a"}, {"label": "b"}]) == {"label": "a"}
    assert majority("label", [{"label": "a"}, {"label": "b"}]) is None
    assert majority("labels", [{"labels": ["a", "b"]}, {"labels": ["a"]}]) == {"labels": ["a"]}
    assert majority("score", [{"score": 1.0}, {"score": 5.0}, {"score": 2.0}]) == {"score": 2.0}
    short, long = {"type": "ORG", "start": 0, "end": 1}, {"type": "ORG", "start": 0, "end": 2}
    assert majority("spans", [{"spans": [short]}, {"spans": [long]}, {"spans": [long]}]) == {"spans": [long]}


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        ("labels", ["a"], ["b"]),
        ("spans", [{"type": "PER", "start": 0, "end": 2}], [{"type": "PER", "start": 0, "end": 1}]),
    ],
)
def test_differing_sets_have_no_majority_and_nothing_wins_only_where_most_say_nothing(form, one, other):
    def said(*sets):
        return [{form: given} for given in sets]

    assert majority(form, said(one, other)) is None
    assert majority(form, said(one, other, [])) is None
    assert majority(form, said(one, [])) is None
    assert majority(form, said(one, [], [])) == {form: []}
    assert majority(form, said([], [])) == {form: []}


def test_exact_match_is_the_share_of_pairs_who_wrote_the_same():
    assert exact_match([]) is None
    assert exact_match([{"a": "x"}]) is None
    assert exact_match([{"a": "x", "b": "x", "c": "y"}, {"a": "z", "b": "z"}]) == 0.5
    spaced = [{"target": "Where is it?"}, {"target": "Where  is it?"}, {"target": "Where's it?"}]
    assert majority("target", spaced) == spaced[0]


def test_answers_are_as_near_as_their_best_passages_and_none_is_only_like_none():
    one, near, other = frozenset({(0, 10)}), frozenset({(5, 15), (40, 44)}), frozenset({(20, 30)})
    none: frozenset[tuple[int, int]] = frozenset()
    assert answer_f1([{"a": one, "b": one}]) == 1
    assert answer_f1([{"a": one, "b": near}]) == pytest.approx(0.5)
    assert answer_f1([{"a": one, "b": other}]) == 0
    assert answer_f1([{"a": none, "b": none}, {"a": none, "b": one}]) == 0.5
    assert answer_f1([{"a": one}]) is None
