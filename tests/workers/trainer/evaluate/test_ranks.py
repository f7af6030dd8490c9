from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from workers.trainer.evaluate.ranks import auc, first_right, ndcg

# Few levels, so that there are many ties.
LISTS = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=2, max_size=6).filter(
    lambda rows: any(right for _, right in rows)
)


def over_all_orders(scores: list[int], right: list[bool]) -> list[int]:
    """Places of the first right candidate, for every order that the scores allow."""
    places = []
    for order in permutations(range(len(scores))):
        told = [scores[i] for i in order]
        if told == sorted(told, reverse=True):
            places.append(1 + next(place for place, i in enumerate(order) if right[i]))
    return places


@settings(max_examples=150, deadline=None)
@given(rows=LISTS)
def test_figures_are_means_over_all_orders_of_ties(rows: list[tuple[int, bool]]) -> None:
    scores, right = map(list, zip(*rows, strict=True))
    places = over_all_orders(scores, right)
    found = first_right([np.array(scores, dtype=float)], [np.array(right, dtype=float)])
    assert found.rank()[0] == pytest.approx(np.mean(places))
    assert found.reciprocal()[0] == pytest.approx(np.mean([1 / place for place in places]))
    for k in (1, 2, 4):
        assert found.hit(k)[0] == pytest.approx(np.mean([place <= k for place in places]))


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0.0, 0.0, 0.5, 1.0])), min_size=2, max_size=14).filter(
        lambda rows: any(gain for _, gain in rows)
    ),
    k=st.integers(1, 12),
)
def test_ndcg_is_that_of_scikit_learn(rows: list[tuple[int, float]], k: int) -> None:
    scores, gains = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assert ndcg(scores, gains, k) == pytest.approx(reference.ndcg_score(gains[None], scores[None], k=k))


@settings(max_examples=150, deadline=None)
@given(rows=LISTS.filter(lambda rows: not all(right for _, right in rows)))
def test_auc_is_that_of_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    scores, right = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assert auc(scores, right) == pytest.approx(reference.roc_auc_score(right, scores))


def test_one_kind_alone_has_no_area() -> None:
    assert auc(np.array([1.0, 2.0]), np.ones(2)) == 0.5


def test_no_queries_have_no_figures() -> None:
    assert len(first_right([], [])) == 0
