"""Who goes next, how many hints are out, and what the reaper may and may not do."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.db.models.functions import Now

from anneal.common.models import OutboxEntry
from anneal.common.outbox import outbox_put, outbox_relay
from anneal.common.tenancy import service_scope
from anneal.jobs.management.commands import dispatcher as dispatcher_module
from anneal.jobs.management.commands.dispatcher import Dispatcher
from anneal.jobs.models import Job, TenantShare, Worker
from anneal.jobs.services import leases
from anneal.jobs.services import reaper as reaper_module
from anneal.jobs.services.dispatch import dispatch_tick
from anneal.jobs.services.leases import LeaseLost, job_claim, job_fail, job_heartbeat, job_release
from anneal.jobs.services.reaper import Reaper, retries_due
from anneal.jobs.services.reports import Point, checkpoint_commit, metrics_write
from anneal.jobs.services.workers import worker_heartbeat, worker_leave, worker_register
from anneal.jobs.timing import Timing, timing, timing_read
from tests.anneal.jobs.material import job_make, job_row, version_make
from tests.support.people import Person, person_found

pytestmark = pytest.mark.django_db


def hints() -> list[uuid.UUID]:
    """The wake messages that are out, taken away."""
    sent: list[uuid.UUID] = []
    outbox_relay(lambda topic, payload: sent.append(uuid.UUID(payload["job_id"])) if topic == "jobs.wake" else None)
    return sent


def workers(number: int) -> None:
    for _ in range(number):
        worker_register(worker_id=uuid.uuid4(), host="h", slots=1, queue="gpu")


def run_next() -> Job:
    """Let one slot take the next job; returns it."""
    assert dispatch_tick() == 1
    [job_id] = hints()
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    return job_row(job_id)


def run_for(job: Job, seconds: float) -> None:
    """The job uses the machine that long (its heartbeat lies so far back), and ends."""
    with service_scope():
        share, _ = TenantShare.objects.get_or_create(tenant_id=job.tenant_id)
        TenantShare.objects.filter(id=share.id).update(used_s=share.used_s + seconds, used_at=Now())
    job_fail(job_id=job.id, attempt=job.attempt, code="training:diverged")


def test_without_workers_nothing_is_hinted(owner: Person) -> None:
    job_make(owner)
    assert dispatch_tick() == 0
    assert not hints()


def test_never_more_hints_than_free_slots(owner: Person) -> None:
    version = version_make(owner)
    jobs = [job_make(owner, version) for _ in range(5)]
    workers(2)
    assert dispatch_tick() == 2
    assert hints() == jobs[:2], "the oldest go first"
    assert dispatch_tick() == 0, "the hints that are out count as taken"
    for job_id in jobs[:2]:
        assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    assert dispatch_tick() == 0, "both slots are busy"
    job_release(job_id=jobs[0], attempt=1)
    assert dispatch_tick() == 1


def test_a_lost_hint_is_given_again(owner: Person) -> None:
    job_id = job_make(owner)
    workers(1)
    dispatch_tick()
    hints()
    assert dispatch_tick() == 0
    with service_scope():
        Job.objects.filter(id=job_id).update(dispatched_at=Now() - timedelta(seconds=timing().redispatch_s + 1))
    assert dispatch_tick() == 1
    assert hints() == [job_id]


def test_a_hint_that_comes_five_times_claims_once(owner: Person) -> None:
    job_id = job_make(owner)
    claims = [job_claim(job_id=job_id, worker_id=uuid.uuid4()) for _ in range(5)]
    assert [bool(claim) for claim in claims] == [True, False, False, False, False]
    assert job_claim(job_id=uuid.uuid4(), worker_id=uuid.uuid4()) is None


def test_workers_that_are_silent_or_leaving_have_no_slots(owner: Person) -> None:
    job_make(owner)
    silent, leaving = uuid.uuid4(), uuid.uuid4()
    for worker_id in (silent, leaving):
        worker_register(worker_id=worker_id, host="h", slots=1, queue="gpu")
    with service_scope():
        Worker.objects.filter(id=silent).update(heartbeat_at=Now() - timedelta(seconds=timing().worker_gone_s + 1))
    worker_leave(worker_id=leaving)
    assert dispatch_tick() == 0
    worker_heartbeat(worker_id=silent, slots=1)
    assert dispatch_tick() == 1
    with pytest.raises(LookupError):
        worker_heartbeat(worker_id=uuid.uuid4(), slots=1)


def test_a_minnow_does_not_wait_behind_a_whale(owner: Person, stranger: Person) -> None:
    version = version_make(owner)
    for _ in range(50):
        job_make(owner, version)
    minnow = job_make(stranger)
    workers(1)
    first = run_next()
    order = [first]
    if first.id != minnow:
        run_for(first, 60)
        order.append(run_next())
    assert minnow in {job.id for job in order}, "the next free slot is the minnow's"


def test_weights_divide_the_machine() -> None:
    heavy, light = person_found("heavy"), person_found("light")
    for person, num_jobs in ((heavy, 20), (light, 8)):
        version = version_make(person)
        for _ in range(num_jobs):
            job_make(person, version)
    with service_scope():
        TenantShare.objects.create(tenant_id=heavy.tenant_id, weight=3.0)
        TenantShare.objects.create(tenant_id=light.tenant_id, weight=1.0)
        Job.objects.update(queued_at=Now())
    worker_id = uuid.uuid4()
    worker_register(worker_id=worker_id, host="h", slots=1, queue="gpu")
    taken: Counter[Any] = Counter()
    for _ in range(24):
        worker_heartbeat(worker_id=worker_id, slots=1)  # However long all this takes.
        job = run_next()
        taken[job.tenant_id] += 1
        run_for(job, 100)
    assert taken[heavy.tenant_id] == pytest.approx(18, abs=1)


def test_long_jobs_leave_a_lane_for_short_ones(owner: Person) -> None:
    long_version = version_make(owner, num_rows=1_000_000)
    for _ in range(3):
        job_make(owner, long_version)
    workers(2)
    assert dispatch_tick() == 1, "one of two slots stays free of long jobs"
    short = job_make(owner)
    hints()
    assert dispatch_tick() == 1
    assert hints() == [short]


def test_two_sends_of_the_outbox_do_not_lose_or_keep(owner: Person) -> None:
    """A crash between send and commit sends again; receivers claim once (see above)."""
    job_id = job_make(owner)
    workers(1)
    dispatch_tick()
    sent: list[str] = []

    def send_and_die(_: str, payload: dict[str, str]) -> None:
        sent.append(payload["job_id"])
        raise ConnectionError("the process dies here")

    with pytest.raises(ConnectionError):
        outbox_relay(send_and_die)
    with service_scope():
        assert OutboxEntry.objects.filter(topic="jobs.wake").count() == 1
    assert hints() == [job_id]
    assert sent == [str(job_id)]
    assert not hints()


def test_a_zombie_writes_nothing(owner: Person) -> None:
    job_id = job_make(owner)
    job_claim(job_id=job_id, worker_id=uuid.uuid4())
    job_fail(job_id=job_id, attempt=1, code="worker:crashed")
    with service_scope():
        Job.objects.filter(id=job_id).update(not_before=Now())
    assert retries_due() == 1
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    before = job_row(job_id)
    calls: list[Any] = [
        lambda: job_heartbeat(job_id=job_id, attempt=1),
        lambda: metrics_write(job_id=job_id, attempt=1, points=[Point("train/loss", 1, 0.1, 9.0)]),
        lambda: job_fail(job_id=job_id, attempt=1, code="training:diverged"),
        lambda: job_release(job_id=job_id, attempt=1),
    ]
    for call in calls:
        with pytest.raises(LeaseLost):
            call()
    after = job_row(job_id)
    assert (after.seq, after.state, after.attempt) == (before.seq, before.state, 2)


def reaped_after(seconds: float) -> int:
    """What a reaper ends that has seen the database in health for so long."""
    now = [0.0]
    reaper = Reaper(clock=lambda: now[0])
    ended = reaper.tick()
    while now[0] < seconds:
        now[0] += min(5.0, timing().lease_s / 4)
        ended += reaper.tick()
    return ended


def expired_jobs(owner: Person, number: int, alive: int = 0) -> list[uuid.UUID]:
    version = version_make(owner)
    jobs = [job_make(owner, version) for _ in range(number + alive)]
    for job_id in jobs:
        assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    with service_scope():
        Job.objects.filter(id__in=jobs[:number]).update(lease_until=Now() - timedelta(seconds=1))
    return jobs


def test_the_reaper_waits_for_a_whole_lease_of_health(owner: Person) -> None:
    [job_id] = expired_jobs(owner, 1)
    assert reaped_after(timing().lease_s - 6) == 0
    assert reaped_after(timing().lease_s) == 1
    job = job_row(job_id)
    assert (job.state, job.reason_code, job.retries_left) == ("retry_wait", "worker:lost", 4)


def test_an_outage_gives_every_lease_its_grace(owner: Person) -> None:
    expired_jobs(owner, 1)
    now = [0.0]
    reaper = Reaper(clock=lambda: now[0])
    reaper.tick()
    now[0] = timing().lease_s - 1
    reaper.database_failed()
    reaper.tick()
    now[0] += 2
    assert reaper.tick() == 0


def test_a_reaper_that_stood_still_begins_anew(owner: Person) -> None:
    expired_jobs(owner, 1)
    now = [0.0]
    reaper = Reaper(clock=lambda: now[0])
    reaper.tick()
    now[0] = 10 * timing().lease_s
    assert reaper.tick() == 0


def test_many_leases_at_once_are_held_and_shouted_about(owner: Person, caplog: Any) -> None:
    expired_jobs(owner, 3, alive=2)
    assert reaped_after(timing().lease_s + 20) == 0
    assert "leases.expired_together" in caplog.text
    assert reaped_after(timing().lease_s + timing().hold_s + 20) == 3, "but not for ever"


def test_few_leases_at_once_are_just_dead(owner: Person) -> None:
    expired_jobs(owner, 1, alive=4)
    assert reaped_after(timing().lease_s) == 1


def test_a_failing_tick_is_no_health(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    reaper = Reaper()
    reaper.tick()

    def away() -> Any:
        raise OperationalError("away")

    monkeypatch.setattr(reaper_module, "service_scope", away)
    with pytest.raises(OperationalError):
        reaper.tick()
    assert reaper._healthy_since is None


def test_a_job_that_no_worker_can_read_fails_with_a_reason(owner: Person) -> None:
    made = job_row(job_make(owner))
    made.id, made.spec = uuid.uuid4(), {**made.spec, "retired_option": 1}
    with owner.scope():
        made.save(force_insert=True)
    states = []
    for _ in range(6):
        assert job_claim(job_id=made.id, worker_id=uuid.uuid4()) is None
        states.append(job_row(made.id).state)
        with service_scope():
            Job.objects.filter(id=made.id, state="retry_wait").update(not_before=Now())
        retries_due()
    assert states == ["retry_wait"] * 5 + ["failed"]
    job = job_row(made.id)
    assert (job.reason_code, job.attempt) == ("platform:internal", 6)
    assert "retired_option" in job.reason_params["detail"]


def test_a_job_that_cannot_be_moved_keeps_no_other_from_it(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = expired_jobs(owner, 3)
    real = {"attempt_end": reaper_module.attempt_end, "job_move": reaper_module.job_move}

    def refused(name: str) -> Any:
        def act(*, job: Job, **rest: Any) -> None:
            if job.id == jobs[0]:
                raise ValueError("of another release")
            real[name](job=job, **rest)

        return act

    for name in real:
        monkeypatch.setattr(reaper_module, name, refused(name))
    assert reaped_after(timing().lease_s) == 2
    assert [job_row(job_id).state for job_id in jobs] == ["starting", "retry_wait", "retry_wait"]

    job_fail(job_id=jobs[0], attempt=1, code="worker:lost")
    with service_scope():
        Job.objects.filter(id__in=jobs).update(not_before=Now())
    assert retries_due() == 2
    assert [job_row(job_id).state for job_id in jobs] == ["retry_wait", "queued", "queued"]


def test_an_action_that_fails_is_no_outage_and_ends_no_round(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    error: Exception = IntegrityError("one bad row")
    done: list[str] = []

    def reconcile() -> int:
        raise error

    monkeypatch.setattr(dispatcher_module, "datasets_reconcile", reconcile)
    monkeypatch.setattr(dispatcher_module, "idempotency_sweep", lambda: done.append("idempotency") or 0)
    Dispatcher().tick()
    assert done == ["idempotency"]
    error = OperationalError("server closed the connection unexpectedly")
    with pytest.raises(OperationalError):
        Dispatcher().tick()


def test_a_message_of_another_release_waits_and_keeps_no_other(owner: Person, caplog: Any) -> None:
    outbox_put("novelties.begin", job_id=1)
    job_id = uuid.uuid4()
    outbox_put("jobs.wake", job_id=job_id)
    dispatcher, sent = Dispatcher(), []

    def send(topic: str, kwargs: dict[str, str], *, queue: str, **_options: Any) -> None:
        sent.append((topic, kwargs["job_id"], queue))

    dispatcher._celery = SimpleNamespace(send_task=send)
    dispatcher.tick()
    assert sent == [("jobs.wake", str(job_id), "gpu")]
    assert "novelties.begin" in caplog.text
    with service_scope():
        assert [entry.topic for entry in OutboxEntry.objects.all()] == ["novelties.begin"]


def test_poison_after_three_times_at_one_step(owner: Person) -> None:
    job_id = job_make(owner)
    for attempt in range(1, 4):
        assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
        job_fail(job_id=job_id, attempt=attempt, code="worker:crashed", step=7)
        with service_scope():
            Job.objects.filter(id=job_id, state="retry_wait").update(not_before=Now())
        retries_due()
    job = job_row(job_id)
    assert (job.state, job.reason_code, job.reason_params["step"]) == ("failed", "worker:poison", 7)


def test_what_the_kernel_ended_for_want_of_memory_begins_again_with_smaller_batches(owner: Person) -> None:
    job_id = job_make(owner)
    for attempt in range(1, 5):
        claim = job_claim(job_id=job_id, worker_id=uuid.uuid4())
        assert claim is not None
        assert claim.memory_kills == attempt - 1
        job_fail(job_id=job_id, attempt=attempt, code="memory:exhausted", params={"step": 0, "killed": True}, step=0)
        with service_scope():
            Job.objects.filter(id=job_id, state="retry_wait").update(not_before=Now())
        retries_due()
    assert (job_row(job_id).state, job_row(job_id).reason_code) == ("failed", "memory:exhausted")


def test_committed_progress_fills_the_budget_again(owner: Person) -> None:
    job_id = job_make(owner)
    for attempt in range(1, 9):
        assert job_claim(job_id=job_id, worker_id=uuid.uuid4()), job_row(job_id).state
        checkpoint_commit(
            job_id=job_id,
            attempt=attempt,
            step=attempt,
            epoch=0.1,
            key_prefix="p",
            files=[],
            manifest_sha256="0" * 64,
            is_best=False,
        )
        job_fail(job_id=job_id, attempt=attempt, code="worker:lost", step=attempt)
        with service_scope():
            Job.objects.filter(id=job_id).update(not_before=Now())
        retries_due()
    assert job_row(job_id).state == "queued"


def test_without_progress_the_budget_ends(owner: Person) -> None:
    job_id = job_make(owner)
    for attempt in range(1, 7):
        assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
        job_fail(job_id=job_id, attempt=attempt, code="worker:lost")
        with service_scope():
            Job.objects.filter(id=job_id, state="retry_wait").update(not_before=Now())
        retries_due()
    job = job_row(job_id)
    assert (job.state, job.reason_code, job.attempt) == ("failed", "worker:lost", 6)


def test_an_outage_of_the_store_is_waited_out(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = job_make(owner)

    def failed_once_more() -> Job:
        with service_scope():
            Job.objects.filter(id=job_id).update(not_before=Now())
        retries_due()
        claim = job_claim(job_id=job_id, worker_id=uuid.uuid4())
        assert claim is not None
        job_fail(job_id=job_id, attempt=claim.attempt, code="platform:storage", params={"detail": "SlowDown"})
        return job_row(job_id)

    jobs = [failed_once_more() for _ in range(8)]
    assert {(job.state, job.retries_left) for job in jobs} == {("retry_wait", 5)}
    assert jobs[-1].not_before - jobs[-1].heartbeat_at > timedelta(seconds=59), "longer and longer, up to a minute"
    monkeypatch.setattr(leases, "STORE_PATIENCE", timedelta())
    assert [failed_once_more().state for _ in range(6)] == ["retry_wait"] * 5 + ["failed"], "but not for ever"


def test_use_is_charged_and_fades(owner: Person) -> None:
    job_id = job_make(owner)
    job_claim(job_id=job_id, worker_id=uuid.uuid4())
    with service_scope():
        Job.objects.filter(id=job_id).update(heartbeat_at=Now() - timedelta(seconds=30))
    job_heartbeat(job_id=job_id, attempt=1)
    with service_scope():
        share = TenantShare.objects.get(tenant_id=owner.tenant_id)
        assert share.used_s == pytest.approx(30, abs=1)
        TenantShare.objects.update(used_at=Now() - timedelta(seconds=timing().half_life_s))
    job_heartbeat(job_id=job_id, attempt=1)
    with service_scope():
        assert TenantShare.objects.get(tenant_id=owner.tenant_id).used_s == pytest.approx(15, abs=1)


def test_the_web_role_does_not_see_workers(owner: Person) -> None:
    with owner.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('anneal_web', 'jobs_worker', 'SELECT')")
        assert cursor.fetchone() == (False,)


def test_intervals_come_from_the_environment_and_must_fit() -> None:
    assert timing_read({}) == Timing()
    assert timing_read({"ANNEAL_LEASE_SECONDS": "90"}).lease_s == 90
    with pytest.raises(ValueError, match="ANNEAL_LEASE_SECONDS: give a number"):
        timing_read({"ANNEAL_LEASE_SECONDS": "soon"})
    with pytest.raises(ValueError, match="ANNEAL_FENCE_SECONDS"):
        timing_read({"ANNEAL_LEASE_SECONDS": "20"})


def test_a_broker_that_is_away_delays_and_loses_nothing(owner: Person) -> None:
    job_id = job_make(owner)
    workers(1)
    dispatcher = Dispatcher()  # of these settings, whose broker is a closed port
    dispatcher.tick()
    dispatcher.tick()
    assert job_row(job_id).dispatched_at
    assert hints() == [job_id], "the message waits in Postgres"
