"""Who is told of what, once and with what it tells of, and that nobody else reads it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from anneal.common.tenancy import member_scope, service_scope, tenant_scope
from anneal.datasets.models import DatasetVersion, DoctorFinding, DoctorReport
from anneal.datasets.services.diagnosing import Diagnosis
from anneal.jobs.models import Job
from anneal.jobs.services.leases import LeaseLost, job_claim, job_fail, job_finish, job_started
from anneal.jobs.services.moves import job_lock, job_move
from anneal.tenants.models import Membership, Notification
from anneal.tenants.roles import Role
from anneal.tenants.services.notifications import notifications_sweep, notify
from tests.anneal.datasets.steps import dataset_of
from tests.anneal.jobs.material import evaluation_document, job_make, job_row, version_make
from tests.anneal.jobs.test_jobs_api import STARTED
from tests.anneal.jobs.test_side_by_side import SEARCH
from tests.support.people import Api, Person, person_join
from workers.contract.states import State

pytestmark = pytest.mark.django_db


def told(person: Person) -> list[dict[str, Any]]:
    answer = person.api.get("/notifications")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def kinds(person: Person) -> list[str]:
    return [one["kind"] for one in told(person)]


def unread(person: Person) -> int:
    return person.api.get("/notifications/unread-count").json()["num_unread"]


def choose(person: Person, *, all_jobs: bool = False, **ways: tuple[bool, bool]) -> None:
    chosen = [{"kind": kind, "in_page": way[0], "by_email": way[1]} for kind, way in ways.items()]
    answer = person.api.put("/notifications/settings", {"kinds": chosen, "follows_all_jobs": all_jobs})
    assert answer.status_code == 200, answer.content


def running(person: Person, name: str = "Intents") -> uuid.UUID:
    job_id = job_make(person, name=name)
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    job_started(job_id=job_id, attempt=1, started=STARTED)
    return job_id


def finished(person: Person, name: str = "Intents") -> uuid.UUID:
    job_id = running(person, name)
    files = [{"name": "m", "key": f"{person.tenant_id}/m", "sha256": "0" * 64, "size_bytes": 1}]
    artifacts = [{"kind": "merged", "files": files}]
    job_finish(job_id=job_id, attempt=1, step=10, evaluation=evaluation_document(), artifacts=artifacts)
    return job_id


def tell(person: Person, name: str, *, kind: str = "job_failed", opens: uuid.UUID | None = None) -> None:
    with person.scope():
        notify(kind=kind, user_ids=[person.user.id], name=name, code="reason.data:empty", opens=opens)


# --- jobs


def test_whoever_started_a_job_is_told_that_it_ended_and_nobody_else(owner, member, stranger):
    job_id = finished(member, "Intents")
    [one] = told(member)
    assert (one["kind"], one["name"], one["page"], one["is_read"]) == (
        "job_succeeded",
        "Intents",
        f"/jobs/{job_id}",
        False,
    )
    assert "better than the best alternative" in one["message"]
    chinese = member.api.get("/notifications", Accept_Language="zh-CN").json()["data"]
    assert chinese[0]["message"] == "在未见过的数据上，微调后的模型优于最好的其他方案。"
    assert (told(owner), told(stranger), unread(owner)) == ([], [], 0)


def test_who_follows_all_jobs_is_told_of_everybodys_but_only_of_this_organisation(owner, member, viewer, stranger):
    choose(viewer, all_jobs=True)
    choose(stranger, all_jobs=True)
    finished(member)
    assert kinds(viewer) == kinds(member) == ["job_succeeded"]
    assert kinds(owner) == kinds(stranger) == []


def test_a_failure_is_told_once_with_its_reason_and_a_retry_is_not(member):
    job_id = running(member)
    assert job_fail(job_id=job_id, attempt=1, code="worker:crashed") is State.RETRY_WAIT
    assert kinds(member) == []
    other = running(member)
    job_fail(job_id=other, attempt=1, code="training:diverged")
    with pytest.raises(LeaseLost):
        job_fail(job_id=other, attempt=1, code="training:diverged")
    [one] = told(member)
    assert (one["kind"], one["page"]) == ("job_failed", f"/jobs/{other}")
    assert "smaller learning rate" in one["message"]


def test_what_does_not_happen_is_not_told(member):
    job_id = running(member)

    def fail_and_break() -> None:
        with service_scope():
            job = job_lock(job_id, states=frozenset(State))
            assert job is not None
            job_move(job=job, to=State.FAILED, reason="training:diverged")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_and_break()
    assert kinds(member) == []
    assert job_row(job_id).state == "running"


def test_a_job_that_a_limit_pauses_is_told_and_one_that_somebody_pauses_is_not(member):
    full, parked = running(member, "Full"), job_make(member, name="Parked")
    job_fail(job_id=full, attempt=1, code="disk:full")
    assert member.api.post(f"/jobs/{parked}/pause").json()["state"] == "paused"
    assert [(one["kind"], one["name"]) for one in told(member)] == [("job_paused", "Full")]


def test_trials_tell_nobody(member):
    with service_scope(), tenant_scope(member.tenant_id):
        search = job_row(job_make(member, search=SEARCH))
        trials = Job.objects.filter(search_of_id=search.id).order_by("trial_number")
        trial = job_lock(trials[0].id, states=frozenset(State))
        assert trial is not None
        job_move(job=trial, to=State.FAILED, reason="training:diverged")
    assert kinds(member) == []


def test_who_left_and_who_may_not_look_at_data_are_told_nothing(owner, member):
    job_id = running(member)
    with owner.scope():
        Membership.objects.filter(user=member.user).update(role="billing")
    job_fail(job_id=job_id, attempt=1, code="training:diverged")
    assert member.api.get("/notifications").status_code == 403
    with service_scope():
        assert not Notification.objects.filter(user_id=member.user.id).exists()
    other = person_join(owner.tenant_id, Role.MEMBER)
    job_id = running(other)
    with owner.scope():
        Membership.objects.get(user=other.user).delete()
    assert job_fail(job_id=job_id, attempt=1, code="training:diverged") is State.FAILED


# --- data


def test_files_that_cannot_be_used_are_told_with_the_first_reason(member, owner):
    dataset = dataset_of(member, (b"\x00\x01\x02", "broken.csv", "auto"), name="Broken")
    assert dataset["state"] == "invalid"
    [one] = told(member)
    assert (one["kind"], one["name"], one["page"]) == ("import_failed", "Broken", f"/datasets/{dataset['id']}")
    assert one["message"] == dataset["problems"][0]["message"]
    assert kinds(owner) == []


def test_severe_findings_are_told_when_the_doctor_is_done_once_and_mild_ones_are_not(member):
    def examined(*severities: str, decision: str = "open") -> Diagnosis:
        with service_scope(), tenant_scope(member.tenant_id):
            version = DatasetVersion.objects.get(id=version_make(member, name="Mails"))
            version.dataset.created_by = member.user
            version.dataset.save()
            report = DoctorReport.objects.create(version=version, state="running")
            codes = ("doctor:leakage", "doctor:mojibake")
            for position, severity in enumerate(severities):
                DoctorFinding.objects.create(
                    report=report, position=position, code=codes[position], severity=severity, num_rows=3,
                    decision=decision,
                )  # fmt: skip
            work = Diagnosis.claim(DoctorReport.objects.filter(id=report.id))
            work.said |= set(codes[: len(severities)])
            return work

    examined("warning").finish("done")
    examined("error", decision="dismissed").finish("done")
    assert kinds(member) == []
    severe = examined("error", "error")
    severe.finish("done")
    [one] = told(member)
    assert (one["kind"], one["name"]) == ("findings_severe", "Mails")
    assert one["page"] == f"/datasets/{severe.version.dataset_id}?tab=doctor"
    assert ": 2." in one["message"]


# --- people


def test_another_role_is_told_to_whom_it_was_given(owner, member):
    with owner.scope():
        membership = Membership.objects.get(user=member.user)
    for role in ("admin", "admin"):
        assert owner.api.patch(f"/members/{membership.id}", {"role": role}).status_code == 200
    [one] = told(member)
    assert (one["kind"], one["name"], one["page"]) == ("role_changed", "owner & Co", "/settings")
    assert one["message"] == "You are now: admin."
    assert kinds(owner) == []


def test_an_accepted_invitation_is_told_to_whoever_made_it(owner, stranger):
    made = owner.api.post("/invitations", {"email": stranger.user.email, "role": "viewer"}).json()
    assert made["is_mailed"] is False
    token = made["accept_url"].rsplit("/", 1)[1]
    assert stranger.api.post("/invitations/accept", {"token": token}).status_code == 200
    [one] = told(owner)
    assert (one["kind"], one["name"]) == ("member_joined", stranger.user.email)


# --- whose they are


def test_no_other_member_sees_changes_or_counts_them(owner, member):
    tell(member, "Secret of the member")
    [one] = told(member)
    with owner.scope():
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM tenants_notification")
        assert cursor.fetchone() == (0,)
        with member_scope(owner.user.id):
            for statement in ("UPDATE tenants_notification SET name = 'x'", "DELETE FROM tenants_notification"):
                cursor.execute(statement)
                assert cursor.rowcount == 0, statement
        with member_scope(member.user.id):
            cursor.execute("SELECT name FROM tenants_notification")
            assert cursor.fetchall() == [("Secret of the member",)]
    for path, body in (
        ("read", {"ids": [one["id"]]}),
        ("unread", {"ids": [one["id"]]}),
        ("read", {"until": one["id"]}),
    ):
        answer = owner.api.post(f"/notifications/{path}", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "notification.not_found"), body
    assert unread(member) == 1
    assert owner.key(Role.ADMIN).get("/notifications").status_code == 403


def test_they_go_with_the_membership(owner, member):
    tell(member, "Old")
    with owner.scope():
        membership = Membership.objects.get(user=member.user)
    assert owner.api.delete(f"/members/{membership.id}").status_code == 204
    with service_scope():
        assert not Notification.objects.filter(user_id=member.user.id).exists()


# --- reading


def test_marking_all_leaves_what_came_meanwhile_and_can_be_undone(owner):
    tell(owner, "first")
    tell(owner, "second")
    newest = told(owner)[0]
    tell(owner, "meanwhile")
    marked = owner.api.post("/notifications/read", {"until": newest["id"]}).json()["ids"]
    assert [one["is_read"] for one in told(owner)] == [False, True, True]
    assert unread(owner) == 1
    assert owner.api.post("/notifications/read", {"until": newest["id"]}).json()["ids"] == []
    assert owner.api.post("/notifications/unread", {"ids": marked}).json()["ids"] == marked
    assert unread(owner) == 3


def lines(person: Person) -> list[tuple[str, int, bool]]:
    return [(one["name"], one["count"], one["is_read"]) for one in told(person)]


def test_of_one_kind_about_one_thing_there_is_one_line_with_their_number(owner):
    mails, calls = uuid.uuid4(), uuid.uuid4()
    for name, kind, opens in (
        ("Mails", "import_failed", mails),
        ("Mails", "findings_severe", mails),
        ("Calls", "import_failed", calls),
        ("Mails again", "import_failed", mails),
        ("from afar", "import_failed", None),
        ("from afar", "import_failed", None),
    ):
        tell(owner, name, kind=kind, opens=opens)
    alone = [("from afar", 1, False)] * 2
    assert lines(owner) == [*alone, ("Mails again", 2, False), ("Calls", 1, False), ("Mails", 1, False)]
    assert unread(owner) == owner.api.get("/notifications").json()["num_unread"] == 5
    first = owner.api.get("/notifications?limit=3").json()
    assert [one["name"] for one in first["data"]] == ["from afar", "from afar", "Mails again"]
    rest = owner.api.get(f"/notifications?limit=3&cursor={first['next_cursor']}").json()
    assert [one["name"] for one in rest["data"]] == ["Calls", "Mails"]

    newest = first["data"][2]
    tell(owner, "Mails meanwhile", kind="import_failed", opens=mails)
    marked = owner.api.post("/notifications/read", {"ids": [newest["id"]]}).json()
    assert (len(marked["ids"]), marked["num_lines"]) == (2, 1)
    assert lines(owner)[0] == ("Mails meanwhile", 1, False), "what came meanwhile is alone unread"
    assert unread(owner) == 5
    assert owner.api.post("/notifications/unread", {"ids": marked["ids"]}).json()["num_lines"] == 1
    assert lines(owner)[0] == ("Mails meanwhile", 3, False)
    owner.api.post("/notifications/read", {"ids": [told(owner)[0]["id"]]})
    assert lines(owner)[0] == ("Mails meanwhile", 3, True)
    assert unread(owner) == 4


def test_what_is_about_a_thing_is_read_with_it_by_its_member_alone(owner, member):
    mails, calls = uuid.uuid4(), uuid.uuid4()
    for person in (owner, member):
        for kind, opens in (("import_failed", mails), ("findings_severe", mails), ("import_failed", calls)):
            tell(person, "n", kind=kind, opens=opens)
    marked = owner.api.post("/notifications/read", {"about": str(mails)}).json()
    assert (len(marked["ids"]), marked["num_lines"]) == (2, 2)
    assert owner.api.post("/notifications/read", {"about": str(mails)}).json() == {"ids": [], "num_lines": 0}
    assert (unread(owner), unread(member)) == (1, 3)


def test_a_request_that_means_nothing_or_too_much_is_told_so(owner):
    tell(owner, "one")
    mine = told(owner)[0]["id"]
    for body in ({}, {"ids": [mine], "until": mine}, {"about": mine, "until": mine}):
        answer = owner.api.post("/notifications/read", body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "ids")
    for path, body, param in (
        ("read", {"ids": []}, "ids"),
        ("unread", {"ids": ["x"]}, "ids.0"),
        ("unread", {"until": mine}, "until"),
    ):
        answer = owner.api.post(f"/notifications/{path}", body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.content
    # All or nothing: an id that is not there does not hide among good ones.
    assert owner.api.post("/notifications/read", {"ids": [mine, str(uuid.uuid4())]}).status_code == 404
    assert unread(owner) == 1


def test_the_list_and_the_count_cost_the_same_however_many_there_are(owner):
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.api.get(path).status_code == 200
        return len(
            [query for query in queries if "set_config" not in query["sql"] and "current_setting" not in query["sql"]]
        )

    tell(owner, "one")
    few = [cost(path) for path in ("/notifications", "/notifications/unread-count")]
    for number in range(60):
        tell(owner, f"{number}")
    assert [cost(path) for path in ("/notifications", "/notifications/unread-count")] == few
    plain = cost("/job-views")
    assert few[1] <= plain + 1
    page = owner.api.get("/notifications?limit=20").json()
    assert (len(page["data"]), page["num_unread"]) == (20, 61)
    assert len(owner.api.get(f"/notifications?cursor={page['next_cursor']}&limit=100").json()["data"]) == 41
    for number in range(60):
        tell(owner, f"{number}")
    assert unread(owner) == 100


def test_old_ones_are_removed(owner):
    tell(owner, "old")
    tell(owner, "new")
    with service_scope():
        Notification.objects.filter(name="old").update(created_at=timezone.now() - timedelta(days=91))
        assert notifications_sweep() == 1
    assert [one["name"] for one in told(owner)] == ["new"]


def test_words_of_another_version_are_no_error(owner):
    with owner.scope():
        notify(kind="job_failed", user_ids=[owner.user.id], name="n", code="reason.from:tomorrow")
        notify(kind="import_failed", user_ids=[owner.user.id], name="n", code="upload.version")
    assert [one["message"] for one in told(owner)] == ["Import failed", "Job failed"]


# --- choosing


def test_each_member_chooses_for_themselves(owner, member, stranger):
    choose(member, job_failed=(False, False))
    for person in (owner, member):
        job_fail(job_id=running(person), attempt=1, code="training:diverged")
    assert (kinds(member), kinds(owner)) == ([], ["job_failed"])
    body = member.api.get("/notifications/settings").json()
    assert body["email"] == member.user.email
    assert {"kind": "job_failed", "in_page": False, "by_email": False} in body["kinds"]
    assert {"kind": "job_succeeded", "in_page": True, "by_email": True} in body["kinds"]
    # A choice about one kind leaves the others as they were.
    choose(member, job_paused=(True, False))
    assert {"kind": "job_failed", "in_page": False, "by_email": False} in member.api.get(
        "/notifications/settings"
    ).json()["kinds"]
    assert Api(user=member.user, tenant_id=stranger.tenant_id).get("/notifications/settings").status_code == 404


def test_a_bad_choice_names_its_field(owner):
    kind = {"kind": "job_failed", "in_page": True, "by_email": True}
    for body, param in (
        ({"kinds": [{**kind, "kind": "magic"}], "follows_all_jobs": True}, "kinds.0.kind"),
        ({"kinds": [{"kind": "job_failed"}], "follows_all_jobs": True}, "kinds.0.in_page"),
        ({"kinds": []}, "follows_all_jobs"),
        ({"kinds": [], "follows_all_jobs": True, "sms": True}, "sms"),
    ):
        answer = owner.api.put("/notifications/settings", body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.content


def test_the_language_of_the_page_is_kept(owner):
    assert owner.api.get("/session").json()["user"]["language"] == ""
    assert owner.api.patch("/account", {"language": "zh-CN"}).status_code == 204
    assert owner.api.get("/session").json()["user"]["language"] == "zh-CN"
    assert owner.api.patch("/account", {"language": "xx"}).json()["error"]["param"] == "language"
    assert owner.key().patch("/account", {"language": "en"}).status_code == 403
    assert Api().patch("/account", {"language": "en"}).status_code == 401
