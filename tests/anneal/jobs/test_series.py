"""Curves of any length as few points: what thinning keeps, and that the table of points is never read for it."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Greatest
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from anneal.common.tenancy import service_scope, tenant_scope
from anneal.jobs.models import Job, Metric
from anneal.jobs.selectors import metric_curves, metric_series
from anneal.jobs.series import series_sampled, series_thinned
from anneal.jobs.services.extremes import extremes_mark
from tests.anneal.jobs.material import job_make
from tests.support.people import Person, person_found

STEPS = 5000
SPIKES = {1234: 40.0, 1235: -40.0, 3210: 7.0, 4999: 8.0}


def curve(job_id: uuid.UUID, tenant_id: uuid.UUID, name: str, values: dict[int, float], *, per_seq: int = 10) -> None:
    """Points of a curve, told ten at a time, a second after each other."""
    begun = timezone.now()
    points = [
        Metric(
            tenant_id=tenant_id,
            job_id=job_id,
            name=name,
            step=step,
            epoch=step / 1000,
            value=value,
            attempt=1,
            seq=1 + place // per_seq,
            created_at=begun + timedelta(seconds=place // per_seq),
        )
        for place, (step, value) in enumerate(values.items())
    ]
    with service_scope(), tenant_scope(tenant_id):
        Metric.objects.bulk_create(points)
        Job.objects.filter(id=job_id).update(seq=Greatest("seq", max(point.seq for point in points)), started_at=begun)


def waves(num: int = STEPS) -> dict[int, float]:
    return {step: math.sin(step / 50) for step in range(1, num + 1)} | {
        step: value for step, value in SPIKES.items() if step <= num
    }


@pytest.fixture
def job_id(owner: Person) -> uuid.UUID:
    return job_make(owner)


def thinned(owner: Person, job_id: uuid.UUID, max_points: int, **options: Any) -> dict[str, list[tuple[float, ...]]]:
    with owner.scope():
        found = series_thinned(job_id, max_points=max_points, **options)
    return {name: [point[:3] for point in points] for name, points in found.items()}


def test_every_extreme_and_both_ends_of_a_long_curve_stay(owner: Person, job_id: uuid.UUID) -> None:
    values = waves()
    curve(job_id, owner.tenant_id, "train/loss", values)
    for max_points in (4, 5, 100, 999):
        kept = thinned(owner, job_id, max_points)["train/loss"]
        steps = [point[0] for point in kept]
        assert steps == sorted(set(steps))
        assert (steps[0], steps[-1]) == (1, STEPS)
        assert len(kept) <= max_points
        assert kept == [(step, step / 1000, values[int(step)]) for step in steps], "points are kept and never made"
        shown = [point[2] for point in kept]
        assert (max(shown), min(shown)) == (40.0, -40.0)
    stretch = -(-STEPS // 49)
    kept_values = dict(point[::2] for point in thinned(owner, job_id, 100)["train/loss"])
    for begin in range(1, STEPS + 1, stretch):
        inside = {step: values[step] for step in range(begin, min(begin + stretch, STEPS + 1))}
        seen = [value for step, value in kept_values.items() if step in inside]
        assert (min(seen), max(seen)) == (min(inside.values()), max(inside.values())), begin


@pytest.mark.parametrize("num", [1, 2, 99, 100])
def test_a_short_curve_is_whole(owner: Person, job_id: uuid.UUID, num: int) -> None:
    uneven = {step**2: value for step, value in waves(num).items()}
    curve(job_id, owner.tenant_id, "train/loss", uneven)
    curve(job_id, owner.tenant_id, "validation/loss", dict.fromkeys(list(uneven)[:3], 1.0))
    with owner.scope():
        simple = metric_series(job_id)
    assert thinned(owner, job_id, 100) == {name: [tuple(point) for point in points] for name, points in simple.items()}
    with owner.scope():
        assert series_sampled(job_id, max_points=100) == thinned(owner, job_id, 100)


def test_a_flat_curve_needs_one_point_of_each_stretch(owner: Person, job_id: uuid.UUID) -> None:
    curve(job_id, owner.tenant_id, "train/rate", dict.fromkeys(range(1, 1001), 0.5))
    kept = thinned(owner, job_id, 20)["train/rate"]
    assert len(kept) == 10
    assert {point[2] for point in kept} == {0.5}


def test_what_came_before_or_after_is_left_out(owner: Person, job_id: uuid.UUID) -> None:
    curve(job_id, owner.tenant_id, "train/loss", waves())
    curve(job_id, owner.tenant_id, "train/rate", waves(10))
    later = thinned(owner, job_id, 100, after=400, until=450)
    assert list(later) == ["train/loss"]
    assert (later["train/loss"][0][0], later["train/loss"][-1][0]) == (4001, 4500)
    assert thinned(owner, job_id, 100, after=10**6) == {}
    assert list(thinned(owner, job_id, 100, names=["train/rate", "other"])) == ["train/rate"]


def test_between_two_steps_a_curve_is_as_fine_as_a_whole_one(owner: Person, job_id: uuid.UUID) -> None:
    values = waves()
    curve(job_id, owner.tenant_id, "train/loss", values)
    curve(job_id, owner.tenant_id, "resource/memory", waves(10))
    inside = {step: value for step, value in values.items() if 1003 <= step <= 1090}
    found = owner.api.get(f"/jobs/{job_id}/metrics?max_points=100&from_step=1003&to_step=1090").json()
    assert [(name["name"], name["points"]) for name in found["series"]] == [
        ("train/loss", [[step, step / 1000, value] for step, value in inside.items()])
    ]
    assert found["resources"] == []
    few = dict(point[::2] for point in thinned(owner, job_id, 20, within=(1003, 4001))["train/loss"])
    assert (min(few), max(few), len(few) <= 20) == (1003, 4001, True)
    between = [value for step, value in values.items() if 1003 <= step <= 4001]
    assert (min(few.values()), max(few.values())) == (min(between), max(between))
    assert owner.api.get(f"/jobs/{job_id}/metrics?from_step=4996").json()["series"][0]["points"][0][0] == 4996
    assert owner.api.get(f"/jobs/{job_id}/metrics?from_step=9&to_step=8").json()["series"] == []
    assert owner.api.get(f"/jobs/{job_id}/metrics?from_step=soon").status_code == 400


def test_a_sample_is_chosen_by_no_value(owner: Person, job_id: uuid.UUID) -> None:
    values = waves()
    curve(job_id, owner.tenant_id, "train/loss", values)
    curve(job_id, owner.tenant_id, "train/norm", {step: -value for step, value in values.items()})
    with owner.scope():
        sample = series_sampled(job_id, max_points=101)
    steps = {name: [point[0] for point in points] for name, points in sample.items()}
    assert steps["train/loss"] == [*range(1, STEPS, 50), STEPS]
    assert steps["train/norm"] == steps["train/loss"]
    assert all(point == (point[0], point[0] / 1000, values[point[0]]) for point in sample["train/loss"])


def test_curves_of_another_tenant_are_not_there(owner: Person, stranger: Person, job_id: uuid.UUID) -> None:
    curve(job_id, owner.tenant_id, "train/loss", waves(50))
    assert thinned(stranger, job_id, 100) == {}


def test_the_clock_tells_of_the_points_that_are_shown(owner: Person, job_id: uuid.UUID) -> None:
    curve(job_id, owner.tenant_id, "train/loss", waves())
    with owner.scope():
        found = metric_curves(Job.objects.get(id=job_id), max_points=100)
    steps = [point[0] for point in found["series"][0]["points"]]
    assert [step for step, _ in found["clock"]] == steps
    assert all(seconds == (step - 1) // 10 for step, seconds in found["clock"])


def test_any_number_of_curves_costs_one_query(owner: Person, job_id: uuid.UUID) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            answer = owner.api.get(f"/jobs/{job_id}/metrics?max_points=50")
        assert answer.status_code == 200
        return [query["sql"] for query in queries if "jobs_metric" in query["sql"]]

    curve(job_id, owner.tenant_id, "train/loss", waves(40))
    assert len(asked()) == 1
    for number in range(5):
        curve(job_id, owner.tenant_id, f"validation/{number}", waves(200))
    assert len(asked()) == 1


@pytest.mark.parametrize("is_marked", [False, True])
def test_curves_are_read_from_an_index_alone(committed_db: Any, is_marked: bool) -> None:
    person = person_found("owner")
    job_id = job_make(person)
    for name in ("train/loss", "train/rate", "validation/loss"):
        curve(job_id, person.tenant_id, name, waves(20 if name == "validation/loss" else STEPS))
    if is_marked:
        with service_scope(), connection.cursor() as cursor:
            extremes_mark(cursor, job_id=job_id, after=0, seq=STEPS)
    with psycopg.connect(committed_db.owner_url, autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE) jobs_metric")
    plans = {
        read: _scans(person, lambda read=read: read(job_id, max_points=100))
        for read in (series_thinned, series_sampled)
    }
    for scans in plans.values():
        assert scans
        # Of the points that came since the marks there are few.
        whole = [line for line in scans if "using jobs_metric_stream" not in line]
        assert all("Index Only Scan" in line for line in whole), scans
        since = [line for line in scans if line not in whole]
        assert all("never executed" in line or "rows=0.00" in line for line in since), scans
    read_by_marks = [
        line for line in plans[series_thinned] if "jobs_metric_extremes" in line and "never executed" not in line
    ]
    assert bool(read_by_marks) == is_marked


def _scans(person: Person, read: Callable[[], object]) -> list[str]:
    """Of the table of points, in the plan of the one query with which they are read."""
    with person.scope(), CaptureQueriesContext(connection) as queries:
        read()
    [sql] = [query["sql"] for query in queries if "jobs_metric" in query["sql"]]
    with person.scope(), connection.cursor() as cursor:
        # All pages of so small a table may be cheaper than an index: what can be read is asked, not what it costs.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {sql}")
        return [line for (line,) in cursor.fetchall() if " on jobs_metric" in line]
