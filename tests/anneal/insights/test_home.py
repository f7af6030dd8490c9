"""The home page: what waits for whom, what is put aside for one person alone, what is new, and what it costs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import Dataset, DatasetVersion, DoctorFinding, DoctorReport, LabelRow, LabelSession, Upload
from anneal.insights.models import HomeVisit
from anneal.jobs.models import Job
from anneal.jobs.services.leases import job_claim, job_finish, job_started
from anneal.tenants.roles import Role
from tests.anneal.jobs.material import evaluation_document, job_make, version_make
from tests.support.people import Person, person_join
from workers.contract.events import Started

pytestmark = pytest.mark.django_db
STARTED = Started(
    resumed_from_step=0,
    total_steps=10,
    steps_per_epoch=5,
    num_examples={"train": 100},
    trainable_parameters=5,
    total_parameters=7,
    fingerprint={},
)


def home(person: Person) -> dict[str, Any]:
    answer = person.api.get("/home")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def waiting(person: Person) -> list[tuple[str, str]]:
    return [(found["kind"], found["name"]) for found in home(person)["waiting"]]


def failed(person: Person, name: str, *, days_ago: float = 0) -> None:
    """A job that failed."""
    job_id, now = job_make(person, name=name), timezone.now()
    held = {"state": "starting", "attempt": 1, "worker_id": uuid.uuid4(), "lease_until": now}
    over = {"state": "failed", "worker_id": None, "lease_until": None, "reason_code": "training:diverged"}
    with service_scope():
        Job.objects.filter(id=job_id).update(**held)
        Job.objects.filter(id=job_id).update(**over, finished_at=now - timedelta(days=days_ago))


def succeeded(person: Person, name: str) -> None:
    """A job that came to a model."""
    job_id = job_make(person, name=name)
    job_claim(job_id=job_id, worker_id=uuid.uuid4())
    files = [{"name": "m", "key": f"{person.tenant_id}/m", "sha256": "0" * 64, "size_bytes": 1}]
    job_started(job_id=job_id, attempt=1, started=STARTED)
    artifacts = [{"kind": "merged", "files": files}]
    job_finish(job_id=job_id, attempt=1, step=10, evaluation=evaluation_document(), artifacts=artifacts)


def severe(person: Person, name: str, *, count: int = 1) -> uuid.UUID:
    """A dataset whose version has so many serious findings; the report's id."""
    with service_scope(), tenant_scope(person.tenant_id):
        version = DatasetVersion.objects.get(id=version_make(person, name=name))
        report = DoctorReport.objects.create(version=version, state="done")
        for position in range(count):
            code = ["doctor:leakage", "doctor:conflicting_labels", "doctor:mojibake"][position]
            DoctorFinding.objects.create(report=report, position=position, code=code, severity="error", num_rows=3)
    return report.id


def session(person: Person, name: str, **values: Any) -> LabelSession:
    with service_scope(), tenant_scope(person.tenant_id):
        version = DatasetVersion.objects.get(id=version_make(person, name="Mails"))
        made = LabelSession.objects.create(
            dataset=version.dataset, version=version, name=name, order="given", labels=["a"], num_rows=1, **values
        )
        LabelRow.objects.create(session=made, row_id=1, position=0, wanted=1)
    return made


def upload(person: Person, name: str, **values: Any) -> Upload:
    with person.scope():
        return Upload.objects.create(
            **{
                "filename": name,
                "size_bytes": 10,
                "expires_at": timezone.now() + timedelta(days=2),
                "created_by": person.user,
                **values,
            }
        )


def everything(person: Person) -> None:
    """One of each kind of what may wait."""
    failed(person, "Diverged")
    with person.scope():
        Dataset.objects.create(name="Unmapped", task="classification", state="needs_mapping")
        Dataset.objects.create(name="Broken", task="classification", state="invalid")
    severe(person, "Leaky", count=2)
    upload(person, "far.csv", state="failed", problem={"code": "upload.expired", "params": {}})
    upload(person, "half.csv", state="receiving", expires_at=timezone.now() + timedelta(hours=46))
    session(person, "Second look")


def test_whatever_waits_for_a_decision_is_told_with_a_sentence(owner: Person) -> None:
    everything(owner)
    found = {entry["kind"]: entry for entry in home(owner)["waiting"]}
    assert set(found) == {
        "job_failed",
        "dataset_mapping",
        "dataset_invalid",
        "finding",
        "upload_failed",
        "upload_stopped",
        "label_session",
    }
    assert "learning rate" in found["job_failed"]["message"]
    assert found["job_failed"]["fault"] == "user"
    assert (found["finding"]["name"], found["finding"]["more"]) == ("Leaky", 1)
    assert "Mails" in found["label_session"]["message"]
    chinese = owner.api.get("/home", Accept_Language="zh-CN").json()["waiting"]
    assert all(entry["message"] != found[entry["kind"]]["message"] for entry in chinese)


def test_what_is_over_does_not_wait(owner: Person) -> None:
    failed(owner, "Long ago", days_ago=31)
    with owner.scope():
        Dataset.objects.create(name="Gone", task="classification", state="needs_mapping", deleted_at=timezone.now())
    upload(owner, "moving.csv", state="receiving")
    report_id = severe(owner, "Mended")
    with service_scope(), tenant_scope(owner.tenant_id):
        DoctorFinding.objects.filter(report_id=report_id).update(decision="dismissed")
        report = DoctorReport.objects.select_related("version__dataset").get(id=severe(owner, "Newer version"))
        old = report.version
        DatasetVersion.objects.create(
            **{
                field.name: getattr(old, field.name)
                for field in DatasetVersion._meta.fields
                if field.name not in {"id", "number", "created_at"}
            },
            number=2,
        )
    session(owner, "Closed", state="closed")
    session(owner, "For somebody else", labellers=[str(uuid.uuid4())])
    assert waiting(owner) == []


def test_a_session_without_rows_for_me_does_not_wait(owner: Person) -> None:
    made = session(owner, "Second look")
    assert waiting(owner) == [("label_session", "Second look")]
    said = owner.api.put(f"/label-sessions/{made.id}/annotations/1", {"value": {"label": "a"}})
    assert said.status_code == 200, said.json()
    assert waiting(owner) == []


def test_what_is_put_aside_stays_so_for_one_person_alone(owner: Person, member: Person) -> None:
    everything(owner)
    before = home(owner)["waiting"]
    for entry in before:
        answer = owner.api.post("/home/dismissals", {"kind": entry["kind"], "id": entry["id"]})
        assert answer.status_code == 204, answer.json()
    assert waiting(owner) == []
    kinds = {kind for kind, _ in waiting(member)}
    assert kinds == {entry["kind"] for entry in before} - {"upload_failed", "upload_stopped"}
    assert owner.api.delete(f"/home/dismissals/{before[0]['id']}").status_code == 204
    assert [entry["id"] for entry in home(owner)["waiting"]] == [before[0]["id"]]
    assert owner.api.delete(f"/home/dismissals/{before[0]['id']}").status_code == 404


def test_only_what_waits_can_be_put_aside(owner: Person, stranger: Person) -> None:
    failed(owner, "Diverged")
    [entry] = home(owner)["waiting"]
    for person, kind, item in (
        (stranger, "job_failed", entry["id"]),
        (owner, "finding", entry["id"]),
        (owner, "job_failed", str(uuid.uuid4())),
    ):
        answer = person.api.post("/home/dismissals", {"kind": kind, "id": item})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "home_item.not_found")
    assert owner.api.post("/home/dismissals", {"kind": "magic", "id": entry["id"]}).status_code == 400
    assert waiting(stranger) == []


def test_viewers_see_what_they_can_look_at_and_keys_have_no_home(owner: Person, viewer: Person) -> None:
    everything(owner)
    assert waiting(viewer) == [("job_failed", "Diverged")]
    assert owner.key(Role.OWNER).get("/home").status_code == 403
    assert person_join(owner.tenant_id, Role.BILLING).api.get("/home").status_code == 403


def test_new_is_what_finished_since_the_visit_before(owner: Person, member: Person) -> None:
    succeeded(owner, "First")
    assert [job["is_new"] for job in home(owner)["finished"]] == [False]
    assert owner.api.post("/home/visit").status_code == 204
    succeeded(owner, "While here")
    assert not any(job["is_new"] for job in home(owner)["finished"]), "the visit goes on"
    with owner.scope():
        HomeVisit.objects.update(seen_at=timezone.now() - timedelta(hours=3))
        Job.objects.filter(name="First").update(finished_at=timezone.now() - timedelta(hours=4))
    expected = {"While here": True, "First": False}
    assert {job["name"]: job["is_new"] for job in home(owner)["finished"]} == expected
    owner.api.post("/home/visit")
    owner.api.post("/home/visit")
    assert {job["name"]: job["is_new"] for job in home(owner)["finished"]} == expected, "until the next visit"
    assert not any(job["is_new"] for job in home(member)["finished"])


def test_first_steps_tick_themselves_off(owner: Person) -> None:
    assert home(owner)["first_steps"] == {"dataset": None, "has_job": False}
    severe(owner, "Mine", count=2)
    steps = home(owner)["first_steps"]
    assert (steps["dataset"]["name"], steps["dataset"]["doctor_state"], steps["dataset"]["num_findings"]) == (
        "Mine",
        "done",
        2,
    )
    assert steps["dataset"]["version_id"]
    job_make(owner)
    assert home(owner)["first_steps"]["has_job"]
    assert [job["state"] for job in home(owner)["running"]] == ["queued"]


def test_what_exceeds_five_of_a_kind_is_counted(owner: Person) -> None:
    for number in range(7):
        failed(owner, f"Job {number}")
    found = home(owner)
    assert (len(found["waiting"]), found["waiting_left"]) == (5, [{"kind": "job_failed", "count": 2}])
    owner.api.post("/home/dismissals", {"kind": "job_failed", "id": found["waiting"][0]["id"]})
    assert home(owner)["waiting_left"] == [{"kind": "job_failed", "count": 1}]


def test_a_home_costs_little_more_for_much_than_for_little(owner: Person) -> None:
    def cost(rounds: int) -> int:
        for _ in range(rounds):
            everything(owner)
            job_make(owner)
        with CaptureQueriesContext(connection) as queries:
            found = home(owner)
        assert len(found["waiting"]) <= 25
        reads = [
            row for row in queries if any(f'FROM "{app}_' in row["sql"] for app in ("jobs", "datasets", "insights"))
        ]
        counts = len(found["waiting_left"])
        assert len(reads) <= 14 + counts, (
            "five kinds of what waits, jobs twice, each with versions and datasets, the visit, two for a newcomer"
        )
        return len(queries) - counts

    assert cost(1) == cost(7)
