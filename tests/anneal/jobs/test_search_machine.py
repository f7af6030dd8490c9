"""Whatever happens to trials side by side in whatever order, their search neither stands still nor leaves one behind."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from anneal.common.errors import AnnealError
from anneal.common.tenancy import service_scope
from anneal.jobs.models import Job, Trial
from anneal.jobs.services.leases import job_fail, job_release
from anneal.jobs.services.reaper import retries_due
from anneal.jobs.services.wishes import job_cancel, job_pause, job_resume
from anneal.tenants.actor import Actor
from tests.anneal.jobs.material import job_make, job_row, version_make
from tests.anneal.jobs.test_side_by_side import SEARCH, begun, finish, trial_rows
from tests.support.people import Person, person_found
from workers.contract.states import LEASED, TERMINAL, State

_ENDINGS = [
    "finish",
    "finish",
    "finish",
    "release",
    "worker:crashed",
    "disk:full",
    "training:diverged",
    "data:missing_column",
]
_NUM_TRIALS, _AT_ONCE = 4, 2


class SearchMachine(RuleBasedStateMachine):
    """Four trials, two at once. The search is followed until it waits for its delivery."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.person: Person = person_found("searcher")
        self.actor = Actor(self.person.user.id, None, self.person.tenant_id, self.person.role)
        search = {**SEARCH, "num_trials": _NUM_TRIALS, "side_by_side": _AT_ONCE}
        self.search_id = job_make(self.person, version_make(self.person), search=search)
        self.claims: dict[int, Any] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @rule(place=st.integers(0, _AT_ONCE - 1), how=st.sampled_from(_ENDINGS))
    def work(self, place: int, how: str) -> None:
        """Workers take what waits, and one of them comes to an end."""
        with service_scope():
            Job.objects.filter(search_of_id=self.search_id, state=State.RETRY_WAIT.value).update(not_before=Now())
        retries_due()
        for job in trial_rows(self.search_id):
            if job.state == State.QUEUED and job.desired == "run":
                number = job.trial_number or 0
                self.claims[number] = begun(self.search_id, number)
        held = [job for job in trial_rows(self.search_id) if State(job.state) in LEASED]
        if place < len(held):
            self._end(held[place].trial_number or 0, how)

    def _end(self, number: int, how: str) -> None:
        claim = self.claims[number]
        ids = {"job_id": claim.job_id, "attempt": claim.attempt}
        if how == "finish":
            finish(claim, number, value=0.1 * number)
        elif how == "release":
            job_release(**ids)
        else:
            job_fail(**ids, code=how, step=0)

    @rule(wish=st.sampled_from([*[job_pause, job_resume] * 4, job_cancel]))
    def wish(self, wish: Any) -> None:
        with self.person.scope(), contextlib.suppress(AnnealError):
            wish(actor=self.actor, job=Job.objects.get(id=self.search_id))

    @invariant()
    def promises(self) -> None:
        search, jobs = job_row(self.search_id), trial_rows(self.search_id)
        state = State(search.state)
        assert [job.trial_number for job in jobs] == list(range(len(jobs)))
        assert len(jobs) <= _NUM_TRIALS
        under_way = [job for job in jobs if State(job.state) not in TERMINAL]
        assert len(under_way) <= _AT_ONCE
        wishes = {job.desired for job in under_way}
        resting = {job.state for job in under_way if State(job.state) not in LEASED}
        assert search.search is not None
        if state is State.SEARCHING:
            assert under_way, "nobody will ever end this search"
            assert wishes == {"run"}, "nobody will ever resume this trial"
            assert resting <= {"queued", "retry_wait"}
        elif state is State.QUEUED or search.search["ended_by"] is not None:
            assert not under_way
        elif state is State.PAUSED:
            assert wishes <= {"pause"}
            assert resting <= {"paused"}
        else:
            assert state in {State.FAILED, State.CANCELLED}
            assert wishes <= {"cancel"}
            assert not resting
        if state not in TERMINAL:
            ended = [job.trial_number for job in jobs if State(job.state) in TERMINAL]
            with service_scope():
                told = list(
                    Trial.objects.filter(job_id=self.search_id).order_by("number").values_list("number", flat=True)
                )
            assert told == ended
            assert search.search["num_ended"] == search.step == len(told)
            assert {trial["number"] for trial in search.search["running"]} <= {job.trial_number for job in under_way}


@pytest.mark.django_db
def test_a_search_never_stands_still_and_leaves_no_trial_behind() -> None:
    run_state_machine_as_test(
        SearchMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
