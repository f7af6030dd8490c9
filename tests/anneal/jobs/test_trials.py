"""A search over HTTP: launched, its trials stored behind the fence, its end told, and every mistake named by its field."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from anneal.common.tenancy import service_scope
from anneal.jobs.models import Metric
from anneal.jobs.services.leases import LeaseLost, job_claim, job_fail, job_finish, job_started, job_warn
from anneal.jobs.services.reports import Point, metrics_write
from anneal.jobs.services.side_by_side import trial_begin
from anneal.jobs.services.trials import trial_write
from tests.anneal.jobs.material import evaluation_document, job_make, job_row, version_make
from tests.anneal.jobs.test_jobs_api import STARTED, body
from tests.support.people import Person
from workers.contract.events import TrialBegan, TrialEnded
from workers.contract.results import SearchReport, TrialRecord

pytestmark = pytest.mark.django_db
RATE = "optimisation.learning_rate"
GRID = {"type": "grid", "space": {RATE: {"type": "choices", "values": [1e-5, 1e-4, 1e-3]}}}
OUTCOMES: list[tuple[str, float | None]] = [("complete", 0.8), ("complete", 0.9), ("failed", None)]


def ended(number: int, **changes: Any) -> TrialEnded:
    state, value = OUTCOMES[number]
    told: dict[str, Any] = {
        "number": number,
        "settings": {RATE: 10.0 ** (number - 5)},
        "state": state,
        "value": value,
        "steps": 6,
        "seconds": 1.5,
        "is_best": state == "complete",
        "reason": "training:diverged" if state == "failed" else None,
    }
    return TrialEnded.model_validate({**told, **changes})


def report(num_trials: int) -> dict[str, Any]:
    trials = [
        TrialRecord.model_validate(ended(number).model_dump(include=set(TrialRecord.model_fields)))
        for number in range(num_trials)
    ]
    found = SearchReport(metric="loss", is_lower_better=True, trials=tuple(trials), best=1, importance={RATE: 1.0})
    return found.model_dump(mode="json")


def begun(person: Person) -> dict[str, Any]:
    job_id = job_make(person, search=GRID)
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    ids = {"job_id": job_id, "attempt": 1}
    job_started(**ids, started=STARTED)
    return ids


def finish(person: Person, ids: dict[str, Any], **more: Any) -> None:
    files = [{"name": "m", "key": f"{person.tenant_id}/m", "sha256": "0" * 64, "size_bytes": 1}]
    artifacts = [{"kind": "merged", "files": files}]
    job_finish(**ids, step=6, evaluation=evaluation_document(), artifacts=artifacts, **more)


def test_a_search_begins_with_nothing_and_a_plan(owner: Person) -> None:
    job = owner.api.post("/jobs", body(version_make(owner), search=GRID)).json()
    assert job["spec"]["search"]["space"] == GRID["space"]
    assert job["search"] == {
        "num_trials": 3,
        "num_ended": 0,
        "best": None,
        "metric": None,
        "is_lower_better": None,
        "importance": {},
        "ended_by": None,
        "running": [],
    }
    assert owner.api.get(f"/jobs/{job['id']}/trials").json() == {"data": [], "next_cursor": None}
    same = owner.api.post(f"/jobs/{job['id']}/duplicate", {}).json()
    assert same["spec"]["search"] == job["spec"]["search"]
    plain = owner.api.post(f"/jobs/{job['id']}/duplicate", {"search": {"type": "none"}}).json()
    assert plain["search"] is None


def test_trials_show_in_the_job_and_in_their_list(owner: Person) -> None:
    ids = begun(owner)
    for number in range(3):
        trial_write(**ids, trial=ended(number))
    job = owner.api.get(f"/jobs/{ids['job_id']}").json()
    assert job["progress"]["step"] == 3
    assert (job["search"]["num_ended"], job["search"]["best"]) == (
        3,
        {"number": 1, "value": 0.9, "settings": {RATE: 1e-4}},
    )
    trials = owner.api.get(f"/jobs/{ids['job_id']}/trials").json()["data"]
    assert [(trial["number"], trial["state"], trial["value"]) for trial in trials] == [
        (number, *outcome) for number, outcome in enumerate(OUTCOMES)
    ]
    assert [trial["reason"] and trial["reason"]["code"] for trial in trials] == [None, None, "training:diverged"]
    finish(owner, ids, search=report(3))
    job = owner.api.get(f"/jobs/{ids['job_id']}").json()
    assert (job["search"]["metric"], job["search"]["is_lower_better"]) == ("loss", True)
    assert job["search"]["importance"] == {RATE: 1.0}
    assert (job["progress"]["step"], job["progress"]["committed_step"]) == (3, 3)


def test_the_trial_under_way_shows_until_it_is_over(owner: Person) -> None:
    ids = begun(owner)
    trial_begin(**ids, trial=TrialBegan(number=0, settings={RATE: 1e-5}))
    running = {"running": [{"number": 0, "settings": {RATE: 1e-5}}]}
    assert owner.api.get(f"/jobs/{ids['job_id']}").json()["search"].items() >= running.items()
    trial_write(**ids, trial=ended(0))
    assert owner.api.get(f"/jobs/{ids['job_id']}").json()["search"]["running"] == []


def test_a_trial_told_twice_stands_once_and_keeps_its_place(owner: Person) -> None:
    ids = begun(owner)
    trial_write(**ids, trial=ended(0))
    place = job_row(ids["job_id"]).seq
    trial_write(**ids, trial=ended(0, seconds=9.0))
    assert owner.api.get(f"/jobs/{ids['job_id']}/trials?after={place}").json()["data"] == []
    trial_write(**ids, trial=ended(0, value=0.85))
    [trial] = owner.api.get(f"/jobs/{ids['job_id']}/trials?after={place}").json()["data"]
    assert trial["value"] == 0.85


def test_a_stale_attempt_tells_no_trials(owner: Person) -> None:
    ids = begun(owner)
    job_fail(**ids, code="worker:shutdown")
    assert job_claim(job_id=ids["job_id"], worker_id=uuid.uuid4())
    with pytest.raises(LeaseLost):
        trial_write(**ids, trial=ended(0))
    assert owner.api.get(f"/jobs/{ids['job_id']}/trials").json()["data"] == []


def test_trials_beyond_the_end_of_the_search_go(owner: Person) -> None:
    """An attempt that was lost had come further than the one that ended, which met its limit of time."""
    ids = begun(owner)
    for number in range(3):
        trial_write(**ids, trial=ended(number))
        metrics_write(**ids, points=[Point(f"trial-{number}/train/loss", 50, 1.0, 0.5)])
    job_fail(**ids, code="worker:shutdown")
    assert job_claim(job_id=ids["job_id"], worker_id=uuid.uuid4())
    again = {**ids, "attempt": 2}
    job_started(**again, started=STARTED)
    finish(owner, again, search=report(2))
    assert [trial["number"] for trial in owner.api.get(f"/jobs/{ids['job_id']}/trials").json()["data"]] == [0, 1]
    assert owner.api.get(f"/jobs/{ids['job_id']}").json()["search"]["num_ended"] == 2
    with service_scope():
        curves = set(Metric.objects.filter(job_id=ids["job_id"]).values_list("name", flat=True))
    assert curves == {"trial-0/train/loss", "trial-1/train/loss"}, "also those with more steps than the best trial's"


def test_what_every_trial_warns_of_is_said_once(owner: Person) -> None:
    ids = begun(owner)
    for trial in range(3):
        job_warn(**ids, code="data:truncated", message="cut off", params={"count": 3, "trial": trial})
    job_warn(**ids, code="data:truncated", message="cut off", params={"count": 4, "trial": 0})
    assert len(owner.api.get(f"/jobs/{ids['job_id']}").json()["warnings"]) == 2


def test_a_single_training_with_a_budget_of_money_needs_a_price_too(owner: Person, settings: Any) -> None:
    costly = body(version_make(owner), limits={"budget_cost": 5})
    error = owner.api.post("/jobs", costly).json()["error"]
    assert (error["code"], error["param"]) == ("job.no_price", "limits.budget_cost")
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"price_per_training_hour": 2.5})
    assert owner.api.post("/jobs", costly).status_code == 201
    error = owner.api.post("/jobs", {**costly, "search": GRID}).json()["error"]
    assert error["param"] == "limits.budget_cost"
    assert "max_cost" in error["message"]


def test_a_budget_of_money_needs_a_price(owner: Person, settings: Any) -> None:
    version_id = version_make(owner)
    costly = body(version_id, search={**GRID, "max_cost": 5})
    error = owner.api.post("/jobs", costly).json()["error"]
    assert (error["code"], error["param"]) == ("job.no_price", "search.max_cost")
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"price_per_training_hour": 2.5})
    job = owner.api.post("/jobs", costly).json()
    claim = job_claim(job_id=uuid.UUID(job["id"]), worker_id=uuid.uuid4())
    assert claim is not None
    assert claim.price_per_hour == 2.5
    assert "2.5" not in claim.spec_json, "a price is no part of a spec"


def _space(path: str, part: dict[str, Any]) -> dict[str, Any]:
    return {"search": {"type": "random", "space": {path: part}}}


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"search": {"type": "magic"}}, "search"),
        ({"search": {"type": "grid"}}, "search.space"),
        ({"search": {"type": "grid", "space": {}}}, "search.space"),
        ({"search": {**GRID, "num_trials": 3}}, "search.num_trials"),
        ({"search": {**GRID, "max_seconds": 0}}, "search.max_seconds"),
        ({"search": {**GRID, "max_cost": -1}}, "search.max_cost"),
        ({"search": {"type": "optuna", "space": GRID["space"], "num_trials": 5000}}, "search.num_trials"),
        ({"search": {"type": "optuna", "space": GRID["space"], "pruner": "axe"}}, "search.pruner"),
        (_space("base_model", {"type": "choices", "values": ["x"]}), "search.space.base_model"),
        (_space(RATE, {"type": "choices", "values": []}), f"search.space.{RATE}.values"),
        (_space(RATE, {"type": "range", "low": 1e-3, "high": 1e-5}), f"search.space.{RATE}.low"),
        (_space(RATE, {"type": "range", "low": 0, "high": 1, "is_log": True}), f"search.space.{RATE}.low"),
        (_space(RATE, {"type": "choices", "values": [7]}), f"search.space.{RATE}"),
        (
            _space("optimisation.leraning_rate", {"type": "choices", "values": [1]}),
            "search.space.optimisation.leraning_rate",
        ),
        (
            {"search": {"type": "grid", "space": {RATE: {"type": "range", "low": 0.1, "high": 0.2}}}},
            f"search.space.{RATE}",
        ),
        (
            {"method": {"type": "lora"}, **_space("method.rank", {"type": "choices", "values": [4, 500]})},
            "search.space.method.rank",
        ),
        (
            _space("task.max_length", {"type": "range", "low": 8, "high": 600, "is_integer": True}),
            "search.space.task.max_length",
        ),
        ({"method": {"type": "lora", "use_dora": True, "quantise": "4bit"}}, "method.use_dora"),
        ({"method": {"type": "adalora", "initial_rank": 8, "target_rank": 8}}, "method.target_rank"),
        ({"method": {"type": "adalora", "initial_rank": 400}}, "method.initial_rank"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_settings_name_the_field(owner: Person, changes: dict[str, Any], param: str) -> None:
    answer = owner.api.post("/jobs", body(version_make(owner), **changes))
    assert answer.status_code == 400, answer.json()
    error = answer.json()["error"]
    assert error["param"] == param, error
    assert error["message"].count("search.space") <= 1, error
