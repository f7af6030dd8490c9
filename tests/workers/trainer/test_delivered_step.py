"""A checkpoint delivered as it is: its weights, judged anew, and nothing trained."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.workers.trainer.tiny import spec_dict
from workers.trainer.checkpoint import FOLDER, committed_steps

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome

OPTIMISATION = {"epochs": 4, "batch_size": 16, "learning_rate": 0.01, "head": "random", "early_stopping": None}
KINDS = {
    "plain": {},
    "averaged": {"averaging": {"type": "ema", "decay": 0.9}},
    "lora": {"method": {"type": "lora"}},
    "augmented": {"augmentation": {"words": {}}},
}


def spec(kind: str, deliver_step: int | None = None) -> dict[str, Any]:
    parts = dict(KINDS[kind])
    averaging = {"averaging": parts.pop("averaging")} if "averaging" in parts else {}
    checkpointing = {"keep_last": 20} | ({} if deliver_step is None else {"deliver_step": deliver_step})
    return spec_dict(optimisation=OPTIMISATION | averaging, checkpointing=checkpointing, **parts)


def judged(outcome: Outcome) -> dict[int, dict[str, float]]:
    """Validation figures by step, of the run that is delivered."""
    found: dict[int, dict[str, float]] = {}
    for (name, step), value in outcome.metrics.items():
        if name.startswith("validation/"):
            found.setdefault(step, {})[name] = value
    return found


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow) if kind != "plain" else kind for kind in KINDS]
)
def test_weights_of_any_step_are_delivered_as_they_are(trainer: ForkingTrainer, tmp_path: Path, kind: str) -> None:
    whole = trainer.run(tmp_path / "whole", spec(kind))
    assert whole.status == 0, whole.log
    figures = judged(whole)
    steps = [step for step in committed_steps(whole.out_dir) if step > 0]
    assert len(steps) == len(set(steps)) == 4
    made = {}
    for step in steps:
        out = tmp_path / f"at-{step}"
        shutil.copytree(whole.out_dir / FOLDER, out / FOLDER)
        delivered = trainer.run(out, spec(kind, step))
        assert delivered.status == 0, delivered.log
        assert delivered.of_type("finished")[0].step == step
        assert delivered.of_type("started")[0].resumed_from_step == step
        assert judged(delivered) == {step: figures[step]}  # And no point of a later one.
        assert committed_steps(out) == committed_steps(whole.out_dir)
        made[step] = delivered.artifacts_sha256
    assert len({str(sorted(digests.items())) for digests in made.values()}) == len(steps)
    if kind != "augmented":  # There the run without may be the one that is delivered.
        assert whole.artifacts_sha256 in made.values()


def test_a_killed_delivery_is_made_again(trainer: ForkingTrainer, tmp_path: Path) -> None:
    whole = trainer.run(tmp_path / "whole", spec("plain"))
    first = committed_steps(whole.out_dir)[1]
    ends = {}
    for name, moment in (
        ("undisturbed", None),
        ("killed", lambda lines: any(b"evaluating" in line.encode() for line in lines)),
    ):
        out = tmp_path / name
        shutil.copytree(whole.out_dir / FOLDER, out / FOLDER)
        if moment is not None:
            killed = trainer.run(out, spec("plain", first), signal_when=(signal.SIGKILL, moment))
            assert killed.status == -signal.SIGKILL, killed.log
        outcome = trainer.run(out, spec("plain", first))
        assert outcome.status == 0, outcome.log
        ends[name] = (outcome.artifacts_sha256, outcome.metrics)
    assert ends["killed"] == ends["undisturbed"]


def test_a_step_that_is_not_there_is_refused_by_name(trainer: ForkingTrainer, tmp_path: Path) -> None:
    whole = trainer.run(tmp_path / "out", spec("plain"))
    steps = committed_steps(whole.out_dir)
    failure = trainer.run(tmp_path / "out", spec("plain", 5)).failure
    assert failure.code == "spec:invalid"
    assert failure.params["field"] == "checkpointing.deliver_step"
    assert f"no checkpoint of step 5, but those of the steps {', '.join(map(str, steps))}" in failure.message
    assert committed_steps(whole.out_dir) == steps


def test_a_damaged_one_is_refused_and_kept(trainer: ForkingTrainer, tmp_path: Path) -> None:
    whole = trainer.run(tmp_path / "out", spec("plain"))
    step = committed_steps(whole.out_dir)[-1]
    weights = whole.out_dir / FOLDER / f"step-{step}" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    failure = trainer.run(tmp_path / "out", spec("plain", step)).failure
    assert failure.code == "spec:invalid"
    assert f"The checkpoint of step {step} is damaged" in failure.message
    assert weights.is_file()


def test_a_search_has_no_checkpoint_of_its_own(trainer: ForkingTrainer, tmp_path: Path) -> None:
    asked = spec("plain", 3) | {
        "search": {
            "type": "random",
            "num_trials": 2,
            "space": {"optimisation.epochs": {"type": "choices", "values": [1, 2]}},
        }
    }
    failure = trainer.run(tmp_path / "out", asked).failure
    assert failure.code == "spec:invalid"
    assert failure.params["field"] == "checkpointing.deliver_step"
