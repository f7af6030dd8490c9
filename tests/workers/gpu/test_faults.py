"""Kill, hang, flush, cancel: the job ends as it would have ended, with no metric twice and nobody left behind."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from anneal.common.queues import CELERY_SETTINGS
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.jobs.models import Checkpoint, Job, JobEvent, Metric
from anneal.registry.models import Artifact
from tests.anneal.jobs.material import job_make, job_row
from tests.support.people import Person, person_found
from tests.workers.gpu.stage_set import StageSet, stage_set

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(committed_db: Any, data_dir: Path, tmp_path: Path) -> Iterator[StageSet]:
    with stage_set(committed_db, data_dir, tmp_path) as made:
        yield made


@pytest.fixture
def person(stage: StageSet) -> Person:
    return person_found("owner")


def assert_whole(stage: StageSet, job_id: uuid.UUID) -> None:
    """The one oracle: the weights of an undisturbed run, every point once, one final event, and the files where they should be."""
    job = job_row(job_id)
    assert job.state == "succeeded", (job.reason_code, job.reason_params, stage.logs())
    with service_scope():
        artifact = Artifact.objects.get(version_id=job.model_version_id)
        steps = list(
            Metric.objects.filter(job_id=job_id, name="train/loss").order_by("step").values_list("step", flat=True)
        )
        finals = JobEvent.objects.filter(job_id=job_id, to__in=["succeeded", "failed", "cancelled"]).count()
        last_seqs = list(JobEvent.objects.filter(job_id=job_id).order_by("seq").values_list("seq", flat=True))
    with store().open(artifact.files[0]["key"]) as weights:
        assert weights.read().decode() == stage.expected_weights()
    assert steps == list(range(1, stage.steps + 1))
    assert finals == 1
    assert len(last_seqs) == len(set(last_seqs))


def test_a_job_runs_from_launch_to_model(stage: StageSet, person: Person) -> None:
    stage.dispatcher()
    stage.worker()
    stage.wait(stage.trainers)
    first = job_make(person)
    stage.wait_state(first, "succeeded", "failed")
    assert_whole(stage, first)
    # The second one finds a warm trainer: from launch to the first step in a fraction of a second.
    stage.wait(stage.trainers)
    launched_at = time.monotonic()
    second = job_make(person)
    stage.wait(lambda: job_row(second).step >= 1)
    assert time.monotonic() - launched_at < 5, stage.logs()
    stage.wait_state(second, "succeeded", "failed")
    assert_whole(stage, second)
    with service_scope():
        assert Checkpoint.objects.filter(job_id=first).count() == 2, "keep_last is 2"
    events = person.api.get(f"/jobs/{first}/events").json()["data"]
    assert [event["phase"] for event in events if event["phase"]] == ["training", "exporting"]


@pytest.mark.parametrize("victim", ["trainer", "supervisor", "both"])
def test_kill_9_changes_nothing_but_the_time(stage: StageSet, person: Person, victim: str) -> None:
    stage.script(steps=40, step_s=0.05)
    stage.dispatcher()
    worker = stage.worker()
    job_id = job_make(person)
    job = stage.wait_step(job_id, 8)
    if victim in {"trainer", "both"}:
        os.kill(stage.trainers()[0], signal.SIGKILL)
    if victim in {"supervisor", "both"}:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        stage.wait(lambda: not stage.trainers(), seconds=2)  # nobody is left behind
        stage.worker("another-machine")
    stage.wait_state(job_id, "succeeded", "failed")
    assert_whole(stage, job_id)
    assert job_row(job_id).attempt == job.attempt + 1


def test_a_restarted_machine_goes_on_without_waiting_for_the_lease(stage: StageSet, person: Person) -> None:
    stage.script(steps=40, step_s=0.05)
    long_lease = {"ANNEAL_LEASE_SECONDS": "3600", "ANNEAL_FENCE_SECONDS": "1800"}
    stage.start("manage.py", "dispatcher", **long_lease)
    worker = stage.worker(**long_lease)
    job_id = job_make(person)
    stage.wait_step(job_id, 8)
    worker.kill()
    worker.wait()
    stage.worker(**long_lease)
    stage.wait_state(job_id, "succeeded", "failed")
    assert_whole(stage, job_id)
    assert job_row(job_id).attempt == 2
    with service_scope():
        reasons = JobEvent.objects.filter(job_id=job_id).values_list("reason_code", flat=True)
        assert "worker:lost" in list(reasons)
    left = [path for path in (stage.folder / "work" / "workers").iterdir() if path.is_dir()]
    assert len(left) == 1, "the folders of the dead worker went, temporary files of its trainer included"


def test_queued_jobs_survive_flushall(stage: StageSet, person: Person) -> None:
    stage.script(steps=5, step_s=0.01)
    stage.dispatcher()
    stage.worker()
    jobs = [job_make(person) for _ in range(4)]
    for _ in range(10):
        stage.redis.flushdb()
        time.sleep(0.1)  # spread over the time in which messages are under way
    for job_id in jobs:
        stage.wait_state(job_id, "succeeded", "failed")
        assert_whole(stage, job_id)


def test_pause_resume_and_cancel_over_http(stage: StageSet, person: Person) -> None:
    stage.script(steps=200, step_s=0.03)
    stage.dispatcher()
    stage.worker()
    job_id = job_make(person)
    stage.wait_step(job_id, 5)
    assert person.api.post(f"/jobs/{job_id}/pause").json()["desired"] == "pause"
    paused = stage.wait_state(job_id, "paused", "failed")
    assert paused.committed_step == paused.step > 0, "nothing is lost by a pause"
    assert person.api.post(f"/jobs/{job_id}/resume").json()["state"] == "queued"
    stage.wait_step(job_id, paused.step + 3)
    assert job_row(job_id).resumed_count == 1
    assert person.api.post(f"/jobs/{job_id}/cancel").json()["desired"] == "cancel"
    stage.wait_state(job_id, "cancelled", "failed")
    assert job_row(job_id).state == "cancelled"
    assert person.api.post(f"/jobs/{job_id}/cancel").status_code == 409


def test_trials_run_side_by_side_and_a_killed_worker_costs_one_its_attempt(stage: StageSet, person: Person) -> None:
    """The same trials as without the kill, and the weights of the best, which is the last of three on two workers."""
    stage.script(steps=40, step_s=0.05)
    stage.dispatcher()
    workers = [stage.worker(f"machine-{number}") for number in range(2)]
    space = {"optimisation.learning_rate": {"type": "choices", "values": [1e-2, 1e-3, 1e-4]}}
    job_id = job_make(person, search={"type": "grid", "side_by_side": 2, "space": space})

    def trials() -> list[Job]:
        with service_scope():
            return list(Job.objects.filter(search_of_id=job_id).order_by("trial_number"))

    stage.wait(lambda: [job.state for job in trials() if job.step >= 8] == ["running"] * 2)
    os.kill(workers[0].pid, signal.SIGKILL)
    job = stage.wait_state(job_id, "succeeded", "failed")
    assert (job.state, job.attempt) == ("succeeded", 1), (job.reason_code, job.reason_params, stage.logs())
    assert [(trial.state, trial.trial_number) for trial in trials()] == [("succeeded", number) for number in range(3)]
    assert sorted(trial.attempt for trial in trials()) == [1, 1, 2]
    told = person.api.get(f"/jobs/{job_id}/trials").json()["data"]
    assert [(trial["number"], trial["value"], trial["steps"]) for trial in told] == [(0, 0, 40), (1, 1, 40), (2, 2, 40)]
    assert (job.search["best"]["number"], job.search["ended_by"], job.search["running"]) == (2, "trials", [])
    with service_scope():
        artifact = Artifact.objects.get(version_id=job.model_version_id)
        points = list(Metric.objects.filter(job_id=job_id).order_by("name", "step").values_list("name", "step"))
        kept = Checkpoint.objects.filter(job__search_of_id=job_id).values_list("job__trial_number", flat=True)
        assert set(kept) == {2}, "the files of the others are gone"
    with store().open(artifact.files[0]["key"]) as weights:
        assert weights.read().decode() == stage.expected_weights()
    assert points == [(f"trial-{number}/train/loss", step) for number in range(3) for step in range(1, 41)]


def test_what_trainers_take_of_the_machine_is_told_by_each_attempt(stage: StageSet, person: Person) -> None:
    stage.script(steps=60, step_s=0.12)
    stage.dispatcher()
    stage.worker()
    job_id = job_make(person)

    def readings(attempt: int) -> list[tuple[int, float]]:
        with service_scope():
            found = Metric.objects.filter(job_id=job_id, name="resource/memory", attempt=attempt).order_by("step")
            return list(found.values_list("step", "value"))

    stage.wait(lambda: readings(1))
    os.kill(stage.busy_trainer(job_id), signal.SIGKILL)
    job = stage.wait_state(job_id, "succeeded", "failed")
    assert job.attempt == 2, (job.reason_code, job.reason_params, stage.logs())
    assert_whole(stage, job_id)
    seconds = [second for attempt in (1, 2) for second, _ in readings(attempt)]
    assert len(set(seconds)) == len(seconds) >= 2
    assert seconds == sorted(seconds), "the second attempt counts on where the job is"
    assert all(value > 1_000_000 for attempt in (1, 2) for _, value in readings(attempt))
    with service_scope():
        limits = Metric.objects.filter(job_id=job_id, name="resource/memory_limit").values_list("attempt", flat=True)
        assert sorted(limits) == [1, 2]


def test_a_worker_that_is_stopped_gives_its_job_back_whole(stage: StageSet, person: Person) -> None:
    stage.script(steps=60, step_s=0.05)
    stage.dispatcher()
    worker = stage.worker()
    job_id = job_make(person)
    stage.wait_step(job_id, 8)
    worker.terminate()
    assert worker.wait(20) == 0, stage.logs()
    job = job_row(job_id)
    assert (job.state, job.reason_code) == ("queued", "worker:shutdown"), stage.logs()
    assert job.committed_step == job.step
    assert not stage.trainers()
    stage.worker()
    stage.wait_state(job_id, "succeeded", "failed")
    assert_whole(stage, job_id)


def test_a_zombie_is_not_listened_to(stage: StageSet, person: Person) -> None:
    """SIGSTOP beyond the lease, then SIGCONT: the second worker wins, the first one throws its work away."""
    stage.script(steps=60, step_s=0.05)
    stage.dispatcher()
    worker = stage.worker()
    job_id = job_make(person)
    stage.wait_step(job_id, 8)
    os.kill(worker.pid, signal.SIGSTOP)
    stage.worker()
    stage.wait(lambda: job_row(job_id).attempt == 2)
    os.kill(worker.pid, signal.SIGCONT)
    stage.wait_state(job_id, "succeeded", "failed")
    assert_whole(stage, job_id)
    assert job_row(job_id).attempt == 2


@pytest.mark.parametrize(
    ("fault", "state", "code", "attempts"),
    [
        ({"kind": "crash", "step": 7, "times": 1}, "succeeded", "training:completed", 2),
        ({"kind": "crash", "step": 7, "times": 9}, "failed", "worker:poison", 3),
        ({"kind": "hang", "step": 7, "times": 1}, "succeeded", "training:completed", 2),
        ({"kind": "fail", "step": 7, "times": 9, "code": "training:diverged"}, "failed", "training:diverged", 1),
        ({"kind": "fail", "step": 7, "times": 9, "code": "memory:exhausted"}, "failed", "memory:exhausted", 2),
        ({"kind": "fail", "step": 7, "times": 1, "code": "disk:full"}, "paused", "disk:full", 1),
    ],
    ids=["crash", "poison", "hang", "diverged", "memory", "disk"],
)
def test_what_follows_from_a_fault(
    stage: StageSet, person: Person, fault: dict[str, Any], state: str, code: str, attempts: int
) -> None:
    stage.script(faults=[fault])
    stage.dispatcher()
    stage.worker()
    job_id = job_make(person)
    job = stage.wait_state(job_id, "succeeded", "failed", "paused")
    assert (job.state, job.reason_code, job.attempt) == (state, code, attempts), stage.logs()
    if state == "paused":
        assert person.api.post(f"/jobs/{job_id}/resume").status_code == 200
        stage.wait_state(job_id, "succeeded", "failed")
    if state != "failed":
        assert_whole(stage, job_id)


def test_a_deaf_trainer_is_ended_when_its_grace_is_over(stage: StageSet, person: Person) -> None:
    stage.script(faults=[{"kind": "deaf", "step": 7}], step_s=0.05)
    stage.environment["ANNEAL_STALL_SECONDS"] = "60"
    stage.dispatcher()
    stage.worker()
    job_id = job_make(person)
    stage.wait_step(job_id, 6)
    person.api.post(f"/jobs/{job_id}/cancel")
    stage.wait_state(job_id, "cancelled", "failed")
    assert job_row(job_id).state == "cancelled"


def test_two_dispatchers_and_two_workers_share_the_work(stage: StageSet, person: Person) -> None:
    stage.script(steps=5, step_s=0.01)
    first = stage.dispatcher()
    stage.dispatcher()
    stage.worker()
    stage.worker()
    jobs = [job_make(person) for _ in range(6)]
    stage.wait(lambda: any(job_row(job_id).state == "succeeded" for job_id in jobs))
    first.kill()
    for job_id in jobs:
        stage.wait_state(job_id, "succeeded", "failed")
        assert_whole(stage, job_id)
        assert job_row(job_id).attempt == 1


def test_garbage_in_the_queue_does_no_harm(stage: StageSet, person: Person) -> None:
    stage.script(steps=5, step_s=0.01)
    broker = Celery(broker=stage.redis_url, set_as_current=False)
    broker.config_from_object(CELERY_SETTINGS)
    stage.worker()
    stage.wait(stage.trainers)
    for arguments in (
        {"job_id": "x"},
        {"job_id": 7},
        {"job_id": str(uuid.uuid4()), "later": "field"},
        {},
        {"other": 1},
    ):
        broker.send_task("jobs.wake", kwargs=arguments, queue="gpu", ignore_result=True)
    broker.send_task("jobs.unheard_of", queue="gpu", ignore_result=True)
    stage.dispatcher()
    job_id = job_make(person)
    stage.wait_state(job_id, "succeeded", "failed")
    assert_whole(stage, job_id)
    assert stage.processes[0].poll() is None, "the worker that met the garbage still lives"
    broker.close()
