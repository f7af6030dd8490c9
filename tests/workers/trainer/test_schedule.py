from __future__ import annotations

from typing import Literal

import pytest

from workers.trainer.schedule import learning_rate_at


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_rises_to_the_peak_and_never_above(schedule: Literal["linear", "cosine", "constant"]) -> None:
    rates = [
        learning_rate_at(step, peak=0.1, total_steps=100, warmup_ratio=0.1, schedule=schedule) for step in range(100)
    ]
    assert rates[:10] == sorted(rates[:10])
    assert rates[0] > 0
    assert max(rates) == pytest.approx(0.1)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] > 0


def test_one_step_learns() -> None:
    assert learning_rate_at(0, peak=0.1, total_steps=1, warmup_ratio=0, schedule="linear") == 0.1
