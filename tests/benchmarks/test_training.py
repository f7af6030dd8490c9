"""Whoever was not there is not said to have been."""

from __future__ import annotations

import pytest

from benchmarks.training import Timed, bars, compared

THEIRS = [(50.0, 0.5), (100.0, 0.8), (150.0, 0.9), (200.0, 0.9), (250.0, 0.89)]


def test_bar_is_the_best_of_the_trainer_and_the_goal_where_there_is_one() -> None:
    plain = Timed("sst2", "classification", learning_rate=1e-4, epochs=4)
    assert bars(plain, THEIRS) == [0.9]
    assert bars(Timed("sst2", "classification", learning_rate=1e-4, epochs=4, goal=0.93), THEIRS) == [0.9, 0.93]


@pytest.mark.parametrize(
    ("ours", "bar", "shown"),
    [
        ([(20.0, 0.7), (30.0, 0.95)], 0.9, "150 s | 30 s | 5.0 ×"),
        ([(20.0, 0.9), (30.0, 0.8)], 0.93, "not in 250 s | not in 30 s | –"),
        ([(25.0, 0.94)], 0.93, "not in 250 s | 25 s | more than 10.0 ×"),
        ([(20.0, 0.7), (30.0, 0.8)], 0.9, "150 s | not in 30 s | –"),
    ],
)
def test_lead_is_said_when_ours_was_there(ours: list[tuple[float, float]], bar: float, shown: str) -> None:
    assert compared(THEIRS, ours, bar) == shown
