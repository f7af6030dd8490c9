"""Reads of datasets and their versions."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now

from anneal.common.name_search import named
from anneal.common.restoring import restorable
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
    Upload,
)
from anneal.tenants.audit_targets import AuditTarget, audit_targets_register
from workers.contract.columns import COLUMNS


def dataset_rows() -> QuerySet[Dataset]:
    """Datasets that were not deleted, with all that is shown of them."""
    return _with_all(dataset_names())


def _with_all(datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """With files, creator and latest version: four queries, however many rows."""
    latest = (
        DatasetVersion.objects.select_related("origin__created_by")
        .order_by("dataset_id", "-number")
        .distinct("dataset_id")
    )
    return datasets.select_related("created_by").prefetch_related(
        Prefetch("files", queryset=DatasetFile.objects.order_by("position")),
        Prefetch("versions", queryset=latest, to_attr="latest_versions"),
    )


def dataset_list(*, deleted: bool = False) -> QuerySet[Dataset]:
    """For lists, of those in use or of the `deleted` ones: without the findings, which may be a thousand for each dataset."""
    return _with_all(_listed(deleted=deleted)).defer("problems", "columns")


def dataset_names() -> QuerySet[Dataset]:
    """Datasets that were not deleted, for finding one by its name."""
    return Dataset.objects.filter(deleted_at__isnull=True)


def datasets_restorable() -> QuerySet[Dataset]:
    """Datasets that were deleted and can be brought back."""
    return restorable(Dataset.objects.filter(swept_at__isnull=True))


def _listed(*, deleted: bool) -> QuerySet[Dataset]:
    return datasets_restorable() if deleted else dataset_names()


def datasets_chosen(*, task: str | None = None, words: str = "", deleted: bool = False) -> QuerySet[Dataset]:
    """Which of the datasets of `dataset_list`: those for a task, with every one of `words` in their names."""
    chosen = _listed(deleted=deleted).filter(named(words))
    return chosen.filter(task=task) if task else chosen


def dataset_files_kept() -> QuerySet[DatasetFile]:
    """Files of datasets that were not deleted."""
    return DatasetFile.objects.filter(dataset__deleted_at__isnull=True)


def uploads_kept() -> QuerySet[Upload]:
    """Uploads that no dataset has taken yet, with the room that was announced for them. Those that were neither finished nor used in
    time are gone, so none is older than that.
    """
    used = Exists(DatasetFile.objects.filter(upload_id=OuterRef("id")))
    return Upload.objects.filter(~used, expires_at__gt=Now(), state__in=["receiving", "received", "fetching"])


def dataset_versions_kept() -> QuerySet[DatasetVersion]:
    """Versions of datasets that were not deleted."""
    return DatasetVersion.objects.filter(dataset__deleted_at__isnull=True)


def dataset_bytes(dataset_id: uuid.UUID) -> int:
    """How much room a dataset takes, its files and versions, deleted or not."""
    sizes = (
        rows.objects.filter(dataset_id=dataset_id).aggregate(sum=Sum("size_bytes"))
        for rows in (DatasetFile, DatasetVersion)
    )
    return sum(size["sum"] or 0 for size in sizes)


def dataset_version_rows() -> QuerySet[DatasetVersion]:
    """Versions with their datasets, and the changes that made them."""
    return DatasetVersion.objects.select_related("dataset", "origin__created_by")


def dataset_version_labels() -> QuerySet[DatasetVersion]:
    """Versions as others name them: with their numbers and the names of their datasets alone, in two queries."""
    named = Dataset.objects.only("id", "tenant", "name")
    return DatasetVersion.objects.only("id", "tenant", "number", "dataset").prefetch_related(Prefetch("dataset", named))


def dataset_change_rows() -> QuerySet[DatasetChange]:
    """Changes of datasets that were not deleted."""
    changes = DatasetChange.objects.select_related("dataset", "created_by", "result")
    return changes.filter(dataset__deleted_at__isnull=True)


def doctor_report_of(version_id: uuid.UUID) -> DoctorReport | None:
    """The report on a version, with its findings in their order."""
    findings = DoctorFinding.objects.select_related("decided_by", "change__result").order_by("position")
    return (
        DoctorReport.objects.filter(version_id=version_id)
        .prefetch_related(Prefetch("findings", queryset=findings, to_attr="told"))
        .first()
    )


def doctor_finding_rows() -> QuerySet[DoctorFinding]:
    """Findings in versions of datasets that were not deleted."""
    found = DoctorFinding.objects.select_related("report__version__dataset", "decided_by", "change__result")
    return found.filter(report__version__dataset__deleted_at__isnull=True)


def difference_key(
    *, tenant_id: uuid.UUID | None, dataset_id: uuid.UUID, version_id: uuid.UUID, against: uuid.UUID
) -> str:
    """Where what lies between two versions is kept."""
    return f"{tenant_id}/datasets/{dataset_id}/{version_id}/difference-{against}.parquet"


def dataset_versions(dataset_id: uuid.UUID) -> QuerySet[DatasetVersion]:
    """Versions of one dataset."""
    return dataset_version_rows().filter(dataset_id=dataset_id)


def version_statistics(version: DatasetVersion) -> dict[str, dict[str, Any]]:
    """Statistics by role, in the order of the task. Versions from before there were several tasks have them in columns of their own."""
    if version.statistics is not None:
        roles = [column.role for column in COLUMNS.get(version.task, ())]
        return {role: version.statistics[role] for role in roles if role in version.statistics}
    return {
        "text": {"kind": "text", "length": version.text_length},
        "label": {"kind": "label", "labels": version.labels},
    }


def label_session_rows() -> QuerySet[LabelSession]:
    """Labelling sessions of datasets that were not deleted."""
    sessions = LabelSession.objects.select_related("dataset", "version", "created_by", "change__result", "scored_by")
    return sessions.filter(dataset__deleted_at__isnull=True)


def label_rows_open(session_id: uuid.UUID | OuterRef, user_id: uuid.UUID) -> QuerySet[LabelRow]:
    """Rows of a session that a person may label now: not answered or skipped by them, and with fewer labels of others, given or claimed,
    than they want.
    """
    said = Annotation.objects.filter(session_id=OuterRef("session_id"), row_id=OuterRef("row_id"))
    claimed = LabelClaim.objects.filter(
        session_id=OuterRef("session_id"), row_id=OuterRef("row_id"), expires_at__gt=Now()
    )
    taken = _count(said.exclude(user_id=user_id).filter(is_skipped=False)) + _count(claimed.exclude(user_id=user_id))
    return (
        LabelRow.objects.filter(session_id=session_id)
        .exclude(Exists(said.filter(user_id=user_id)))
        .annotate(num_taken=taken)
        .filter(num_taken__lt=F("wanted"))
    )


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("row_id").annotate(found=Count("id")).values("found")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _page(dataset: Dataset, tab: str = "") -> AuditTarget:
    return AuditTarget(dataset.name, None if dataset.deleted_at else f"/datasets/{dataset.id}{tab}")


def _audited_datasets(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    return {dataset.id: _page(dataset) for dataset in Dataset.objects.filter(id__in=ids)}


def _audited_versions(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    versions = DatasetVersion.objects.filter(id__in=ids).select_related("dataset")
    return {version.id: _page(version.dataset) for version in versions}


def _audited_findings(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    findings = DoctorFinding.objects.filter(id__in=ids).select_related("report__version__dataset")
    return {finding.id: _page(finding.report.version.dataset, "?tab=doctor") for finding in findings}


def _audited_sessions(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    sessions = LabelSession.objects.filter(id__in=ids).select_related("dataset")
    return {
        session.id: AuditTarget(session.name, None if session.dataset.deleted_at else f"/labelling/{session.id}")
        for session in sessions
    }


audit_targets_register("dataset", _audited_datasets)
audit_targets_register("dataset.exported", _audited_versions)
audit_targets_register("finding", _audited_findings)
audit_targets_register("label_session", _audited_sessions)
