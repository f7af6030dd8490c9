"""What is left of datasets that are gone for good: their rows, without what those quoted of the texts. Jobs and models keep what they know.

In the store all files go: uploads, unpacked copies, versions, changes and what the doctor found. They stay for as long as a job has to read
them. On this machine's disk: the doctor's embeddings and its model of names, and work folders of runs that were killed, which go as soon
as the dataset is deleted, since no other run uses them. The disk is gone through as it lies there, so that folders of tenants that are no
more go as well; every process that has such a disk does it for its own.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from anneal.common.isolation import each
from anneal.common.near import near_tidy
from anneal.common.removing import removal_ask
from anneal.common.restoring import gone_for_good
from anneal.datasets.models import (
    Annotation,
    Dataset,
    DatasetChange,
    DatasetFile,
    DatasetVersion,
    DoctorFinding,
    DoctorReport,
    LabelClaim,
    LabelRow,
    LabelSession,
    RowScores,
    Upload,
)
from anneal.datasets.services.uploads import upload_key

_AFTER: Final = timedelta(minutes=10)
"""Work on a dataset that is deleted ends at its next sign of life; what it wrote until then is there by now."""
_AT_ONCE = 20_000
_STAGED_FOR: Final = timedelta(days=1)
STORED_IN: Final = ("uploads", "datasets", "members", "changes")
"""Where files of datasets lie, below their tenant."""
_WORK: Final = re.compile(r"^(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d+$")


def leftovers_sweep(*, in_use: Callable[[list[uuid.UUID]], Collection[uuid.UUID]], limit: int = 100) -> int:
    """Have removed what gone datasets left in the store, and remove it from this disk; returns how many datasets and folders.

    Not of datasets `in_use`. Runs in `service_scope`.
    """
    gone = gone_for_good(Dataset.objects.filter(swept_at__isnull=True))
    # In no order, so that those that are in use keep no others waiting.
    rows = list(gone.select_for_update(skip_locked=True).order_by("?").only("id", "tenant_id")[:limit])
    # Asked with the rows locked: whoever begins work on such a dataset holds its row (`dataset_version_hold`).
    busy = in_use([row.id for row in rows])
    return each([row for row in rows if row.id not in busy], _sweep, event="dataset.not_swept") + disk_sweep()


def dataset_version_hold(version_id: uuid.UUID) -> bool:
    """Keep the files of a version for the rest of the transaction, also where its dataset is deleted; False where they are gone."""
    held = Dataset.objects.select_for_update(of=("self",)).filter(versions=version_id, swept_at__isnull=True)
    return bool(held.values_list("id", flat=True))


def _sweep(dataset: Dataset) -> int:
    if not _forget_texts(dataset):
        return 1  # The next sweep goes on.
    for place in ("datasets", "members", "changes"):
        removal_ask(f"{dataset.tenant_id}/{place}/{dataset.id}")
    for upload in _uploads_of_nobody_else(dataset):
        Upload.objects.filter(id=upload.id).update(state="expired")
        removal_ask(upload_key(upload))
    Dataset.objects.filter(id=dataset.id).update(swept_at=Now())
    return 1


def _uploads_of_nobody_else(dataset: Dataset) -> list[Upload]:
    others = DatasetFile.objects.filter(upload_id=OuterRef("id"), dataset__swept_at__isnull=True)
    own = DatasetFile.objects.filter(dataset_id=dataset.id).values("upload_id")
    # Whoever makes a dataset of an upload holds its row.
    ids = [upload.id for upload in Upload.objects.select_for_update(of=("self",)).filter(id__in=own)]
    return list(Upload.objects.filter(~Exists(others.exclude(dataset_id=dataset.id)), id__in=ids))


def _forget_texts(dataset: Dataset) -> bool:
    """What rows quote of the data; False where there are more of them than one transaction takes."""
    sessions = LabelSession.objects.filter(dataset_id=dataset.id)
    versions = DatasetVersion.objects.filter(dataset_id=dataset.id)
    quoting: tuple[QuerySet[Any], ...] = (
        Annotation.objects.filter(session__in=sessions),
        LabelClaim.objects.filter(session__in=sessions),
        LabelRow.objects.filter(session__in=sessions),
        RowScores.objects.filter(version__in=versions),
        DoctorFinding.objects.filter(report__version__in=versions),
    )
    for rows in quoting:
        ids = list(rows.order_by().values_list("pk", flat=True)[:_AT_ONCE])
        rows.filter(pk__in=ids).delete()
        if len(ids) == _AT_ONCE:
            return False
    sessions.update(scored_by=None, labels=[])
    DatasetChange.objects.filter(dataset_id=dataset.id).update(params={}, problems=[], storage_key="")
    DatasetFile.objects.filter(dataset_id=dataset.id).update(columns=[], reading={})
    Dataset.objects.filter(id=dataset.id).update(columns=[], problems=[], progress=None, names_model=None)
    return True


def named_of_datasets(keys: Collection[str]) -> set[str]:
    """Those of the tenant's `keys` in `STORED_IN` that rows name. In its scope."""
    parts = {key: key.split("/")[1:] for key in keys}
    ids = {found for part in parts.values() for name in part[1:3] if (found := _id_of(name.removesuffix(".jsonl")))}
    datasets = _ids(Dataset.objects.filter(id__in=ids, swept_at__isnull=True))
    uploads = set(Upload.objects.filter(id__in=ids).exclude(state="expired").values_list("id", flat=True))
    versions = set(DatasetVersion.objects.filter(id__in=ids, dataset__in=datasets).values_list("id", flat=True))
    changes = set(DatasetChange.objects.filter(id__in=ids, dataset__in=datasets).values_list("id", flat=True))
    named = {"uploads": (1, uploads), "datasets": (2, versions), "members": (1, datasets), "changes": (2, changes)}
    return {key for key, part in parts.items() if _is_named(part, *named[part[0]])}


def _is_named(part: Sequence[str], place: int, known: Collection[uuid.UUID]) -> bool:
    return len(part) > place and _id_of(part[place].removesuffix(".jsonl")) in known


def disk_sweep() -> int:
    """Remove what datasets that are gone left on this disk; returns how many folders and files. Runs in `service_scope`."""
    near_tidy()
    doomed = [*_caches(), *_work_folders(), *_staged()]
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


def _staged() -> Iterator[Path]:
    """Files on their way in that no row knows. The row of a new one may not be there yet."""
    late = time.time() - _STAGED_FOR.total_seconds()
    found = [path for path in _root("uploads").glob("*/*.part") if path.stat().st_mtime < late]
    known = {path: _id_of(path.stem) for path in found}
    alive = set(Upload.objects.filter(id__in=set(known.values())).values_list("id", flat=True))
    return (path for path, upload_id in known.items() if upload_id not in alive)


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
