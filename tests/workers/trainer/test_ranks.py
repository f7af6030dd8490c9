"""Two processes under torchrun against one with the same replicas: the same curve, the same weights; stopped and continued together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file

from tests.workers.trainer.tiny import spec_dict, write_task
from workers.contract.events import event_from_json
from workers.contract.spec import JobSpec

if TYPE_CHECKING:
    from tests.workers.trainer.conftest import ForkingTrainer

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[3]
SPEC = spec_dict(checkpointing={"every_steps": 2})
DEADLINE_S = 300


class Together:
    """Starts a run in two processes on this machine, as an operator would, with the tiny base model."""

    def __init__(self, models_dir: Path, data_dir: Path, folder: Path) -> None:
        self._models_dir = models_dir
        self._data_dir = data_dir
        self._folder = folder

    def start(self, spec: dict[str, Any]) -> subprocess.Popen[str]:
        path = self._folder / "spec.json"
        path.write_text(JobSpec.model_validate(spec).model_dump_json())
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
        command = [*torchrun, "-m", "tests.workers.trainer.tiny_run", str(path)]
        return subprocess.Popen(
            [*command, "--out", str(self.out), "--data", str(self._data_dir)],
            cwd=REPOSITORY,
            env={**os.environ, "ANNEAL_MODELS_DIR": str(self._models_dir), "ANNEAL_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, spec: dict[str, Any]) -> int:
        with self.start(spec) as process:
            _, log = process.communicate(timeout=DEADLINE_S)
        print(log)
        return process.returncode

    @property
    def out(self) -> Path:
        return self._folder / "out"

    def events(self, kind: str) -> list[Any]:
        lines = (self.out / "events.jsonl").read_bytes().splitlines()
        return [event for event in map(event_from_json, lines) if event.type == kind]

    def losses(self) -> dict[int, float]:
        return {e.step: e.values["train/loss"] for e in self.events("metrics") if "train/loss" in e.values}

    def weights(self) -> dict[str, torch.Tensor]:
        return load_file(self.out / "model" / "model.safetensors")


@pytest.fixture
def together(trainer: ForkingTrainer, tmp_path: Path) -> Together:
    folder = tmp_path / "together"
    folder.mkdir()
    return Together(trainer.tiny.models_dir, write_task(tmp_path / "data", "classification"), folder)


def test_two_processes_learn_what_one_learns(trainer: ForkingTrainer, together: Together, tmp_path: Path) -> None:
    alone = trainer.run(tmp_path / "alone", SPEC, data_dir=tmp_path / "data", env={"ANNEAL_THREADS": "2"})
    assert alone.status == 0, alone.log
    assert together.run(SPEC) == 0
    losses = {step: value for (name, step), value in alone.metrics.items() if name == "train/loss"}
    assert together.losses().keys() == losses.keys()
    for step, value in together.losses().items():
        assert value == pytest.approx(losses[step], abs=1e-5)
    expected = load_file(tmp_path / "alone" / "model" / "model.safetensors")
    for name, weight in together.weights().items():
        if not name.endswith("key.bias"):  # A softmax does not feel it: it moves by rounding alone.
            torch.testing.assert_close(weight, expected[name], atol=1e-5, rtol=1e-4, msg=name)
    assert len(together.events("finished")) == 1


def test_a_stop_stops_both_and_the_run_continues_together(together: Together, tmp_path: Path) -> None:
    with together.start(SPEC) as process:
        while not (together.out / "checkpoints" / "step-4").exists():
            assert process.poll() is None, "it ended before it was stopped"
        # The first process hears of it; the other must stop at the same step.
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        process.communicate(timeout=DEADLINE_S)
    (stopped,) = together.events("stopped")
    assert together.run(SPEC) == 0
    assert together.events("started")[-1].resumed_from_step == stopped.step
    straight = Together(together._models_dir, together._data_dir, tmp_path)
    assert straight.run(SPEC) == 0
    for name, weight in together.weights().items():
        assert torch.equal(weight, straight.weights()[name]), name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"search": {"type": "grid", "space": {"optimisation.epochs": {"type": "choices", "values": [1, 2]}}}},
            "A search makes its runs",
        ),
        ({"task": {"type": "embedding"}}, "tells every row"),
    ],
)
def test_what_processes_cannot_share_is_refused(
    trainer: ForkingTrainer, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    task = changes.get("task", {"type": "classification"})["type"]
    folder = tmp_path / "together"
    folder.mkdir()
    together = Together(trainer.tiny.models_dir, write_task(tmp_path / "data", task), folder)
    assert together.run({**SPEC, **changes}) != 0
    (failed,) = together.events("failed")
    assert failed.code == "spec:unsupported"
    assert message in failed.message
    assert json.loads((folder / "spec.json").read_text())["task"]["type"] == task
