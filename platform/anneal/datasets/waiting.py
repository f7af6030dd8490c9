"""Reads of what waits for a person: files to be looked at, columns to be confirmed, findings to be dealt with, rows to be labelled."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce, Now

from anneal.datasets.models import Dataset, DatasetVersion, DoctorFinding, DoctorReport, LabelSession, Upload
from anneal.datasets.selectors import label_rows_open
from anneal.datasets.services.uploads import KEPT

_STOPPED = timedelta(hours=1)


def datasets_undecided() -> QuerySet[Dataset]:
    """Datasets whose columns wait to be confirmed (`needs_mapping`), or whose files cannot be used (`invalid`), newest first.

    Each with its first problem as `first_problem`, in place of all of them.
    """
    waiting = Dataset.objects.filter(state__in=["needs_mapping", "invalid"], deleted_at__isnull=True)
    return (
        waiting.only("id", "name", "state", "created_at")
        .annotate(first_problem=KeyTransform("0", "problems"))
        .order_by("-id")
    )


def uploads_unfinished(user_id: uuid.UUID) -> QuerySet[Upload]:
    """A person's own files that could not be fetched, or of which nothing has come for an hour; those of nobody else can be resumed."""
    # An upload expires a fixed time after its last byte.
    is_stopped = Q(state="receiving", expires_at__lt=Now() + KEPT - _STOPPED)
    return Upload.objects.filter(Q(state="failed") | is_stopped, created_by_id=user_id).order_by("-id")


def findings_severe() -> QuerySet[DoctorFinding]:
    """Of every dataset whose latest version has severe findings that nobody has decided about, the first; `num_severe` counts them."""
    later = DatasetVersion.objects.filter(
        dataset_id=OuterRef("report__version__dataset_id"), number__gt=OuterRef("report__version__number")
    )
    severe = DoctorFinding.objects.filter(
        ~Exists(later), severity="error", decision="open", report__version__dataset__deleted_at__isnull=True
    )
    counted = severe.annotate(num_severe=Window(Count("id"), partition_by="report_id"))
    return (
        counted.select_related("report__version__dataset")
        .defer("examples", "fixes")
        .order_by("-report_id", "position")
        .distinct("report_id")
    )


def label_sessions_for(user_id: uuid.UUID) -> QuerySet[LabelSession]:
    """Open sessions with a row that this person may label now, newest first."""
    invited = Q(labellers=[]) | Q(labellers__contains=[str(user_id)])
    open_sessions = LabelSession.objects.filter(invited, state="open", dataset__deleted_at__isnull=True)
    return (
        open_sessions.filter(Exists(label_rows_open(OuterRef("id"), user_id))).select_related("dataset").order_by("-id")
    )


def dataset_newest() -> dict[str, Any] | None:
    """The dataset with the newest version, or while there is none the newest dataset.

    `{"id", "name", "state", "version_id", "doctor_state", "num_findings"}`; the last three are of its latest version.
    """
    latest = DatasetVersion.objects.filter(dataset_id=OuterRef("id")).order_by("-number")
    report = DoctorReport.objects.filter(version_id=OuterRef("version_id"))
    found = DoctorFinding.objects.filter(report__version_id=OuterRef("version_id")).order_by()
    counted = found.values("report_id").annotate(count=Count("id")).values("count")
    datasets = Dataset.objects.filter(deleted_at__isnull=True).annotate(
        version_id=Subquery(latest.values("id")[:1]),
        doctor_state=Subquery(report.values("state")[:1]),
        num_findings=Coalesce(Subquery(counted), 0),
    )
    named = ("id", "name", "state", "version_id", "doctor_state", "num_findings")
    row = datasets.order_by(F("version_id").desc(nulls_last=True), "-id").values(*named).first()
    return None if row is None else dict(row)
