"""What a deleted dataset leaves behind: nothing that was made of its files, here or in the store."""

from __future__ import annotations

import gzip
import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from anneal.common.restoring import RESTORABLE_FOR
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.datasets.models import Dataset, DoctorReport, Upload
from anneal.datasets.services.leftovers import cache_folder
from anneal.datasets.services.members import members_prefix
from anneal.datasets.staging import StagedFile
from anneal.jobs.services.keeping import keeping_sweep
from tests.anneal.datasets.steps import csv_of, dataset_of, good_rows, mapped, shown
from tests.support.removals import removals_done

pytestmark = pytest.mark.django_db


def _sweep() -> int:
    with service_scope():
        num_swept = keeping_sweep()
    removals_done()
    return num_swept


def _left(person, dataset_id: str) -> dict[str, bool]:
    """What there is of a dataset, besides what `test_keeping` looks at."""
    members = members_prefix(person.tenant_id, uuid.UUID(dataset_id))
    work = Path(django_settings.ENVIRONMENT.anneal_data_dir) / "work"
    with service_scope():
        names = [
            dataset_id,
            *map(str, DoctorReport.objects.filter(version__dataset=dataset_id).values_list("id", flat=True)),
        ]
    return {
        "members": bool(list(store().list_keys(members))),
        "cache": cache_folder(person.tenant_id, uuid.UUID(dataset_id)).exists(),
        "work": any(list(work.glob(f"{name}-*")) for name in names),
    }


def _made(person) -> str:
    """A dataset of a packed file; its workers were killed, and the doctor has kept embeddings."""
    packed = gzip.compress(csv_of(good_rows(40)))
    dataset = mapped(person, dataset_of(person, (packed, "reviews.csv.gz", "auto")))
    cache = cache_folder(person.tenant_id, uuid.UUID(dataset["id"]))
    cache.mkdir(parents=True)
    (cache / "vectors-x.safetensors").write_bytes(b"texts of a customer")
    with service_scope():
        report = DoctorReport.objects.get(version_id=dataset["latest_version"]["id"])
    for name in (dataset["id"], report.id):
        (Path(django_settings.ENVIRONMENT.anneal_data_dir) / "work" / f"{name}-3").mkdir(parents=True)
    return dataset["id"]


def test_deleted_dataset_leaves_nothing_and_the_others_lose_nothing(owner, stranger):
    kept, gone, foreign = _made(owner), _made(owner), _made(stranger)
    everything = {"members": True, "cache": True, "work": True}
    assert _left(owner, gone) == everything
    assert owner.api.delete(f"/datasets/{gone}").status_code == 204
    _sweep()
    assert _left(owner, gone) == everything, "a worker may be at it still"
    with service_scope():
        Dataset.objects.filter(id=gone).update(deleted_at=timezone.now() - timedelta(minutes=11))
    _sweep()
    assert _left(owner, gone) == {**everything, "work": False}, "it may be brought back"
    with service_scope():
        Dataset.objects.filter(id=gone).update(deleted_at=timezone.now() - RESTORABLE_FOR)
    assert _sweep() > 0
    assert not any(_left(owner, gone).values())
    assert _left(owner, kept) == _left(stranger, foreign) == everything
    assert shown(owner.api, kept)["state"] == "ready"
    assert _sweep() == 0, "once is enough"


def test_embeddings_of_nobody_are_removed(owner):
    kept = _made(owner)
    root = Path(django_settings.ENVIRONMENT.anneal_data_dir) / "doctor"
    orphan = cache_folder(uuid.uuid4(), uuid.uuid4())
    orphan.mkdir(parents=True)
    (root / str(owner.tenant_id) / "vectors-old.safetensors").write_bytes(b"of the time when datasets shared a folder")
    assert _sweep() >= 2
    assert not orphan.parent.exists()
    assert not list((root / str(owner.tenant_id)).glob("*.safetensors"))
    assert _left(owner, kept)["cache"]


def test_files_on_their_way_in_that_no_row_knows_go_a_day_later(owner):
    folder = Path(django_settings.ENVIRONMENT.anneal_data_dir) / "uploads" / str(uuid.uuid4())
    folder.mkdir(parents=True)
    old, new = (folder / f"{uuid.uuid4()}.part" for _ in range(2))
    known = owner.api.post("/uploads", None, **{"Tus-Resumable": "1.0.0", "Upload-Length": "8"})
    assert known.status_code == 201, known.content
    with service_scope():
        [upload] = Upload.objects.all()
    own = StagedFile(owner.tenant_id, upload.id).path
    for path in (old, new):
        path.touch()
    for path in (old, own):
        os.utime(path, (0, 0))
    _sweep()
    assert [path.exists() for path in (old, new, own)] == [False, True, True]
