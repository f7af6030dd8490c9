"""Killed at any instant and started again: the same weights bit for bit, and every metric once."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.workers.trainer.tiny import make_rows, spec_dict, write_rows
from workers.trainer.checkpoint import committed_steps

if TYPE_CHECKING:
    from tests.workers.trainer.conftest import ForkingTrainer, Outcome

pytestmark = pytest.mark.slow
STEPS = spec_dict(checkpointing={"every_steps": 2})


def assert_same(resumed: Outcome, straight: Outcome) -> None:
    assert_same_weights(resumed, straight)
    assert resumed.model_sha256 == straight.model_sha256


def assert_same_weights(resumed: Outcome, straight: Outcome) -> None:
    """Whether or not anything was delivered."""
    assert resumed.status == 0, resumed.log
    assert resumed.metrics == straight.metrics
    newest, expected = (_newest(outcome.out_dir / "checkpoints") for outcome in (resumed, straight))
    assert newest.name == expected.name
    assert (newest / "weights.safetensors").read_bytes() == (expected / "weights.safetensors").read_bytes()
    leftovers = [path.name for path in resumed.out_dir.rglob(".tmp-*")]
    assert leftovers == []


def _newest(checkpoints: Path) -> Path:
    return checkpoints / f"step-{committed_steps(checkpoints.parent)[-1]}"


@pytest.fixture(scope="session")
def straight_steps(trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    outcome = trainer.run(tmp_path_factory.mktemp("straight") / "steps", STEPS)
    assert outcome.status == 0, outcome.log
    return outcome


def test_two_straight_runs_are_equal(trainer: ForkingTrainer, straight: Outcome, tmp_path: Path) -> None:
    again = trainer.run(tmp_path / "out")
    assert_same(again, straight)
    for name in ("config.json", "anneal.json", "README.md", "tokenizer.json"):
        assert (again.out_dir / "model" / name).read_bytes() == (straight.out_dir / "model" / name).read_bytes()


def test_result_is_the_same_when_killed_many_times(
    trainer: ForkingTrainer, straight_steps: Outcome, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    # One kill in every phase, and several in training; each counts the lines of the event file.
    marks = [
        '"probing"',
        '"step":1,',
        '"step":5,',
        '"step":8,',
        '"step":13,',
        '"step":17,',
        '"evaluating"',
        '"exporting"',
    ]
    for mark in marks:
        killed = trainer.run(
            out, STEPS, signal_when=(signal.SIGKILL, lambda lines, mark=mark: any(mark in line for line in lines))
        )
        assert killed.status in (-signal.SIGKILL, 0)
    assert_same(trainer.run(out, STEPS), straight_steps)


REFINED = {
    "ema": {"averaging": {"type": "ema", "decay": 0.8}, "gradient_accumulation": 2},
    "swa": {"averaging": {"type": "swa", "share": 0.7}, "layer_decay": 0.8, "dropout": 0.2},
    "r_drop": {"r_drop": 1.0, "focal_gamma": 2.0, "class_weights": "balanced", "gradient_checkpointing": True},
}


@pytest.mark.parametrize("name", REFINED)
def test_refinements_resume_as_well(trainer: ForkingTrainer, tmp_path: Path, name: str) -> None:
    spec = spec_dict(
        checkpointing={"every_steps": 2},
        optimisation={"epochs": 3, "batch_size": 16, "learning_rate": 0.003, **REFINED[name]},
    )
    whole = trainer.run(tmp_path / "straight", spec)
    assert whole.status == 0, whole.log
    out = tmp_path / "out"
    for mark in ('"step":3,', '"step":7,', '"step":10,', '"evaluating"'):
        trainer.run(
            out, spec, signal_when=(signal.SIGKILL, lambda lines, mark=mark: any(mark in line for line in lines))
        )
    assert_same(trainer.run(out, spec), whole)


def count_calls(trainer: ForkingTrainer, out: Path, spec: dict[str, object], only: str) -> int:
    counted = trainer.run(out, spec, fault={"nth": 0, "action": "count", "only": only})
    assert counted.status == 0, counted.log
    calls = [line for line in counted.log.splitlines() if line.startswith("call ")]
    assert len(calls) > 5
    return len(calls)


def test_result_is_the_same_when_killed_at_each_call_of_a_commit(trainer: ForkingTrainer, tmp_path: Path) -> None:
    spec = spec_dict(checkpointing={"every_steps": 2, "keep_last": 9}, limits={"max_steps": 8})
    straight = trainer.run(tmp_path / "straight", spec)
    assert straight.status == 0, straight.log

    # One that was due may have been left out, on a machine that was still writing the one before.
    before = max(step for step in committed_steps(straight.out_dir) if step < 6)

    def begun(name: str) -> Path:
        """From the last checkpoint before that."""
        out = tmp_path / name
        step = Path("checkpoints") / f"step-{before}"
        shutil.copytree(straight.out_dir / step, out / step)
        shutil.copytree(straight.out_dir / "cache", out / "cache")
        shutil.copy(straight.out_dir / "events.jsonl", out)
        return out

    # Everything that is done to the third checkpoint: made, written, synced, renamed.
    only = r"checkpoints/(\.tmp-6-|step-6)"
    num_calls = count_calls(trainer, begun("counted"), spec, only)
    for nth in range(1, num_calls + 1):
        out = begun(f"out-{nth}")
        killed = trainer.run(out, spec, fault={"nth": nth, "action": "kill", "only": only})
        assert killed.status == -signal.SIGKILL
        if nth == num_calls:
            assert_same(trainer.run(out, spec), straight)
        else:  # What is delivered is made of the last checkpoint.
            assert_same_weights(trainer.run(out, spec, env={"TINY_DELIVERS_NOTHING": "1"}), straight)


def test_result_is_the_same_when_killed_at_each_call_of_an_export(
    trainer: ForkingTrainer, straight_steps: Outcome, tmp_path: Path
) -> None:
    only = r"/out/(\.tmp-)?model|/counted/(\.tmp-)?model"
    out = tmp_path / "out"
    for nth in range(1, count_calls(trainer, tmp_path / "counted", STEPS, only) + 1):
        killed = trainer.run(out, STEPS, fault={"nth": nth, "action": "kill", "only": only})
        assert killed.status == -signal.SIGKILL
    assert_same(trainer.run(out, STEPS), straight_steps)


def test_stops_with_a_checkpoint_when_terminated(trainer: ForkingTrainer, straight: Outcome, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped = trainer.run(
        out, signal_when=(signal.SIGTERM, lambda lines: any('"train/loss"' in line for line in lines))
    )
    assert stopped.status == 3
    (event,) = stopped.of_type("stopped")
    assert event.step >= 1
    assert (out / "checkpoints" / f"step-{event.step}" / "manifest.json").exists()
    resumed = trainer.run(out)
    assert resumed.of_type("started")[-1].resumed_from_step == event.step
    assert_same(resumed, straight)


def test_continues_from_a_checkpoint_alone_in_another_folder(
    trainer: ForkingTrainer, straight: Outcome, tmp_path: Path
) -> None:
    source = straight.out_dir / "checkpoints" / "step-12"
    assert source.is_dir()
    other = tmp_path / "elsewhere"
    shutil.copytree(source, other / "checkpoints" / "step-12")
    shutil.copytree(trainer.tiny.data_dir, tmp_path / "data")
    resumed = trainer.run(other, data_dir=tmp_path / "data")
    assert resumed.status == 0, resumed.log
    assert resumed.of_type("started")[0].resumed_from_step == 12
    assert resumed.model_sha256 == straight.model_sha256
    later = {point: value for point, value in straight.metrics.items() if point[1] > 12}
    assert resumed.metrics == later


def test_finished_run_started_again_changes_nothing(trainer: ForkingTrainer, straight: Outcome, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(straight.out_dir, out)
    assert_same(trainer.run(out), straight)


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_falls_back_to_the_checkpoint_before_when_the_newest_is_damaged(
    trainer: ForkingTrainer, straight: Outcome, tmp_path: Path, damage: str
) -> None:
    out = tmp_path / "out"
    shutil.copytree(straight.out_dir / "checkpoints", out / "checkpoints")
    victim = out / "checkpoints" / "step-18" / "weights.safetensors"
    data = bytearray(victim.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
        victim.write_bytes(data)
    elif damage == "truncate":
        victim.write_bytes(data[: len(data) // 2])
    else:
        victim.unlink()
    resumed = trainer.run(out)
    assert resumed.of_type("started")[0].resumed_from_step == 12
    assert [event.params["step"] for event in resumed.of_type("warning")] == [18]
    assert resumed.model_sha256 == straight.model_sha256


def test_keeps_the_previous_checkpoint_and_says_why_when_the_disk_is_full(
    trainer: ForkingTrainer, straight_steps: Outcome, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    failed = trainer.run(out, STEPS, fault={"nth": 3, "action": "enospc", "only": r"checkpoints/\.tmp-6-"})
    assert failed.failure.code == "disk:full"
    assert not list((out / "checkpoints").glob(".tmp-*"))
    committed = [int(path.name.removeprefix("step-")) for path in (out / "checkpoints").iterdir()]
    assert committed
    assert max(committed) < 6
    assert_same(trainer.run(out, STEPS), straight_steps)


def test_says_so_when_the_environment_changed(trainer: ForkingTrainer, straight: Outcome, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(straight.out_dir / "checkpoints" / "step-12", out / "checkpoints" / "step-12")
    resumed = trainer.run(out, env={"ANNEAL_THREADS": "2"})
    assert resumed.status == 0, resumed.log
    assert not resumed.of_type("started")[0].is_same_environment
    (warning,) = resumed.of_type("warning")
    assert warning.code == "environment:changed"
    assert "threads" in warning.params["changed"]


def test_a_machine_that_computes_padding_goes_on_with_the_same_rows(trainer: ForkingTrainer, tmp_path: Path) -> None:
    settings = {"epochs": 1, "batch_size": 16, "learning_rate": 0.003, "early_stopping": None, "dropout": 0}
    spec = spec_dict(optimisation=settings, checkpointing={"every_steps": 1, "keep_last": 9})
    whole = trainer.run(tmp_path / "whole", spec)
    begun = max(step for step in committed_steps(whole.out_dir) if step < 6)
    step = Path("checkpoints") / f"step-{begun}"
    shutil.copytree(whole.out_dir / step, tmp_path / "out" / step)
    resumed = trainer.run(tmp_path / "out", spec, env={"TINY_COMPUTES_PADDING": "1"})
    assert resumed.status == 0, resumed.log
    losses = {place: value for place, value in whole.metrics.items() if place[0] == "train/loss" and place[1] > begun}
    assert {place: resumed.metrics[place] for place in losses} == pytest.approx(losses, rel=1e-3)


def test_refuses_a_folder_of_another_job_and_leaves_it_as_it_was(
    trainer: ForkingTrainer, straight: Outcome, tmp_path: Path
) -> None:
    out, data = tmp_path / "out", tmp_path / "data"
    shutil.copytree(straight.out_dir, out)
    shutil.copytree(trainer.tiny.data_dir, data)
    write_rows(data / "train.jsonl", make_rows(40, seed=8))

    def lying_there() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in out.rglob("*") if path.is_file() and path.parent.name != "cache"}

    before = lying_there()
    searched = {"type": "grid", "space": {"seed": {"type": "choices", "values": [1, 2]}}}
    for spec, data_dir, said in (
        (spec_dict(seed=5), None, "checkpoints of another spec"),
        (spec_dict(search=searched), None, "checkpoints of another spec"),
        (spec_dict(seed="five"), None, "invalid at seed"),
        (spec_dict(), data, "data differ"),
    ):
        other = trainer.run(out, spec, data_dir=data_dir)
        assert other.status == 2
        assert said in other.log
        assert lying_there() == before


def test_checkpoint_holds_no_path_of_this_machine(straight: Outcome) -> None:
    for path in (straight.out_dir / "checkpoints").rglob("*.json"):
        text = path.read_text()
        assert str(straight.out_dir) not in text
        json.loads(text)
