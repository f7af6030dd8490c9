"""What curves and results say: each finding on runs that have it, and silence on those that only look like it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anneal.common.texts import texts_registered
from anneal.jobs.diagnosis import curves, result
from anneal.jobs.diagnosis.diagnose import CODES, diagnose
from anneal.jobs.diagnosis.facts import Action, Finding, RunFacts
from anneal.jobs.diagnosis.words import finding_message
from tests.anneal.jobs.material import evaluation_document
from workers.contract.results import Evaluation

SPEC: dict[str, Any] = {
    "optimisation": {
        "epochs": "auto",
        "learning_rate": "auto",
        "warmup_ratio": 0.06,
        "class_weights": "none",
        "head": "auto",
    },
    "task": {"type": "classification", "max_length": "auto"},
    "limits": {},
    "search": {"type": "none"},
}
RESOLVED = {"optimisation.epochs": 5, "optimisation.learning_rate": 1e-4, "optimisation.head": "probe"}
STEPS = 200


def train_curve(levels: list[float], *, noise: float = 0.1, seed: int = 0) -> list[list[float]]:
    """Points of a training loss that goes along `levels`, one for the start and one for each pass, with multiplicative noise."""
    chance = np.random.default_rng(seed)
    epochs = len(levels) - 1
    points = []
    for step in range(1, STEPS + 1):
        place = step / STEPS * epochs
        low = min(int(place), epochs - 1)
        level = levels[low] + (levels[low + 1] - levels[low]) * (place - low)
        points.append([float(step), place, level * math.exp(chance.normal(0, noise))])
    return points


def judged(values: list[float]) -> list[list[float]]:
    """A validation figure at the start and after each pass."""
    epochs = len(values) - 1
    return [[float(STEPS * at // epochs), float(at), value] for at, value in enumerate(values)]


def run_of(
    train: list[float], validation: list[float], *, noise: float = 0.1, seed: int = 0, **figures: Any
) -> RunFacts:
    named = {f"validation/{name}": judged(values) for name, values in figures.items()}
    return RunFacts(
        spec=SPEC,
        resolved=RESOLVED,
        curves={
            "train/loss": train_curve(train, noise=noise, seed=seed),
            "validation/loss": judged(validation),
            **named,
        },
        num_rows={"train": 5000, "validation": 1000, "test": 1000},
        is_over=True,
        is_finished=True,
    )


def with_spec(run: RunFacts, **changes: Any) -> RunFacts:
    return replace(run, spec={**SPEC, "optimisation": {**SPEC["optimisation"], **changes}})


def codes(run: RunFacts) -> list[str]:
    return [finding.code for finding in diagnose(run)]


LEARNING = [1.0, 0.5, 0.35, 0.28, 0.25, 0.24]
LEVELLING = [1.0, 0.6, 0.5, 0.47, 0.465, 0.463]
OVER_FIT = [1.0, 0.6, 0.5, 0.58, 0.7, 0.85]
HEALTHY = run_of(LEARNING, LEVELLING, accuracy=[0.5, 0.8, 0.84, 0.85, 0.85, 0.852])


@pytest.mark.parametrize("noise", [0.02, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_said_of_sound_runs_however_noisy(noise: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    # The same rows are judged each time, so that levels move little by chance.
    validation = [value * math.exp(chance.normal(0, 0.01)) for value in LEVELLING]
    run = run_of(LEARNING, validation, noise=noise, seed=seed, accuracy=[0.5, 0.8, 0.84, 0.85, 0.85, 0.852])
    assert codes(run) == []
    assert codes(replace(run, is_over=False, is_finished=False)) == []


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_said_of_single_hard_batches_at_a_low_loss(seed: int) -> None:
    chance = np.random.default_rng(seed)
    losses = [[float(at), at / 40, 0.05 * chance.exponential() + 0.3 * math.exp(-at / 20)] for at in range(1, 201)]
    for at in range(30, 200, 40):
        losses[at][2] = 2.0  # a row with a wrong label, once in every pass
    assert codes(replace(HEALTHY, curves={**HEALTHY.curves, "train/loss": losses})) == []


def test_a_run_that_has_just_begun_says_nothing() -> None:
    begun = {name: points[:2] for name, points in HEALTHY.curves.items()}
    assert codes(replace(HEALTHY, curves=begun, is_over=False, is_finished=False)) == []
    assert codes(RunFacts(spec=SPEC)) == []


# --- too many passes


def test_over_fitting_names_the_pass_that_was_best() -> None:
    run = run_of(LEARNING, OVER_FIT, accuracy=[0.5, 0.8, 0.84, 0.84, 0.83, 0.83])
    finding = diagnose(run)[0]
    assert (finding.code, finding.severity) == ("passes:over_fitted_kept_best", "info")
    assert finding.action == Action("duplicate", "optimisation.epochs", 2)
    assert (finding.params["epoch"], finding.params["lowest"], finding.params["last"]) == (2, 0.5, 0.85)


def test_passes_about_similarity_are_not_among_those_that_would_have_been_enough() -> None:
    run = run_of([1.0, *LEARNING], [1.1, *OVER_FIT])
    after = replace(run, resolved={**RESOLVED, "optimisation.similarity_epochs": 1})
    assert diagnose(run)[0].action == Action("duplicate", "optimisation.epochs", 3)
    assert diagnose(after)[0].action == Action("duplicate", "optimisation.epochs", 2)


def test_over_fitting_is_said_while_it_runs_without_an_action() -> None:
    finding = diagnose(replace(run_of(LEARNING, OVER_FIT), is_over=False, is_finished=False))[0]
    assert (finding.code, finding.action) == ("passes:over_fitted", None)


@pytest.mark.parametrize(
    "validation",
    [
        [1.0, 0.6, 0.5, 0.58, 0.5, 0.51],  # a bump
        [1.0, 0.6, 0.55, 0.5, 0.49, 0.7],  # one bad pass, the last
        [1.0, 0.6, 0.5, 0.51, 0.52, 0.53],  # the usual end
    ],
)
def test_a_bump_or_a_slight_rise_is_no_over_fitting(validation: list[float]) -> None:
    assert curves.over_fitted(run_of(LEARNING, validation)) is None


def test_a_rise_that_so_few_rows_make_by_chance_is_no_over_fitting() -> None:
    run = run_of(LEARNING, [1.0, 0.6, 0.5, 0.55, 0.57, 0.58])
    assert curves.over_fitted(run) is not None
    assert curves.over_fitted(replace(run, num_rows={"validation": 60})) is None


def test_a_model_that_is_only_surer_is_not_over_fitted() -> None:
    """Loss rises with confidence while more and more rows are answered rightly: usual in long fine-tuning."""
    assert curves.over_fitted(run_of(LEARNING, OVER_FIT, accuracy=[0.5, 0.8, 0.82, 0.85, 0.87, 0.89])) is None


def test_a_loss_that_rises_by_confidence_alone_is_no_over_fitting() -> None:
    assert curves.over_fitted(run_of(LEARNING, OVER_FIT, refined_loss=[0.9, 0.58, 0.48, 0.47, 0.48, 0.49])) is None
    assert curves.over_fitted(run_of(LEARNING, OVER_FIT, refined_loss=[0.9, 0.58, 0.48, 0.52, 0.61, 0.7])) is not None


def test_a_training_loss_that_rises_too_is_no_over_fitting() -> None:
    assert curves.over_fitted(run_of([1.0, 0.6, 0.5, 0.58, 0.7, 0.9], OVER_FIT)) is None


# --- too few


def test_a_run_that_was_still_improving_is_offered_twice_the_epochs() -> None:
    finding = diagnose(run_of([1.0, 0.9, 0.8, 0.7, 0.6, 0.5], [1.0, 0.9, 0.8, 0.7, 0.62, 0.55]))[0]
    assert finding.code == "passes:still_improving"
    assert finding.action == Action("duplicate", "optimisation.epochs", 10)


def test_a_budget_that_ended_it_is_doubled_instead() -> None:
    run = run_of([1.0, 0.9, 0.8, 0.7], [1.0, 0.9, 0.8, 0.7])
    run = replace(run, spec={**SPEC, "limits": {"budget_seconds": 60}}, warnings=[("limit:budget_spent", {})])
    finding = diagnose(run)[0]
    assert (finding.code, finding.action) == (
        "passes:budget_short",
        Action("duplicate", "limits.budget_seconds", 120),
    )


@pytest.mark.parametrize(
    ("validation", "accuracy"),
    [
        ([1.0, 0.9, 0.7, 0.6, 0.61, 0.55], None),  # not twice in a row
        ([1.0, 0.6, 0.5, 0.47, 0.465, 0.46], None),  # levelled off
        ([1.0, 0.5, 0.2, 0.1, 0.05, 0.02], [0.5, 0.9, 0.97, 0.99, 0.995, 0.998]),  # nothing left to find
    ],
)
def test_a_run_that_has_levelled_off_is_left_alone(validation: list[float], accuracy: list[float] | None) -> None:
    figures = {"accuracy": accuracy} if accuracy else {}
    assert curves.still_improving(run_of(LEARNING, validation, **figures)) is None


def test_a_run_that_patience_or_its_owner_ended_is_not_said_to_be_too_short() -> None:
    run = run_of([1.0, 0.9, 0.8, 0.7], [1.0, 0.9, 0.8, 0.7])  # 3 passes of 5
    assert curves.still_improving(run) is None
    assert curves.still_improving(replace(run, is_finished=False)) is None


# --- steps too large


@pytest.mark.parametrize("noise", [0.02, 0.2])
def test_a_loss_that_climbs_back_is_a_rate_that_is_too_high(noise: float) -> None:
    finding = diagnose(run_of([1.0, 0.5, 0.6, 1.2, 1.6, 1.6], [1.0, 0.6, 0.8, 1.2, 1.6, 1.7], noise=noise))[0]
    assert (finding.code, finding.params["rate"]) == ("rate:loss_rose", 1e-4)
    assert finding.action == Action("duplicate", "optimisation.learning_rate", 3.3e-5)


COLLAPSED = [
    0.67,
    2.5,
    3.6,
    3.6,
    3.6,
    3.6,
    0.85,
    2.4,
    1.8,
    1.7,
    1.3,
    1.9,
    1.3,
    0.9,
    1.2,
    0.7,
    1.0,
    *[0.88, 0.75, 0.72, 0.69, 0.74] * 10,
]


def test_a_loss_that_explodes_and_settles_where_texts_are_ignored_is_a_rate_that_is_too_high() -> None:
    """As a run of a two-label task at a rate of 0.02 really went."""
    losses = [[float(at), at / 17, loss] for at, loss in enumerate(COLLAPSED, 1)]
    evaluation = told(tuned=0.52, rival=0.8, against="tfidf_linear", difference=(-0.28, -0.4, -0.2), outcome="worse")
    run = RunFacts(
        spec=SPEC,
        resolved={**RESOLVED, "optimisation.learning_rate": 0.02},
        curves={"train/loss": losses},
        label_counts={"a": 260, "b": 262},
        evaluation=evaluation,
    )
    [finding] = diagnose(run)
    assert (finding.code, finding.params["ignorant"]) == ("rate:collapsed", 0.693)
    assert finding.action == Action("duplicate", "optimisation.learning_rate", 0.0067)
    flat = [[float(at), at / 17, 0.69 + 0.05 * (-1) ** at] for at in range(1, 68)]
    # Texts that tell nothing: no explosion, and the data is to be looked at.
    assert codes(replace(run, curves={"train/loss": flat})) == ["data:no_better_than_simple"]
    learnt = [[step, epoch, loss if step < 20 else 0.2] for step, epoch, loss in losses]
    assert curves.rate_too_high(replace(run, curves={"train/loss": learnt})) is None


def test_spikes_that_come_again_and_again_are_a_rate_that_is_too_high() -> None:
    points = train_curve(LEARNING)
    for at in range(60, 180, 10):
        points[at][2] = 4.0
    run = replace(HEALTHY, curves={**HEALTHY.curves, "train/loss": points})
    finding = diagnose(run)[0]
    assert (finding.code, finding.params["count"], finding.params["highest"]) == ("rate:spikes", 12, 4.0)


def test_hard_rows_that_come_again_in_every_pass_are_no_spikes_in_small_batches() -> None:
    points = train_curve([0.35, 0.32, 0.3, 0.29, 0.28, 0.27], noise=0.05)
    for at in range(40, 200, 10):
        points[at][2] = 0.9
    run = replace(HEALTHY, curves={**HEALTHY.curves, "train/loss": points}, label_counts={"a": 600, "b": 400})
    assert curves.rate_too_high(with_spec(run, batch_size=16)) is None
    assert curves.rate_too_high(with_spec(run, batch_size=32)) is not None


def test_gradients_that_grow_are_said_only_while_the_loss_does_not_fall() -> None:
    norms = [[float(at), at / 40, 0.5 * 1.02**at] for at in range(1, STEPS + 1)]
    flat = replace(HEALTHY, curves={"train/loss": train_curve([1.0, 1.0, 1.0, 1.05]), "train/gradient_norm": norms})
    assert codes(flat) == ["rate:gradients_grew"]
    assert codes(replace(HEALTHY, curves={**HEALTHY.curves, "train/gradient_norm": norms})) == []


def test_a_diverged_run_is_offered_a_third_of_its_rate() -> None:
    run = with_spec(replace(HEALTHY, diverged_at=41, is_finished=False), learning_rate=0.3)
    finding = diagnose(run)[0]
    assert (finding.code, finding.severity) == ("rate:diverged", "error")
    assert finding.action == Action("duplicate", "optimisation.learning_rate", 0.1)


def test_a_setting_that_is_searched_is_not_offered() -> None:
    spec = {**SPEC, "search": {"type": "grid", "space": {"optimisation.learning_rate": {}}}}
    assert diagnose(replace(HEALTHY, spec=spec, diverged_at=41))[0].action is None


# --- steps too small


def test_a_loss_that_hardly_moved_is_a_rate_that_is_too_low() -> None:
    run = with_spec(run_of([0.7, 0.698, 0.697], [0.7, 0.699, 0.698], noise=0.005), learning_rate=1e-7, head="random")
    finding = diagnose(run)[0]
    assert (finding.code, finding.action) == (
        "rate:hardly_moved",
        Action("duplicate", "optimisation.learning_rate", 3e-7),
    )


def test_a_rate_of_our_own_or_a_solved_output_layer_is_not_called_too_low() -> None:
    run = run_of([0.7, 0.698, 0.697], [0.7, 0.699, 0.698], noise=0.005)
    assert codes(run) == []
    assert codes(with_spec(run, learning_rate=1e-7)) == []  # the layer was solved
    assert codes(with_spec(replace(run, is_over=False), learning_rate=1e-7, head="random")) == []


# --- results


def told(
    *, tuned: float, rival: float, against: str, difference: tuple[float, float, float], outcome: str, **changes: Any
) -> Evaluation:
    document = evaluation_document(tuned)
    figure = {"value": rival, "low": rival - 0.01, "high": rival + 0.01}
    document["contenders"][1] = {"name": against, "metrics": {"accuracy": figure, "macro_f1": figure}, "seconds": 0.1}
    value, low, high = difference
    document["verdict"] = {
        "outcome": outcome,
        "against": against,
        "difference": {"value": value, "low": low, "high": high},
        "p_value": 0.5,
        "test": "mcnemar",
    }
    return Evaluation.model_validate({**document, "num_rows": 1000, **changes})


def judged_as(evaluation: Evaluation) -> RunFacts:
    return replace(HEALTHY, evaluation=evaluation)


def test_no_better_than_guessing_points_at_the_data() -> None:
    evaluation = told(tuned=0.5, rival=0.5, against="majority", difference=(0, -0.02, 0.02), outcome="no_difference")
    finding = diagnose(judged_as(evaluation))[0]
    assert (finding.code, finding.severity, finding.action) == (
        "data:no_better_than_guessing",
        "error",
        Action("dataset"),
    )
    assert (finding.params["tuned"], finding.params["rows"]) == ("50 %", 1000)


def test_a_simple_rival_that_is_as_good_is_named_unless_the_task_is_easy() -> None:
    plain = {"against": "tfidf_linear", "difference": (0.0, -0.02, 0.02), "outcome": "no_difference"}
    assert codes(judged_as(told(tuned=0.85, rival=0.85, **plain))) == ["data:no_better_than_simple"]
    assert result.no_better_than(judged_as(told(tuned=0.98, rival=0.98, **plain))) is None
    better = {"against": "tfidf_linear", "difference": (0.05, 0.02, 0.08), "outcome": "better"}
    assert codes(judged_as(told(tuned=0.85, rival=0.8, **better))) == []


def test_an_open_verdict_says_how_many_rows_would_settle_it() -> None:
    evaluation = told(
        tuned=0.85, rival=0.82, against="base", difference=(0.03, -0.03, 0.09), outcome="no_difference", num_rows=100
    )
    finding = diagnose(judged_as(evaluation))[0]
    assert (finding.code, finding.params["needed"], finding.params["half"]) == ("data:held_out_small", 400, 6)


@pytest.mark.parametrize("difference", [(0.004, -0.02, 0.03), (0.02, -0.2, 0.24)])
def test_a_tie_is_no_matter_of_rows(difference: tuple[float, float, float]) -> None:
    evaluation = told(tuned=0.85, rival=0.84, against="base", difference=difference, outcome="no_difference")
    assert codes(judged_as(evaluation)) == []


def test_a_small_validation_split_is_named_where_passes_differ_by_less_than_chance() -> None:
    run = replace(HEALTHY, num_rows={"validation": 60})
    close = {**run.curves, "validation/accuracy": judged([0.5, 0.8, 0.81, 0.82, 0.82])}
    apart = {**run.curves, "validation/accuracy": judged([0.5, 0.6, 0.7, 0.8, 0.85])}
    assert codes(replace(run, curves=close)) == ["data:validation_small"]
    assert codes(replace(run, curves=apart)) == []
    assert codes(replace(run, curves=close, num_rows={"validation": 1000})) == []


def test_splits_that_are_far_apart_are_named_and_chance_is_not() -> None:
    better = {"against": "majority", "difference": (0.2, 0.1, 0.3), "outcome": "better"}
    finding = diagnose(judged_as(told(tuned=0.7, rival=0.5, **better)))[0]
    assert (finding.code, finding.params["validation"], finding.params["test"]) == ("data:test_harder", 85.2, 70.0)
    assert codes(judged_as(told(tuned=0.95, rival=0.5, **better))) == ["data:test_easier"]
    few = replace(judged_as(told(tuned=0.7, rival=0.5, **better, num_rows=30)), num_rows={"validation": 40})
    assert result.splits_apart(few) is None
    assert codes(judged_as(told(tuned=0.83, rival=0.5, **better))) == []


# --- what the run warned of


def test_leaked_rows_are_named_when_they_flatter() -> None:
    def leak(count: int) -> RunFacts:
        return replace(HEALTHY, warnings=[("data:leakage", {"split": "test", "count": count, "total": 1000})])

    finding = diagnose(leak(80))[0]
    assert (finding.code, finding.params["share"], finding.warning) == ("data:leaked", 8.0, "data:leakage")
    assert codes(leak(3)) == []


def test_leaked_validation_rows_do_not_touch_the_figures_of_the_test() -> None:
    told_of = [("data:leakage", {"split": "validation", "count": 80, "total": 1000})]
    assert codes(replace(HEALTHY, warnings=told_of)) == ["data:leaked_validation"]
    without_test = replace(HEALTHY, warnings=told_of, num_rows={"train": 5000, "validation": 1000})
    assert codes(without_test) == ["data:leaked"]


def test_cut_texts_are_offered_a_longer_maximum_as_far_as_the_model_reads() -> None:
    def cut(count: int, length: int = 128) -> RunFacts:
        params = {"split": "train", "count": count, "max_length": length}
        return replace(HEALTHY, warnings=[("data:truncated", params)], longest_readable=512)

    assert diagnose(cut(600))[0].action == Action("duplicate", "task.max_length", 256)
    assert diagnose(cut(600, 400))[0].action == Action("duplicate", "task.max_length", 512)
    assert [(found.code, found.action) for found in diagnose(cut(600, 512))] == [("length:at_the_limit", None)]
    assert codes(cut(100)) == []


@pytest.mark.parametrize(
    ("code", "side", "other"),
    [("truncated", "right", "left"), ("truncated_left", "left", "right"), ("truncated_left", "auto", None)],
)
def test_texts_that_no_limit_holds_are_offered_to_be_cut_on_the_other_side(
    code: str, side: str, other: str | None
) -> None:
    cut = (f"data:{code}", {"split": "train", "count": 600, "max_length": 512})
    spec = {**SPEC, "task": {"type": "classification", "truncation_side": side}}
    finding = diagnose(replace(HEALTHY, warnings=[cut], longest_readable=512, spec=spec))[0]
    assert (finding.code, finding.warning) == ("length:at_the_limit", f"data:{code}")
    assert finding.action == (other and Action("duplicate", "task.truncation_side", other))


def test_halved_batches_are_named_with_what_fits() -> None:
    run = replace(HEALTHY, warnings=[("memory:batch_halved", {"rows": 32}), ("memory:batch_halved", {"rows": 16})])
    finding = diagnose(run)[0]
    assert (finding.code, finding.params["fits"], finding.params["times"]) == ("memory:halved", 8, 2)
    assert finding.action == Action("duplicate", "optimisation.gradient_checkpointing", value=True)


def test_warnings_of_another_time_are_passed_over() -> None:
    run = replace(
        HEALTHY, warnings=[(code, {"num": 3}) for code in ("data:truncated", "data:leakage", "memory:batch_halved")]
    )
    assert codes(run) == []


def rare(*, recall: float, support: int = 40, count: int = 20) -> RunFacts:
    document = evaluation_document(0.9)
    scores = [("often", 0.95, 900), ("rare", recall, support)]
    document["details"]["per_class"] = [
        {"label": label, "precision": 0.9, "recall": found, "f1": 0.9, "support": rows} for label, found, rows in scores
    ]
    run = replace(HEALTHY, evaluation=Evaluation.model_validate(document), label_counts={"often": 900, "rare": count})
    return replace(run, curves={})


def test_a_rare_label_that_is_missed_is_offered_class_weights() -> None:
    finding = diagnose(rare(recall=0.1))[0]
    assert (finding.code, finding.params["label"], finding.params["recall"]) == ("data:rare_label_missed", "rare", 10)
    assert finding.action == Action("duplicate", "optimisation.class_weights", "balanced")


@pytest.mark.parametrize(
    "run",
    [
        rare(recall=0.8),  # rare, and found
        rare(recall=0.1, support=4),  # four rows tell nothing
        rare(recall=0.1, count=400),  # missed, but not for being rare
        with_spec(rare(recall=0.1), class_weights="balanced"),  # done already
    ],
)
def test_imbalance_that_does_no_harm_is_left_alone(run: RunFacts) -> None:
    assert codes(run) == []


# --- what is said


def test_at_most_three_are_said_the_gravest_first() -> None:
    evaluation = told(tuned=0.5, rival=0.5, against="majority", difference=(0, -0.02, 0.02), outcome="no_difference")
    run = replace(
        run_of(LEARNING, OVER_FIT, accuracy=[0.5] * 6),
        evaluation=evaluation,
        longest_readable=512,
        warnings=[
            ("memory:batch_halved", {"rows": 32}),
            ("data:truncated", {"split": "train", "count": 600, "max_length": 128}),
            ("data:leakage", {"split": "test", "count": 80, "total": 1000}),
        ],
    )
    assert codes(run) == ["data:no_better_than_guessing", "data:leaked", "length:cut"]


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_finding_has_words_in_both_languages(code: str) -> None:
    english, chinese = texts_registered()[f"diagnosis.{code}"]
    assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", chinese))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_no_words_without_a_finding() -> None:
    assert {code.removeprefix("diagnosis.") for code in texts_registered() if code.startswith("diagnosis.")} == CODES


def test_figures_are_written_as_people_write_them() -> None:
    finding = Finding("data:validation_small", "info", {"rows": 60, "spread": 2.0, "error": 4.96})
    assert "has only 60 rows: its passes differ by 2 points, and chance alone makes 4.96." in finding_message(finding)
