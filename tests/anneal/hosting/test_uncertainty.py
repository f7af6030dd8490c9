"""Measures of uncertainty against values worked out by hand, and the order in which they put distributions."""

from __future__ import annotations

import math

import pytest

from anneal.hosting.uncertainty import uncertainty


def test_measures_are_what_they_are_called():
    some = [0.5, 0.3, 0.2]
    assert uncertainty("least_confidence", some) == pytest.approx(0.5)
    assert uncertainty("margin", some) == pytest.approx(0.8)
    entropy = -(0.5 * math.log(0.5) + 0.3 * math.log(0.3) + 0.2 * math.log(0.2)) / math.log(3)
    assert uncertainty("entropy", some) == pytest.approx(entropy)


@pytest.mark.parametrize("measure", ["least_confidence", "margin", "entropy"])
def test_sure_is_nought_and_even_odds_are_the_most(measure):
    assert uncertainty(measure, [1.0, 0.0, 0.0]) == 0
    assert uncertainty(measure, [1.0]) == 0
    odds = [uncertainty(measure, [part, 1 - part]) for part in (0.99, 0.8, 0.6, 0.5)]
    assert odds == sorted(odds)
    assert uncertainty("margin", [0.5, 0.5]) == uncertainty("entropy", [0.5, 0.5]) == 1
