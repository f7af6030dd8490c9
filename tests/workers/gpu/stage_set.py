"""A dispatcher and workers as real processes on this run's servers, with intervals shrunk to fractions of a second."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis

from tests.anneal.jobs.material import evaluation_document, job_row
from tests.support.database import ROOT, TestServers
from tests.support.waiting import until

TIMING = {
    "ANNEAL_HEARTBEAT_SECONDS": "0.3",
    "ANNEAL_FENCE_SECONDS": "1.5",
    "ANNEAL_LEASE_SECONDS": "2",
    "ANNEAL_REAPER_SECONDS": "0.3",
    "ANNEAL_TICK_SECONDS": "0.1",
    "ANNEAL_REDISPATCH_SECONDS": "2",
    "ANNEAL_WORKER_HEARTBEAT_SECONDS": "0.5",
    "ANNEAL_WORKER_GONE_SECONDS": "3",
    "ANNEAL_GRACE_SECONDS": "3",
    "ANNEAL_STALL_SECONDS": "1.5",
    "ANNEAL_RETRY_BASE_SECONDS": "0.1",
}
DEADLINE_S = 60.0


class StageSet:
    """Start what a test needs; everything is killed at its end."""

    def __init__(self, servers: TestServers, data_dir: Path, folder: Path) -> None:
        # A Redis database of our own, so that runs side by side do not take each other's messages.
        parts = urlsplit(servers.redis_url)
        number = 1 + os.getpid() % 15
        self.redis_url = urlunsplit(parts._replace(path=f"/{number}")) if parts.scheme != "unix" else servers.redis_url
        self.script_path = folder / "script.json"
        self.folder = folder
        evaluation = folder / "evaluation.json"
        evaluation.write_text(json.dumps(evaluation_document()))
        self.environment = {
            **servers.environment("service", data_dir),
            **TIMING,
            "REDIS_URL": self.redis_url,
            "ANNEAL_TRAINER_COMMAND": f"{sys.executable} {Path(__file__).with_name('scripted_trainer.py')}",
            "ANNEAL_TRAINER_SCRIPT": str(self.script_path),
            "ANNEAL_TRAINER_EVALUATION": str(evaluation),
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self.redis = redis.Redis.from_url(self.redis_url)
        self.redis.flushdb()
        self.script()

    def script(self, **changes: Any) -> None:
        """What the trainers do from now on."""
        self.steps = changes.get("steps", 20)
        self.script_path.write_text(json.dumps({"steps": 20, "step_s": 0.02, "checkpoint_every": 5, **changes}))

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"process-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def dispatcher(self) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "dispatcher")

    def worker(self, machine: str = "work", **more: str) -> subprocess.Popen[bytes]:
        """A worker of one slot; those of one machine share a work folder."""
        options = ["--pool=threads", "-c", "1", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        name = f"gpu-{uuid.uuid4().hex[:8]}@test"
        more["ANNEAL_WORK_DIR"] = str(self.folder / machine)
        return self.start("-m", "celery", "-A", "workers.gpu.app", "worker", "-Q", "gpu", "-n", name, *options, **more)

    def trainers(self) -> list[int]:
        """Trainer processes that live, warm ones included."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError):
                    environment = (entry / "environ").read_bytes()
                    command = (entry / "cmdline").read_bytes()
                    if b"scripted_trainer.py" in command and str(self.script_path).encode() in environment:
                        found.append(int(entry.name))
        return found

    def busy_trainer(self, job_id: uuid.UUID) -> int:
        """The process that trains this job: the one whose output folder is written to is found by its log, so ask its parent's folders."""
        for pid in self.trainers():
            with contextlib.suppress(OSError):
                if any(str(job_id) in str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()):
                    return pid
        return min(self.trainers())

    def wait(self, what: Callable[[], Any], *, seconds: float = DEADLINE_S) -> Any:
        """Poll until `what` is true; then what it said."""
        return until(what, seconds=seconds, told=self.logs)

    def wait_state(self, job_id: uuid.UUID, *states: str, seconds: float = DEADLINE_S) -> Any:
        return self.wait(lambda: (job := job_row(job_id)).state in states and job, seconds=seconds)

    def wait_step(self, job_id: uuid.UUID, step: int) -> Any:
        return self.wait(lambda: (job := job_row(job_id)).state == "running" and job.step >= step and job)

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in self.folder.glob("process-*.log")
        )

    def expected_weights(self) -> str:
        link = "begin"
        for step in range(1, self.steps + 1):
            link = hashlib.sha256(f"{link}{step}".encode()).hexdigest()
        return link

    def close(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.redis.flushdb()
        self.redis.close()


@contextlib.contextmanager
def stage_set(servers: TestServers, data_dir: Path, folder: Path) -> Iterator[StageSet]:
    """A stage set that is cleared away whatever happens."""
    made = StageSet(servers, data_dir, folder)
    try:
        yield made
    finally:
        made.close()
