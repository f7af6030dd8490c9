"""Jobs that can be organised: notes, tags, filters, order, and views that a person keeps."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from anneal.common.tenancy import service_scope, tenant_scope
from anneal.insights.usage import months_used
from anneal.jobs.models import LONG_NOTES, Job
from anneal.tenants.roles import Role
from tests.anneal.jobs.material import job_make, version_make
from tests.support.people import Person, person_found, person_join


def names(person: Person, query: str = "") -> list[str]:
    answer = person.api.get(f"/jobs?{query}")
    assert answer.status_code == 200, answer.json()
    return [job["name"] for job in answer.json()["data"]]


def ended(job_id: uuid.UUID, *, seconds: float, summary: dict[str, Any] | None) -> None:
    """As if it had run: what lists are sorted by is computed by the database from these columns."""
    now = timezone.now()
    with service_scope():
        for state in ("starting", "failed"):
            held = state == "starting"
            Job.objects.filter(id=job_id).update(
                state=state,
                attempt=1,
                worker_id=uuid.uuid4() if held else None,
                lease_until=now if held else None,
                started_at=now - timedelta(seconds=seconds),
                finished_at=None if held else now,
                summary=summary,
            )


def figure(value: float, primary: str = "accuracy") -> dict[str, Any]:
    return {"primary": primary, "value": value, "metrics": {primary: value}, "verdict": "better"}


def test_notes_and_tags_are_kept_and_replaced(owner: Person) -> None:
    job_id = job_make(owner, name="Alpha")
    job = owner.api.get(f"/jobs/{job_id}").json()
    assert (job["notes"], job["tags"]) == ("", [])
    notes = "Learnt too fast.\n下次试试更小的学习率 <b>"
    job = owner.api.patch(f"/jobs/{job_id}", {"notes": notes, "tags": ["winter", " baseline ", "winter"]}).json()
    assert (job["name"], job["notes"], job["tags"]) == ("Alpha", notes, ["baseline", "winter"])
    job = owner.api.patch(f"/jobs/{job_id}", {"tags": ["基线"]}).json()
    assert (job["notes"], job["tags"]) == (notes, ["基线"])
    [listed] = owner.api.get("/jobs").json()["data"]
    assert listed["tags"] == ["基线"]
    assert "notes" not in listed
    assert owner.api.patch(f"/jobs/{job_id}", {"tags": [], "notes": ""}).json()["tags"] == []


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"tags": [f"t{number}" for number in range(21)]}, "tags"),
        ({"tags": ["a,b"]}, "tags.0"),
        ({"tags": ["x" * 41]}, "tags.0"),
        ({"tags": ["ok", " "]}, "tags.1"),
        ({"tags": "winter"}, "tags"),
        ({"notes": "x" * 20_001}, "notes"),
        ({"notes": "\x00"}, "notes"),
        ({"note": "x"}, "note"),
    ],
)
def test_a_change_that_cannot_be_kept_names_the_field(owner: Person, change: dict[str, Any], param: str) -> None:
    answer = owner.api.patch(f"/jobs/{job_make(owner)}", change)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_tags_in_use_are_the_tenants_own(owner: Person, stranger: Person, viewer: Person) -> None:
    for tags in (["winter", "baseline"], ["baseline"]):
        owner.api.patch(f"/jobs/{job_make(owner)}", {"tags": tags})
    stranger.api.patch(f"/jobs/{job_make(stranger)}", {"tags": ["theirs"]})
    found = viewer.api.get("/jobs/tags").json()["data"]
    assert found == [{"name": "baseline", "num_jobs": 2}, {"name": "winter", "num_jobs": 1}]


def test_jobs_are_found_by_tag_text_and_base_model(owner: Person) -> None:
    first, second = job_make(owner, name="Alpha"), job_make(owner, name="Beta")
    owner.api.patch(f"/jobs/{first}", {"tags": ["winter", "baseline"], "notes": "Learnt too fast"})
    owner.api.patch(f"/jobs/{second}", {"tags": ["winter"]})
    assert names(owner, "tag=winter") == ["Beta", "Alpha"]
    assert names(owner, "tag=winter,baseline") == ["Alpha"]
    assert names(owner, "tag=summer") == []
    assert names(owner, "q=too+fast") == ["Alpha"]
    assert names(owner, "base_model=minilm-l6-v2&tag=baseline") == ["Alpha"]
    assert names(owner, "base_model=other") == []


@pytest.mark.parametrize("length", [10, 299, 300, 20_000])
def test_a_search_reads_names_and_notes_to_their_ends(owner: Person, length: int) -> None:
    found = job_make(owner, name="Straße 100%_" + "x" * 188)
    job_make(owner, name="Other")
    owner.api.patch(f"/jobs/{found}", {"notes": "n" * (length - 4) + "Größ"})
    assert [len(name) for name in names(owner, "q=GRÖß")] == [200]
    assert [len(name) for name in names(owner, "q=straße")] == [200]
    assert [len(name) for name in names(owner, "q=0%25_")] == [200]
    assert names(owner, "q=0_%25") == []
    assert names(owner, "q=nß") == []


def test_jobs_are_sorted_page_by_page(owner: Person) -> None:
    figures = {"Worst": (10, figure(0.2)), "Best": (30, figure(0.9)), "Middle": (20, figure(0.5)), "None": (40, None)}
    for name, (seconds, summary) in figures.items():
        ended(job_make(owner, name=name), seconds=seconds, summary=summary)
    job_make(owner, name="Waiting")

    def pages(sort: str) -> list[str]:
        found, cursor = [], ""
        while True:
            page = owner.api.get(f"/jobs?sort={sort}&limit=2{cursor}").json()
            found += [job["name"] for job in page["data"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    assert pages("created") == ["Waiting", "None", "Middle", "Best", "Worst"]
    assert pages("result") == ["Best", "Middle", "Worst", "Waiting", "None"]
    assert pages("duration") == ["None", "Best", "Middle", "Worst", "Waiting"]


def test_of_errors_the_smallest_is_the_best_result(owner: Person) -> None:
    for name, value in (("Off", 0.4), ("Near", 0.1)):
        ended(job_make(owner, name=name), seconds=1, summary=figure(value, "mean_absolute_error"))
    assert names(owner, "sort=result") == ["Near", "Off"]


@pytest.mark.parametrize("query", ["sort=name", "sort=result&cursor=x", "sort=result&cursor=1_x", "tag=" + "a," * 21])
def test_a_list_that_does_not_exist_is_refused(owner: Person, query: str) -> None:
    assert owner.api.get(f"/jobs?{query}").status_code == 400


@pytest.mark.parametrize("sort", ["created", "result", "duration"])
def test_a_list_costs_the_same_queries_however_long_it_is(owner: Person, sort: str) -> None:
    version_id = version_make(owner)

    def listed(number: int) -> list[str]:
        for _ in range(number):
            named = {"tags": ["winter", "baseline"], "notes": "Tried"}
            owner.api.patch(f"/jobs/{job_make(owner, version_id)}", named)
        with CaptureQueriesContext(connection) as queries:
            found = owner.api.get(f"/jobs?sort={sort}&tag=winter&q=tried&state=queued").json()["data"]
        assert len(found) >= number
        return [row["sql"] for row in queries if "jobs_" in row["sql"] or "datasets_" in row["sql"]]

    one, many = listed(1), listed(6)
    assert len(one) == len(many) == 4, "which jobs, the jobs, their versions, the datasets of these"
    assert not any("datasets_" in sql for sql in many if "jobs_job" in sql), (
        "joins with the data of a tenant are misjudged"
    )


# What is asked, the index that it is read from in its order, and whether that holds what a search looks at, so that it reads nothing else.
ORDERS = {
    "": ("jobs_job_names", True),
    "archived=true": ("jobs_job_archived", True),
    "sort=result": ("jobs_job_by_result", True),
    "sort=duration": ("jobs_job_by_duration", True),
    "state=failed": ("jobs_job_state", True),
    "state=failed&sort=result": ("jobs_job_state_result", False),
    "state=failed&sort=duration": ("jobs_job_state_duration", False),
    "base_model=model-7": ("jobs_job_base_model", False),
}


@pytest.fixture
def many_jobs(committed_db: Any) -> Person:
    """So many, most of them another tenant's, that the planner thinks as it does of a large table."""
    person, other = person_found("owner"), person_found("other")
    for whose, number in ((person, 2000), (other, 1000)):
        job_id = job_make(whose)
        with service_scope(), tenant_scope(whose.tenant_id):
            template = Job.objects.get(id=job_id)
            now = timezone.now()
            Job.objects.bulk_create(
                Job(
                    name=f"Run {place}",
                    notes="Tried" if place % 10 == 0 else "",
                    spec=template.spec,
                    spec_sha256=template.spec_sha256,
                    base_model=f"model-{place % 100}",
                    dataset_version_id=template.dataset_version_id,
                    dataset_id=template.dataset_id,
                    state=("failed", "cancelled", "queued", "paused")[place % 4],
                    started_at=now,
                    finished_at=now + timedelta(seconds=place) if place % 4 < 2 else None,
                )
                for place in range(number)
            )
    with psycopg.connect(committed_db.owner_url, autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE) jobs_job")
    return person


def test_lists_are_read_from_an_index_in_its_order(many_jobs: Person) -> None:
    for query, (index, holds_words) in ORDERS.items():
        for words in ("", "q=nowhere"):
            with CaptureQueriesContext(connection) as queries:
                many_jobs.api.get(f"/jobs?{query}&{words}")
            sql = next(row["sql"] for row in queries if "jobs_job" in row["sql"])
            with many_jobs.scope(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
                cursor.execute(f"EXPLAIN {sql}")
                plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Sort" not in plan, plan
            # Without words, an index in the same order that is smaller does as well.
            used = "jobs_job_groups" if index == "jobs_job_names" and not words else index
            assert f"using {used} on jobs_job " in plan, plan
            if holds_words:
                assert f"Index Only Scan using {used} on jobs_job " in plan, plan
            assert not words or "jobs_job_long_notes" in plan, plan


def test_the_planner_knows_how_few_notes_are_long(many_jobs: Person) -> None:
    with many_jobs.scope(), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) SELECT id FROM jobs_job WHERE length(notes) >= %s", [LONG_NOTES])
        [(plan,)] = cursor.fetchall()
    assert plan[0]["Plan"]["Plan Rows"] < 10, plan


def test_months_of_use_take_one_query_and_their_index(many_jobs: Person) -> None:
    # None of so many jobs is of these months: whoever reads all of them is slower.
    later = timezone.now() + timedelta(days=3650)
    with many_jobs.scope(), CaptureQueriesContext(connection) as queries:
        months_used(later)
    [sql] = [row["sql"] for row in queries if "jobs_" in row["sql"]]
    with many_jobs.scope(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "jobs_job_used" in plan, plan


def test_a_view_is_kept_renamed_and_forgotten(owner: Person) -> None:
    filters = {"state": "failed,cancelled", "tag": "winter", "sort": "result"}
    view = owner.api.post("/job-views", {"name": "Lost", "filters": filters}).json()
    assert (view["name"], view["filters"]) == ("Lost", filters)
    assert owner.api.get("/job-views").json()["data"] == [view]
    again = owner.api.patch(f"/job-views/{view['id']}", {"name": "Lost ones"}).json()
    assert (again["name"], again["filters"]) == ("Lost ones", filters)
    taken = owner.api.post("/job-views", {"name": "Lost ones", "filters": {}})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "saved_view.taken")
    other = owner.api.post("/job-views", {"name": "All", "filters": {}}).json()
    assert owner.api.patch(f"/job-views/{other['id']}", {"name": "Lost ones"}).status_code == 409
    refused = owner.api.post("/job-views", {"name": "Odd", "filters": {"state": "lost"}})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "state")
    assert owner.api.delete(f"/job-views/{view['id']}").status_code == 204
    assert [kept["name"] for kept in owner.api.get("/job-views").json()["data"]] == ["All"]


def test_views_are_each_persons_own(owner: Person, viewer: Person) -> None:
    view = owner.api.post("/job-views", {"name": "Mine", "filters": {}}).json()
    assert viewer.api.get("/job-views").json()["data"] == []
    for answer in (
        viewer.api.patch(f"/job-views/{view['id']}", {"name": "x"}),
        viewer.api.delete(f"/job-views/{view['id']}"),
    ):
        assert answer.status_code == 404
    assert viewer.api.post("/job-views", {"name": "Mine", "filters": {}}).status_code == 201
    assert owner.key(Role.MEMBER).get("/job-views").status_code == 403


def test_a_person_keeps_at_most_fifty_views(owner: Person) -> None:
    for number in range(50):
        assert owner.api.post("/job-views", {"name": str(number), "filters": {}}).status_code == 201
    assert (
        owner.api.post("/job-views", {"name": "One more", "filters": {}}).json()["error"]["code"]
        == "saved_view.too_many"
    )
    colleague = person_join(owner.tenant_id, Role.MEMBER)
    assert colleague.api.post("/job-views", {"name": "First", "filters": {}}).status_code == 201
