"""What is left of datasets that are gone for good, besides their versions, which stay for the jobs and models that stand on them.

In the store: unpacked copies of files and the rows of their sheets. On this machine's disk: the doctor's embeddings and its model of
names, and work folders of runs that were killed, which go as soon as the dataset is deleted, since no other run uses them. The disk is
gone through as it lies there, so that folders of tenants that are no more go as well; every process that has such a disk does it for its
own.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import uuid
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from anneal.common.isolation import each
from anneal.common.near import near_tidy
from anneal.common.restoring import gone_for_good
from anneal.common.storage import store
from anneal.datasets.models import Dataset, DatasetChange, DoctorReport
from anneal.datasets.services.members import members_prefix

_AFTER: Final = timedelta(minutes=10)
"""Work on a dataset that is deleted ends at its next sign of life; what it wrote until then is there by now."""
_WORK: Final = re.compile(r"^(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d+$")


def leftovers_sweep(*, limit: int = 100) -> int:
    """Remove what gone datasets left in the store and on this disk; returns how many datasets and folders. Runs in `service_scope`."""
    gone = gone_for_good(Dataset.objects.filter(swept_at__isnull=True))
    rows = list(gone.select_for_update(skip_locked=True).order_by("deleted_at").only("id", "tenant_id")[:limit])
    return each(rows, _sweep, event="dataset.not_swept") + disk_sweep()


def _sweep(dataset: Dataset) -> int:
    store().delete_prefix(members_prefix(dataset.tenant_id, dataset.id))
    Dataset.objects.filter(id=dataset.id).update(swept_at=Now())
    return 1


def disk_sweep() -> int:
    """Remove what datasets that are gone left on this disk; returns how many folders and files. Runs in `service_scope`."""
    near_tidy()
    doomed = [*_caches(), *_work_folders()]
    for path in doomed:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for folder in _root("doctor").glob("*"):
        with contextlib.suppress(OSError):  # It is not empty.
            folder.rmdir()
    return len(doomed)


def cache_folder(tenant_id: uuid.UUID | None, dataset_id: uuid.UUID) -> Path:
    """Where the doctor keeps the embeddings of a dataset's texts, and the model that it tells names by."""
    return _root("doctor") / str(tenant_id) / str(dataset_id)


def _root(name: str) -> Path:
    return Path(settings.ENVIRONMENT.anneal_data_dir).absolute() / name


def _caches() -> Iterator[Path]:
    """Folders of datasets that are gone or unknown, and files that are no dataset's."""
    found = [path for path in _root("doctor").glob("*/*") if not path.name.startswith(".tmp-")]
    known = {path: _id_of(path.name) for path in found if path.is_dir()}
    ids = {dataset_id for dataset_id in known.values() if dataset_id is not None}
    rows = Dataset.objects.filter(id__in=ids)
    alive = _ids(rows) - _ids(gone_for_good(rows))
    return (path for path in found if known.get(path) not in alive)


def _work_folders() -> Iterator[Path]:
    """Folders of work on datasets that are deleted; other apps work beside them under ids of their own."""
    matches = [(path, _WORK.match(path.name)) for path in _root("work").glob("*")]
    found = {path: uuid.UUID(match["id"]) for path, match in matches if match}
    over = _ids_of_deleted(set(found.values()))
    return (path for path, work_id in found.items() if work_id in over)


def _ids(rows: QuerySet[Dataset]) -> set[uuid.UUID]:
    return set(rows.values_list("id", flat=True))


def _ids_of_deleted(ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    late = Now() - _AFTER
    return {
        *Dataset.objects.filter(id__in=ids, deleted_at__lt=late).values_list("id", flat=True),
        *DatasetChange.objects.filter(id__in=ids, dataset__deleted_at__lt=late).values_list("id", flat=True),
        *DoctorReport.objects.filter(id__in=ids, version__dataset__deleted_at__lt=late).values_list("id", flat=True),
    }


def _id_of(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name)
    except ValueError:
        return None
