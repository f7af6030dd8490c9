"""A tiny base model for the session, and a trainer that runs real child processes quickly."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import SHARED_DATA
from tests.support.waiting import until
from tests.workers.trainer.encoders import encoder_infos
from tests.workers.trainer.families import STORIES, family_infos
from tests.workers.trainer.tiny import Tiny, build_tiny, spec_dict
from workers.contract.catalogue import CATALOGUE
from workers.contract.events import event_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

REPOSITORY = Path(__file__).resolve().parents[3]
DEADLINE_S = 120


@dataclass
class Outcome:
    """What one trainer process left behind."""

    status: int
    out_dir: Path
    log: str
    events: list[Any] = field(default_factory=list)

    def of_type(self, *types: str) -> list[Any]:
        return [event for event in self.events if event.type in types]

    @property
    def metrics(self) -> dict[tuple[str, int], float]:
        """Every point; fails when a point stands in the file twice."""
        points: dict[tuple[str, int], float] = {}
        for event in self.of_type("metrics"):
            for name, value in event.values.items():
                assert (name, event.step) not in points
                points[name, event.step] = value
        return points

    @property
    def model_sha256(self) -> str:
        return hashlib.sha256((self.out_dir / "model" / "model.safetensors").read_bytes()).hexdigest()

    @property
    def artifacts_sha256(self) -> dict[str, str]:
        """Of the weights in every folder that was exported; settings beside them are written in no particular order."""
        return {
            f"{folder}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in ("model", "adapter")
            for path in sorted((self.out_dir / folder).glob("*.safetensors"))
        }

    @property
    def failure(self) -> Any:
        assert self.status == 2, self.log
        return self.of_type("failed")[-1]


class ForkingTrainer:
    """Starts one trainer at a time in a child process."""

    def __init__(self, tiny: Tiny) -> None:
        self.tiny = tiny
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.trainer.forking_trainer"],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "ANNEAL_MODELS_DIR": str(tiny.models_dir),
                "TINY_SHA256": tiny.weights_sha256,
                "ANNEAL_THREADS": "1",  # Two threads of networks this small mostly wait for one another.
                "TINY_RESAMPLES": "50",  # A thousand for every interval take as long as a training this short.
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._read() == {"ready": True}

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def run(
        self,
        out_dir: Path,
        spec: dict[str, Any] | None = None,
        *,
        data_dir: Path | None = None,
        options: Sequence[str] = (),
        fault: dict[str, Any] | None = None,
        signal_when: tuple[int, Callable[[list[str]], bool]] | None = None,
        copy_when: tuple[Path, Callable[[list[str]], bool]] | None = None,
        env: dict[str, str] | None = None,
        processes: int = 1,
    ) -> Outcome:
        """Run to the end, or send a signal as soon as the event lines so far satisfy a condition; the status says which it was.

        Of several processes the first is signalled, and the status is its. `copy_when` does not end the run: it stands still while
        its folder is copied, and the copy is what a SIGKILL at that instant would have left behind.
        """
        out_dir.mkdir(parents=True, exist_ok=True)
        spec_path = out_dir.parent / f"{out_dir.name}-spec.json"
        spec_path.write_text(json.dumps(spec or spec_dict()), encoding="utf-8")
        log = out_dir.parent / f"{out_dir.name}.log"
        request = {
            "arguments": [
                str(spec_path),
                "--out",
                str(out_dir),
                "--data",
                str(data_dir or self.tiny.data_dir),
                *options,
            ],
            "log": str(log),
            "fault": fault,
            "env": env or {},
            "processes": processes,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        pid = self._read()["pid"]
        is_stuck = False
        if signal_when is not None:
            number, is_time = signal_when
            is_stuck = not _act_when(pid, out_dir / "events.jsonl", is_time, lambda: os.kill(pid, number))
        elif copy_when is not None:
            copy, is_time = copy_when
            is_stuck = not _act_when(pid, out_dir / "events.jsonl", is_time, lambda: _copy_standing(pid, out_dir, copy))
        # Read in any case: an answer that is left over would be taken for the next run's.
        status = self._read()["status"]
        if is_stuck:
            pytest.fail("the trainer did not get to where it should have been signalled")
        events_path = out_dir / "events.jsonl"
        lines = events_path.read_bytes().splitlines(keepends=True) if events_path.exists() else []
        return Outcome(
            status=status,
            out_dir=out_dir,
            log=log.read_text(),
            events=[event_from_json(line) for line in lines if line.endswith(b"\n")],
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(DEADLINE_S)


def _act_when(pid: int, events: Path, is_time: Callable[[list[str]], bool], act: Callable[[], None]) -> bool:
    """False when the time never came and the process was ended for that."""
    deadline = time.monotonic() + DEADLINE_S
    with contextlib.suppress(ProcessLookupError):  # It has ended by itself.
        while time.monotonic() < deadline:
            lines = events.read_text(errors="replace").splitlines() if events.exists() else []
            if is_time(lines):
                act()
                return True
            os.kill(pid, 0)
            time.sleep(0.002)
        os.kill(pid, signal.SIGKILL)
        return False
    return True


def _copy_standing(pid: int, source: Path, target: Path) -> None:
    """Copy a folder while nobody writes to it: all threads of the process stand still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        until(
            lambda: all(_state(thread) in "TZX" for thread in Path(f"/proc/{pid}/task").iterdir()), seconds=DEADLINE_S
        )
        shutil.copytree(source, target)
    finally:
        os.kill(pid, signal.SIGCONT)


def _state(thread: Path) -> str:
    """One letter, of proc(5); X of a thread that has ended by now."""
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    built = build_tiny(tmp_path_factory.mktemp("tiny"))
    if (weights := SHARED_DATA / "weights" / "stories260K").is_dir():
        (built.models_dir / STORIES).symlink_to(weights)
    return built


@pytest.fixture
def stories(tiny: Tiny, shared_data: Path) -> str:
    """The slug of a small decoder with real weights."""
    if not (tiny.models_dir / STORIES).exists():
        pytest.skip(f"the weights of stories260K are not at {shared_data}/weights")
    return STORIES


@pytest.fixture
def tiny_base(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """The tiny base model as an entry of the catalogue of this process."""
    known = {tiny.info.slug: tiny.info, **family_infos(tiny.models_dir), **encoder_infos(tiny.models_dir)}
    for slug, info in known.items():
        monkeypatch.setitem(CATALOGUE, slug, info)
    monkeypatch.setenv("ANNEAL_MODELS_DIR", str(tiny.models_dir))
    return tiny


@pytest.fixture(scope="session")
def trainer(tiny: Tiny) -> Iterator[ForkingTrainer]:
    forking = ForkingTrainer(tiny)
    yield forking
    forking.close()


@pytest.fixture(scope="session")
def straight(trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The run that nobody interrupts; what resumed runs are compared with."""
    outcome = trainer.run(tmp_path_factory.mktemp("straight") / "out")
    assert outcome.status == 0, outcome.log
    return outcome
