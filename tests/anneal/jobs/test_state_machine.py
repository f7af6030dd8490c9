"""Whatever workers, customers, reapers and zombies do in whatever order, the promises about a job hold."""

from __future__ import annotations

import contextlib
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from anneal.common.errors import AnnealError
from anneal.common.tenancy import service_scope
from anneal.jobs.models import Job, JobEvent, Metric
from anneal.jobs.services.leases import (
    LeaseLost,
    job_claim,
    job_fail,
    job_finalizing,
    job_finish,
    job_heartbeat,
    job_release,
    job_started,
)
from anneal.jobs.services.reaper import Reaper, retries_due
from anneal.jobs.services.reports import Point, checkpoint_commit, metrics_write
from anneal.jobs.services.wishes import job_cancel, job_pause, job_resume
from anneal.jobs.timing import timing
from anneal.tenants.actor import Actor
from tests.anneal.jobs.material import evaluation_document, job_make, job_row, version_make
from tests.support.people import Person, person_found
from workers.contract.events import Started
from workers.contract.states import LEASED, TERMINAL, State, is_allowed

_CODES = ["worker:crashed", "worker:stalled", "worker:shutdown", "disk:full", "memory:exhausted", "training:diverged"]


class JobMachine(RuleBasedStateMachine):
    """One job, any number of workers; time passes by moving the lease's columns."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.person: Person = person_found("machine")
        self.actor = Actor(self.person.user.id, None, self.person.tenant_id, self.person.role)
        self.job_id = job_make(self.person, version_make(self.person))
        self.attempts: list[int] = []
        self.committed = 0
        self.final: tuple[str, int] | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        assert job_row(self.job_id).state == State.QUEUED

    @rule()
    def claim(self) -> None:
        before = job_row(self.job_id)
        claim = job_claim(job_id=self.job_id, worker_id=uuid.uuid4())
        assert (claim is not None) == (before.state == State.QUEUED and before.desired == "run")
        if claim:
            assert claim.attempt == before.attempt + 1
            assert (claim.checkpoint.step if claim.checkpoint else 0) == before.committed_step
            self.attempts.append(claim.attempt)

    @precondition(lambda self: self.attempts)
    @rule(
        data=st.data(),
        action=st.sampled_from(
            ["heartbeat", "started", "metrics", "checkpoint", "finalizing", "finish", "release", "fail"]
        ),
    )
    def report(self, data: Any, action: str) -> None:
        """Any attempt, most of them zombies, says anything."""
        attempt = data.draw(st.sampled_from(self.attempts))
        before = job_row(self.job_id)
        is_holder = State(before.state) in LEASED and before.attempt == attempt
        ids: dict[str, Any] = {"job_id": self.job_id, "attempt": attempt}
        try:
            self._say(action, ids, data, before)
        except LeaseLost:
            assert not is_holder
            after = job_row(self.job_id)
            assert (after.seq, after.state, after.lease_until) == (before.seq, before.state, before.lease_until)
        else:
            assert is_holder, "a zombie was listened to"

    def _say(self, action: str, ids: dict[str, Any], data: Any, before: Job) -> None:
        match action:
            case "heartbeat":
                assert job_heartbeat(**ids) == before.desired
            case "started":
                job_started(
                    **ids,
                    started=Started(
                        resumed_from_step=before.committed_step,
                        total_steps=100,
                        steps_per_epoch=10,
                        num_examples={"train": 1},
                        trainable_parameters=1,
                        total_parameters=2,
                        fingerprint={},
                    ),
                )
            case "metrics":
                step = data.draw(st.integers(1, 20))
                metrics_write(**ids, points=[Point("train/loss", step, 0.1, 1.0 / step)], step=step)
            case "checkpoint":
                step = data.draw(st.integers(1, 20))
                checkpoint_commit(
                    **ids, step=step, epoch=0.1, key_prefix="p", files=[], manifest_sha256="0" * 64, is_best=False
                )
            case "finalizing":
                job_finalizing(**ids)
            case "finish":
                files = [{"name": "m", "key": f"{before.tenant_id}/m", "sha256": "0" * 64, "size_bytes": 1}]
                if before.state != State.STARTING:
                    job_finish(
                        **ids,
                        step=20,
                        evaluation=evaluation_document(),
                        artifacts=[{"kind": "merged", "files": files}],
                    )
                else:
                    job_heartbeat(**ids)
            case "release":
                job_release(**ids)
            case "fail":
                job_fail(**ids, code=data.draw(st.sampled_from(_CODES)), step=data.draw(st.integers(0, 2)))

    @rule(wish=st.sampled_from([job_cancel, job_pause, job_resume]))
    def wish(self, wish: Any) -> None:
        with self.person.scope(), contextlib.suppress(AnnealError):
            wish(actor=self.actor, job=Job.objects.get(id=self.job_id))

    @rule()
    def lease_runs_out(self) -> None:
        with service_scope():
            Job.objects.filter(id=self.job_id, lease_until__isnull=False).update(
                lease_until=Now() - timedelta(seconds=1)
            )

    @rule()
    def reap(self) -> None:
        now = [0.0]
        reaper = Reaper(clock=lambda: now[0])
        assert reaper.tick() == 0, "a reaper that has just started must not end a lease"
        while now[0] < timing().lease_s:
            now[0] += timing().lease_s / 4
            reaper.tick()

    @rule()
    def wait_is_over(self) -> None:
        with service_scope():
            Job.objects.filter(id=self.job_id, state=State.RETRY_WAIT.value).update(not_before=Now())
        retries_due()

    @invariant()
    def promises(self) -> None:
        job = job_row(self.job_id)
        state = State(job.state)
        with service_scope():
            events = list(JobEvent.objects.filter(job_id=self.job_id).order_by("seq"))
            points = list(Metric.objects.filter(job_id=self.job_id).values_list("name", "step"))
        moves = [(event.frm, event.to) for event in events if event.type == "state"]
        assert all(is_allowed(State(frm), State(to)) for frm, to in moves if frm and to)
        assert [to for _, to in moves[:-1]] == [frm for frm, _ in moves[1:]], "the events do not tell one story"
        assert moves[-1][1] == state
        assert len(points) == len(set(points))
        assert events[-1].seq <= job.seq
        assert job.committed_step >= self.committed
        self.committed = job.committed_step
        assert sum(to in {final.value for final in TERMINAL} for _, to in moves) == (state in TERMINAL)
        if self.final:
            assert self.final == (job.state, moves.__len__()), "an ended job changed"
        if state in TERMINAL:
            self.final = (job.state, len(moves))
            if job.desired == "cancel" and state is State.SUCCEEDED:
                raise AssertionError("the last wish was to cancel")


@pytest.mark.django_db
def test_promises_hold_when_anything_happens_in_any_order() -> None:
    run_state_machine_as_test(
        JobMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [{"state": "running"}, {"spec": {}}, {"spec_sha256": "x"}, {"seq": 0}, {"desired": "maybe"}, {"state": "nowhere"}],
    ids=lambda change: next(iter(change)),
)
def test_the_database_refuses_when_code_does_not(owner: Person, change: dict[str, Any]) -> None:
    job_id = job_make(owner)
    with service_scope(), pytest.raises(Error), transaction.atomic():
        Job.objects.filter(id=job_id).update(**change)


@pytest.mark.django_db
def test_an_ended_job_stays_ended(owner: Person) -> None:
    job_id = job_make(owner)
    actor = Actor(owner.user.id, None, owner.tenant_id, owner.role)
    with owner.scope():
        job_cancel(actor=actor, job=Job.objects.get(id=job_id))
    with service_scope(), pytest.raises(Error, match="cannot move"), transaction.atomic():
        Job.objects.filter(id=job_id).update(state="queued", finished_at=None)
