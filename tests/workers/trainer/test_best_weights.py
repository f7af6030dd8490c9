"""Which weights are kept: the watched metric decides where it can, the loss where it cannot."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.workers.trainer.tiny import ROWS_OF_TASK, spec_dict, write_rows, write_task
from workers.contract.reasons import JobError
from workers.contract.results import Evaluation
from workers.contract.spec import EarlyStopping, Optimisation
from workers.trainer.parts import Run
from workers.trainer.state import RunState

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer

BEST = RunState(
    spec_sha256="", data_sha256="", fingerprint={}, best_step=6, best_value=0.90, best_loss=0.40, peak_value=0.90
)


def is_best(
    value: float, loss: float, *, refined: float | None = None, state: RunState = BEST, **stopping: Any
) -> bool:
    spec = SimpleNamespace(optimisation=Optimisation(early_stopping=EarlyStopping(**stopping)))
    name = spec.optimisation.early_stopping.metric
    # A thousand rows: the standard error of a share of 90 % is just below one point.
    run: Any = SimpleNamespace(
        state=state,
        spec=spec,
        data=SimpleNamespace(validation=range(1000)),
        task=SimpleNamespace(shares={"macro_f1"}),
        watched_name="macro_f1" if name == "auto" else name,
        flat=None,
        _min_delta=stopping.get("min_delta", 0.0),
    )
    metrics = {"accuracy": 0.9, "loss": loss} | ({} if refined is None else {"refined_loss": refined})
    return Run._is_best(run, value, metrics)


@pytest.mark.parametrize(
    ("value", "loss", "expected"),
    [
        (0.95, 0.80, True),  # clearly better, whatever the loss
        (0.85, 0.10, False),  # clearly worse, whatever the loss
        (0.895, 0.39, True),  # not to be told apart by the share: the loss fell
        (0.905, 0.41, False),  # likewise, but the loss rose
    ],
)
def test_loss_decides_within_one_standard_error(value: float, loss: float, expected: bool) -> None:
    assert is_best(value, loss) is expected


def test_confidence_that_grows_too_far_does_not_hide_what_is_learnt() -> None:
    assert is_best(0.895, 0.90, refined=0.39)
    assert not is_best(0.895, 0.30, refined=0.41)


def test_best_cannot_creep_down_from_the_peak_step_by_step() -> None:
    lower = BEST.model_copy(update={"best_value": 0.893, "best_loss": 0.39})
    assert not is_best(0.886, 0.38, state=lower)


def test_weights_that_the_peak_has_left_behind_are_kept_no_longer() -> None:
    climbed = BEST.model_copy(update={"best_value": 0.90, "best_loss": 0.40, "peak_value": 0.908})
    assert is_best(0.912, 0.60, state=climbed)


def test_wishes_of_the_spec_are_taken_as_they_are() -> None:
    assert is_best(0.93, 0.9, min_delta=0.02)
    assert not is_best(0.91, 0.1, min_delta=0.02)
    assert is_best(0.901, 0.9, metric="loss")


def test_first_figures_are_the_best_so_far() -> None:
    assert is_best(0.1, 9.0, state=RunState(spec_sha256="", data_sha256="", fingerprint={}))


def judged(name: str, value: float, *, state: RunState) -> RunState:
    """What a run knows once its weights are not the best."""
    run: Any = SimpleNamespace(
        state=state,
        events=SimpleNamespace(emit=lambda _: None),
        epoch=1.0,
        watched=lambda metrics: metrics[name],
        on_judged=lambda _: None,
        _is_best=lambda *_: False,
        _min_delta=0.0,
    )
    Run.judge_weights(run, {name: value, "loss": 0.7}, step=12)
    found: RunState = run.state
    return found


def test_a_peak_of_zero_is_the_peak() -> None:
    """What the untouched base model reaches where rewards are measured from it."""
    assert judged("reward_margin", -0.06, state=BEST.model_copy(update={"peak_value": 0.0})).peak_value == 0.0


@pytest.mark.parametrize(("value", "waited"), [(0.908, 0), (0.90, 2)])
def test_patience_does_not_run_out_while_the_figure_climbs(value: float, waited: int) -> None:
    """The weights that are kept may stay those of before: their loss is lower, and the figures are not to be told apart."""
    state = judged("macro_f1", value, state=BEST.model_copy(update={"evaluations_without_gain": 1}))
    assert (state.best_step, state.evaluations_without_gain) == (6, waited)


def test_a_figure_that_is_no_number_ends_the_run_and_names_the_step() -> None:
    with pytest.raises(JobError, match="loss became nan at step 12") as caught:
        Run.judge_weights(cast("Run", None), {"macro_f1": 0.4, "loss": math.nan}, step=12)
    assert caught.value.reason.code == "training:diverged"


@pytest.mark.slow
@pytest.mark.parametrize("task", ["regression", "similarity"])
def test_scores_that_are_all_alike_leave_the_choice_to_the_loss(
    trainer: ForkingTrainer, tmp_path: Path, task: str
) -> None:
    write_task(tmp_path, task)
    write_rows(tmp_path / "validation.jsonl", [{**row, "score": 3.5} for row in ROWS_OF_TASK[task](8, seed=2)])
    outcome = trainer.run(tmp_path / "out", spec_dict(task={"type": task}), data_dir=tmp_path)
    assert outcome.status == 0, outcome.log
    (warning,) = outcome.of_type("warning")
    assert (warning.code, warning.params["figure"]) == ("data:validation_alike", "spearman")
    losses = {step: value for (name, step), value in outcome.metrics.items() if name == "validation/loss"}
    *_, best = [saved.step for saved in outcome.of_type("checkpoint") if saved.is_best]
    # Of similarity the loss says nothing either, as it is about the order of scores.
    assert best == min(losses, key=lambda step: (losses[step], -step)) > 0


@pytest.mark.slow
def test_answers_of_one_kind_leave_the_choice_and_the_verdict_to_the_loss(
    trainer: ForkingTrainer, tmp_path: Path
) -> None:
    write_task(tmp_path, "preference")
    write_rows(tmp_path / "validation.jsonl", [{**row, "label": True} for row in ROWS_OF_TASK["preference"](8, seed=2)])
    spec = spec_dict(
        base_model="tiny-llama",
        task={"type": "preference", "loss": "kto"},
        data={"train": "train.jsonl", "validation": "validation.jsonl"},
        optimisation={"epochs": 2, "batch_size": 8, "learning_rate": 0.002, "early_stopping": None},
    )
    outcome = trainer.run(tmp_path / "out", spec, data_dir=tmp_path)
    assert outcome.status == 0, outcome.log
    (warning,) = outcome.of_type("warning")
    assert (warning.code, warning.params["label"]) == ("data:validation_one_kind", "true")
    losses = {step: value for (name, step), value in outcome.metrics.items() if name == "validation/loss"}
    *_, best = [saved.step for saved in outcome.of_type("checkpoint") if saved.is_best]
    assert best == min(losses, key=lambda step: (losses[step], -step)) > 0
    found = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    tuned, base = (contender.metrics["loss"].value for contender in found.contenders)
    assert found.primary == "loss"
    assert found.verdict.difference.value == pytest.approx(base - tuned)
