"""Averages of weights against what they are by definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
import torch

from workers.contract.spec import ExponentialAveraging, StochasticAveraging
from workers.trainer.averaging import WeightAverage

if TYPE_CHECKING:
    from workers.trainer.engine import Engine


class OneWeight:
    """What an average asks of an engine."""

    def __init__(self) -> None:
        self.parameter = torch.nn.Parameter(torch.tensor([0.0]))

    def learning(self) -> dict[str, torch.nn.Parameter]:
        return {"weight": self.parameter}

    def weights(self) -> dict[str, torch.Tensor]:
        return {"weight": self.parameter.detach().clone()}

    def load_weights(self, weights: dict[str, torch.Tensor]) -> None:
        with torch.no_grad():
            self.parameter.copy_(weights["weight"])


def run(average: WeightAverage, first: int, last: int) -> tuple[float, float]:
    """The weight is the step's number; returns what validation would see, and what training goes on from."""
    holder = OneWeight()
    engine = cast("Engine", holder)
    for step in range(first, last):
        engine.load_weights({"weight": torch.tensor([float(step + 1)])})
        average.add(engine, step)
    with average.in_place(engine):
        seen = float(holder.parameter.detach())
    return seen, float(holder.parameter.detach())


def test_swa_is_the_mean_over_the_last_part() -> None:
    average = WeightAverage(StochasticAveraging(share=0.5), total_steps=8)
    assert run(average, 0, 3) == (3.0, 3.0)  # Nothing is averaged yet.
    assert run(average, 3, 8) == ((4 + 5 + 6 + 7 + 8) / 5, 8.0)


def test_ema_moves_by_its_decay_and_faster_in_the_beginning() -> None:
    expected = 1.0
    for t in range(2, 31):
        decay = min(0.5, t / (9 + t))
        expected = decay * expected + (1 - decay) * t
    seen, own = run(WeightAverage(ExponentialAveraging(decay=0.5), total_steps=30), 0, 30)
    assert seen == pytest.approx(expected, rel=1e-6)
    assert own == 30.0


@pytest.mark.parametrize("spec", [ExponentialAveraging(decay=0.9), StochasticAveraging(share=0.6)])
def test_an_average_continues_from_its_state(spec: ExponentialAveraging | StochasticAveraging) -> None:
    straight = WeightAverage(spec, total_steps=20)
    whole = run(straight, 0, 20)
    first = WeightAverage(spec, total_steps=20)
    run(first, 0, 13)
    second = WeightAverage(spec, total_steps=20)
    second.load_state(first.state(), cast("Engine", OneWeight()))
    assert run(second, 13, 20) == whole


def test_without_a_spec_nothing_is_kept() -> None:
    average = WeightAverage(None, total_steps=4)
    assert run(average, 0, 4) == (4.0, 4.0)
    assert average.state() == {}
