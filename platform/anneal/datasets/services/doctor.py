"""Writes about what the data doctor found: a report asked for, a finding's fix accepted, a finding put aside or taken up again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from anneal.common.errors import AnnealError
from anneal.common.outbox import outbox_put
from anneal.datasets.models import DatasetChange, DatasetVersion, DoctorFinding, DoctorReport
from anneal.datasets.services.changes import change_ask
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write
from workers.contract.columns import COLUMNS

# Another run: a worker that is still at the one before ends without a trace, and nobody counts that as a crash.
ANEW: Final[dict[str, Any]] = {"run": F("run") + 1, "lease_until": None, "work_asked_at": Now()}


def diagnosis_ask(version: DatasetVersion) -> None:
    """Have the doctor look at a version that is published in the same transaction. Nobody waits for it."""
    if not settings.ENVIRONMENT.doctor_enabled or version.task not in COLUMNS:
        return
    report = DoctorReport.objects.create(version_id=version.id)
    outbox_put("datasets.diagnose", report_id=report.id)


def diagnosis_ask_again(dataset_id: uuid.UUID) -> None:
    """Have the doctor look at the newest version anew. What it says again keeps its decision; the rest goes when it is done."""
    version = DatasetVersion.objects.filter(dataset_id=dataset_id).order_by("-number").first()
    if version is None:
        return
    report = DoctorReport.objects.select_for_update().filter(version_id=version.id).first()
    if report is None:
        diagnosis_ask(version)
    elif settings.ENVIRONMENT.doctor_enabled:
        DoctorReport.objects.filter(id=report.id).update(state="queued", progress=None, error=None, crashes=0, **ANEW)
        outbox_put("datasets.diagnose", report_id=report.id)


def finding_accept(*, actor: Actor, finding: DoctorFinding, fix: str, columns: Collection[str] = ()) -> DatasetChange:
    """Have a fix of a finding made into a new version, in some columns alone where any are named.

    Raises AnnealError (400 for no such fix, or one that cannot be made in these columns, 409).
    """
    locked = DoctorFinding.objects.select_for_update().get(id=finding.id)
    if locked.decision == "accepted":
        raise AnnealError("finding.decided", status=409, params={"decision": locked.decision})
    chosen = next((one for one in locked.fixes if one["name"] == fix), None)
    if chosen is None:
        known = ", ".join(one["name"] for one in locked.fixes) or "-"
        raise AnnealError("finding.no_such_fix", param="fix", params={"fix": fix, "known": known})
    told = {"finding_id": str(locked.id), "code": locked.code, "fix": fix, "num_rows": locked.num_rows}
    change = change_ask(
        actor=actor,
        base=finding.report.version,
        kind="fix",
        params={**told, "columns": sorted(columns)} if columns else told,
        storage_key=_key_of(chosen, columns),
    )
    _decide(actor, locked, "accepted", fix=fix, change_id=change.id)
    return change


def _key_of(fix: Mapping[str, Any], columns: Collection[str]) -> str:
    """Where the changes of a fix lie, or those of it in some columns. Raises AnnealError (400)."""
    parts = {frozenset(part["columns"]): part for part in fix.get("by_columns", [])}
    known = frozenset().union(*parts)
    if not columns or known == set(columns):
        return str(fix["key"])
    part = parts.get(frozenset(columns))
    if part is None:
        params = {"fix": fix["name"], "columns": ", ".join(sorted(columns)), "known": ", ".join(sorted(known)) or "-"}
        raise AnnealError("finding.no_such_columns", param="columns", params=params)
    return str(part["key"])


def finding_dismiss(*, actor: Actor, finding: DoctorFinding) -> None:
    """Say that a finding needs nothing. Raises AnnealError (409) for one whose fix was made."""
    _undecided(finding)
    _decide(actor, finding, "dismissed")


def finding_reopen(*, actor: Actor, finding: DoctorFinding) -> None:
    """Take up a finding again that was put aside. Raises AnnealError (409) for one whose fix was made."""
    _undecided(finding)
    _decide(actor, finding, "open")


def _undecided(finding: DoctorFinding) -> None:
    locked = DoctorFinding.objects.select_for_update().get(id=finding.id)
    if locked.decision == "accepted":
        raise AnnealError("finding.decided", status=409, params={"decision": locked.decision})


def _decide(actor: Actor, finding: DoctorFinding, decision: str, **values: object) -> None:
    DoctorFinding.objects.filter(id=finding.id).update(
        decision=decision, decided_by_id=actor.user_id, decided_at=Now(), is_carried=False, **values
    )
    audit_write(actor=actor, action=f"finding.{decision}", target=str(finding.id), code=finding.code)
