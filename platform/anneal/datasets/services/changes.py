"""Writes of changes that a person asks for: rows edited, dropped, moved or added, a version restored. `applying` makes the versions."""

from __future__ import annotations

import tempfile
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from anneal.common.errors import AnnealError
from anneal.common.ids import uuid7
from anneal.common.outbox import outbox_put
from anneal.common.storage import store
from anneal.datasets.models import Dataset, DatasetChange, DatasetVersion, DoctorFinding
from anneal.datasets.rows import rows_dropped
from anneal.plans.services import quota_room_check
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write
from workers.contract.changes import RowChange, changes_write
from workers.contract.columns import COLUMNS

_AT_WORK = frozenset({"inspecting", "validating"})


def change_ask(
    *,
    actor: Actor,
    base: DatasetVersion,
    kind: str,
    params: Mapping[str, Any] | None = None,
    counts: Mapping[str, int] | None = None,
    storage_key: str = "",
    change_id: uuid.UUID | None = None,
) -> DatasetChange:
    """Have a new version made from the latest one. Raises AnnealError (409) when there is a later one, work goes on, or there is no
    room by the quota.
    """
    dataset = dataset_claim(base.dataset_id)
    latest = latest_version(dataset.id)
    if latest.id != base.id:
        told = {"number": base.number, "latest": latest.number}
        raise AnnealError("change.not_latest", status=409, param="base_version_id", params=told)
    quota_room_check(num_bytes=base.size_bytes)  # about as much as the version that it is made from
    change = DatasetChange.objects.create(
        id=change_id or uuid7(),
        dataset_id=dataset.id,
        base_id=base.id,
        kind=kind,
        params=dict(params or {}),
        counts=dict(counts or {}),
        storage_key=storage_key,
        created_by_id=actor.user_id,
    )
    outbox_put("datasets.change", change_id=change.id)
    audit_write(actor=actor, action="dataset.change_asked", target=str(dataset.id), kind=kind, change=str(change.id))
    return change


def dataset_claim(dataset_id: uuid.UUID) -> Dataset:
    """The dataset, locked, when nothing is being made of it. Raises AnnealError (409)."""
    dataset = Dataset.objects.select_for_update().get(id=dataset_id)
    if dataset.state in _AT_WORK:
        raise AnnealError("dataset.wrong_state", status=409, params={"state": dataset.state})
    if DatasetChange.objects.filter(dataset_id=dataset_id, state="waiting").exists():
        raise AnnealError("change.waiting", status=409)
    return dataset


def changes_ask(
    *,
    actor: Actor,
    base: DatasetVersion,
    kind: str,
    changes: Sequence[RowChange],
    params: Mapping[str, Any] | None = None,
) -> DatasetChange:
    """Have rows changed one by one. Raises AnnealError (400 for a role that the version has not, 409).

    The changes are a file first. Should the transaction fail after that, the file stays and nothing names it.
    """
    roles = [column.role for column in COLUMNS[base.task] if base.mapping.get(column.role)]
    for position, change in enumerate(changes):
        for role in change.cells.keys() - set(roles):
            told = {"task": base.task, "role": role, "known": ", ".join(roles)}
            raise AnnealError("dataset.unknown_role", param=f"changes[{position}].cells.{role}", params=told)
    change_id = uuid7()
    key = change_key(base, change_id)
    row = change_ask(
        actor=actor,
        base=base,
        kind=kind,
        params=params,
        counts=Counter(change.action for change in changes),
        storage_key=key,
        change_id=change_id,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "changes.jsonl"
        changes_write(path, changes)
        store().put_file(key, path)
    return row


def latest_version(dataset_id: uuid.UUID) -> DatasetVersion:
    """The version that changes are made of. Raises AnnealError (409) when there is none."""
    latest = DatasetVersion.objects.filter(dataset_id=dataset_id).order_by("-number").first()
    if latest is None:
        raise AnnealError("change.no_version", status=409)
    return latest


def version_merge(*, actor: Actor, base: DatasetVersion, other: DatasetVersion) -> DatasetChange:
    """Have the rows of a version of another dataset added. Raises AnnealError (400 when they do not fit, 409)."""
    if other.dataset_id == base.dataset_id:
        raise AnnealError("change.same_dataset", param="version_id")
    if other.task != base.task:
        raise AnnealError("change.other_task", param="version_id", params={"task": base.task, "other": other.task})
    extra = [
        column.role
        for column in COLUMNS[base.task]
        if other.mapping.get(column.role) and not base.mapping.get(column.role)
    ]
    if extra:
        raise AnnealError("change.other_roles", param="version_id", params={"roles": ", ".join(extra)})
    params = {"version_id": str(other.id), "number": other.number, "dataset": other.dataset.name}
    return change_ask(actor=actor, base=base, kind="merge", params=params)


def version_filter(*, actor: Actor, base: DatasetVersion, wish: Mapping[str, Any]) -> DatasetChange:
    """Have rows dropped: those that meet all conditions of `{"drop"}`, or all but those of `{"keep"}`. Raises AnnealError (404, 409)."""
    rows_dropped(base, wish)
    return change_ask(actor=actor, base=base, kind="filter", params={**wish, **_finding_told(wish)})


def _finding_told(wish: Mapping[str, Any]) -> dict[str, str]:
    """What the doctor's finding is that rows are filtered by, so that the version says so for ever."""
    finding_id = (wish.get("drop") or wish.get("keep") or {}).get("finding_id")
    code = DoctorFinding.objects.filter(id=finding_id).values_list("code", flat=True).first() if finding_id else None
    return {"code": code} if code else {}


def change_key(base: DatasetVersion, change_id: uuid.UUID) -> str:
    """Where the rows of a change lie in the store."""
    return f"{base.tenant_id}/changes/{base.dataset_id}/{change_id}.jsonl"


def version_restore(*, actor: Actor, version: DatasetVersion) -> DatasetChange:
    """Have a new version made that is equal to an earlier one. Raises AnnealError (409)."""
    latest = latest_version(version.dataset_id)
    if latest.id == version.id:
        raise AnnealError("change.is_latest", status=409, params={"number": version.number})
    params = {"version_id": str(version.id), "number": version.number}
    return change_ask(actor=actor, base=latest, kind="restore", params=params)


def dataset_undo(*, actor: Actor, dataset: Dataset) -> DatasetChange:
    """Have the version restored that the latest one was made from. Raises AnnealError (409)."""
    latest = DatasetVersion.objects.filter(dataset_id=dataset.id).select_related("parent").order_by("-number").first()
    if latest is None or latest.parent is None:
        raise AnnealError("change.nothing_to_undo", status=409)
    return version_restore(actor=actor, version=latest.parent)
