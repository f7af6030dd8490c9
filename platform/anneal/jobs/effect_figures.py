"""What a change of the data brought: two jobs' figures on held-out rows that both were judged on and that the change left as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np

from workers.bootstrap import MIN_ROWS, SIGNIFICANT, Bootstrap, FloatArray, IntArray, mcnemar_p_value
from workers.contract.base import Value
from workers.contract.results import Interval, RowFigures

MAX_ROWS: Final = 10_000
"""Of more shared rows so many are drawn by a fixed seed: a thousand resamples of them are made while somebody waits."""

Outcome = Literal["better", "no_difference", "worse"]

Parts = Mapping[int, tuple[float, float]]
"""Row id -> part and weight (`RowFigures`)."""


class EffectFigures(Value):
    """A metric before and after on the same rows. `difference` is turned so that positive means that it became better."""

    metric: str
    is_lower_better: bool
    num_shared: int
    """Held-out rows that both versions have unchanged."""
    num_rows: int
    """Of them, those that were compared."""
    before: Interval
    after: Interval
    difference: Interval
    p_value: float
    test: Literal["mcnemar", "paired_permutation", "paired_bootstrap"]
    outcome: Outcome


def parts_by_id(figures: RowFigures, ids: IntArray) -> dict[int, tuple[float, float]]:
    """Figures by row id; `ids` are those of all rows of the file, in its order."""
    found: dict[int, tuple[float, float]] = {}
    for row, part, weight in zip(figures.rows, figures.parts, figures.weights, strict=True):
        known_part, known_weight = found.get(int(ids[row - 1]), (0.0, 0.0))
        found[int(ids[row - 1])] = (known_part + part, known_weight + weight)
    return found


def effect_figures(before: Parts, after: Parts, *, metric: str, is_lower_better: bool) -> EffectFigures | None:
    """Compare on the rows that both have; None where they are too few. The same rows give the same figures."""
    shared = np.array(sorted(before.keys() & after.keys()), dtype=np.int64)
    chosen = shared
    if len(shared) > MAX_ROWS:
        random = np.random.Generator(np.random.Philox(0))
        chosen = np.sort(random.choice(shared, MAX_ROWS, replace=False))
    if len(chosen) < MIN_ROWS:
        return None
    old, new = (_Figure([parts[row] for row in chosen.tolist()]) for parts in (before, after))
    sign = -1.0 if is_lower_better else 1.0
    bootstrap = Bootstrap(len(chosen))
    difference, p_value = bootstrap.difference(lambda rows: sign * new.of(rows), lambda rows: sign * old.of(rows))
    is_counted = old.is_right_or_wrong and new.is_right_or_wrong
    if is_counted:
        p_value = mcnemar_p_value(new.parts, old.parts)
        difference = bootstrap.as_sure_as(p_value, difference)
    return EffectFigures(
        metric=metric,
        is_lower_better=is_lower_better,
        num_shared=len(shared),
        num_rows=len(chosen),
        before=bootstrap.of(old.of),
        after=bootstrap.of(new.of),
        difference=difference,
        p_value=p_value,
        test="mcnemar" if is_counted else bootstrap.paired_test,
        outcome=outcome_of(difference, p_value),
    )


def outcome_of(difference: Interval, p_value: float) -> Outcome:
    """What a difference amounts to; it has to be sure by the test and by the interval."""
    is_sure = p_value < SIGNIFICANT and not difference.low <= 0 <= difference.high
    return "no_difference" if not is_sure else "better" if difference.value > 0 else "worse"


class _Figure:
    """The sum of parts over the sum of weights."""

    def __init__(self, rows: list[tuple[float, float]]) -> None:
        self.parts: FloatArray = np.array([part for part, _ in rows])
        self.weights: FloatArray = np.array([weight for _, weight in rows])

    @property
    def is_right_or_wrong(self) -> bool:
        """Whether every row counts one, and is right or wrong."""
        return bool(np.all(self.weights == 1) and np.all(np.isin(self.parts, (0.0, 1.0))))

    def of(self, rows: IntArray) -> float:
        weight = float(self.weights[rows].sum())
        return float(self.parts[rows].sum()) / weight if weight else 0.0
