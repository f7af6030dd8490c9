"""Writes of datasets. Here: what the dispatcher calls every few seconds to make up for lost messages and dead workers."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from anneal.common.outbox import outbox_put
from anneal.datasets.models import Dataset, DatasetChange, DoctorReport
from anneal.datasets.services.fetches import fetches_reconcile
from anneal.datasets.services.uploads import uploads_expire

_ASK_AGAIN_AFTER = timedelta(seconds=15)
_TASKS = {"inspecting": "datasets.inspect", "validating": "datasets.validate"}
_AT_ONCE = 100


def datasets_reconcile() -> int:
    """Ask again for work that nobody does, and expire forgotten uploads; returns how many rows were touched. Runs in `service_scope`.

    A dataset at work without a lease was never picked up (its message was lost); one with an ended lease lost its worker.
    """
    idle = list(
        Dataset.objects.select_for_update(skip_locked=True)
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()), deleted_at__isnull=True)
        .filter(state__in=_TASKS, work_asked_at__lt=Now() - _ASK_AGAIN_AFTER)
        .only("id", "state")
        .order_by("work_asked_at")[:_AT_ONCE]
    )
    for dataset in idle:
        outbox_put(_TASKS[dataset.state], dataset_id=dataset.id)
    Dataset.objects.filter(id__in=[dataset.id for dataset in idle]).update(work_asked_at=Now())
    again = _changes_ask_again() + _reports_ask_again()
    return len(idle) + again + fetches_reconcile(limit=_AT_ONCE) + uploads_expire(limit=_AT_ONCE)


def _changes_ask_again() -> int:
    idle = list(
        DatasetChange.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()), dataset__deleted_at__isnull=True)
        .filter(state="waiting", work_asked_at__lt=Now() - _ASK_AGAIN_AFTER)
        .only("id")
        .order_by("work_asked_at")[:_AT_ONCE]
    )
    for change in idle:
        outbox_put("datasets.change", change_id=change.id)
    DatasetChange.objects.filter(id__in=[change.id for change in idle]).update(work_asked_at=Now())
    return len(idle)


def _reports_ask_again() -> int:
    idle = list(
        DoctorReport.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()), version__dataset__deleted_at__isnull=True)
        .filter(state__in=["queued", "running"], work_asked_at__lt=Now() - _ASK_AGAIN_AFTER)
        .only("id")
        .order_by("work_asked_at")[:_AT_ONCE]
    )
    for report in idle:
        outbox_put("datasets.diagnose", report_id=report.id)
    DoctorReport.objects.filter(id__in=[report.id for report in idle]).update(work_asked_at=Now())
    return len(idle)
