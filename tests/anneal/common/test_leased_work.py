"""Leases with real commits and several connections: whoever lost the work writes nothing, whenever it was lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from anneal.common.leased_work import LeasedWork, SupersededError
from anneal.common.tenancy import service_scope
from anneal.datasets.models import Upload, UploadFetch
from anneal.datasets.services.fetches import fetch_claim


def _is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def _claimed():
    from tests.support.people import person_found

    with person_found("owner").scope():
        upload = Upload.objects.create(
            filename="a.csv", split="auto", size_bytes=0, state="fetching", expires_at=timezone.now()
        )
        UploadFetch.objects.create(upload=upload, sealed="", deadline_at=timezone.now())
    claimed = fetch_claim(upload.id)
    assert claimed is not None
    return claimed


def _is_renewed() -> bool:
    return any(thread.name == "lease" for thread in threading.enumerate())


def _lease():
    with service_scope():
        return UploadFetch.objects.values_list("lease_until", flat=True).get()


def test_lease_is_renewed_while_a_file_moves_and_its_loss_is_told(committed_db, monkeypatch):
    monkeypatch.setattr(LeasedWork, "MOVING_TICK_S", 0.01)
    work = _claimed()
    before = _lease()
    with work.moving():
        while _lease() == before:
            assert _is_renewed()
    assert not _is_renewed()

    real, failures = type(work).renew, ["server closed the connection unexpectedly"]

    def renew(self, **values):
        if failures:
            raise OperationalError(failures.pop())
        real(self, **values)

    before = _lease()
    with monkeypatch.context() as patched:
        patched.setattr(type(work), "renew", renew)
        with work.moving():
            while _lease() == before:
                assert _is_renewed(), "a database that was away for a moment ends no renewing"

    with service_scope():
        UploadFetch.objects.update(run=7)

    def move() -> None:
        with work.moving():
            while _is_renewed():
                continue

    with pytest.raises(SupersededError):
        move()


def test_write_that_waits_for_the_next_claim_is_refused(committed_db):
    late = _claimed()
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
        assert fetch_claim(late.upload.id) is not None
        thread.start()
        while not _is_somebody_waiting():
            assert thread.is_alive(), "the next claim does not hold the row"
    thread.join()
    assert outcomes == ["refused"]
