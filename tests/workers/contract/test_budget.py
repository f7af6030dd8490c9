"""What ends a search: trials, time or money, in this order; and what a single training may take."""

from __future__ import annotations

import pytest

from workers.contract.budget import TrainingBudget, search_ended_by, training_budget, trial_budget
from workers.contract.spec import Limits, RandomSearch

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


@pytest.mark.parametrize(
    ("limits", "price", "found"),
    [
        ({}, 3.0, None),
        ({"budget_seconds": 60}, None, TrainingBudget(60, "time")),
        ({"budget_cost": 6}, 3.0, TrainingBudget(7200, "money")),
        ({"budget_cost": 6, "budget_seconds": 60}, 3.0, TrainingBudget(60, "time")),
        ({"budget_cost": 0.01, "budget_seconds": 60}, 3.0, TrainingBudget(12, "money")),
        ({"budget_cost": 6}, 0.0, None),
    ],
    ids=["none", "time", "money", "time is tighter", "money is tighter", "free of charge"],
)
def test_a_training_ends_by_the_tighter_budget(
    limits: dict[str, float], price: float | None, found: TrainingBudget | None
) -> None:
    assert training_budget(Limits.model_validate(limits), price_per_hour=price) == found


@pytest.mark.parametrize(
    ("budget", "worked_s", "num_places", "found"),
    [
        ({}, 0, 1, None),
        ({"max_seconds": 3600}, 0, 1, (3600, "time")),
        ({"max_seconds": 3600}, 1000, 4, (3350, "time")),
        ({"max_cost": 6}, 1200, 2, (3000, "money")),
        ({"max_cost": 6, "max_seconds": 3600}, 0, 2, (3600, "time")),
        ({"max_cost": 6, "max_seconds": 3600}, 1200, 3, (2000, "money")),
    ],
    ids=["none", "time in turn", "time of each place", "money of all places", "time is tighter", "money is tighter"],
)
def test_a_trial_has_its_places_share_of_what_is_left(
    budget: dict[str, float], worked_s: float, num_places: int, found: tuple[float, str] | None
) -> None:
    search = RandomSearch.model_validate({"space": SPACE, **budget})
    given = trial_budget(search, worked_s=worked_s, price_per_hour=3.0, num_places=num_places)
    assert (given and (given.seconds, given.of, given.is_of_search)) == (found and (*found, True))
