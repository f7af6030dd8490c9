"""When a search has had what it was given, trials, time or money, and how long a training may take by what it or its search was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from workers.contract.spec import GridSearch, Limits, OptunaSearch, RandomSearch

EndedBy = Literal["trials", "time", "cost"]


@dataclass(frozen=True)
class TrainingBudget:
    """How many seconds of work a training may take before it ends with the best weights so far, and what sets them."""

    seconds: float
    of: Literal["time", "money"]
    is_of_search: bool = False


def training_budget(limits: Limits, *, price_per_hour: float | None) -> TrainingBudget | None:
    """The tighter one of a budget of time and one of money; None where training may take as long as it takes.

    Money means nothing without a price: whoever launches or runs a job refuses that before. What costs nothing is never spent.
    """
    given = []
    if limits.budget_seconds is not None:
        given.append(TrainingBudget(limits.budget_seconds, "time"))
    if limits.budget_cost is not None and price_per_hour:
        given.append(TrainingBudget(limits.budget_cost / price_per_hour * 3600, "money"))
    return min(given, key=lambda budget: budget.seconds, default=None)


def trial_budget(
    search: GridSearch | RandomSearch | OptunaSearch,
    *,
    worked_s: float,
    price_per_hour: float | None,
    num_places: int = 1,
) -> TrainingBudget | None:
    """How long a trial that begins may work: its place's share of what is left when all trials have worked `worked_s`.

    Places that all get such shares spend no more together than the search was given.
    """
    given = []
    if search.max_seconds is not None:
        given.append(TrainingBudget(search.max_seconds - worked_s / num_places, "time", is_of_search=True))
    if search.max_cost is not None and price_per_hour:
        left_s = search.max_cost / price_per_hour * 3600 - worked_s
        given.append(TrainingBudget(left_s / num_places, "money", is_of_search=True))
    return min(given, key=lambda budget: budget.seconds, default=None)


def search_ended_by(
    search: GridSearch | RandomSearch | OptunaSearch,
    *,
    num_begun: int,
    worked_s: float,
    price_per_hour: float | None,
    has_result: bool,
    num_places: int = 1,
) -> EndedBy | None:
    """Why no further trial begins; None when one may. `worked_s` is what all trials have worked, those that still run included.

    `num_places` is how many trials run at once: money counts for all of them, time for each.
    One result is owed for time, never for money: a search whose trials fail spends no more than it was given.
    """
    if num_begun >= search.num_trials:
        return "trials"
    cost = worked_s / 3600 * (price_per_hour or 0.0)
    if search.max_cost is not None and num_begun > 0 and cost >= search.max_cost:
        return "cost"
    if search.max_seconds is not None and has_result and worked_s / num_places > search.max_seconds:
        return "time"
    return None
