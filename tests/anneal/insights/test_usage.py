"""What a tenant uses: by month, at a price or none, of nobody else, for those who answer for it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from anneal.common.ids import uuid7
from anneal.common.tenancy import service_scope
from anneal.insights.usage import MONTHS, months_used
from anneal.jobs.models import Job
from anneal.tenants.roles import Role
from tests.anneal.jobs.material import job_make
from tests.support.people import Person, person_join

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 2, 3, 4, tzinfo=UTC)


def _worked(person: Person, started: datetime, seconds: float) -> uuid.UUID:
    job_id = job_make(person)
    with service_scope():
        Job.objects.filter(id=job_id).update(started_at=started, worked_s=seconds)
    return job_id


def _trial_worked(search_id: uuid.UUID, started: datetime, seconds: float) -> None:
    with service_scope():
        job = Job.objects.get(id=search_id)
        job.id, job.search_of_id, job.trial_number = uuid7(), search_id, 0
        job.started_at, job.worked_s = started, seconds
        job.save(force_insert=True)


def test_training_is_told_by_the_month_in_which_a_job_first_ran(owner, stranger):
    _worked(owner, datetime(2025, 3, 1, tzinfo=UTC), 60)
    _worked(owner, datetime(2025, 2, 28, 23, 59, tzinfo=UTC), 9000)
    search = _worked(owner, datetime(2026, 1, 31, 23, tzinfo=UTC), 100)
    _trial_worked(search, datetime(2026, 2, 1, tzinfo=UTC), 30)
    _worked(owner, datetime(2026, 2, 2, tzinfo=UTC), 70)
    _worked(stranger, datetime(2026, 2, 2, tzinfo=UTC), 5000)
    job_make(owner)  # which waits
    with owner.scope():
        months = months_used(NOW)
    assert [month.month for month in months] == [f"2025-{number:02}" for number in range(3, 13)] + [
        "2026-01",
        "2026-02",
    ]
    told = {month.month: (month.jobs, month.seconds) for month in months if month.seconds}
    assert told == {"2025-03": (1, 60), "2026-01": (1, 100), "2026-02": (1, 100)}


def test_what_is_kept_is_counted_until_it_is_deleted(owner, stranger):
    job_make(stranger)
    job_make(owner)
    used = owner.api.get("/usage").json()
    assert len(used["months"]) == MONTHS
    assert used["months"][-1] == {
        "month": f"{timezone.now():%Y-%m}",
        "jobs": 0,
        "seconds": 0.0,
        "cost": None,
        "calls": 0,
        "tokens": 0,
    }
    stored = {one.pop("kind"): one for one in used["stored"]}
    assert stored["versions"]["count"] == 1
    assert stored["versions"]["size_bytes"] > 0
    assert stored["models"] == stored["checkpoints"] == stored["files"] == {"count": 0, "size_bytes": 0}
    (dataset,) = owner.api.get("/datasets").json()["data"]
    assert owner.api.delete(f"/datasets/{dataset['id']}").status_code == 204
    stored = {one.pop("kind"): one for one in owner.api.get("/usage").json()["stored"]}
    assert stored["versions"] == {"count": 0, "size_bytes": 0}


def test_an_hour_costs_what_the_operator_says(owner, settings):
    _worked(owner, timezone.now(), 1800)
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(
        update={"price_per_training_hour": 3.0, "price_currency": "CNY"}
    )
    used = owner.api.get("/usage").json()
    assert (used["months"][-1]["cost"], used["currency"]) == (1.5, "CNY")


@pytest.mark.parametrize(
    ("role", "status"), [(Role.BILLING, 200), (Role.ADMIN, 200), (Role.MEMBER, 403), (Role.VIEWER, 403)]
)
def test_those_who_answer_for_it_see_it(owner, role, status):
    assert person_join(owner.tenant_id, role).api.get("/usage").status_code == status
