"""Passes about how alike the base model finds two texts, before those about the answers."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.workers.trainer.tiny import pair_rows, spec_dict, write_rows, write_task
from workers.contract.results import Evaluation
from workers.trainer.checkpoint import committed_steps
from workers.trainer.evaluation import FILE

if TYPE_CHECKING:
    from tests.workers.trainer.conftest import ForkingTrainer, Outcome

pytestmark = pytest.mark.slow
TASKS = ("pair_classification", "pair_regression")
STEPS_OF_A_PASS = 6


def compared_first(task: str, **changes: Any) -> dict[str, Any]:
    """Two passes of comparing and two about the answers."""
    usual = spec_dict()["optimisation"]
    assert isinstance(usual, dict)
    more = {"similarity_epochs": 2, "epochs": 2, "head": "random", "learning_rate": 0.001}
    optimisation = {**usual, **more, **changes.pop("optimisation", {})}
    return spec_dict(task={"type": task}, optimisation=optimisation, **changes)


@pytest.fixture(scope="session", params=TASKS)
def compared(
    request: pytest.FixtureRequest, trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, Outcome]:
    """The task, its data, and its run, of which every step is kept."""
    folder = tmp_path_factory.mktemp(request.param)
    data = write_task(folder / "data", request.param)
    spec = compared_first(request.param, checkpointing={"every_steps": 1, "keep_last": 20})
    outcome = trainer.run(folder / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    return request.param, data, outcome


def weights_at(outcome: Outcome, step: int) -> dict[str, np.ndarray[Any, Any]]:
    return load_file(outcome.out_dir / "checkpoints" / f"step-{step}" / "weights.safetensors")


def test_comparing_comes_first_has_its_own_curve_and_is_not_judged(compared: tuple[str, Path, Outcome]) -> None:
    _, _, outcome = compared
    phases = [event.phase for event in outcome.of_type("phase")]
    assert phases[2:5] == ["comparing", "training", "evaluating"]
    assert outcome.of_type("started")[0].total_steps == 4 * STEPS_OF_A_PASS
    steps = {name: [step for found, step in outcome.metrics if found == name] for name, _ in outcome.metrics}
    assert steps["train/similarity_loss"] == list(range(1, 13))
    assert steps["train/loss"] == list(range(13, 25))
    assert steps["validation/loss"] == [18, 24]
    losses = [outcome.metrics["train/similarity_loss", step] for step in range(1, 13)]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


def test_the_rate_rises_and_falls_twice(compared: tuple[str, Path, Outcome]) -> None:
    _, _, outcome = compared
    rates = [outcome.metrics["train/learning_rate", step] for step in range(1, 25)]
    assert rates[:12] == rates[12:]
    assert rates[0] < rates[1] == pytest.approx(0.001)
    assert rates[1] > rates[2] > rates[11]


def test_no_answer_has_a_part_in_comparing(
    trainer: ForkingTrainer, compared: tuple[str, Path, Outcome], tmp_path: Path
) -> None:
    task, _, outcome = compared
    data = write_task(tmp_path / "data", task)
    rows = pair_rows(96, seed=1)
    others = rows[1:] + rows[:1]
    turned = [
        {**row, "label": other["label"], "score": other["score"]} for row, other in zip(rows, others, strict=True)
    ]
    write_rows(data / "train.jsonl", turned)
    spec = compared_first(task, checkpointing={"every_steps": 1, "keep_last": 20})
    other = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert other.status == 0, other.log
    last = max(set(committed_steps(outcome.out_dir)) & set(committed_steps(other.out_dir)) & set(range(1, 13)))
    assert last == 12  # At the end of a pass there is always one.
    ours, theirs = weights_at(outcome, last), weights_at(other, last)
    body = [name for name in ours if not name.startswith("head.")]
    assert body
    assert all((ours[name] == theirs[name]).all() for name in body)
    ours, theirs = weights_at(outcome, 24), weights_at(other, 24)
    assert not all((ours[name] == theirs[name]).all() for name in body)


def test_the_output_layer_waits_for_the_answers(compared: tuple[str, Path, Outcome]) -> None:
    _, _, outcome = compared
    after, end = weights_at(outcome, 12), weights_at(outcome, 24)
    assert (after["head.bias"] == 0).all()
    assert not (end["head.bias"] == 0).all()


def test_killed_on_the_way_it_comes_to_the_same(
    trainer: ForkingTrainer, compared: tuple[str, Path, Outcome], tmp_path: Path
) -> None:
    task, data, outcome = compared
    spec = compared_first(task, checkpointing={"every_steps": 1, "keep_last": 20})
    out = tmp_path / "out"
    for mark in ('"step":5,', '"step":12,', '"phase":"training"', '"step":13,', '"step":20,'):
        trainer.run(
            out,
            spec,
            data_dir=data,
            signal_when=(signal.SIGKILL, lambda lines, mark=mark: any(mark in line for line in lines)),
        )
    resumed = trainer.run(out, spec, data_dir=data)
    assert resumed.status == 0, resumed.log
    assert resumed.metrics == outcome.metrics
    assert resumed.model_sha256 == outcome.model_sha256


def test_two_processes_learn_to_compare_as_one(
    trainer: ForkingTrainer, compared: tuple[str, Path, Outcome], tmp_path: Path
) -> None:
    task, data, outcome = compared
    both = trainer.run(
        tmp_path / "out", compared_first(task, optimisation={"dropout": 0.0}), data_dir=data, processes=2
    )
    alone = trainer.run(tmp_path / "alone", compared_first(task, optimisation={"dropout": 0.0}), data_dir=data)
    assert (both.status, alone.status, outcome.status) == (0, 0, 0), both.log
    assert both.metrics.keys() == alone.metrics.keys() == outcome.metrics.keys()
    assert both.metrics == pytest.approx(alone.metrics, rel=1e-3, abs=1e-4)


def test_a_run_that_ends_while_it_compares_is_judged_and_delivered(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "pair_classification")
    spec = compared_first("pair_classification", limits={"max_steps": 3})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    assert [step for name, step in outcome.metrics if name == "validation/loss"] == [3]
    assert Evaluation.model_validate_json((outcome.out_dir / FILE).read_bytes()).tuned.metrics


def test_what_learns_nothing_from_comparing_is_refused(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "pair_classification")
    spec = compared_first("pair_classification", method={"type": "last_layers", "layers": 0})
    failure = trainer.run(tmp_path / "out", spec, data_dir=data).failure
    assert (failure.code, failure.params["field"]) == ("spec:unsupported", "optimisation.similarity_epochs")
    assert "output layer" in failure.message
