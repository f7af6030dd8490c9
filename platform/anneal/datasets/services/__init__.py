"""Writes of datasets. Here: what the dispatcher calls every few seconds to make up for lost messages and dead workers."""

from __future__ import annotations

from anneal.common.leased_work import ask_again
from anneal.common.outbox import outbox_put
from anneal.datasets.models import Dataset, DatasetChange, DoctorReport
from anneal.datasets.services.fetches import fetches_reconcile
from anneal.datasets.services.uploads import uploads_expire

TASK_OF_STATE = {"inspecting": "datasets.inspect", "validating": "datasets.validate"}
"""Who works on a dataset that stands there."""
_AT_ONCE = 100


def datasets_reconcile() -> int:
    """Ask again for work that nobody does, and expire forgotten uploads; returns how many rows were touched. Runs in `service_scope`.

    A dataset at work without a lease was never picked up (its message was lost); one with an ended lease lost its worker.
    """
    datasets = Dataset.objects.filter(deleted_at__isnull=True, state__in=TASK_OF_STATE).only("id", "state")
    changes = DatasetChange.objects.filter(state="waiting", dataset__deleted_at__isnull=True).only("id")
    reports = DoctorReport.objects.filter(state__in=["queued", "running"], version__dataset__deleted_at__isnull=True)
    return (
        ask_again(datasets, lambda row: outbox_put(TASK_OF_STATE[row.state], dataset_id=row.id), limit=_AT_ONCE)
        + ask_again(changes, lambda row: outbox_put("datasets.change", change_id=row.id), limit=_AT_ONCE)
        + ask_again(reports.only("id"), lambda row: outbox_put("datasets.diagnose", report_id=row.id), limit=_AT_ONCE)
        + fetches_reconcile(limit=_AT_ONCE)
        + uploads_expire(limit=_AT_ONCE)
    )
