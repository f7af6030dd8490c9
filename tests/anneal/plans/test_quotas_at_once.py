"""Two jobs of one organisation that begin at the same time, where only one may run."""

from __future__ import annotations

import threading
import uuid

from django.db import connection

from anneal.jobs.services.leases import job_claim
from tests.anneal.jobs.material import job_make, version_make
from tests.anneal.plans.test_quotas import grant
from tests.support.people import person_found


def test_of_two_that_begin_at_once_one_waits(committed_db):
    person = person_found("hasty")
    version = version_make(person)
    jobs = [job_make(person, version) for _ in range(2)]
    grant(person, running_jobs=1)
    start = threading.Barrier(2)
    claims: list[object] = []

    def claim(job_id: uuid.UUID) -> None:
        start.wait()
        try:
            claims.append(job_claim(job_id=job_id, worker_id=uuid.uuid4()))
        finally:
            connection.close()

    both = [threading.Thread(target=claim, args=(job_id,)) for job_id in jobs]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sum(found is not None for found in claims) == 1
