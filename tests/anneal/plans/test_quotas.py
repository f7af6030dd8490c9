"""Quotas: what is refused or waits for one, in whose words, who grants and sees them, and that nobody passes one together with another."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.db.models.functions import Now

from anneal.common.tenancy import member_scope, service_scope, tenant_scope
from anneal.datasets.models import Dataset, DatasetFile, Upload
from anneal.datasets.tasks import fetch
from anneal.jobs.models import Job, WorkedMonth
from anneal.jobs.services.dispatch import dispatch_tick
from anneal.jobs.services.leases import job_claim, job_fail, job_heartbeat, job_release
from anneal.plans.kinds import GB, QuotaKind, month_after
from anneal.plans.models import Quota
from anneal.plans.selectors import month_now
from anneal.plans.services import quota_grant, quotas_tell
from anneal.tenants.models import AuditEntry, Notification
from anneal.tenants.roles import Role
from tests.anneal.datasets.steps import begin, csv_of, edited, good_rows, rows_of, uploaded, versioned
from tests.anneal.datasets.test_imports import asked, source, told  # noqa: F401 - a fixture among them
from tests.anneal.jobs.material import job_make, job_row, version_make
from tests.anneal.jobs.test_dispatch import hints, workers
from tests.anneal.jobs.test_side_by_side import SEARCH
from tests.support.people import Person, person_found, person_join

pytestmark = pytest.mark.django_db
_MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


def grant(person: Person, **amounts: float | None) -> None:
    with service_scope(), tenant_scope(person.tenant_id):
        for kind, amount in amounts.items():
            quota_grant(kind=QuotaKind(kind), amount=amount)


def worked(person: Person, hours: float, month: date | None = None) -> None:
    """Workers have held jobs of the tenant for so long."""
    with service_scope(), tenant_scope(person.tenant_id):
        WorkedMonth.objects.update_or_create(month=month or month_now(), defaults={"seconds": 3600 * hours})


def stored(person: Person, gigabytes: int) -> uuid.UUID:
    """A dataset with a file of that size."""
    with service_scope(), tenant_scope(person.tenant_id):
        dataset = Dataset.objects.create(name="Much", task="classification", state="ready")
        upload = Upload.objects.create(filename="much.csv", size_bytes=1, state="received", expires_at=Now())
        DatasetFile.objects.create(
            dataset=dataset, upload=upload, position=0, filename="much.csv", size_bytes=gigabytes * GB
        )
    return dataset.id


def launched(person: Person, version_id: uuid.UUID, **headers: str) -> Any:
    body = {"dataset_version_id": str(version_id), "base_model": "minilm-l6-v2"}
    return person.api.post("/jobs", body, **headers)


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def quotas(person: Person) -> dict[str, tuple[float | None, float]]:
    answer = person.api.get("/quotas")
    assert answer.status_code == 200, answer.content
    return {one["kind"]: (one["limit"], one["used"]) for one in answer.json()["data"]}


def notices(person: Person) -> list[str]:
    return [one["message"] for one in person.api.get("/notifications").json()["data"] if one["kind"] == "quota_near"]


def cards(person: Person) -> list[dict[str, Any]]:
    return [one for one in person.api.get("/home").json()["waiting"] if one["kind"] == "quota"]


# --- who has how much


def test_nobody_has_a_limit_but_of_jobs_at_once_until_one_is_granted(owner):
    worked(owner, 5000)
    stored(owner, 5000)
    assert quotas(owner) == {
        "compute_hours": (None, 5000),
        "stored_gb": (None, 5000),
        "running_jobs": (8, 0),
    }
    assert launched(owner, version_make(owner)).status_code == 201


def test_the_settings_give_everybody_what_no_row_says_otherwise(owner, stranger, settings):
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"quota_compute_hours": 10.0})
    grant(stranger, compute_hours=20)
    assert quotas(owner)["compute_hours"] == (10, 0)
    assert quotas(stranger)["compute_hours"] == (20, 0)
    grant(stranger, compute_hours=None)
    assert quotas(stranger)["compute_hours"] == (None, 0)


@pytest.mark.parametrize(
    ("role", "status"), [(Role.BILLING, 200), (Role.ADMIN, 200), (Role.MEMBER, 403), (Role.VIEWER, 403)]
)
def test_those_who_answer_for_it_see_them(owner, role, status):
    assert person_join(owner.tenant_id, role).api.get("/quotas").status_code == status


def test_the_web_process_cannot_grant_itself_anything(owner):
    with owner.scope(), transaction.atomic(), pytest.raises(ProgrammingError, match="permission denied"):
        Quota.objects.bulk_create([Quota(kind="stored_gb", amount=None)])


@pytest.mark.parametrize(("now", "anew"), [((2026, 11, 30), date(2026, 12, 1)), ((2026, 12, 31), date(2027, 1, 1))])
def test_months_start_anew_on_their_first_day(now, anew):
    assert month_after(datetime(*now, 23, 59, tzinfo=UTC)) == anew


# --- hours


def test_hours_are_counted_in_the_month_in_which_workers_held_jobs(owner):
    job_id = job_make(owner)
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    with service_scope(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET heartbeat_at = now() - interval '36 s', started_at = now() - interval '40 d'"
        )
    job_heartbeat(job_id=job_id, attempt=1)
    assert quotas(owner)["compute_hours"][1] == pytest.approx(0.01, rel=0.1)
    with service_scope():
        [month] = WorkedMonth.objects.all()
    assert month.month == month_now()


def test_nothing_begins_when_the_hours_are_used_up_and_what_runs_goes_on(owner, member):
    version = version_make(owner)
    running, paused = job_make(owner, version), job_make(owner, version)
    assert job_claim(job_id=running, worker_id=uuid.uuid4())
    assert member.api.post(f"/jobs/{paused}/pause").status_code == 200
    grant(owner, compute_hours=2)
    worked(owner, 1.99)
    assert launched(member, version).status_code == 201
    worked(owner, 2)
    assert refusal(launched(member, version)) == (409, "quota.compute_hours")
    message = launched(member, version).json()["error"]["message"]
    assert "2 of 2" in message
    assert str(month_after(datetime.now(UTC))) in message
    assert "本月的训练时长已用完" in launched(member, version, Accept_Language="zh-CN").json()["error"]["message"]
    assert refusal(member.api.post(f"/jobs/{running}/duplicate", {})) == (409, "quota.compute_hours")
    assert refusal(member.api.post(f"/jobs/{paused}/resume")) == (409, "quota.compute_hours")
    job_heartbeat(job_id=running, attempt=1)
    assert job_row(running).desired == "run"
    worked(owner, 50, date(2020, 1, 1))
    worked(owner, 0)
    assert launched(member, version).status_code == 201, "another month's hours are not this one's"


def test_a_job_that_waited_begins_with_new_hours_and_says_so(owner):
    job_id = job_make(owner)
    workers(2)
    grant(owner, compute_hours=1)
    worked(owner, 1)
    assert dispatch_tick() == 0
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4()) is None, "a hint that was on its way changes nothing"
    waits = owner.api.get(f"/jobs/{job_id}").json()["waits_for"]
    assert waits["quota"] == "compute_hours"
    assert "1 of 1" in waits["message"]
    grant(owner, compute_hours=3)
    assert owner.api.get(f"/jobs/{job_id}").json()["waits_for"] is None
    assert dispatch_tick() == 1
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())


def test_what_has_begun_is_tried_again_and_a_search_makes_its_trials_beyond_the_hours(owner):
    search = job_make(owner, search=SEARCH)
    with service_scope():
        trials = list(Job.objects.filter(search_of_id=search).order_by("trial_number").values_list("id", flat=True))
    begun = job_make(owner)
    for job_id in (trials[0], begun):
        assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
        job_release(job_id=job_id, attempt=1)
    waiting = job_make(owner)
    grant(owner, compute_hours=1, running_jobs=9)
    worked(owner, 1)
    workers(9)
    dispatch_tick()
    found = hints()
    assert {*trials, begun} == {*found}
    assert waiting not in found
    assert job_claim(job_id=trials[1], worker_id=uuid.uuid4())


def test_the_estimate_warns_of_a_job_that_would_use_up_the_hours(owner):
    body = {"dataset_version_id": str(version_make(owner)), "base_model": "minilm-l6-v2"}
    assert owner.api.post("/jobs/estimate", body).json()["quota_left_s"] is None
    grant(owner, compute_hours=100)
    before = owner.api.post("/jobs/estimate", body).json()
    assert (before["limits"], before["quota_left_s"]) == ([], 360_000)
    worked(owner, 99.9999)
    [hit] = owner.api.post("/jobs/estimate", body).json()["limits"]
    assert (hit["field"], hit["is_certain"]) == ("quota.compute_hours", True)
    assert "training hours of this month are left" in hit["message"]
    worked(owner, 100)
    [hit] = owner.api.post("/jobs/estimate", body).json()["limits"]
    assert "are used up" in hit["message"]


# --- jobs at once


def test_jobs_beyond_those_that_may_run_at_once_wait_and_say_why(owner, stranger):
    version = version_make(owner)
    first, second = job_make(owner, version), job_make(owner, version)
    others = job_make(stranger)
    grant(owner, running_jobs=1)
    workers(4)
    assert dispatch_tick() == 2
    assert {*hints()} == {first, others}
    assert job_claim(job_id=first, worker_id=uuid.uuid4())
    assert dispatch_tick() == 0
    waits = owner.api.get(f"/jobs/{second}").json()["waits_for"]
    assert waits["quota"] == "running_jobs"
    assert "1 of the 1" in waits["message"]
    assert job_claim(job_id=second, worker_id=uuid.uuid4()) is None
    job_fail(job_id=first, attempt=1, code="training:diverged")
    assert dispatch_tick() == 1
    assert job_claim(job_id=second, worker_id=uuid.uuid4())


@pytest.mark.parametrize(("granted", "num_running"), [({}, 8), ({"running_jobs": 9}, 9), ({"running_jobs": None}, 10)])
def test_as_many_run_at_once_as_the_quota_tells(owner, granted, num_running):
    version = version_make(owner)
    jobs = [job_make(owner, version) for _ in range(10)]
    workers(10)
    grant(owner, **granted)
    assert dispatch_tick() == num_running
    for job_id in hints():
        assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    assert quotas(owner)["running_jobs"] == (granted.get("running_jobs", 8), num_running)
    for job_id in jobs[num_running:]:
        waits = owner.api.get(f"/jobs/{job_id}").json()["waits_for"]
        assert f"{num_running} of the {num_running} jobs" in waits["message"]


# --- room


def test_nothing_is_taken_in_beyond_the_room(owner, source):  # noqa: F811 - the fixture
    dataset, version = versioned(owner), version_make(owner)
    much = stored(owner, 2)
    grant(owner, stored_gb=2)
    assert refusal(begin(owner.api, 10)) == (409, "quota.stored_gb")
    assert refusal(owner.api.post("/datasets/sample")) == (409, "quota.stored_gb")
    assert refusal(owner.api.post("/uploads/import", {"url": f"{source.url}/data.csv"})) == (409, "quota.stored_gb")
    assert refusal(launched(owner, version)) == (409, "quota.stored_gb")
    latest = dataset["latest_version"]["id"]
    body = {"base_version_id": latest, "kind": "edit", "changes": [{"id": 1, "action": "drop"}]}
    assert refusal(owner.api.post(f"/datasets/{dataset['id']}/changes", body)) == (409, "quota.stored_gb")
    assert "存储空间已用完" in begin_zh(owner)
    assert owner.api.delete(f"/datasets/{much}").status_code == 204
    row = rows_of(owner.api, latest)[0]["id"]
    assert edited(owner, dataset, {"id": row, "action": "drop"})["state"] == "applied", "what was deleted makes room"
    assert refusal(owner.api.post(f"/datasets/{much}/restore")) == (
        409,
        "quota.stored_gb.needs",
    )
    assert launched(owner, uuid.UUID(latest)).status_code == 201


def begin_zh(person: Person) -> str:
    return person.api.post("/datasets/sample", Accept_Language="zh-CN").json()["error"]["message"]


def test_what_was_announced_counts_before_it_is_here(owner):
    grant(owner, stored_gb=0.000_001)
    assert begin(owner.api, 900).status_code == 201
    assert quotas(owner)["stored_gb"][1] == pytest.approx(0.000_000_9)
    assert refusal(begin(owner.api, 101)) == (409, "quota.stored_gb.needs")
    assert uploaded(owner.api, b"text,label\n" * 9)
    stored_things = {one["kind"]: one["count"] for one in owner.api.get("/usage").json()["stored"]}
    assert stored_things["uploads"] == 2


def test_a_file_whose_size_is_only_known_by_its_source_is_refused_before_it_is_fetched(owner, source):  # noqa: F811
    content = csv_of(good_rows())
    grant(owner, stored_gb=(len(content) - 1) / GB)
    upload_id = asked(owner.api, f"{source.url}/data.csv")
    fetch(upload_id)
    failed = told(owner.api, upload_id)
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "quota.stored_gb.needs")
    grant(owner, stored_gb=len(content) / GB)
    assert owner.api.post(f"/uploads/{upload_id}/retry").status_code == 200
    fetch(upload_id)
    assert told(owner.api, upload_id)["state"] == "received"


# --- who is told


def test_those_who_answer_for_it_are_told_once_of_each_threshold(owner, stranger):
    billing, member = person_join(owner.tenant_id, Role.BILLING), person_join(owner.tenant_id, Role.MEMBER)
    grant(owner, compute_hours=10, stored_gb=4)
    grant(stranger, compute_hours=10)
    worked(owner, 7.9)
    with service_scope():
        assert quotas_tell() == 0
    worked(owner, 8)
    for expected in (1, 0):
        with service_scope():
            assert quotas_tell() == expected
    [message] = notices(owner)
    assert "8 of 10 training hours" in message
    with owner.scope(), member_scope(billing.user.id):
        assert Notification.objects.filter(kind="quota_near").count() == 1
    assert (notices(member), notices(stranger)) == ([], [])
    worked(owner, 10)
    stored(owner, 4)
    with service_scope():
        assert quotas_tell() == 2, "of the second threshold, and of the room, all at once"
    assert len(notices(owner)) == 3
    assert sum("are used up: 10 of 10" in message for message in notices(owner)) == 1
    assert owner.api.get("/notifications").json()["data"][0]["page"] == "/settings/usage"
    grant(owner, compute_hours=12)
    with service_scope():
        assert quotas_tell() == 1, "of another amount anew"


def test_home_has_a_card_from_most_of_a_quota_until_there_is_room_again(owner, stranger):
    member = person_join(owner.tenant_id, Role.MEMBER)
    much = stored(owner, 9)
    grant(owner, stored_gb=10)
    with service_scope():
        quotas_tell()
    [card] = cards(owner)
    assert card["name"] == "Stored data and models"
    assert "9 of 10 GB" in card["message"]
    assert (cards(member), cards(stranger)) == ([], [])
    assert owner.api.post("/home/dismissals", {"kind": "quota", "id": card["id"]}).status_code == 204
    assert cards(owner) == []
    stored(owner, 1)
    with service_scope():
        quotas_tell()
    [card] = cards(owner)
    assert "room is used up: 10 of 10 GB" in card["message"], "all of it is another matter"
    grant(owner, stored_gb=100)
    assert cards(owner) == []
    grant(owner, stored_gb=10)
    owner.api.delete(f"/datasets/{much}")
    assert cards(owner) == []


# --- the command


def run(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("quota", *arguments, stdout=printed)
    return printed.getvalue()


def test_the_operator_grants_shows_and_takes_back(owner, settings):
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"quota_stored_gb": 50.0})
    worked(owner, 12)
    assert run("owner & Co", "--compute-hours", "100", "--running-jobs", "3").split("\n") == [
        "compute_hours  12 of 100",
        "stored_gb      0 of 50",
        "running_jobs   0 of 3",
        "",
    ]
    assert "no limit" in run(str(owner.tenant_id), "--stored-gb", "none")
    assert "0 of 50" in run(str(owner.tenant_id), "--stored-gb", "usual")
    shown = [one for one in owner.api.get("/audit-log").json()["data"] if one["action"] == "quota.changed"]
    assert [(one["person"], one["target_name"]) for one in shown] == [(None, "owner & Co")] * 4
    with owner.scope():
        changes = AuditEntry.objects.filter(action="quota.changed").order_by("id").values_list("data", flat=True)
        assert [(data["kind"], data["before"], data["after"]) for data in changes] == [
            ("compute_hours", None, 100.0),
            ("running_jobs", 8, 3.0),
            ("stored_gb", 50.0, None),
            ("stored_gb", None, 50.0),
        ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Nobody & Co",), "No organisation has the id or the name 'Nobody & Co'"),
        (("owner & Co", "--running-jobs", "0.5"), "--running-jobs: give a whole number"),
        (("owner & Co", "--compute-hours", "many"), "give a number from 0 on"),
        (("owner & Co", "--stored-gb", "-1"), "give a number from 0 on"),
    ],
)
def test_the_command_says_what_is_wrong(owner, arguments, words):
    with pytest.raises(CommandError, match=words):
        run(*arguments)


def test_organisations_of_one_name_are_told_apart_by_their_ids(owner):
    twin = person_found("owner")
    with pytest.raises(CommandError, match="2 organisations") as refused:
        run("owner & Co")
    assert str(twin.tenant_id) in str(refused.value)


@pytest.mark.slow
def test_the_login_of_the_web_process_is_told_where_the_command_runs(servers, data_dir):
    program = [sys.executable, str(_MANAGE), "quota", "Nobody & Co"]
    variables = {**servers.environment("web", data_dir), "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(program, env=variables, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "run the command where the dispatcher runs" in ended.stderr
    assert "Traceback" not in ended.stderr
