"""Which weights are kept: the watched metric decides where it can, the loss where it cannot."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import pytest

from workers.contract.reasons import JobError
from workers.contract.spec import EarlyStopping, Optimisation
from workers.trainer.parts import Run
from workers.trainer.state import RunState

BEST = RunState(
    spec_sha256="", data_sha256="", fingerprint={}, best_step=6, best_value=0.90, best_loss=0.40, peak_value=0.90
)


def is_gain(value: float, loss: float, *, state: RunState = BEST, **stopping: Any) -> bool:
    spec = SimpleNamespace(optimisation=Optimisation(early_stopping=EarlyStopping(**stopping)))
    name = spec.optimisation.early_stopping.metric
    # A thousand rows: the standard error of a share of 90 % is just below one point.
    run: Any = SimpleNamespace(
        state=state,
        spec=spec,
        data=SimpleNamespace(validation=range(1000)),
        task=SimpleNamespace(shares={"macro_f1"}),
        watched_name="macro_f1" if name == "auto" else name,
    )
    return Run._is_gain(run, value, {"accuracy": 0.9, "loss": loss})


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
    assert is_gain(value, loss) is expected


def test_best_cannot_creep_down_from_the_peak_step_by_step() -> None:
    lower = BEST.model_copy(update={"best_value": 0.893, "best_loss": 0.39})
    assert not is_gain(0.886, 0.38, state=lower)


def test_wishes_of_the_spec_are_taken_as_they_are() -> None:
    assert is_gain(0.93, 0.9, min_delta=0.02)
    assert not is_gain(0.91, 0.1, min_delta=0.02)
    assert is_gain(0.901, 0.9, metric="loss")


def test_first_figures_are_the_best_so_far() -> None:
    assert is_gain(0.1, 9.0, state=RunState(spec_sha256="", data_sha256="", fingerprint={}))


def test_a_peak_of_zero_is_the_peak() -> None:
    """What the untouched base model reaches where rewards are measured from it."""
    run: Any = SimpleNamespace(
        state=BEST.model_copy(update={"peak_value": 0.0}),
        events=SimpleNamespace(emit=lambda _: None),
        epoch=1.0,
        watched=lambda metrics: metrics["reward_margin"],
        on_judged=lambda _: None,
        _is_gain=lambda *_: False,
    )
    Run.judge_weights(run, {"reward_margin": -0.06, "loss": 0.7}, step=12)
    assert run.state.peak_value == 0.0


def test_a_figure_that_is_no_number_ends_the_run_and_names_the_step() -> None:
    with pytest.raises(JobError, match="loss became nan at step 12") as caught:
        Run.judge_weights(cast("Run", None), {"macro_f1": 0.4, "loss": math.nan}, step=12)
    assert caught.value.reason.code == "training:diverged"
