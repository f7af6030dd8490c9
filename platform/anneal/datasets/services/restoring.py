"""Bringing back a dataset that was deleted, with the work on it that its deletion ended."""

from __future__ import annotations

from anneal.common.errors import AnnealError
from anneal.common.outbox import outbox_put
from anneal.common.restoring import RESTORABLE_DAYS
from anneal.datasets.models import Dataset, DatasetChange, DoctorReport
from anneal.datasets.selectors import dataset_bytes, datasets_restorable
from anneal.datasets.services import TASK_OF_STATE
from anneal.datasets.services.datasets import progress_waiting
from anneal.datasets.services.doctor import ANEW
from anneal.plans.services import quota_room_check
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write


def dataset_restore(*, actor: Actor, dataset: Dataset) -> None:
    """Bring back a deleted dataset as it was; one that was not deleted stays as it is.

    Raises AnnealError (409) when it is gone for good, or when there is no room by the quota.

    Work that the deletion ended (reading, checking, a change, the doctor) begins anew.
    """
    locked = Dataset.objects.select_for_update().get(id=dataset.id)
    if locked.deleted_at is None:
        return
    quota_room_check(num_bytes=dataset_bytes(locked.id))
    if not datasets_restorable().filter(id=locked.id).update(deleted_at=None):
        raise AnnealError("dataset.gone", status=409, params={"days": RESTORABLE_DAYS})
    _work_begin(locked)
    audit_write(actor=actor, action="dataset.restored", target=str(locked.id), name=locked.name)


def _work_begin(dataset: Dataset) -> None:
    if dataset.state in TASK_OF_STATE:
        total_bytes = (dataset.progress or {}).get("total_bytes", 0)
        Dataset.objects.filter(id=dataset.id).update(progress=progress_waiting(dataset.state, total_bytes), **ANEW)
        outbox_put(TASK_OF_STATE[dataset.state], dataset_id=dataset.id)
    changes = DatasetChange.objects.filter(dataset_id=dataset.id, state="waiting")
    reports = DoctorReport.objects.filter(version__dataset_id=dataset.id, state__in=["queued", "running"])
    for change_id in list(changes.values_list("id", flat=True)):
        outbox_put("datasets.change", change_id=change_id)
    for report_id in list(reports.values_list("id", flat=True)):
        outbox_put("datasets.diagnose", report_id=report_id)
    changes.update(progress=None, **ANEW)
    reports.update(state="queued", progress=None, **ANEW)
