"""The learning curve of a run, and the forecast against curves whose law is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.workers.trainer.tiny import spec_dict, write_task
from workers.contract.results import Evaluation
from workers.trainer.evaluate.learning_curve import _gains, _rounded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer


@pytest.mark.parametrize(("limit", "slope", "exponent"), [(0.05, 2.0, 0.5), (0.0, 0.8, 0.2), (0.3, 10.0, 1.2)])
def test_a_known_law_is_continued(limit: float, slope: float, exponent: float) -> None:
    sizes = np.array([100, 200, 400, 800, 1600], dtype=float)
    scores = 1 - (limit + slope * sizes**-exponent)
    found = _gains(sizes, scores, 1600, [160, 800, 1600])
    expected = [slope * (1600**-exponent - (1600 + more) ** -exponent) for more in (160, 800, 1600)]
    assert found == pytest.approx(expected, rel=0.15, abs=2e-4)


def test_a_flat_curve_promises_nothing() -> None:
    sizes = np.array([100, 200, 400, 800], dtype=float)
    assert _gains(sizes, np.full(4, 0.9), 800, [800]) == pytest.approx([0], abs=1e-9)


@pytest.mark.parametrize(("count", "rounded"), [(1.2, 1), (13, 10), (137, 100), (150, 200), (4680, 5000)])
def test_counts_are_round(count: float, rounded: int) -> None:
    assert _rounded(count) == rounded


@pytest.mark.slow
@pytest.mark.parametrize("task", ["classification", "multi_label", "pair_regression"])
def test_a_run_says_what_more_rows_would_bring(trainer: ForkingTrainer, tmp_path: Path, task: str) -> None:
    data = write_task(tmp_path / "data", task)
    texts = (data / "train.jsonl").read_text(encoding="utf-8").splitlines()
    (data / "train.jsonl").write_text("\n".join(texts * 3), encoding="utf-8")  # Enough for three sizes.
    outcome = trainer.run(tmp_path / "out", spec_dict(task={"type": task}, limits={"max_steps": 2}), data_dir=data)
    assert outcome.status == 0, outcome.log
    curve = Evaluation.model_validate(json.loads((tmp_path / "out" / "evaluation.json").read_text())).learning_curve
    assert curve is not None
    sizes = [point.num_rows for point in curve.points]
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(texts * 3)
    for point in curve.points:
        assert point.low <= point.value <= point.high
    for forecast in curve.forecasts:
        assert 0 <= forecast.low <= forecast.high
    again = trainer.run(tmp_path / "again", spec_dict(task={"type": task}, limits={"max_steps": 2}), data_dir=data)
    assert again.status == 0
    same = Evaluation.model_validate(json.loads((tmp_path / "again" / "evaluation.json").read_text())).learning_curve
    assert same == curve


@pytest.mark.slow
def test_few_rows_make_no_curve(trainer: ForkingTrainer, tmp_path: Path) -> None:
    outcome = trainer.run(tmp_path / "out", spec_dict(limits={"max_steps": 1}))
    assert outcome.status == 0, outcome.log
    document = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert document["learning_curve"] is None
