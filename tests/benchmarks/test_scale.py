"""The large database of the benchmark is one that the product could have come to: every constraint holds, and its pages answer."""

from __future__ import annotations

from collections import Counter
from typing import Any

from anneal.jobs.models import Job, Metric
from benchmarks.scale_data import SERIES, Size, fill
from tests.support.people import person_found

SIZE = Size(tenants=5, jobs=400, jobs_of_others=3, datasets=20, models=10, points=8000)


def test_a_made_database_looks_like_one_that_has_grown(committed_db: Any) -> None:
    person = person_found("owner")
    job_id = fill(committed_db.owner_url, committed_db.service_url, SIZE, person.tenant_id)
    with person.scope():
        states = Counter(Job.objects.values_list("state", flat=True))
        points = Counter(Metric.objects.filter(job_id=job_id).values_list("name", flat=True))
    assert states == {"succeeded": 280, "failed": 80, "cancelled": 32, "queued": 4, "paused": 4}
    assert points == {**dict.fromkeys(SERIES, 2000), "validation/loss": 2}
    for path in ("/jobs", "/jobs?q=run+399", "/datasets", "/models", f"/jobs/{job_id}", f"/jobs/{job_id}/record"):
        assert person.api.get(path).status_code == 200, path
    assert [job["name"] for job in person.api.get("/jobs?q=run+399").json()["data"]] == [
        "Invoices invoices run 400",
        "Notes notes run 399",
    ]
    curves = person.api.get(f"/jobs/{job_id}/metrics?max_points=100").json()["series"]
    assert [len(curve["points"]) <= 100 for curve in curves] == [True] * 5
