"""What is kept no longer leaves the store: deleted data and models, checkpoints of jobs without a model, and what no row names."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from anneal.common.models import StoreWork
from anneal.common.removing import removal_do, store_work_reconcile
from anneal.common.restoring import RESTORABLE_FOR
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.datasets.models import Dataset, DoctorFinding, DoctorReport, Upload
from anneal.datasets.services import leftovers
from anneal.jobs.models import FAILED_KEPT_FOR, Checkpoint, Job
from anneal.jobs.services import walking
from anneal.jobs.services.files import attempt_prefix, folder_upload
from anneal.jobs.services.keeping import keeping_sweep
from anneal.jobs.services.leases import job_claim, job_fail, job_finalizing, job_finish, job_release
from anneal.jobs.services.reports import checkpoint_commit
from anneal.jobs.services.walking import store_walk
from anneal.registry.models import TunedModel
from tests.anneal.datasets.steps import csv_of, dataset_of, edited, good_rows, mapped, rows_of, shown, versioned
from tests.anneal.jobs import test_side_by_side as side_by_side
from tests.anneal.jobs.material import evaluation_document, job_make, job_row
from tests.support.buckets import s3_settings
from tests.support.people import Person
from tests.support.removals import removals_done

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["disk", "s3"])
def kept_in(request, settings) -> Iterator[None]:
    """Where this installation keeps its objects."""
    if request.param == "disk":
        yield
        return
    with s3_settings() as found:
        store.cache_clear()
        with override_settings(ENVIRONMENT=settings.ENVIRONMENT.model_copy(update=vars(found))):
            yield
    store.cache_clear()


def sweep() -> int:
    """All that the dispatcher and the background worker do about files; how many removals it came to."""
    with service_scope():
        keeping_sweep()
    return removals_done()


def walk(person: Person, monkeypatch: pytest.MonkeyPatch, *, old: timedelta = timedelta(0)) -> None:
    """The tenant's objects gone through; what came longer ago than `old` is old."""
    monkeypatch.setattr(walking, "_OLD", old)
    with service_scope():
        walking.walks_plan()
        work = StoreWork.objects.get(kind="walk", prefix=str(person.tenant_id))
    store_walk(work.id)


def keys(person: Person) -> list[str]:
    places = ("uploads", "datasets", "members", "changes", "jobs")
    return [key for place in places for key in store().list_keys(f"{person.tenant_id}/{place}")]


def deleted(person: Person, path: str, *, ago: timedelta = RESTORABLE_FOR) -> None:
    """A dataset or a model that was deleted so long ago."""
    assert person.api.delete(path).status_code == 204
    rows: Any = Dataset if path.startswith("/datasets") else TunedModel
    with service_scope():
        rows.objects.filter(id=path.rsplit("/", 1)[1]).update(deleted_at=timezone.now() - ago)


def stored(folder: Path, prefix: str, name: str = "weights.safetensors") -> list[Any]:
    (folder / "part").mkdir(exist_ok=True)
    (folder / "part" / name).write_bytes(b"weights")
    return folder_upload(folder=folder / "part", prefix=prefix)


def begun(person: Person, version_id: str | None = None) -> dict[str, Any]:
    job_id = job_make(person, uuid.UUID(version_id) if version_id else None)
    assert job_claim(job_id=job_id, worker_id=uuid.uuid4())
    return {"job_id": job_id, "attempt": 1}


def prefix_of(person: Person, ids: dict[str, Any], attempt: int = 1) -> str:
    return attempt_prefix(tenant_id=person.tenant_id, job_id=ids["job_id"], attempt=attempt)


def committed(person: Person, ids: dict[str, Any], folder: Path, step: int = 5) -> None:
    prefix = f"{prefix_of(person, ids)}/checkpoints/{step}"
    files = stored(folder, prefix)
    checkpoint_commit(
        **ids, step=step, epoch=1.0, key_prefix=prefix, files=files, manifest_sha256="a" * 64, is_best=True
    )


def finished(person: Person, folder: Path, version_id: str | None = None) -> dict[str, Any]:
    """A job with a checkpoint and a model."""
    ids = begun(person, version_id)
    committed(person, ids, folder)
    job_finalizing(**ids)
    files = [vars(file) for file in stored(folder, f"{prefix_of(person, ids)}/artifacts/merged")]
    figures = f"{prefix_of(person, ids)}/rows.json"
    store().put_file(figures, folder / "part" / "weights.safetensors")
    job_finish(
        **ids,
        step=5,
        evaluation=evaluation_document(),
        artifacts=[{"kind": "merged", "files": files}],
        row_figures_key=figures,
    )
    return ids


def test_deleted_dataset_leaves_no_file_and_no_text(owner, stranger, kept_in):
    kept, foreign = versioned(owner), versioned(stranger)
    rest = keys(owner)
    gone = versioned(owner)
    first = rows_of(owner.api, gone["latest_version"]["id"])[0]
    edited(owner, gone, {"id": first["id"], "action": "set", "cells": {"text": "it never came"}})
    with service_scope():
        report = DoctorReport.objects.filter(version__dataset=gone["id"]).first()
        DoctorFinding.objects.create(
            tenant_id=owner.tenant_id,
            report=report,
            position=0,
            code="doctor:leakage",
            severity="error",
            num_rows=1,
            examples=["it never came"],
        )
    assert {key.split("/")[1] for key in set(keys(owner)) - set(rest)} == {"uploads", "datasets", "changes"}
    deleted(owner, f"/datasets/{gone['id']}", ago=RESTORABLE_FOR - timedelta(minutes=1))
    assert sweep() == 0, "it may be brought back"
    with service_scope():
        Dataset.objects.filter(id=gone["id"]).update(deleted_at=timezone.now() - RESTORABLE_FOR)
    assert sweep() > 0
    assert keys(owner) == rest
    with service_scope():
        row = Dataset.objects.get(id=gone["id"])
        assert (row.swept_at is not None, row.columns) == (True, [])
        assert not DoctorFinding.objects.filter(report=report).exists()
        assert Upload.objects.filter(state="expired").count() == 1
    assert sweep() == 0, "once is enough"
    assert all(shown(person.api, one["id"])["state"] == "ready" for person, one in ((owner, kept), (stranger, foreign)))


def test_texts_that_are_many_go_sweep_by_sweep_before_the_dataset_is_gone(owner, monkeypatch):
    """A million of them in one statement would be cut off by its time limit, again and again."""
    monkeypatch.setattr(leftovers, "_AT_ONCE", 2)
    gone = versioned(owner)
    with service_scope():
        report = DoctorReport.objects.filter(version__dataset=gone["id"]).first()
        DoctorFinding.objects.filter(report=report).delete()
        for position, code in enumerate(("leakage", "markup", "unreadable")):
            DoctorFinding.objects.create(
                tenant_id=owner.tenant_id,
                report=report,
                position=position,
                code=f"doctor:{code}",
                severity="error",
                num_rows=1,
                examples=["it never came"],
            )
    deleted(owner, f"/datasets/{gone['id']}")
    left = []
    for _ in range(2):
        sweep()
        with service_scope():
            left.append(
                (DoctorFinding.objects.filter(report=report).count(), bool(Dataset.objects.get(id=gone["id"]).swept_at))
            )
    assert left == [(1, False), (0, True)]


def test_upload_of_two_datasets_goes_with_the_last_of_them(owner):
    first = dataset_of(owner, (csv_of(good_rows()), "reviews.csv", "auto"))
    with service_scope():
        upload_id = Upload.objects.get().id
    second = owner.api.post(
        "/datasets",
        {"name": "again", "task": "classification", "files": [{"upload_id": str(upload_id), "split": "auto"}]},
    )
    assert second.status_code == 201, second.content
    for dataset_id, is_there in ((first["id"], True), (second.json()["id"], False)):
        deleted(owner, f"/datasets/{dataset_id}")
        sweep()
        assert (f"{owner.tenant_id}/uploads/{upload_id}" in keys(owner)) == is_there


def test_data_stay_until_no_job_reads_them(owner, tmp_path):
    dataset = versioned(owner)
    version_id = dataset["latest_version"]["id"]
    data = {key for key in keys(owner) if version_id in key}
    ids = begun(owner, version_id)
    committed(owner, ids, tmp_path)
    deleted(owner, f"/datasets/{dataset['id']}")
    sweep()
    assert data <= set(keys(owner))
    job_release(**ids)
    sweep()
    assert data <= set(keys(owner)), "it is queued again"
    assert job_claim(job_id=ids["job_id"], worker_id=uuid.uuid4())
    job_fail(job_id=ids["job_id"], attempt=2, code="training:diverged")
    sweep()
    assert not data & set(keys(owner))
    [checkpoint] = owner.api.get(f"/jobs/{ids['job_id']}/checkpoints").json()["data"]
    answer = owner.api.post(f"/checkpoints/{checkpoint['id']}/deliver", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "checkpoint.data_gone")


def test_deleted_model_takes_weights_and_checkpoints_of_its_jobs(owner, tmp_path):
    other = finished(owner, tmp_path)
    with service_scope():
        TunedModel.objects.update(name="another")
    rest = keys(owner)
    ids = finished(owner, tmp_path)
    with service_scope():
        model = TunedModel.objects.exclude(name="another").get()
    ours = [key for key in keys(owner) if str(ids["job_id"]) in key]
    assert len(ours) == 3
    [checkpoint] = owner.api.get(f"/jobs/{ids['job_id']}/checkpoints").json()["data"]
    delivery = owner.api.post(f"/checkpoints/{checkpoint['id']}/deliver", {}).json()
    deleted(owner, f"/models/{model.id}")
    sweep()
    assert set(ours) <= set(keys(owner)), "a job makes a model of its checkpoint"
    owner.api.post(f"/jobs/{delivery['id']}/cancel")
    sweep()
    assert [key for key in keys(owner) if str(ids["job_id"]) in key] == []
    assert set(rest) <= set(keys(owner))
    assert owner.api.get(f"/jobs/{ids['job_id']}/checkpoints").json()["data"] == []
    assert owner.api.post(f"/checkpoints/{checkpoint['id']}/download-link").status_code == 404
    assert owner.api.get(f"/jobs/{ids['job_id']}/evaluation").status_code == 200, "figures are no weights"
    assert len(owner.api.get(f"/jobs/{other['job_id']}/checkpoints").json()["data"]) == 1


def test_checkpoints_of_a_failed_job_stay_for_the_days_that_its_page_tells(owner, tmp_path):
    ids = begun(owner)
    committed(owner, ids, tmp_path)
    job_fail(**ids, code="training:diverged")
    told = owner.api.get(f"/jobs/{ids['job_id']}").json()
    assert told["checkpoints_kept_until"] == (job_row(ids["job_id"]).finished_at + FAILED_KEPT_FOR).isoformat().replace(
        "+00:00", "Z"
    )
    succeeded = finished(owner, tmp_path)
    assert owner.api.get(f"/jobs/{succeeded['job_id']}").json()["checkpoints_kept_until"] is None
    with service_scope():
        late = timezone.now() - FAILED_KEPT_FOR
        Job.objects.update(finished_at=late + timedelta(minutes=1))
        sweep()
        assert Checkpoint.objects.filter(gone_at=None).count() == 2
        Job.objects.update(finished_at=late)
        sweep()
        [left] = Checkpoint.objects.filter(gone_at=None)
    assert left.job_id == succeeded["job_id"]
    assert not [key for key in keys(owner) if str(ids["job_id"]) in key]
    assert len([key for key in keys(owner) if str(succeeded["job_id"]) in key]) == 3


def test_objects_that_no_row_names_go_a_day_later_and_nothing_else(owner, stranger, tmp_path, monkeypatch, kept_in):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows()), "reviews.csv", "auto")))
    first = rows_of(owner.api, dataset["latest_version"]["id"])[0]
    edited(owner, dataset, {"id": first["id"], "action": "set", "cells": {"text": "it never came"}})
    ended, running = finished(owner, tmp_path), begun(owner, dataset["latest_version"]["id"])
    committed(owner, running, tmp_path)
    stored(tmp_path, f"{prefix_of(owner, running)}/checkpoints/9")
    known = keys(owner)
    # Versions of other tests lie beside their datasets.
    known = [key for key in known if "/datasets/" not in key or dataset["id"] in key]
    unnamed = [
        f"{owner.tenant_id}/{place}"
        for place in (
            f"uploads/{uuid.uuid4()}",
            f"datasets/{dataset['id']}/{uuid.uuid4()}/train.parquet",
            f"datasets/{uuid.uuid4()}/{uuid.uuid4()}/train.parquet",
            f"members/{uuid.uuid4()}/x",
            f"changes/{dataset['id']}/{uuid.uuid4()}.jsonl",
            f"jobs/{ended['job_id']}/0/checkpoints/3/weights",
            f"jobs/{running['job_id']}/0/checkpoints/3/weights",
            f"jobs/{uuid.uuid4()}/1/rows.json",
        )
    ]
    others = [f"{owner.tenant_id}/elsewhere/x", f"{stranger.tenant_id}/uploads/{uuid.uuid4()}"]
    for key in (*unnamed, *others):
        store().put_file(key, tmp_path / "part" / "weights.safetensors")
    walk(owner, monkeypatch, old=timedelta(days=1))
    assert set(unnamed) <= set(keys(owner)), "whoever put them there may be about to name them"
    walk(owner, monkeypatch, old=timedelta(seconds=-5))
    assert not set(unnamed) & set(keys(owner))
    assert set(known) <= set(keys(owner))
    assert all(store().size_bytes(key) for key in others)


def test_the_age_of_an_object_is_not_that_of_the_file_it_was_made_of(tmp_path):
    source = tmp_path / "old"
    source.write_bytes(b"x")
    os.utime(source, (0, 0))
    tenant = str(uuid.uuid4())
    key = f"{tenant}/uploads/new"
    store().put_file(key, source)
    assert list(store().list_keys(tenant, before=timezone.now() - timedelta(days=1))) == []
    assert list(store().list_keys(tenant, before=timezone.now() + timedelta(seconds=5))) == [key]
    store().delete(key)


def test_a_store_that_is_away_delays_a_removal_and_no_error_removes_anything(owner, monkeypatch):
    dataset = versioned(owner)
    before = keys(owner)
    deleted(owner, f"/datasets/{dataset['id']}")
    with service_scope():
        keeping_sweep()
        [*works] = StoreWork.objects.filter(kind="remove")
    assert keys(owner) == before, "not in the transaction that decides it"

    def away(*_: object) -> None:
        raise OSError("the store is away")

    with monkeypatch.context() as patched:
        patched.setattr(type(store()), "delete_prefix", away)
        for work in works:
            removal_do(work.id)
    with service_scope():
        assert set(StoreWork.objects.filter(kind="remove").values_list("run", "lease_until")) == {(1, None)}
        assert store_work_reconcile() == 0, "it is given time"
        StoreWork.objects.filter(kind="remove").update(work_asked_at=timezone.now() - timedelta(minutes=1))
        assert store_work_reconcile() == len(works)
    for work in works:
        removal_do(work.id)
    assert not set(keys(owner)) & set(before)


def test_files_of_trials_stay_as_long_as_their_search_goes_on(owner, tmp_path):
    search_id = side_by_side.searching(owner)
    claim = side_by_side.begun(search_id, 0)
    ids = {"job_id": claim.job_id, "attempt": claim.attempt}
    committed(owner, ids, tmp_path)
    side_by_side.finish(claim, 0)
    ours = [key for key in keys(owner) if str(claim.job_id) in key]
    assert ours

    def aged() -> None:
        with service_scope():
            Job.objects.filter(finished_at__isnull=False).update(finished_at=timezone.now() - FAILED_KEPT_FOR)

    aged()
    sweep()
    assert set(ours) <= set(keys(owner)), "the best of them is delivered in the end"
    assert owner.api.post(f"/jobs/{search_id}/cancel").status_code == 200
    sweep()
    assert set(ours) <= set(keys(owner))
    aged()
    sweep()
    assert not set(ours) & set(keys(owner))
