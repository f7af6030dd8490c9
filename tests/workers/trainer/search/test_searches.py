"""Searches: what is tried, what is delivered, and that a kill changes neither."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from tests.workers.trainer.tiny import spec_dict
from workers.contract.results import SearchReport, TrialRecord
from workers.contract.spec import GridSearch, JobSpec, OptunaSearch, RandomSearch
from workers.trainer.control import Control
from workers.trainer.search.grid import Grid
from workers.trainer.search.parzen import Parzen, brackets, importance
from workers.trainer.search.randomised import Randomised

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome

RATES = {"optimisation.learning_rate": {"type": "choices", "values": [0.0003, 0.01]}}
GRID = {"type": "grid", "space": {**RATES, "optimisation.batch_size": {"type": "choices", "values": [16, 32]}}}
RANGE = {"optimisation.learning_rate": {"type": "range", "low": 1e-5, "high": 1e-1, "is_log": True}}
EPOCHS = {"epochs": 2, "batch_size": 16, "learning_rate": 0.003, "early_stopping": None}


def report(outcome: Outcome) -> SearchReport:
    return SearchReport.model_validate_json((outcome.out_dir / "search.json").read_bytes())


def record(number: int, value: float, settings: dict[str, Any], state: str = "complete") -> TrialRecord:
    return TrialRecord.model_validate(
        {
            "number": number,
            "settings": settings,
            "state": state,
            "value": value,
            "intermediate": [value / 2, value],
            "steps": 4,
            "seconds": 1,
        }
    )


# --- what is proposed


def test_a_grid_is_every_combination_once() -> None:
    grid = Grid(GridSearch.model_validate(GRID))
    found = [grid.propose(number, [], seed=0) for number in range(grid.num_trials)]
    assert [tuple(settings.values()) for settings in found] == [(0.0003, 16), (0.0003, 32), (0.01, 16), (0.01, 32)]
    assert list(found[0]) == list(GRID["space"])


def test_random_points_depend_on_seed_and_number_and_stay_inside() -> None:
    space = {
        **RANGE,
        "optimisation.epochs": {"type": "range", "low": 1, "high": 4, "is_integer": True},
        "optimisation.schedule": {"type": "choices", "values": ["linear", "cosine"]},
    }
    search = Randomised(RandomSearch.model_validate({"type": "random", "space": space, "num_trials": 200}))
    found = [search.propose(number, [], seed=3) for number in range(200)]
    assert found == [search.propose(number, [], seed=3) for number in range(200)]
    assert found[0] != search.propose(0, [], seed=4)
    rates = [settings["optimisation.learning_rate"] for settings in found]
    assert all(1e-5 <= rate <= 1e-1 for rate in rates)
    assert 60 < sum(rate < 1e-3 for rate in rates) < 140, "even over orders of magnitude"
    assert {settings["optimisation.epochs"] for settings in found} == {1, 2, 3, 4}
    assert {settings["optimisation.schedule"] for settings in found} == {"linear", "cosine"}


@pytest.mark.parametrize(
    ("part", "inside"),
    [
        ({"low": 1, "high": 1024, "is_log": True}, (1, 1024)),
        ({"low": 1.5, "high": 3.2}, (2, 3)),
        ({"low": 0.5, "high": 3, "is_log": True}, (1, 3)),
    ],
)
def test_whole_numbers_are_drawn_inside_and_evenly_over_orders_of_magnitude(
    part: dict[str, Any], inside: tuple[int, int]
) -> None:
    space = {"optimisation.epochs": {"type": "range", "is_integer": True, **part}}
    search = Randomised(RandomSearch.model_validate({"type": "random", "space": space, "num_trials": 400}))
    drawn = [int(search.propose(number, [], seed=0)["optimisation.epochs"]) for number in range(400)]
    assert (min(drawn), max(drawn)) == pytest.approx(inside, rel=0.1)
    assert inside[0] <= min(drawn) <= max(drawn) <= inside[1]
    if inside[1] == 1024:
        assert 150 < sum(value <= 32 for value in drawn) < 250
    proposed = Parzen(OptunaSearch.model_validate({"type": "optuna", "space": space})).propose(0, [], seed=0)
    assert inside[0] <= proposed["optimisation.epochs"] <= inside[1]


def test_a_narrow_range_is_not_left_by_rounding() -> None:
    space = {"optimisation.learning_rate": {"type": "range", "low": 0.00012344, "high": 0.00012346}}
    search = Randomised(RandomSearch.model_validate({"type": "random", "space": space}))
    drawn = [search.propose(number, [], seed=0)["optimisation.learning_rate"] for number in range(50)]
    assert all(0.00012344 <= float(value) <= 0.00012346 for value in drawn)


def test_the_estimator_goes_where_it_was_good_and_repeats_itself() -> None:
    search = Parzen(OptunaSearch.model_validate({"type": "optuna", "space": RANGE, "num_trials": 60}))
    history: list[TrialRecord] = []
    for number in range(40):
        settings = search.propose(number, history, seed=0)
        rate = float(settings["optimisation.learning_rate"])
        history.append(record(number, 1 - abs(rate - 0.01), settings))
    late = [float(record.settings["optimisation.learning_rate"]) for record in history[-15:]]
    assert sum(0.002 < rate < 0.04 for rate in late) >= 10
    assert search.propose(40, history, seed=0) == search.propose(40, history, seed=0)
    assert importance(history, search.spec.space) == {"optimisation.learning_rate": 1.0}


@pytest.mark.parametrize("pruner", ["asha", "hyperband"])
def test_a_trial_that_falls_behind_is_hopeless_and_a_leader_is_not(pruner: str) -> None:
    search = Parzen(OptunaSearch.model_validate({"type": "optuna", "space": RANGE, "pruner": pruner}))
    history = [record(number, 0.9, {"optimisation.learning_rate": 0.01 + number / 1000}) for number in range(9)]
    assert search.is_hopeless(9, [0.01], history)
    assert not search.is_hopeless(9, [0.95], history)
    assert not search.is_hopeless(9, [0.95, 0.01], history), "two judgements are no rung"
    assert not search.is_hopeless(0, [0.01], []), "the first of all has nobody to be compared with"
    without = Parzen(OptunaSearch.model_validate({"type": "optuna", "space": RANGE, "pruner": "none"}))
    assert not without.is_hopeless(9, [0.01], history)


def test_brackets_of_hyperband_have_the_sizes_of_its_authors() -> None:
    """Table 1 of Li et al. 2018: at most 81 units, a third kept."""
    found = brackets(81, 81 + 34 + 15 + 8 + 5)
    assert [found.count(bracket) for bracket in range(5)] == [81, 34, 15, 8, 5]
    assert set(found[:20]) == set(range(5))
    assert set(brackets(2, 9)) == {0}


def test_brackets_of_hyperband_compare_among_themselves_from_their_own_rungs_on() -> None:
    search = Parzen(OptunaSearch.model_validate({"type": "optuna", "space": RANGE, "pruner": "hyperband"}))
    of = brackets(9, 30)
    last = max(number for number in range(30) if of[number] == 1)
    history = [
        record(number, 0.9, {"optimisation.learning_rate": 0.01}).model_copy(
            update={"intermediate": (0.1 if of[number] == 1 else 0.9,) * 9}
        )
        for number in range(last)
    ]
    assert not search.is_hopeless(last, [0.01], history), "bracket 1 has no rung after one judgement"
    assert search.is_hopeless(last, [0.01] * 3, history)
    assert not search.is_hopeless(last, [0.2] * 3, history), "better than its own bracket, worse than the others"


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"type": "grid", "space": {}}, "at least 1"),
        ({"type": "grid", "space": RANGE}, "takes choices only"),
        (
            {"type": "grid", "space": {f"optimisation.{name}": {"type": "choices", "values": list(range(1, 41))}
             for name in ("epochs", "batch_size")}},
            "1600 combinations",
        ),
        ({"type": "random", "space": RANGE, "num_trials": 0}, "greater than or equal to 1"),
        ({"type": "random", "space": RANGE, "num_trials": 10**9}, "less than or equal to 1000"),
        ({"type": "random", "space": RANGE, "max_seconds": 0}, "greater than 0"),
        ({"type": "random", "space": {"optimisation.leraning_rate": RANGE["optimisation.learning_rate"]}}, "no setting"),
        ({"type": "random", "space": {"base_model": {"type": "choices", "values": ["a"]}}}, "pattern"),
        ({"type": "grid", "space": {"optimisation.learning_rate": {"type": "choices", "values": [7]}}}, "less than or equal to 1"),
        ({"type": "random", "space": {"optimisation.epochs": {"type": "range", "low": 3, "high": 2}}}, "below high"),
        ({"type": "random", "space": {"optimisation.learning_rate": {"type": "range", "low": 0, "high": 1, "is_log": True}}},
         "above 0"),
        *(
            ({"type": "random", "space": {path: {"type": "range", "low": low, "high": 64}}}, f"{path} takes whole numbers .* is_integer")
            for path, low in (("optimisation.batch_size", 8), ("optimisation.epochs", 1.5), ("seed", 0), ("task.max_length", 8))
        ),
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_made_is_refused(search: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        JobSpec.model_validate(spec_dict(search=search))


# --- what is delivered


@pytest.fixture(scope="module")
def searched(trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    outcome = trainer.run(tmp_path_factory.mktemp("search") / "out", spec_dict(search=GRID, optimisation=EPOCHS))
    assert outcome.status == 0, outcome.log
    return outcome


@pytest.mark.slow
def test_every_trial_is_told_and_the_best_is_delivered(
    searched: Outcome, trainer: ForkingTrainer, tmp_path: Path
) -> None:
    trials = searched.of_type("trial")
    assert [trial.number for trial in trials] == [0, 1, 2, 3]
    found = report(searched)
    assert [trial.value for trial in trials] == [record.value for record in found.trials]
    best = max(found.trials, key=lambda record: (record.value, -record.number))
    assert found.best == best.number
    assert (found.metric, found.is_lower_better) == ("macro_f1", False)
    assert [checkpoint.step for checkpoint in searched.of_type("checkpoint")] == [1, 2, 3, 4]
    (started,) = searched.of_type("started")
    assert (started.total_steps, started.resumed_from_step) == (4, 0)
    assert {name.split("/")[0] for name, _ in searched.metrics} == {f"trial-{number}" for number in range(4)}
    alone = trainer.run(tmp_path / "alone", spec_dict(optimisation={**EPOCHS, **_options(best)}))
    assert alone.model_sha256 == searched.model_sha256, "the delivered model is that of the best settings run alone"
    assert not [path for path in (searched.out_dir / "trials").iterdir() if path.name != str(best.number)]


def _options(record: TrialRecord) -> dict[str, Any]:
    return {path.removeprefix("optimisation."): value for path, value in record.settings.items()}


@pytest.mark.slow
@pytest.mark.parametrize("mark", ['"step":2,"epoch":2.0,"path"', '"trial-2/train/loss"', '"evaluating"'])
def test_a_killed_search_goes_on_and_ends_as_it_would_have(
    trainer: ForkingTrainer, searched: Outcome, tmp_path: Path, mark: str
) -> None:
    spec = spec_dict(search=GRID, optimisation=EPOCHS)
    out = tmp_path / "out"
    killed = trainer.run(out, spec, signal_when=(signal.SIGKILL, lambda lines: any(mark in line for line in lines)))
    assert killed.status == -signal.SIGKILL
    resumed = trainer.run(out, spec)
    assert resumed.status == 0, resumed.log
    assert resumed.model_sha256 == searched.model_sha256
    assert resumed.metrics == searched.metrics
    assert [trial.number for trial in resumed.of_type("trial")] == [0, 1, 2, 3]
    drop = {"seconds"}
    assert [trial.model_dump(exclude=drop) for trial in report(resumed).trials] == [
        trial.model_dump(exclude=drop) for trial in report(searched).trials
    ]


@pytest.mark.slow
def test_a_trial_that_was_cut_off_goes_on_from_its_own_checkpoint(trainer: ForkingTrainer, tmp_path: Path) -> None:
    heads = {"optimisation.head": {"type": "choices", "values": ["random", "probe"]}}
    spec = spec_dict(search={"type": "grid", "space": heads}, optimisation=EPOCHS, checkpointing={"every_steps": 1})
    spec["data"] = {"train": "train.jsonl"}
    out = tmp_path / "out"

    def is_time(lines: list[str]) -> bool:
        return any('"trial-1/train/loss"' in line and '"step":2,' in line for line in lines)

    stopped = trainer.run(out, spec, signal_when=(signal.SIGTERM, is_time))
    assert stopped.of_type("stopped"), stopped.log
    # Made again, it would end at its second step.
    resumed = trainer.run(out, spec, env={"TINY_POISONED_STEP": "2"})
    assert resumed.status == 0, resumed.log
    assert [(trial.number, trial.state) for trial in resumed.of_type("trial")] == [(0, "complete"), (1, "complete")]
    assert [began.number for began in resumed.of_type("trial_began")] == [0, 1]
    said = [warned.code for warned in resumed.of_type("warning")]
    assert said.count("data:validation_split_off") == 1, "of the same data, whatever trial reads them"
    assert {step for name, step in resumed.metrics if name == "trial-1/train/loss"} == set(range(1, 13))
    found = report(resumed)
    assert found.best == 1
    # By passes alone, or whoever begins with a solved head would be compared with others one pass too early.
    assert [len(trial.intermediate) for trial in found.trials] == [2, 2]
    assert found.trials[1].value is not None
    assert found.trials[1].value >= max(found.trials[1].intermediate)
    contenders = json.loads((out / "evaluation.json").read_text())["contenders"]
    (tuned,) = (contender for contender in contenders if contender["name"] == "tuned")
    assert 0 < tuned["seconds"] <= found.trials[1].seconds, "its own time, and not that of the trial before it"


@pytest.mark.slow
def test_a_trial_begins_with_its_own_virtual_tokens(trainer: ForkingTrainer, tmp_path: Path) -> None:
    """Features of all trials lie in one folder."""
    space = {"method.tokens": {"type": "choices", "values": [2, 20]}}
    spec = {"method": {"type": "prompt"}, "optimisation": EPOCHS, "limits": {"max_steps": 1}}
    found = trainer.run(tmp_path / "search", spec_dict(**spec, search={"type": "grid", "space": space}))
    alone = trainer.run(tmp_path / "alone", spec_dict(**spec | {"method": {"type": "prompt", "tokens": 20}}))
    assert {
        (name.removeprefix("trial-1/"), step): value
        for (name, step), value in found.metrics.items()
        if name.startswith("trial-1/")
    } == alone.metrics


@pytest.mark.slow
def test_settings_that_refuse_one_another_end_their_trial_alone(trainer: ForkingTrainer, tmp_path: Path) -> None:
    space = {
        "method.rank": {"type": "choices", "values": [4, 64]},
        "method.use_dora": {"type": "choices", "values": [False, True]},
        "method.quantise": {"type": "choices", "values": ["none", "4bit"]},
    }
    spec = spec_dict(search={"type": "grid", "space": space}, method={"type": "lora"}, optimisation=EPOCHS)
    outcome = trainer.run(tmp_path / "out", spec)
    assert outcome.status == 0, outcome.log
    # No four bits on this machine, none at all beside DoRA, and a rank above the width of the base model.
    assert [(trial.state, trial.reason) for trial in outcome.of_type("trial")] == [
        ("complete", None),
        ("failed", "spec:unsupported"),
        ("complete", None),
        ("failed", "spec:invalid"),
        ("failed", "spec:rank_too_large"),
        ("failed", "spec:unsupported"),
        ("failed", "spec:rank_too_large"),
        ("failed", "spec:invalid"),
    ]


def test_time_of_earlier_attempts_counts_and_that_of_this_one_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [5000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    control = Control(max_seconds=3600)
    control.count_from(1200)  # A search, or the first run of a comparison, from an earlier attempt.
    now[0] += 2400
    control.count_from(3500)  # The winner, which this process has trained.
    assert control.seconds == 3600
    assert not control.is_over_time
    now[0] += 1
    assert control.is_over_time


@pytest.mark.slow
def test_a_search_continues_from_its_checkpoint_alone(
    trainer: ForkingTrainer, searched: Outcome, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere"
    (other / "checkpoints").mkdir(parents=True)
    source = searched.out_dir / "checkpoints" / "step-3"
    (other / "checkpoints" / "step-3").mkdir()
    for file in source.iterdir():
        (other / "checkpoints" / "step-3" / file.name).write_bytes(file.read_bytes())
    resumed = trainer.run(other, spec_dict(search=GRID, optimisation=EPOCHS))
    assert resumed.status == 0, resumed.log
    assert [trial.number for trial in resumed.of_type("trial")] == [3]
    assert resumed.model_sha256 == searched.model_sha256


@pytest.mark.slow
def test_a_trial_that_diverges_ends_itself_and_not_the_search(trainer: ForkingTrainer, tmp_path: Path) -> None:
    spec = spec_dict(search={"type": "grid", "space": RATES}, optimisation=EPOCHS)
    outcome = trainer.run(tmp_path / "out", spec, env={"TINY_POISONED_STEP": "3", "TINY_POISONED_RATE": "0.01"})
    assert outcome.status == 0, outcome.log
    assert [(trial.state, trial.reason) for trial in outcome.of_type("trial")] == [
        ("complete", None),
        ("failed", "training:diverged"),
    ]
    assert report(outcome).best == 0
    hopeless = trainer.run(tmp_path / "hopeless", spec, env={"TINY_POISONED_STEP": "3"})
    assert hopeless.failure.code == "search:no_result"


@pytest.mark.slow
def test_bad_data_end_the_search_at_its_first_trial(trainer: ForkingTrainer, tmp_path: Path) -> None:
    spec = spec_dict(search={"type": "grid", "space": RATES}, task={"text_column": "body"})
    outcome = trainer.run(tmp_path / "out", spec)
    assert outcome.failure.code == "data:missing_column"
    assert outcome.of_type("trial") == []


@pytest.mark.slow
def test_weak_trials_are_pruned_and_time_is_kept(trainer: ForkingTrainer, tmp_path: Path) -> None:
    search = {"type": "optuna", "num_trials": 6, "pruner": "asha", "space": RANGE}
    outcome = trainer.run(tmp_path / "out", spec_dict(search=search, optimisation=EPOCHS))
    assert outcome.status == 0, outcome.log
    states = [trial.state for trial in outcome.of_type("trial")]
    assert len(states) == 6
    assert states[0] == "complete"
    assert "pruned" in states
    brief = trainer.run(tmp_path / "brief", spec_dict(search={**search, "max_seconds": 0.001}, optimisation=EPOCHS))
    assert brief.status == 0, brief.log
    assert [(trial.state, trial.steps) for trial in brief.of_type("trial")] == [("complete", 1)], (
        "one result is owed, of the first step on"
    )
    assert report(brief).ended_by == "time"
    cut_short, over = brief.of_type("warning")
    assert (cut_short.code, cut_short.params) == ("search:trial_cut_short", {"step": 1, "total_steps": 12, "trial": 0})
    assert over.code == "search:time_over"
    assert json.loads((brief.out_dir / "evaluation.json").read_text())["task"] == "classification"


@pytest.mark.slow
def test_no_trial_begins_when_the_money_is_spent(trainer: ForkingTrainer, tmp_path: Path) -> None:
    spec = spec_dict(search={**GRID, "max_cost": 0.01}, optimisation=EPOCHS)
    dear = trainer.run(tmp_path / "dear", spec, options=["--price-per-hour", "1e6"])
    assert dear.status == 0, dear.log
    assert [(trial.number, trial.steps) for trial in dear.of_type("trial")] == [(0, 1)]
    assert report(dear).ended_by == "cost"
    assert [warning.code for warning in dear.of_type("warning")] == ["search:trial_cut_short", "search:money_spent"]
    unpriced = trainer.run(tmp_path / "unpriced", spec)
    assert (unpriced.failure.code, unpriced.failure.params["field"]) == ("spec:unsupported", "search.max_cost")
