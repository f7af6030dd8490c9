"""Trials side by side: jobs of their own that only their search shows, and what follows when each of them ends."""

from __future__ import annotations

import math
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from anneal.common.ids import uuid7
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.jobs.models import Job, Metric
from anneal.jobs.services.extremes import extremes_mark
from anneal.jobs.services.leases import (
    Claim,
    LeaseLost,
    StoredFile,
    job_claim,
    job_fail,
    job_finish,
    job_heartbeat,
    job_release,
    job_started,
    job_warn,
    trial_finish,
)
from anneal.jobs.services.moves import job_lock
from anneal.jobs.services.reports import Point, checkpoint_commit, metrics_write
from anneal.jobs.services.side_by_side import trial_begin
from tests.anneal.jobs.material import evaluation_document, job_make, job_row
from tests.anneal.jobs.test_jobs_api import STARTED
from tests.support.people import Person
from workers.contract.budget import TrainingBudget
from workers.contract.events import TrialBegan, TrialEnded
from workers.contract.results import RunningTrial, SearchReport
from workers.contract.states import State

pytestmark = pytest.mark.django_db
RATE = "optimisation.learning_rate"
SEARCH = {
    "type": "random",
    "num_trials": 3,
    "side_by_side": 2,
    "space": {RATE: {"type": "range", "low": 1e-5, "high": 1e-3}},
}


def searching(person: Person, **changes: Any) -> uuid.UUID:
    return job_make(person, search={**SEARCH, **changes})


def shown(person: Person, search_id: uuid.UUID) -> dict[str, Any]:
    found: dict[str, Any] = person.api.get(f"/jobs/{search_id}").json()
    return found


def trial_rows(search_id: uuid.UUID) -> list[Job]:
    with service_scope():
        return list(Job.objects.filter(search_of_id=search_id).order_by("trial_number"))


def begun(search_id: uuid.UUID, number: int) -> Claim:
    """A worker has taken this trial and knows its settings."""
    claim = job_claim(job_id=trial_rows(search_id)[number].id, worker_id=uuid.uuid4())
    assert claim is not None
    ids = {"job_id": claim.job_id, "attempt": claim.attempt}
    trial_begin(**ids, trial=TrialBegan(number=number, settings=settings_of(number)))
    job_started(**ids, started=STARTED)
    return claim


def settings_of(number: int) -> dict[str, Any]:
    return {RATE: 1e-4 * (number + 1)}


def ended(number: int, value: float | None = 0.5, state: str = "complete", seconds: float = 2.0) -> TrialEnded:
    return TrialEnded.model_validate(
        {
            "number": number,
            "settings": settings_of(number),
            "state": state,
            "value": value,
            "intermediate": [0.1, value],
            "steps": 6,
            "seconds": seconds,
            "is_best": False,
            "metric": "macro_f1",
            "is_lower_better": False,
        }
    )


def finish(claim: Claim, number: int, value: float = 0.5, **more: Any) -> list[str]:
    ids: dict[str, Any] = {"job_id": claim.job_id, "attempt": claim.attempt}
    files = [StoredFile("state.json", f"{claim.tenant_id}/trial-{number}", "0" * 64, 1)]
    checkpoint_commit(
        **ids, step=6, epoch=2, key_prefix=f"trial-{number}", files=files, manifest_sha256="0" * 64, is_best=True
    )
    return trial_finish(**ids, trial=ended(number, value, **more))


def test_trials_are_jobs_that_only_their_search_shows(owner: Person) -> None:
    search_id = searching(owner)
    job = shown(owner, search_id)
    assert (job["state"], job["progress"]["total_steps"]) == ("searching", 3)
    first, second = trial_rows(search_id)
    assert (first.state, second.state, first.trial_number, second.trial_number) == ("queued", "queued", 0, 1)
    assert [row["id"] for row in owner.api.get("/jobs").json()["data"]] == [str(search_id)]
    assert owner.api.get(f"/jobs/{first.id}").status_code == 404
    assert owner.api.post(f"/jobs/{first.id}/cancel").status_code == 404
    assert job_claim(job_id=search_id, worker_id=uuid.uuid4()) is None, "a search is claimed when its trials are over"


def test_the_best_trial_is_delivered_by_the_last_attempt(owner: Person) -> None:
    search_id = searching(owner)
    claims = [begun(search_id, 0), begun(search_id, 1)]
    assert [trial["settings"] for trial in shown(owner, search_id)["search"]["running"]] == [
        settings_of(0),
        settings_of(1),
    ]
    assert finish(claims[0], 0, 0.9) == []
    assert len(trial_rows(search_id)) == 3, "the next one begins when one ends"
    claims.append(begun(search_id, 2))
    assert finish(claims[1], 1, 0.4) == ["trial-1"]
    job = shown(owner, search_id)
    assert (job["state"], job["search"]["num_ended"], job["search"]["metric"]) == ("searching", 2, "macro_f1")
    assert [trial["number"] for trial in job["search"]["running"]] == [2]
    assert finish(claims[2], 2, 0.95) == ["trial-0"], "of several only the best one's files are kept"
    assert (shown(owner, search_id)["state"], shown(owner, search_id)["search"]["running"]) == ("queued", [])
    delivery = job_claim(job_id=search_id, worker_id=uuid.uuid4())
    assert delivery is not None
    assert delivery.part is not None
    assert delivery.delivered is not None
    assert (delivery.part.trial, [trial.value for trial in delivery.part.history]) == (None, [0.9, 0.4, 0.95])
    assert (delivery.delivered.number, delivery.delivered.checkpoint.step) == (2, 6)
    ids = {"job_id": search_id, "attempt": 1}
    job_started(**ids, started=STARTED)
    report = SearchReport(
        metric="macro_f1", is_lower_better=False, trials=delivery.part.history, best=2, importance={RATE: 1.0}
    )
    files = [{"name": "m", "key": f"{owner.tenant_id}/m", "sha256": "0" * 64, "size_bytes": 1}]
    artifacts = [{"kind": "merged", "files": files}]
    job_finish(**ids, step=6, evaluation=evaluation_document(), artifacts=artifacts, search=report.model_dump())
    job = shown(owner, search_id)
    assert (job["state"], job["search"]["ended_by"], job["search"]["best"]["number"]) == ("succeeded", "trials", 2)
    assert (job["resumed_count"], job["search"]["importance"]) == (0, {RATE: 1.0})
    assert [trial["value"] for trial in owner.api.get(f"/jobs/{search_id}/trials").json()["data"]] == [0.9, 0.4, 0.95]


def test_a_trial_is_told_what_was_known_when_it_first_began(owner: Person) -> None:
    search_id = searching(owner, num_trials=4)
    first, second = begun(search_id, 0), begun(search_id, 1)
    assert first.part is not None
    assert (first.part.trial, first.part.history, first.part.running) == (0, (), ())
    assert second.part is not None
    assert second.part.running == (RunningTrial(number=0, settings=settings_of(0)),)
    finish(first, 0)
    third = begun(search_id, 2)
    assert third.part is not None
    assert [trial.intermediate for trial in third.part.history] == [(0.1, 0.5)]
    job_release(job_id=second.job_id, attempt=second.attempt)
    again = job_claim(job_id=second.job_id, worker_id=uuid.uuid4())
    assert again is not None
    assert (again.attempt, again.part) == (2, second.part), "or its settings would change under its checkpoint"


def test_curves_and_warnings_of_trials_are_those_of_the_search(owner: Person) -> None:
    search_id = searching(owner)
    for number in range(2):
        claim = begun(search_id, number)
        ids = {"job_id": claim.job_id, "attempt": claim.attempt}
        metrics_write(**ids, points=[Point("train/loss", 1, 0.5, 0.7)], step=3)
        job_warn(**ids, code="data:truncated", message="cut off", params={"count": 3})
    names = {series["name"] for series in owner.api.get(f"/jobs/{search_id}/metrics").json()["series"]}
    assert names == {"trial-0/train/loss", "trial-1/train/loss"}
    job = shown(owner, search_id)
    assert job["progress"]["epoch"] == pytest.approx(2 * 3 / STARTED.total_steps)
    assert len(job["warnings"]) == 1


def test_points_behind_the_last_step_of_a_trial_leave_no_gap_among_the_marks(owner: Person) -> None:
    search_id = searching(owner)
    first = begun(search_id, 0)
    values = [0.5, 0.6, 0.4, 0.7, 0.55, 0.3, 0.1, 0.9]
    points = [Point("train/loss", step, 0.5, value) for step, value in enumerate(values, start=1)]
    metrics_write(job_id=first.job_id, attempt=1, points=points)
    with service_scope(), connection.cursor() as cursor:
        extremes_mark(cursor, job_id=search_id, after=0, seq=job_row(search_id).seq)
    job_release(job_id=first.job_id, attempt=1)
    again = job_claim(job_id=first.job_id, worker_id=uuid.uuid4())
    assert again is not None
    finish(again, 0)
    with service_scope(), tenant_scope(owner.tenant_id):
        curve = Metric.objects.filter(job_id=search_id).order_by("step")
        assert list(curve.values_list("step", "is_extreme")) == [(step, step in {4, 6}) for step in range(1, 7)]


def test_the_time_left_is_told_from_trials_that_are_over(owner: Person) -> None:
    search_id = searching(owner, num_trials=6)

    def told(*claims: Claim) -> list[float | None]:
        for claim in claims:
            metrics_write(job_id=claim.job_id, attempt=claim.attempt, points=[], step=5)
        progress = shown(owner, search_id)["progress"]
        return [progress["seconds_remaining"], progress["seconds_remaining_spread"]]

    first, second = begun(search_id, 0), begun(search_id, 1)
    assert told(first, second) == [None, None], "there is nothing to tell from yet"
    finish(first, 0, seconds=40.0)
    assert told(second) == [pytest.approx(4.5 * 40), None], "one is over, half of one is made, and one worker has one"
    third = begun(search_id, 2)
    assert told(third) == [pytest.approx(4 * 40 / 2), None]
    finish(second, 1, seconds=60.0)
    # Of the six two are over and half of one is made; of 40 and 60 the deviation is 14.14.
    fourth = begun(search_id, 3)
    spread = math.sqrt(200) * math.sqrt(3 + 3**2 / 2) / 2
    assert told(third, fourth) == [pytest.approx(3 * 50 / 2), pytest.approx(spread)]
    for number, claim in ((2, third), (3, fourth), (4, None), (5, None)):
        finish(claim or begun(search_id, number), number)
    assert (shown(owner, search_id)["state"], told()) == ("queued", [None, None]), "the delivery is no trial"


def test_one_statement_locks_a_search_and_then_its_trial(owner: Person) -> None:
    search_id = searching(owner)
    trial_id = trial_rows(search_id)[1].id
    with service_scope(), CaptureQueriesContext(connection) as queries:
        assert job_lock(trial_id, states={State.RUNNING}) is None
        locked = job_lock(trial_id, states={State.QUEUED})
        assert locked is not None
        assert locked.id == trial_id
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM jobs_job WHERE xmax::text <> '0'")
            assert {row[0] for row in cursor.fetchall()} == {search_id, trial_id}
    *locks, _ = [query["sql"] for query in queries if "jobs_job" in query["sql"]]
    assert len(locks) == 2
    assert all(sql.endswith('ORDER BY "jobs_job"."search_of_id" ASC NULLS FIRST FOR UPDATE') for sql in locks)


def test_a_stale_attempt_of_a_trial_ends_nothing(owner: Person) -> None:
    search_id = searching(owner)
    claim = begun(search_id, 0)
    job_release(job_id=claim.job_id, attempt=1)
    assert job_claim(job_id=claim.job_id, worker_id=uuid.uuid4())
    with pytest.raises(LeaseLost):
        trial_finish(job_id=claim.job_id, attempt=1, trial=ended(0))
    assert shown(owner, search_id)["search"]["num_ended"] == 0


def test_a_failed_trial_is_no_failed_search(owner: Person) -> None:
    search_id = searching(owner)
    claim = begun(search_id, 0)
    job_fail(job_id=claim.job_id, attempt=1, code="training:diverged", params={"step": 3})
    job = shown(owner, search_id)
    assert (job["state"], len(trial_rows(search_id))) == ("searching", 3)
    [trial] = owner.api.get(f"/jobs/{search_id}/trials").json()["data"]
    assert (trial["state"], trial["reason"]["code"], trial["settings"]) == (
        "failed",
        "training:diverged",
        settings_of(0),
    )


def test_a_search_whose_trials_all_fail_has_the_first_reason(owner: Person) -> None:
    search_id = searching(owner)
    for number, code in enumerate(["training:diverged", "training:parity", "training:diverged"]):
        claim = begun(search_id, number)
        job_fail(job_id=claim.job_id, attempt=1, code=code)
    job = shown(owner, search_id)
    assert (job["state"], job["reason"]["code"], job["reason"]["params"]) == (
        "failed",
        "training:diverged",
        {"trials": 3},
    )


def test_bad_data_end_the_search_and_its_other_trials(owner: Person) -> None:
    search_id = searching(owner)
    first, second = begun(search_id, 0), begun(search_id, 1)
    job_fail(job_id=first.job_id, attempt=1, code="data:missing_column")
    assert (shown(owner, search_id)["state"], shown(owner, search_id)["reason"]["code"]) == (
        "failed",
        "data:missing_column",
    )
    assert job_heartbeat(job_id=second.job_id, attempt=1) == "cancel"
    job_release(job_id=second.job_id, attempt=1)
    assert job_row(second.job_id).state == "cancelled"
    assert len(trial_rows(search_id)) == 2


def test_a_killed_worker_costs_a_trial_its_attempt_and_nothing_else(owner: Person) -> None:
    search_id = searching(owner)
    claim = begun(search_id, 0)
    job_fail(job_id=claim.job_id, attempt=1, code="worker:lost")
    assert job_row(claim.job_id).state == "retry_wait"
    assert (shown(owner, search_id)["state"], len(trial_rows(search_id))) == ("searching", 2)


@pytest.mark.parametrize(
    ("budget", "share", "ended_by"),
    [({"max_seconds": 30}, (30, "time"), "time"), ({"max_cost": 0.5}, (15, "money"), "cost")],
    ids=["time", "money"],
)
def test_no_trial_begins_when_the_budget_is_spent_and_each_has_its_share(
    owner: Person, settings: Any, budget: dict[str, float], share: tuple[float, Any], ended_by: str
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"price_per_training_hour": 60.0})
    search_id = searching(owner, **budget)
    first, second = begun(search_id, 0), begun(search_id, 1)
    with service_scope():
        Job.objects.filter(id=first.job_id).update(worked_s=70)
    assert first.part is not None
    assert first.part.budget == TrainingBudget(*share, is_of_search=True)
    job_release(job_id=second.job_id, attempt=second.attempt)
    again = job_claim(job_id=second.job_id, worker_id=uuid.uuid4())
    assert again is not None
    assert again.part == second.part, "what was worked since then takes nothing from it"
    finish(first, 0)
    assert (shown(owner, search_id)["state"], len(trial_rows(search_id))) == ("searching", 2)
    finish(again, 1)
    job = shown(owner, search_id)
    assert (job["state"], job["search"]["ended_by"], len(trial_rows(search_id))) == ("queued", ended_by, 2)


def test_wishes_reach_the_trials(owner: Person) -> None:
    search_id = searching(owner)
    claim = begun(search_id, 0)
    ids = {"job_id": claim.job_id, "attempt": 1}
    assert owner.api.post(f"/jobs/{search_id}/pause").json()["state"] == "paused"
    assert job_heartbeat(**ids) == "pause"
    job_release(**ids)
    assert [row.state for row in trial_rows(search_id)] == ["paused", "paused"]
    assert owner.api.post(f"/jobs/{search_id}/resume").json()["state"] == "searching"
    assert [(row.state, row.desired) for row in trial_rows(search_id)] == [("queued", "run")] * 2
    again = job_claim(job_id=claim.job_id, worker_id=uuid.uuid4())
    assert again is not None
    assert owner.api.post(f"/jobs/{search_id}/cancel").json()["state"] == "cancelled"
    assert trial_finish(job_id=again.job_id, attempt=2, trial=ended(0)) == []
    assert [row.state for row in trial_rows(search_id)] == ["cancelled", "cancelled"]
    assert owner.api.get(f"/jobs/{search_id}/trials").json()["data"] == []


def test_a_trial_that_ends_while_its_search_rests_counts(owner: Person) -> None:
    search_id = searching(owner, num_trials=2)
    first, second = begun(search_id, 0), begun(search_id, 1)
    owner.api.post(f"/jobs/{search_id}/pause")
    finish(first, 0)
    finish(second, 1)
    assert shown(owner, search_id)["state"] == "paused"
    assert owner.api.post(f"/jobs/{search_id}/resume").json()["state"] == "queued", "only the delivery is left"


def test_a_full_disk_parks_the_whole_search(owner: Person) -> None:
    search_id = searching(owner)
    first, second = begun(search_id, 0), begun(search_id, 1)
    job_fail(job_id=first.job_id, attempt=1, code="disk:full")
    job = shown(owner, search_id)
    assert (job["state"], job["reason"]["code"]) == ("paused", "disk:full")
    assert job_heartbeat(job_id=second.job_id, attempt=1) == "pause"
    assert owner.api.post(f"/jobs/{search_id}/resume").json()["state"] == "searching"
    assert [row.desired for row in trial_rows(search_id)] == ["run", "run"]


def test_a_trial_of_another_tenants_search_cannot_be(owner: Person, stranger: Person) -> None:
    search_id, other_id = searching(owner), job_make(stranger)
    with service_scope():
        other = Job.objects.get(id=other_id)
        other.id, other.search_of_id, other.trial_number = uuid7(), search_id, 7
        other.save(force_insert=True)
        with pytest.raises(IntegrityError, match="search_of_id_same_tenant"), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
