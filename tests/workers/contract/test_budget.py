"""What ends a search: trials, time or money, in this order."""

from __future__ import annotations

import pytest

from workers.contract.budget import search_ended_by
from workers.contract.spec import RandomSearch

SPACE = {"optimisation.learning_rate": {"type": "choices", "values": [0.001]}}
BUDGET = {"num_trials": 10, "max_seconds": 3600, "max_cost": 6}


@pytest.mark.parametrize(
    ("num_begun", "worked_s", "has_result", "ended_by"),
    [
        (9, 100, True, None),
        (10, 0, True, "trials"),
        (3, 3601, True, "time"),
        (3, 3601, False, None),
        (3, 7200, False, "cost"),
        (0, 7200, False, None),
    ],
    ids=["within", "trials", "time", "a result is owed", "but not beyond the money", "the first trial is always made"],
)
def test_a_search_ends_with_its_budget(num_begun: int, worked_s: float, has_result: bool, ended_by: str | None) -> None:
    search = RandomSearch.model_validate({"space": SPACE, **BUDGET})
    found = search_ended_by(search, num_begun=num_begun, worked_s=worked_s, price_per_hour=3.0, has_result=has_result)
    assert found == ended_by
