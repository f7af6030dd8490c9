"""A job with augmented rows is trained without them as well: measured, the better delivered, and the same after any kill."""

from __future__ import annotations

import hashlib
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.workers.trainer.tiny import spec_dict, write_task
from workers.contract.results import AugmentationEffect, Evaluation, Interval
from workers.trainer.evaluate.effect import Primary, Trained, effect_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome

AUGMENTATIONS: dict[str, dict[str, Any]] = {
    "classification": {"words": {"share": 0.2}, "cutoff": {"hide": "attention"}, "mixup": {"alpha": 0.5}},
    "pair_classification": {"words": {}, "cutoff": {"hide": "mask"}},
    "multi_label": {"mixup": {}},
    "pair_regression": {"words": {"kinds": ["swap", "delete"]}, "mixup": {}},
    "token_classification": {"words": {"share": 0.3}, "cutoff": {"hide": "mask"}},
}


def trained(value: float, loss: float, hits: list[float], *, is_lower_better: bool = False) -> Trained:
    return Trained(
        Primary("figure", lambda rows: sum(hits[row] for row in rows) / len(rows), len(hits), is_lower_better),
        watched="loss" if is_lower_better else "macro_f1",
        value=value,
        loss=loss,
        is_lower_better=is_lower_better,
    )


def test_validation_chooses_and_held_out_rows_tell() -> None:
    good, bad = [1.0] * 40, [1.0, 0.0] * 20
    effect = effect_of(trained(0.6, 0.5, good), trained(0.7, 0.5, bad))
    assert (effect.outcome, effect.delivered) == ("better", "without_augmentation")
    assert (effect.difference.value, effect.with_augmentation.value) == (0.5, 1.0)
    assert effect_of(trained(0.6, 0.5, bad), trained(0.7, 0.5, good)).outcome == "worse"
    assert effect_of(trained(0.7, 0.4, bad), trained(0.7, 0.5, bad)).delivered == "with_augmentation"
    equal = effect_of(trained(0.7, 0.5, bad), trained(0.7, 0.5, bad))
    assert (equal.outcome, equal.delivered) == ("no_difference", "without_augmentation")


def test_a_smaller_error_is_an_improvement() -> None:
    effect = effect_of(
        trained(-0.2, 0.2, [0.1] * 40, is_lower_better=True), trained(-0.3, 0.3, [0.4] * 40, is_lower_better=True)
    )
    assert (effect.outcome, effect.delivered) == ("better", "with_augmentation")
    assert effect.difference.value == pytest.approx(0.3)
    assert (effect.validation_with, effect.validation_without) == (0.2, 0.3)


def spec_of(task: str, **more: Any) -> dict[str, Any]:
    return spec_dict(task={"type": task}, augmentation=AUGMENTATIONS[task], checkpointing={"every_steps": 2}, **more)


def effect_in(outcome: Outcome) -> AugmentationEffect:
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    assert document.augmentation_effect is not None
    return document.augmentation_effect


def stands_in(effect: AugmentationEffect, outcome: Outcome) -> Interval:
    """The figure of the delivered model, as the evaluation has it."""
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    assert effect.metric == document.primary
    return document.tuned.metrics[effect.metric]


@pytest.mark.slow
@pytest.mark.parametrize("task", AUGMENTATIONS)
def test_the_effect_is_that_of_two_jobs(trainer: ForkingTrainer, tmp_path: Path, task: str) -> None:
    data = write_task(tmp_path / "data", task)
    spec = spec_of(task)
    both = trainer.run(tmp_path / "out", spec, data_dir=data)
    effect = effect_in(both)
    alone = trainer.run(tmp_path / "plain", {**spec, "augmentation": None}, data_dir=data)
    plain = Evaluation.model_validate_json((alone.out_dir / "evaluation.json").read_bytes())
    assert plain.augmentation_effect is None
    assert effect.without_augmentation == plain.tuned.metrics[plain.primary]
    name = f"validation/{effect.validation_metric}"
    assert effect.validation_without in [value for (found, _), value in alone.metrics.items() if found == name]
    assert effect.validation_with in [value for (found, _), value in both.metrics.items() if found == name]
    assert both.metrics != alone.metrics
    delivered = getattr(effect, effect.delivered)
    assert stands_in(effect, both) == delivered
    if effect.delivered == "without_augmentation":
        assert both.artifacts_sha256 == alone.artifacts_sha256
    else:
        assert both.artifacts_sha256 != alone.artifacts_sha256
    card = (both.out_dir / "model" / "README.md").read_text()
    assert f"This is the model {effect.delivered.split('_')[0]} augmentation" in card
    (started,) = both.of_type("started")
    assert started.total_steps == 36
    steps = [event.step for event in both.of_type("progress")]
    assert steps == sorted(steps)
    committed = [event.step for event in both.of_type("checkpoint")]
    assert committed == sorted(set(committed)), "the run without has checkpoints that nobody else hears of"


@pytest.mark.slow
@pytest.mark.parametrize("task", ["classification", "token_classification"])
def test_augmented_jobs_resume_as_well(trainer: ForkingTrainer, tmp_path: Path, task: str) -> None:
    data = write_task(tmp_path / "data", task)
    spec = spec_of(task)
    whole = trainer.run(tmp_path / "straight", spec, data_dir=data)
    effect = effect_in(whole)
    out = tmp_path / "out"
    # Twice in the augmented run, in the one without (progress goes on counting), and while the result is delivered.
    for mark in (
        '"type":"metrics","step":4,',
        '"type":"metrics","step":11,',
        '"step":19,',
        '"evaluating"',
        '"exporting"',
    ):
        killed = trainer.run(
            out,
            spec,
            data_dir=data,
            signal_when=(signal.SIGKILL, lambda lines, mark=mark: any(mark in line for line in lines)),
        )
        assert killed.status == -signal.SIGKILL
    assert (out / "without-augmentation" / "checkpoints").is_dir()
    resumed = trainer.run(out, spec, data_dir=data)
    assert resumed.status == 0, resumed.log
    assert effect_in(resumed) == effect
    assert resumed.artifacts_sha256 == whole.artifacts_sha256
    assert resumed.metrics == whole.metrics
    assert digests(out) == digests(whole.out_dir)


def digests(out: Path) -> dict[str, str]:
    """Of the last weights of both runs."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("step-18/weights.safetensors")
    }


@pytest.mark.slow
def test_the_best_of_a_search_is_compared(trainer: ForkingTrainer, tmp_path: Path) -> None:
    spec = spec_dict(
        augmentation={"words": {}},
        search={
            "type": "grid",
            "space": {"augmentation.words.share": {"type": "choices", "values": [0.1, 0.4]}},
        },
    )
    outcome = trainer.run(tmp_path / "out", spec)
    effect = effect_in(outcome)
    assert stands_in(effect, outcome) == getattr(effect, effect.delivered)
    assert [event.step for event in outcome.of_type("checkpoint")] == [1, 2]
    assert max(event.step for event in outcome.of_type("progress")) == 2
