"""Jobs in groups: counted whole by the filters of the list, each opened by a filter of the list."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anneal.jobs.grouping import GROUPINGS
from tests.anneal.jobs.material import job_make, version_make
from tests.anneal.jobs.test_organising import ended, figure, many_jobs, names
from tests.support.people import Person

__all__ = ["many_jobs"]
FILTERS = {"dataset": "dataset_id"}
BATCH = uuid.UUID(int=7)


def groups(person: Person, query: str) -> list[dict[str, Any]]:
    answer = person.api.get(f"/jobs/groups?{query}")
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def counts(person: Person, query: str) -> dict[str, int]:
    return {group["name"]: group["num_jobs"] for group in groups(person, query)}


@pytest.fixture
def jobs(owner: Person) -> Person:
    """Five jobs on two datasets: two failed with a result, one of them put away, the others wait."""
    letters, mails = version_make(owner, name="Letters"), version_make(owner, name="Mails")
    for name, version, tags, method in (
        ("A", letters, ["winter"], "full"),
        ("B", letters, ["winter", "baseline"], "lora"),
        ("C", mails, [], "lora"),
        ("D", mails, ["基线"], "full"),
        ("E", mails, ["winter"], "full"),
    ):
        job_id = job_make(owner, version, name=name, method={"type": method}, batch_id=BATCH if name in "AB" else None)
        owner.api.patch(f"/jobs/{job_id}", {"tags": tags})
        if name in "BDE":
            ended(job_id, seconds=10, summary=figure({"B": 0.8, "D": 0.4, "E": 0.9}[name]))
        if name == "E":
            owner.api.post(f"/jobs/{job_id}/archive")
    return owner


def test_jobs_are_counted_by_what_they_have_in_common(jobs: Person) -> None:
    assert counts(jobs, "by=dataset") == {"Mails": 2, "Letters": 2}
    assert counts(jobs, "by=base_model") == {"minilm-l6-v2": 4}
    assert counts(jobs, "by=method") == {"full": 2, "lora": 2}
    assert counts(jobs, "by=task") == {"classification": 4}
    assert counts(jobs, "by=state") == {"failed": 2, "queued": 2}
    assert counts(jobs, "by=tag") == {"winter": 2, "baseline": 1, "基线": 1, "": 1}
    assert counts(jobs, "by=dataset&tag=winter&method=lora") == {"Letters": 1}
    assert counts(jobs, "by=dataset&archived=true") == {"Mails": 1}
    assert counts(jobs, "by=tag&untagged=true") == {"": 1}
    assert counts(jobs, "by=state&q=nowhere") == {}


@pytest.mark.parametrize("by", GROUPINGS)
def test_a_group_has_as_many_as_the_list_that_it_opens(jobs: Person, by: str) -> None:
    for group in groups(jobs, f"by={by}"):
        opens = f"{FILTERS.get(by, by)}={group['value']}" if group["value"] else "untagged=true"
        assert len(names(jobs, opens)) == group["num_jobs"] > 0


def test_a_batch_is_of_those_that_were_launched_with_its_id(jobs: Person) -> None:
    version_id = str(version_make(jobs))
    batch_id = str(uuid.uuid4())
    launched = [
        jobs.api.post(
            "/jobs",
            {"name": name, "dataset_version_id": version_id, "base_model": "minilm-l6-v2", "batch_id": batch_id},
        ).json()
        for name in ("F", "G")
    ]
    newest, older = groups(jobs, "by=batch")
    assert (newest["value"], newest["num_jobs"]) == (batch_id, 2)
    assert datetime.fromisoformat(newest["name"]) == datetime.fromisoformat(launched[0]["created_at"])
    assert (older["value"], older["num_jobs"]) == (str(BATCH), 2)
    assert names(jobs, f"batch={batch_id}") == ["G", "F"]
    assert jobs.api.get("/jobs?batch=winter").status_code == 400
    compared = jobs.api.get(f"/jobs/compare?ids={launched[0]['id']},{launched[1]['id']}").json()["jobs"]
    assert [job["batch_id"] for job in compared] == [batch_id, batch_id]


def test_a_week_is_that_of_monday_in_utc(jobs: Person) -> None:
    weeks = groups(jobs, "by=week")
    now = datetime.now(UTC)
    assert [week["value"] for week in weeks] == [(now - timedelta(days=now.weekday())).date().isoformat()]
    assert names(jobs, f"week={(now + timedelta(days=7)).date().isoformat()}") == []


def test_the_best_result_is_told_where_all_are_of_one_metric(jobs: Person) -> None:
    best = {group["name"]: group["best"] for group in groups(jobs, "by=dataset")}
    assert best == {"Letters": {"metric": "accuracy", "value": 0.8}, "Mails": {"metric": "accuracy", "value": 0.4}}
    [state] = [group for group in groups(jobs, "by=state") if group["name"] == "queued"]
    assert state["best"] is None
    for value in (0.3, 0.2):
        job_id = job_make(jobs, method={"type": "adapter"})
        ended(job_id, seconds=1, summary=figure(value, "mean_absolute_error"))
    best = {group["name"]: group["best"] for group in groups(jobs, "by=method")}
    assert best["adapter"] == {"metric": "mean_absolute_error", "value": 0.2}
    [failed] = [group for group in groups(jobs, "by=state") if group["name"] == "failed"]
    assert failed["best"] is None, "an accuracy and an error have no best"


@pytest.mark.parametrize("by", ["tag", "dataset", "state"])
def test_groups_come_page_by_page_each_once(jobs: Person, by: str) -> None:
    found, cursor = [], ""
    while True:
        page = jobs.api.get(f"/jobs/groups?by={by}&limit=1{cursor}").json()
        found += [group["value"] for group in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor'].replace('+', '%2B')}"
    assert found == [group["value"] for group in groups(jobs, f"by={by}")]


@pytest.mark.parametrize(
    "query",
    [
        "by=owner",
        "by=dataset&cursor=x",
        "by=dataset&cursor=2026-01-01T00:00:00Z_x",
        "week=2026-13-01",
        "week=9999-12-31",
    ],
)
def test_groups_that_do_not_exist_are_refused(owner: Person, query: str) -> None:
    assert owner.api.get(f"/jobs/groups?{query}").status_code == 400


def test_groups_are_the_tenants_own(jobs: Person, stranger: Person, viewer: Person) -> None:
    for by in GROUPINGS:
        assert groups(stranger, f"by={by}") == []
        assert groups(viewer, f"by={by}") == groups(jobs, f"by={by}")


@pytest.mark.parametrize(("query", "index"), [("", "jobs_job_groups"), ("&q=nowhere", "jobs_job_names")])
def test_groups_are_counted_from_an_index_alone(many_jobs: Person, query: str, index: str) -> None:
    for by in GROUPINGS:
        with CaptureQueriesContext(connection) as queries:
            many_jobs.api.get(f"/jobs/groups?by={by}{query}")
        sql = next(row["sql"] for row in queries if "jobs_job" in row["sql"])
        with many_jobs.scope(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert re.search(f"Index Only Scan (Backward )?using {index} on jobs_job ", plan), plan
