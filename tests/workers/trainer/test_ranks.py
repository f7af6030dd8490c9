"""Two processes under torchrun, each with all weights or a part of them: the curve and the weights of one; stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh

from tests.workers.trainer.tiny import spec_dict, write_task
from workers.contract.events import EXIT_FAILED, EXIT_STOPPED, Failed, event_from_json
from workers.contract.results import Evaluation
from workers.contract.spec import JobSpec
from workers.trainer.events import EventStream
from workers.trainer.ranks import Ranks
from workers.trainer.run import run_job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch.distributed.device_mesh import DeviceMesh

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome
    from tests.workers.trainer.tiny import Tiny

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[3]
SPEC = spec_dict(
    checkpointing={"every_steps": 2},
    optimisation={**spec_dict()["optimisation"], "averaging": {"type": "ema"}, "max_grad_norm": 0.5},
)
DEADLINE_S = 300


@dataclass(frozen=True)
class Together:
    """What a run in two processes left behind."""

    out: Path
    data_dir: Path
    flags: tuple[str, ...]

    def events(self, kind: str) -> list[Any]:
        lines = (self.out / "events.jsonl").read_bytes().splitlines()
        return [event for event in map(event_from_json, lines) if event.type == kind]

    def losses(self) -> dict[int, float]:
        return {e.step: e.values["train/loss"] for e in self.events("metrics") if "train/loss" in e.values}

    def weights(self) -> dict[str, torch.Tensor]:
        return load_file(self.out / "model" / "model.safetensors")


def torchrun(spec: Path, out: Path, data_dir: Path, models_dir: Path) -> int:
    """Two processes as an operator starts them, with the tiny base model."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return subprocess.run(
        [*start, "-m", "tests.workers.trainer.tiny_run", str(spec), "--out", str(out), "--data", str(data_dir)],
        cwd=REPOSITORY,
        env={**os.environ, "ANNEAL_MODELS_DIR": str(models_dir), "ANNEAL_THREADS": "1"},
        check=False,
        timeout=DEADLINE_S,
    ).returncode


@pytest.fixture(scope="module", params=[(), ("--shard",)], ids=["whole", "in-parts"])
def straight(
    request: pytest.FixtureRequest, trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory
) -> Together:
    """The run of two processes that nobody interrupts: started by torchrun, or forked, which takes less time."""
    folder = tmp_path_factory.mktemp("straight")
    together = Together(folder / "out", write_task(folder / "data", "classification"), request.param)
    if together.flags:
        outcome = trainer.run(together.out, SPEC, data_dir=together.data_dir, options=together.flags, processes=2)
        assert outcome.status == 0, outcome.log
    else:
        spec = folder / "spec.json"
        spec.write_text(JobSpec.model_validate(SPEC).model_dump_json())
        assert torchrun(spec, together.out, together.data_dir, trainer.tiny.models_dir) == 0
    return together


def test_two_processes_learn_what_one_learns(trainer: ForkingTrainer, straight: Together, tmp_path: Path) -> None:
    alone = trainer.run(tmp_path / "alone", SPEC, data_dir=straight.data_dir, env={"ANNEAL_THREADS": "2"})
    assert alone.status == 0, alone.log
    losses = {step: value for (name, step), value in alone.metrics.items() if name == "train/loss"}
    assert straight.losses().keys() == losses.keys()
    for step, value in straight.losses().items():
        assert value == pytest.approx(losses[step], abs=1e-5)
    expected = load_file(tmp_path / "alone" / "model" / "model.safetensors")
    for name, weight in straight.weights().items():
        if not name.endswith("key.bias"):  # A softmax does not feel it: it moves by rounding alone.
            torch.testing.assert_close(weight, expected[name], atol=1e-5, rtol=1e-4, msg=name)
    assert len(straight.events("finished")) == 1


def test_a_stop_stops_both_and_the_run_continues_together(
    trainer: ForkingTrainer, straight: Together, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def is_time(_: list[str]) -> bool:
        return (out / "checkpoints" / "step-4").exists()

    def run(**more: Any) -> Outcome:
        return trainer.run(out, SPEC, data_dir=straight.data_dir, options=straight.flags, processes=2, **more)

    # The first process hears of it; the other must stop at the same step, or neither would end.
    halted = run(signal_when=(signal.SIGTERM, is_time))
    assert halted.status == EXIT_STOPPED, halted.log
    (stopped,) = halted.of_type("stopped")
    resumed = run()
    assert resumed.status == 0, resumed.log
    assert resumed.of_type("started")[-1].resumed_from_step == stopped.step
    for name, weight in load_file(out / "model" / "model.safetensors").items():
        assert torch.equal(weight, straight.weights()[name]), name


def test_two_processes_compare_augmented_rows_with_plain_ones(trainer: ForkingTrainer, tmp_path: Path) -> None:
    spec = {**SPEC, "augmentation": {"words": {}, "mixup": {}}, "limits": {"max_steps": 2}}
    together = trainer.run(tmp_path / "two", spec, processes=2)
    assert together.status == 0, together.log
    alone = trainer.run(tmp_path / "alone", spec, env={"ANNEAL_THREADS": "2"})
    assert together.metrics == pytest.approx(alone.metrics, abs=1e-5)
    effects = [
        Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes()).augmentation_effect
        for outcome in (together, alone)
    ]
    assert effects[0] is not None
    assert effects[0] == effects[1]
    assert together.of_type("started")[0].total_steps == 4
    (finished,) = together.of_type("finished")
    assert finished.step == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"search": {"type": "grid", "space": {"optimisation.epochs": {"type": "choices", "values": [1, 2]}}}},
            "A search makes its runs",
        ),
        ({"task": {"type": "embedding"}}, "tells every row"),
        ({"method": {"type": "adalora"}}, "works on whole matrices"),
    ],
)
def test_what_processes_cannot_share_is_refused(
    tiny_base: Tiny, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    task = changes.get("task", {"type": "classification"})["type"]
    data = write_task(tmp_path / "data", task)
    path = tmp_path / "spec.json"
    path.write_text(JobSpec.model_validate({**SPEC, **changes}).model_dump_json())
    out = tmp_path / "out"
    out.mkdir()
    events = EventStream.to_file(tmp_path / "events.jsonl")
    with mesh_of_one() as mesh:
        code = run_job(spec_path=path, out_dir=out, data_dir=data, events=events, ranks=Ranks(0, 2, mesh))
    events.close()
    assert code == EXIT_FAILED
    failed = event_from_json((tmp_path / "events.jsonl").read_bytes().splitlines()[-1])
    assert isinstance(failed, Failed)
    assert failed.code == "spec:unsupported"
    assert message in failed.message


@contextlib.contextmanager
def mesh_of_one() -> Iterator[DeviceMesh]:
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    try:
        yield init_device_mesh("cpu", (1,))
    finally:
        distributed.destroy_process_group()
