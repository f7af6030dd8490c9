"""Leases with real commits and several connections: whoever lost the work writes nothing, whenever it was lost."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from anneal.common.leased_work import SupersededError
from anneal.common.tenancy import service_scope
from anneal.datasets.models import Upload, UploadFetch
from anneal.datasets.services.fetches import fetch_claim


def _is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_write_that_waits_for_the_next_claim_is_refused(committed_db):
    from tests.support.people import person_found

    with person_found("owner").scope():
        upload = Upload.objects.create(
            filename="a.csv", split="auto", size_bytes=0, state="fetching", expires_at=timezone.now()
        )
        UploadFetch.objects.create(upload=upload, sealed="", deadline_at=timezone.now())
    late = fetch_claim(upload.id)
    assert late is not None
    with service_scope():
        UploadFetch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    outcomes = []

    def write() -> None:
        try:
            late.renew()
            outcomes.append("written")
        except SupersededError:
            outcomes.append("refused")
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    with service_scope():
        assert fetch_claim(upload.id) is not None
        thread.start()
        while not _is_somebody_waiting():
            assert thread.is_alive(), "the next claim does not hold the row"
    thread.join()
    assert outcomes == ["refused"]
