"""Whom it is worth telling that data did not come in, or that something is badly wrong with it. Called in the transaction of that."""

from __future__ import annotations

import uuid

from anneal.common.errors import AnnealError
from anneal.datasets.files.problems import ProblemLog
from anneal.datasets.models import Dataset, DatasetVersion, DoctorFinding, Upload
from anneal.tenants.services.notifications import notify


def invalid_tell(dataset: Dataset, problems: ProblemLog) -> None:
    """Tell whoever made a dataset that its files cannot be used, and the first reason. Runs in the tenant's scope."""
    first = next((problem for problem in problems.as_json() if problem["severity"] == "error"), None)
    code = first["code"].replace("data:", "problem.", 1) if first else "notification.import_failed"
    notify(
        kind="import_failed",
        user_ids=[dataset.created_by_id],
        name=dataset.name,
        code=code,
        params=first["params"] if first else {},
        opens=dataset.id,
    )


def fetch_tell(upload: Upload, error: AnnealError) -> None:
    """Tell whoever named an address that nothing could be fetched from it. Runs in the tenant's scope."""
    notify(
        kind="import_failed",
        user_ids=[upload.created_by_id],
        name=upload.filename,
        code=error.code,
        params=dict(error.params),
    )


def findings_tell(version: DatasetVersion, report_id: uuid.UUID) -> None:
    """Tell whoever made a version of severe findings that nobody has decided about. Runs in the tenant's scope."""
    num_severe = DoctorFinding.objects.filter(report_id=report_id, severity="error", decision="open").count()
    if not num_severe:
        return
    dataset = version.dataset
    change = getattr(version, "origin", None)
    notify(
        kind="findings_severe",
        user_ids=[change.created_by_id if change else dataset.created_by_id],
        name=dataset.name,
        code="notification.findings_severe.count",
        params={"count": num_severe},
        opens=dataset.id,
    )
