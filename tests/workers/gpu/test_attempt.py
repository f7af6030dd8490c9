"""What an attempt takes for a fault of its trainer, and what it does not."""

from __future__ import annotations

import hashlib
import queue
import signal
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models.functions import Now

from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.jobs.models import Job
from anneal.jobs.services.leases import StoredFile, job_claim, job_fail
from anneal.jobs.services.outages import PlatformAwayError
from anneal.jobs.services.reaper import retries_due
from anneal.jobs.services.reports import checkpoint_commit
from anneal.jobs.timing import Timing
from tests.anneal.jobs.material import job_make, job_row
from tests.support.people import Person
from workers.contract.events import CheckpointSaved, Event, Failed, Metrics, Stopped, Warned
from workers.gpu import attempt as attempts
from workers.gpu import lease as leases
from workers.gpu.attempt import Attempt
from workers.gpu.stage import WorkFolder

STALL_S = 2.0


class Trainer:
    """A child that has said all that it will say."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        for event in events:
            self.events.put(event.model_dump_json().encode())
        self.events.put(None)
        self.log: list[str] = []
        self.process = SimpleNamespace(pid=2**30, returncode=0)
        self.signals: queue.SimpleQueue[signal.Signals] = queue.SimpleQueue()
        self.is_killed = False
        self.is_out_of_memory = False

    def start(self, _start: object) -> None: ...

    def signal(self, number: signal.Signals) -> None:
        self.signals.put(number)

    def kill(self) -> None:
        self.is_killed = True

    def wait_exit(self, _timeout_s: float) -> int:
        return -signal.SIGKILL if self.is_killed else 0

    def close(self) -> None: ...


class Clock:
    """Time that passes only where the test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def run(
    person: Person, folder: Path, events: Sequence[Event], stopping: threading.Event | None = None
) -> tuple[Job, Trainer]:
    """The job after its trainer said this, and the trainer."""
    job_id = job_make(person)
    claim = job_claim(job_id=job_id, worker_id=uuid.uuid4())
    assert claim is not None
    saved = folder / "out" / "checkpoints" / "step-5"
    saved.mkdir(parents=True)
    (saved / "state.json").write_text("{}")
    staged = SimpleNamespace(
        folder=folder, out_dir=folder / "out", data_dir=folder, spec_path=folder / "spec.json", part_path=None
    )
    work: Any = SimpleNamespace(stage=lambda _claim: staged, drop=lambda _staged: None)
    trainer: Any = Trainer(events)
    running = Attempt(claim=claim, work=work, stopping=stopping or threading.Event(), child=lambda: trainer)
    running._phase = "training"
    running.run()
    return job_row(job_id), trainer


def saved(step: int) -> CheckpointSaved:
    return CheckpointSaved(
        step=step, epoch=1.0, path="checkpoints/step-5", size_bytes=2, manifest_sha256="a" * 64, is_best=False
    )


def stepped(step: int) -> Metrics:
    return Metrics(step=step, epoch=1.0, values={"train/loss": 1.0})


def store_is_slow(patched: pytest.MonkeyPatch, clock: Clock) -> None:
    real = attempts.folder_upload

    def upload(**where: Any) -> Any:
        clock.sleep(100 * STALL_S)
        return real(**where)

    patched.setattr(attempts, "folder_upload", upload)


def database_is_away(patched: pytest.MonkeyPatch, clock: Clock) -> None:
    real = attempts.call

    def call(function: Callable[..., Any], **arguments: Any) -> Any:
        if function is attempts.job_warn and clock.now_s < 100 * STALL_S:
            raise PlatformAwayError("away")
        return real(function, **arguments)

    patched.setattr(attempts, "call", call)


@pytest.mark.parametrize("trouble", [store_is_slow, database_is_away])
def test_time_in_which_the_worker_itself_is_busy_is_no_silence_of_the_trainer(
    owner: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trouble: Callable[..., None]
) -> None:
    clock = Clock()
    monkeypatch.setattr(attempts, "time", clock)
    monkeypatch.setattr(attempts, "timing", lambda: Timing(stall_s=STALL_S))
    trouble(monkeypatch, clock)
    said = [
        saved(5),
        Warned(code="x", message="m", params={}),
        *(stepped(step) for step in range(6, 10)),
        Stopped(step=9),
    ]
    job, trainer = run(owner, tmp_path, said)
    assert clock.now_s >= 100 * STALL_S
    assert (job.state, job.reason_code, job.step) == ("queued", "worker:shutdown", 9)
    assert not trainer.is_killed


def test_wishes_are_obeyed_while_a_checkpoint_is_stored(
    owner: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stopping, is_asked = threading.Event(), threading.Event()
    real = attempts.folder_upload
    monkeypatch.setattr(Trainer, "signal", lambda _self, _number: is_asked.set())

    def upload(**where: Any) -> Any:
        stopping.set()
        assert is_asked.wait(10), "nobody asked the trainer to stop until its checkpoint was stored"
        return real(**where)

    monkeypatch.setattr(attempts, "folder_upload", upload)
    job, _ = run(owner, tmp_path, [saved(5), Stopped(step=5)], stopping)
    assert (job.state, job.reason_code, job.committed_step) == ("queued", "worker:shutdown", 5)


def test_old_checkpoint_that_the_store_will_not_remove_ends_no_run(
    owner: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused(*_: object) -> None:
        raise OSError("SlowDown")

    monkeypatch.setattr(type(store()), "delete_prefix", refused)
    job, _ = run(owner, tmp_path, [*(saved(step) for step in (5, 6, 7)), Stopped(step=7)])
    assert (job.state, job.reason_code, job.committed_step) == ("queued", "worker:shutdown", 7)


def test_next_attempt_starts_from_an_earlier_checkpoint_when_the_last_one_is_damaged(
    owner: Person, tmp_path: Path
) -> None:
    def stored(step: int) -> list[StoredFile]:
        key = f"{owner.tenant_id}/jobs/{job_id}/1/checkpoints/{step}/state.json"
        path = tmp_path / f"{step}.json"
        path.write_text(f"{step}")
        store().put_file(key, path)
        return [StoredFile("state.json", key, hashlib.sha256(path.read_bytes()).hexdigest(), 1)]

    job_id = job_make(owner)
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    kept = {step: stored(step) for step in (5, 9)}
    for step, files in kept.items():
        named: dict[str, Any] = {"key_prefix": f"{step}", "files": files, "manifest_sha256": "a" * 64}
        checkpoint_commit(job_id=job_id, attempt=1, step=step, epoch=1.0, is_best=False, **named)
    job_fail(job_id=job_id, attempt=1, code="worker:lost")
    work = WorkFolder(tmp_path / "work", uuid.uuid4())
    work.open()

    def tried() -> int:
        """The step that the next attempt starts from; it ends before a trainer has anything to say."""
        with service_scope():
            Job.objects.filter(id=job_id).update(not_before=Now())
        retries_due()
        claim = job_claim(job_id=job_id, worker_id=uuid.uuid4())
        assert claim is not None
        assert claim.checkpoint is not None
        trainer: Any = Trainer([Failed(code="platform:internal", message="tried")])
        Attempt(claim=claim, work=work, stopping=threading.Event(), child=lambda: trainer).run()
        return claim.checkpoint.step

    store().delete(kept[9][0].key)
    assert (tried(), job_row(job_id).reason_code) == (9, "platform:checkpoint_damaged")
    assert (tried(), job_row(job_id).reason_code) == (5, "platform:internal")
    (tmp_path / "bad").write_text("?")
    store().put_file(kept[5][0].key, tmp_path / "bad")
    assert (tried(), job_row(job_id).reason_code) == (5, "platform:checkpoint_damaged")
    assert tried() == 9, "none is left: the store may find it again"
    work.close()


def test_trainer_is_held_while_the_database_says_nothing_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def call(_function: object, **_arguments: object) -> leases.Desired:
        answered.wait()
        return leases.Desired.RUN

    monkeypatch.setattr(leases, "call", call)
    monkeypatch.setattr(leases, "timing", lambda: Timing(heartbeat_s=0.01, fence_s=0.2, lease_s=0.3))
    claim: Any = SimpleNamespace(job_id=uuid.uuid4(), attempt=1)
    lease, trainer = leases.Lease(claim), Trainer([])
    lease.hold_on_to(trainer)
    lease.start()
    try:
        assert trainer.signals.get(timeout=5) == signal.SIGSTOP
        assert lease.is_fenced
        late: Any = Trainer([])
        lease.hold_on_to(late)
        assert late.signals.get(timeout=5) == signal.SIGSTOP, "also one that begins only now"
        answered.set()
        assert late.signals.get(timeout=5) == signal.SIGCONT
    finally:
        answered.set()
        lease.end()
