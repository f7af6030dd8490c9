"""Jobs that are put away: lists leave them out, all else of them stays."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction

from anneal.common.tenancy import service_scope
from anneal.jobs.models import Job
from tests.anneal.jobs.material import job_make
from tests.anneal.jobs.test_organising import ended, figure, names
from tests.support.people import Person


@pytest.fixture
def done(owner: Person) -> uuid.UUID:
    """A job that has ended, beside one that waits."""
    job_make(owner, name="Waiting")
    job_id = job_make(owner, name="Done")
    owner.api.patch(f"/jobs/{job_id}", {"tags": ["winter"]})
    ended(job_id, seconds=10, summary=figure(0.9))
    return job_id


def acts(person: Person) -> list[str]:
    entries = person.api.get("/audit-log").json()["data"]
    return [
        entry["action"] for entry in entries if entry["action"].startswith("job.") and "launched" not in entry["action"]
    ]


def test_lists_leave_out_what_is_put_away_and_its_page_stays(owner: Person, done: uuid.UUID) -> None:
    answer = owner.api.post(f"/jobs/{done}/archive")
    assert (answer.status_code, answer.json()["archived_at"] is None) == (200, False)
    for query in ("", "archived=false", "sort=result", "sort=duration", "state=failed,queued", "q=n"):
        assert names(owner, query) == ["Waiting"], query
    assert names(owner, "tag=winter") == []
    for query in ("", "sort=result", "sort=duration", "state=failed", "q=done", "tag=winter"):
        assert names(owner, f"archived=true&{query}") == ["Done"], query
    assert names(owner, "archived=true&state=succeeded") == []
    assert owner.api.get(f"/jobs/{done}").json()["name"] == "Done"
    assert owner.api.get("/jobs/tags").json()["data"] == []
    assert [job["name"] for job in owner.api.get("/search?q=").json()["jobs"]] == ["Waiting"]
    assert owner.api.get("/home").json()["waiting"] == []


def test_what_is_brought_back_is_as_it_was(owner: Person, done: uuid.UUID) -> None:
    before = owner.api.get(f"/jobs/{done}").json()
    assert [item["kind"] for item in owner.api.get("/home").json()["waiting"]] == ["job_failed"]
    for verb in ("archive", "archive", "unarchive", "unarchive"):
        assert owner.api.post(f"/jobs/{done}/{verb}").status_code == 200
    assert owner.api.get(f"/jobs/{done}").json() == before
    assert names(owner) == ["Done", "Waiting"]
    assert acts(owner) == ["job.brought_back", "job.archived"], "an act that changes nothing is not noted"


@pytest.mark.parametrize(("language", "words"), [("en", "has ended"), ("zh-CN", "结束后才能归档")])
def test_a_job_that_has_not_ended_stays(owner: Person, language: str, words: str) -> None:
    job_id = job_make(owner)
    answer = owner.api.post(f"/jobs/{job_id}/archive", Accept_Language=language)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job.not_ended")
    assert words in answer.json()["error"]["message"]
    assert acts(owner) == []


def test_a_viewer_puts_nothing_away(viewer: Person, done: uuid.UUID) -> None:
    for verb in ("archive", "unarchive"):
        assert viewer.api.post(f"/jobs/{done}/{verb}").status_code == 403


def test_the_database_refuses_a_job_at_work_that_is_put_away(done: uuid.UUID) -> None:
    with service_scope(), pytest.raises(IntegrityError, match="archived_ended"), transaction.atomic():
        Job.objects.filter(state="queued").update(archived_at="2026-01-01T00:00:00Z")


def test_a_list_of_neither_kind_is_refused(owner: Person) -> None:
    answer = owner.api.get("/jobs?archived=maybe")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "archived")


def test_a_view_keeps_whether_jobs_are_put_away(owner: Person) -> None:
    view = owner.api.post("/job-views", {"name": "Old", "filters": {"archived": "true"}}).json()
    assert view["filters"] == {"archived": "true"}
