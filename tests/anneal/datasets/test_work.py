"""Background work on datasets: killed, repeated, overtaken or out of room, it ends with one whole version or a clear finding."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils import timezone

from anneal.common import leased_work
from anneal.common.outbox import outbox_relay
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.datasets import services
from anneal.datasets.files.problems import Problem
from anneal.datasets.models import Dataset, DatasetChange, DatasetVersion, Upload
from anneal.datasets.services import datasets_reconcile, work
from anneal.datasets.services.applying import ChangeWork
from anneal.datasets.staging import StagedFile
from anneal.datasets.tasks import change, inspect, validate
from tests.anneal.datasets.steps import codes, csv_of, dataset_of, good_rows, mapped, shown, uploaded

GOOD = csv_of(good_rows(60))


def _mapping_asked(person) -> str:
    dataset = dataset_of(person, (GOOD, "a.csv", "auto"))
    answer = person.api.put(f"/datasets/{dataset['id']}/mapping", {"text": "text", "label": "label"})
    assert answer.status_code == 200
    return dataset["id"]


def _messages() -> list[tuple[str, str]]:
    sent: list[tuple[str, str]] = []
    outbox_relay(lambda topic, payload: sent.append((topic, payload["dataset_id"])))
    return sent


def _age(dataset_id, **values) -> None:
    """Let time pass for a dataset."""
    past = timezone.now() - timedelta(minutes=5)
    with service_scope():
        Dataset.objects.filter(id=dataset_id).update(work_asked_at=past, **values)


def _objects(person, dataset_id) -> list[str]:
    return list(store().list_keys(f"{person.tenant_id}/datasets/{dataset_id}"))


@pytest.mark.django_db
def test_lost_message_is_sent_again(owner):
    dataset_id = _mapping_asked(owner)
    assert ("datasets.validate", dataset_id) in _messages()
    with service_scope():
        assert datasets_reconcile() == 0, "too early: the message may be on its way"
    _age(dataset_id)
    with service_scope():
        assert datasets_reconcile() == 1
        assert datasets_reconcile() == 0, "asked a moment ago"
    assert _messages() == [("datasets.validate", dataset_id)]


@pytest.mark.django_db
def test_what_cannot_be_reconciled_keeps_nothing_else(owner, monkeypatch):
    stuck, good = _mapping_asked(owner), _mapping_asked(owner)
    _messages()
    _age(stuck)
    _age(good)
    unused = uploaded(owner.api, GOOD)
    with owner.scope():
        Upload.objects.filter(id=unused).update(expires_at=timezone.now() - timedelta(minutes=1))
    real = services.outbox_put

    def put(topic, **ids):
        if ids == {"dataset_id": uuid.UUID(stuck)}:
            raise ValueError("of another release")
        real(topic, **ids)

    def away(*_):
        raise OSError("the disk is away")

    monkeypatch.setattr(services, "outbox_put", put)
    monkeypatch.setattr(StagedFile, "remove", away)
    with service_scope():
        assert datasets_reconcile() == 1
    assert _messages() == [("datasets.validate", good)]
    assert owner.api.get(f"/uploads/{unused}").json()["state"] == "received", "its bytes are still there"
    monkeypatch.undo()
    _age(stuck)
    with service_scope():
        assert datasets_reconcile() == 2
    assert _messages() == [("datasets.validate", stuck)]
    assert owner.api.get(f"/uploads/{unused}").json()["state"] == "expired"


@pytest.mark.django_db
def test_work_that_is_taken_is_not_taken_twice(owner):
    dataset_id = _mapping_asked(owner)
    _age(dataset_id, lease_until=timezone.now() + timedelta(minutes=1))
    with service_scope():
        assert datasets_reconcile() == 0
    validate(dataset_id)
    assert shown(owner.api, dataset_id)["state"] == "validating"


@pytest.mark.django_db
def test_dead_worker_is_succeeded_and_leaves_nothing(owner):
    dataset_id = _mapping_asked(owner)
    _age(dataset_id, lease_until=timezone.now() - timedelta(minutes=1))
    left = Path(settings.ENVIRONMENT.anneal_data_dir) / "work" / f"{dataset_id}-1"
    left.mkdir(parents=True)
    (left / "train.parquet").write_bytes(b"half")
    orphan = f"{owner.tenant_id}/datasets/{dataset_id}/01890000-0000-7000-8000-000000000000/train.parquet"
    store().put_file(orphan, left / "train.parquet")
    with service_scope():
        assert datasets_reconcile() == 1
    validate(dataset_id)
    assert shown(owner.api, dataset_id)["state"] == "ready"
    assert not left.exists()
    assert orphan not in _objects(owner, dataset_id)
    with owner.scope():
        assert DatasetVersion.objects.count() == 1


@pytest.mark.django_db
def test_three_crashes_end_with_the_platforms_own_fault(owner):
    dataset_id = _mapping_asked(owner)
    for _ in range(4):
        _age(dataset_id, lease_until=timezone.now() - timedelta(minutes=1), state="validating")
        with service_scope():
            Dataset.objects.filter(id=dataset_id).update(crashes=2)
        validate(dataset_id)
    dataset = shown(owner.api, dataset_id)
    assert dataset["state"] == "invalid"
    assert codes(dataset) == ["data:platform"]
    assert "our side" in dataset["problems"][0]["message"]
    assert mapped(owner, dataset)["state"] == "ready", "trying again is possible"


@pytest.mark.django_db
def test_failure_of_the_store_is_tried_again(owner, monkeypatch):
    dataset_id = _mapping_asked(owner)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(store()), "put_file", full)
    validate(dataset_id)
    dataset = shown(owner.api, dataset_id)
    assert (dataset["state"], dataset["latest_version"]) == ("validating", None)
    assert not list((Path(settings.ENVIRONMENT.anneal_data_dir) / "work").glob(f"{dataset_id}-*"))
    monkeypatch.undo()
    validate(dataset_id)
    assert shown(owner.api, dataset_id)["state"] == "ready"


@pytest.mark.django_db
def test_outage_of_the_store_is_waited_out(owner, monkeypatch):
    dataset_id = _mapping_asked(owner)

    def away(*_):
        raise OSError("SlowDown")

    with monkeypatch.context() as patched:
        patched.setattr(type(store()), "fetch", away)
        for _ in range(5):
            validate(dataset_id)
        progress = shown(owner.api, dataset_id)["progress"]
    assert (progress["stage"], progress["rows_read"]) == ("validating", 0)
    validate(dataset_id)
    dataset = shown(owner.api, dataset_id)
    assert dataset["state"] == "ready"

    version = dataset["latest_version"]
    row = owner.api.get(f"/dataset-versions/{version['id']}/rows?limit=1").json()["data"][0]
    wish = {"base_version_id": version["id"], "changes": [{"id": row["id"], "action": "drop"}]}
    asked = owner.api.post(f"/datasets/{dataset_id}/changes", wish).json()
    monkeypatch.setattr(type(store()), "put_file", away)
    with owner.scope():  # It was asked for long before the store went away.
        DatasetChange.objects.update(created_at=timezone.now() - timedelta(days=9))
    for _ in range(5):
        change(asked["id"])
    waiting = owner.api.get(f"/datasets/{dataset_id}/changes/{asked['id']}").json()
    assert (waiting["state"], waiting["progress"]) == ("waiting", None)
    monkeypatch.setattr(leased_work, "STORE_PATIENCE", timedelta())
    for _ in range(4):
        change(asked["id"])
    assert owner.api.get(f"/datasets/{dataset_id}/changes/{asked['id']}").json()["state"] == "failed", "not for ever"


@pytest.mark.django_db
def test_overtaken_worker_publishes_nothing(owner, monkeypatch):
    dataset_id = _mapping_asked(owner)
    real = work.Build.run

    def run(self, parts):
        built = real(self, parts)
        with service_scope():  # Meanwhile somebody else took over.
            Dataset.objects.filter(id=dataset_id).update(run=99)
        return built

    monkeypatch.setattr(work.Build, "run", run)
    validate(dataset_id)
    assert shown(owner.api, dataset_id)["latest_version"] is None
    assert _objects(owner, dataset_id) == []


def _answer_is_lost(monkeypatch, kind) -> None:
    """The server commits the last write of the work, and the connection breaks before it says so."""
    finish, commit = kind.finish, DatabaseWrapper._commit
    finished = []

    def noted_finish(self, *values, **named):
        finish(self, *values, **named)
        finished.append(self)

    def unheard_commit(self):
        commit(self)
        if finished:
            finished.clear()
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(kind, "finish", noted_finish)
    monkeypatch.setattr(DatabaseWrapper, "_commit", unheard_commit)


def _files_missing(number: int) -> list[str]:
    with service_scope():
        version = DatasetVersion.objects.get(number=number)
    stored = set(store().list_keys(f"{version.tenant_id}/datasets/{version.dataset_id}/{version.id}"))
    return [file["name"] for file in version.files if file["key"] not in stored]


def test_version_keeps_its_files_when_the_answer_to_the_commit_is_lost(committed_db, monkeypatch):
    from tests.support.people import person_found

    owner = person_found("owner")
    dataset_id = _mapping_asked(owner)
    with monkeypatch.context() as patched:
        _answer_is_lost(patched, work.Work)
        validate(dataset_id)
    assert shown(owner.api, dataset_id)["state"] == "ready"
    assert _files_missing(1) == []

    version = shown(owner.api, dataset_id)["latest_version"]
    row = owner.api.get(f"/dataset-versions/{version['id']}/rows?limit=1").json()["data"][0]
    wish = {"base_version_id": version["id"], "changes": [{"id": row["id"], "action": "drop"}]}
    asked = owner.api.post(f"/datasets/{dataset_id}/changes", wish).json()
    _answer_is_lost(monkeypatch, ChangeWork)
    change(asked["id"])
    assert _files_missing(2) == []


@pytest.mark.django_db
def test_late_sweep_removes_nothing_of_whoever_took_over(owner, monkeypatch):
    dataset_id = _mapping_asked(owner)
    real, listed = type(store()).list_keys, []

    def list_keys(self, prefix):
        if not listed:  # The first worker stands still here, and loses the work.
            listed.append(prefix)
            _age(dataset_id, lease_until=timezone.now() - timedelta(seconds=1))
            validate(dataset_id)
        return real(self, prefix)

    monkeypatch.setattr(type(store()), "list_keys", list_keys)
    validate(dataset_id)
    assert listed
    assert shown(owner.api, dataset_id)["latest_version"]["number"] == 1
    assert _files_missing(1) == []


@pytest.mark.django_db
def test_work_on_a_deleted_dataset_stops(owner):
    dataset_id = _mapping_asked(owner)
    owner.api.delete(f"/datasets/{dataset_id}")
    validate(dataset_id)
    inspect(dataset_id)
    _age(dataset_id)
    with service_scope():
        assert datasets_reconcile() == 0
    with owner.scope():
        assert DatasetVersion.objects.count() == 0


@pytest.mark.django_db
def test_progress_shows_at_most_twice_a_second_and_renews_the_lease(owner, django_assert_num_queries):
    dataset_id = _mapping_asked(owner)
    claimed = work._claim(uuid.UUID(dataset_id), "validating")
    assert claimed is not None
    claimed.tick("validating", 10, 100)
    with django_assert_num_queries(0):
        claimed.tick("validating", 20, 200)
    progress = shown(owner.api, dataset_id)["progress"]
    assert progress == {"stage": "validating", "rows_read": 10, "bytes_read": 100, "total_bytes": len(GOOD)}
    with owner.scope():
        assert Dataset.objects.get().lease_until > timezone.now() + timedelta(seconds=30)


@pytest.fixture
def seen(monkeypatch):
    """What the API says after every tick, for whoever is to be watched."""
    monkeypatch.setattr(work.Work, "TICK_S", 0)
    answers: list[dict] = []

    def watch(person, dataset_id):
        real = work.Work.tick

        def tick(self, *progress):
            real(self, *progress)
            answers.append(shown(person.api, dataset_id))

        monkeypatch.setattr(work.Work, "tick", tick)
        return answers

    return watch


@pytest.mark.django_db
def test_findings_show_while_rows_are_still_read(owner, seen):
    rows = [("", "praise"), *good_rows(60)]
    dataset = dataset_of(owner, (csv_of(rows), "a.csv", "train"), (csv_of(good_rows(9000)), "b.csv", "train"))
    answers = seen(owner, dataset["id"])
    done = mapped(owner, dataset)
    early = next(answer for answer in answers if answer["problems"])
    assert (early["state"], early["progress"]["stage"], early["num_problems"]) == ("validating", "validating", 1)
    assert early["progress"]["bytes_read"] < early["progress"]["total_bytes"]
    assert early["problems"] == done["problems"]
    assert early["problems"][0]["row"] == 2
    assert done["state"] == "invalid"


@pytest.mark.django_db
def test_beginning_of_a_large_file_is_told_before_its_end_is_seen(owner, seen, monkeypatch):
    monkeypatch.setattr(work, "_EARLY_BYTES", 1000)
    ragged = b"text,label\nlonely\n" + csv_of(good_rows(2000))
    made = owner.api.post("/datasets", {"name": "a", "files": [{"upload_id": uploaded(owner.api, ragged)}]}).json()
    answers = seen(owner, made["id"])
    inspect(made["id"])
    first = answers[0]
    assert (first["state"], codes(first), first["problems"][0]["row"]) == ("inspecting", ["data:ragged_row"], 2)
    assert codes(shown(owner.api, made["id"])) == [], "rows are judged when their columns are known"


@pytest.mark.django_db
def test_what_was_shown_early_is_not_counted_twice_by_a_successor(owner, seen):
    dataset = dataset_of(owner, (csv_of([("", "praise"), *good_rows(60)]), "a.csv", "auto"))
    owner.api.put(f"/datasets/{dataset['id']}/mapping", {"text": "text", "label": "label"})
    claimed = work._claim(uuid.UUID(dataset["id"]), "validating")
    assert claimed is not None
    claimed.problems.add(Problem("data:missing_text", file="a.csv", row=2, column="text"))
    claimed.tick("validating", 1, 1)
    assert shown(owner.api, dataset["id"])["num_problems"] == 1
    _age(dataset["id"], lease_until=timezone.now() - timedelta(seconds=1))
    validate(dataset["id"])
    done = shown(owner.api, dataset["id"])
    assert (done["state"], done["num_problems"]) == ("invalid", 1)


_VICTIM = """
import os, sys, django
django.setup()
from pathlib import Path
from anneal.datasets.files.build import SplitWriter
from anneal.datasets.services.work import dataset_validate
import uuid
real = SplitWriter.flush
def flush(self):
    real(self)
    Path(sys.argv[2]).touch()
    import threading; threading.Event().wait()
SplitWriter.flush = flush
dataset_validate(uuid.UUID(sys.argv[1]))
"""


@pytest.mark.slow
def test_killed_process_leaves_the_dataset_to_the_next(committed_db, data_dir, tmp_path):
    from tests.support.people import person_found

    owner = person_found("owner")
    dataset_id = _mapping_asked(owner)
    connection.close()
    mark = tmp_path / "writing"
    environment = committed_db.environment("service", data_dir)
    child = subprocess.Popen([sys.executable, "-c", _VICTIM, dataset_id, str(mark)], env=environment)
    try:
        deadline = time.monotonic() + 60
        while not mark.exists():
            assert child.poll() is None, "the worker ended by itself"
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    halfway = shown(owner.api, dataset_id)
    assert (halfway["state"], halfway["latest_version"]) == ("validating", None)
    _age(dataset_id, lease_until=timezone.now() - timedelta(seconds=1))
    validate(dataset_id)
    dataset = shown(owner.api, dataset_id)
    assert (dataset["state"], dataset["latest_version"]["number"]) == ("ready", 1)
    assert not list((data_dir / "work").glob(f"{dataset_id}-*"))
