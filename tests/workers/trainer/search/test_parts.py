"""A search made in parts, as workers do side by side: each trial alone, then the delivery, with the result of the search made whole."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.workers.trainer.search.test_searches import EPOCHS, GRID, RANGE, record, report
from tests.workers.trainer.tiny import spec_dict
from workers.contract.budget import TrainingBudget
from workers.contract.results import RunningTrial, SearchPart, TrialRecord
from workers.contract.spec import OptunaSearch
from workers.trainer.search.parzen import Parzen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome

SPEC = spec_dict(search={**GRID, "side_by_side": 4}, optimisation=EPOCHS)


def run_part(trainer: ForkingTrainer, out: Path, part: SearchPart, **more: Any) -> Outcome:
    file = out.parent / f"{out.name}-part.json"
    file.write_text(part.model_dump_json())
    return trainer.run(out, SPEC, options=["--part", str(file)], **more)


def record_of(outcome: Outcome) -> TrialRecord:
    (ended,) = outcome.of_type("trial")
    return TrialRecord.model_validate(ended.model_dump(include=set(TrialRecord.model_fields)))


@pytest.fixture(scope="module")
def trials(trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """The four trials of the grid, none of which knows of another."""
    folder = tmp_path_factory.mktemp("parts")
    made = [run_part(trainer, folder / str(number), SearchPart(trial=number, history=())) for number in range(4)]
    assert [outcome.status for outcome in made] == [0] * 4, made[0].log
    return made


@pytest.mark.slow
def test_parts_come_to_what_the_whole_search_comes_to(
    trainer: ForkingTrainer, trials: list[Outcome], tmp_path: Path
) -> None:
    whole = trainer.run(tmp_path / "whole", SPEC)
    history = tuple(record_of(outcome) for outcome in trials)
    begun = [outcome.of_type("trial_began")[0] for outcome in trials]
    assert [event.settings for event in begun] == [trial.settings for trial in report(whole).trials]
    best = max(history, key=lambda trial: (trial.value, -trial.number)).number
    newest = max((trials[best].out_dir / "checkpoints").iterdir(), key=lambda path: int(path.name[5:]))
    out = tmp_path / "delivery"
    shutil.copytree(newest, out / "trials" / str(best) / "checkpoints" / newest.name)
    part = SearchPart(trial=None, history=history, metric="macro_f1", ended_by="time")
    delivered = run_part(trainer, out, part)
    assert delivered.status == 0, delivered.log
    assert delivered.model_sha256 == whole.model_sha256
    assert delivered.metrics == {}, "nothing is trained again"
    found, same = report(delivered), report(whole)
    drop = {"seconds"}
    assert [trial.model_dump(exclude=drop) for trial in found.trials] == [
        trial.model_dump(exclude=drop) for trial in same.trials
    ]
    assert (found.best, found.importance, found.ended_by) == (same.best, same.importance, "time")
    assert [warning.code for warning in delivered.of_type("warning")] == ["search:time_over"]


@pytest.mark.slow
def test_a_killed_trial_goes_on_and_remembers_its_judgements(
    trainer: ForkingTrainer, trials: list[Outcome], tmp_path: Path
) -> None:
    out, part = tmp_path / "out", SearchPart(trial=2, history=())
    in_the_second_pass = (signal.SIGKILL, lambda lines: any('"epoch":1.0,"path"' in line for line in lines))
    killed = run_part(trainer, out, part, signal_when=in_the_second_pass)
    assert killed.status == -signal.SIGKILL
    assert not killed.of_type("trial")
    resumed = run_part(trainer, out, part)
    assert resumed.status == 0, resumed.log
    assert max(event.resumed_from_step for event in resumed.of_type("started")) > 0
    drop = {"seconds"}
    assert record_of(resumed).model_dump(exclude=drop) == record_of(trials[2]).model_dump(exclude=drop)
    assert resumed.metrics == trials[2].metrics


@pytest.mark.slow
def test_a_trial_alone_that_diverges_is_a_run_that_fails(trainer: ForkingTrainer, tmp_path: Path) -> None:
    part = SearchPart(trial=0, history=())
    outcome = run_part(trainer, tmp_path / "out", part, env={"TINY_POISONED_STEP": "3"})
    assert outcome.failure.code == "training:diverged"
    assert [event.number for event in outcome.of_type("trial_began")] == [0]


@pytest.mark.slow
def test_a_trial_alone_ends_with_its_share_of_the_budget(trainer: ForkingTrainer, tmp_path: Path) -> None:
    part = SearchPart(trial=3, history=(), budget=TrainingBudget(0.001, "money", is_of_search=True))
    outcome = run_part(trainer, tmp_path / "out", part)
    ended = record_of(outcome)
    assert (ended.state, ended.steps, len(ended.intermediate)) == ("complete", 1, 1)
    assert [warning.code for warning in outcome.of_type("warning")] == ["search:trial_cut_short"]


def test_a_trial_under_way_is_shunned_by_the_next() -> None:
    search = Parzen(OptunaSearch.model_validate({"type": "optuna", "space": RANGE, "num_trials": 60}))
    history: list[TrialRecord] = []
    for number in range(20):
        settings = search.propose(number, history, seed=0)
        history.append(record(number, 1 - abs(float(settings["optimisation.learning_rate"]) - 0.01), settings))
    alone = search.propose(21, history, seed=0)
    running = [RunningTrial(number=20 + number, settings=alone) for number in range(3)]
    beside = search.propose(21, history, running, seed=0)
    assert beside == search.propose(21, history, running, seed=0)
    assert beside != alone
