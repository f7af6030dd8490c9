"""Writes of datasets that a person asks for: make, name, choose the task, map, delete. The reading itself happens in `work`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Max
from django.db.models.functions import Now

from anneal.common.base_values import values_write
from anneal.common.errors import AnnealError, not_found
from anneal.common.outbox import outbox_put
from anneal.datasets.access import access_dataset
from anneal.datasets.files.build import BuildPlan
from anneal.datasets.files.check import INSPECTED, choices_check, plan_check
from anneal.datasets.files.choices import Choices
from anneal.datasets.models import Dataset, DatasetChange, DatasetFile, DatasetVersion, Upload
from anneal.datasets.services.changes import change_ask, dataset_claim, latest_version
from anneal.datasets.services.sheets import sheets_choose
from anneal.datasets.services.uploads import upload_key, upload_settle, uploads_claim
from anneal.tenants.actor import Actor
from anneal.tenants.roles import Role
from anneal.tenants.services import audit_write
from workers.contract.changes import ADDED
from workers.contract.columns import COLUMNS

# A row's id has twelve bits for the position of its file; the last number is for rows from no file.
_MAX_FILES = ADDED
_AT_WORK = frozenset({"inspecting", "validating"})


def dataset_create(
    *, actor: Actor, name: str, task: str, files: Sequence[dict[str, Any]], plan: BuildPlan | None = None
) -> Dataset:
    """A dataset of finished uploads, about to be inspected. `files`: `{"upload_id", "split"}`. Raises AnnealError (400, 404, 409).

    With a `plan` its columns are confirmed beforehand: the inspection is followed by the validation.
    """
    ids = _upload_ids(files)
    if not any(file["split"] in {"train", "auto"} for file in files):
        raise AnnealError("dataset.no_train_file", param="files")
    uploads = uploads_claim(ids)
    dataset = Dataset.objects.create(
        name=name,
        task=task,
        mapping=_confirmed(plan, skips_bad_rows=False) if plan else None,
        created_by_id=actor.user_id,
        progress=progress_waiting("inspecting", 0),
    )
    _files_create(dataset, files, uploads, first=0)
    outbox_put("datasets.inspect", dataset_id=dataset.id)
    audit_write(actor=actor, action="dataset.created", target=str(dataset.id), name=name)
    return access_dataset(actor=actor, dataset_id=dataset.id, level=Role.MEMBER)


def files_append(
    *, actor: Actor, dataset: Dataset, files: Sequence[dict[str, Any]], skips_bad_rows: bool
) -> DatasetChange:
    """Have the rows of finished uploads added to the latest version. Raises AnnealError (400, 404, 409).

    A file may say in `columns` what it calls the column of a role, where that is another name than the dataset's.
    """
    ids = _upload_ids(files)
    locked = dataset_claim(dataset.id)
    base = latest_version(locked.id)
    for place, file in enumerate(files):
        _columns_check(base, file.get("columns", {}), f"files[{place}].columns")
    uploads = uploads_claim(ids)
    last = DatasetFile.objects.filter(dataset_id=locked.id).aggregate(last=Max("position"))["last"]
    first = 0 if last is None else last + 1
    if first + len(files) > _MAX_FILES:
        raise AnnealError("dataset.too_many_files", status=409, params={"limit": _MAX_FILES})
    made = _files_create(locked, files, uploads, first=first)
    params = {
        "positions": [file.position for file in made],
        "files": [file.filename for file in made],
        "skip_bad_rows": skips_bad_rows,
    }
    renamed = [{"file": file.filename, "columns": file.choices["columns"]} for file in made if file.choices]
    if renamed:
        params["renamed"] = renamed
    return change_ask(actor=actor, base=base, kind="append", params=params)


def _columns_check(base: DatasetVersion, columns: Mapping[str, str], param: str) -> None:
    """Whether columns that a file calls otherwise are for different roles of the version. Raises AnnealError (400)."""
    known = {column.role: base.mapping[column.role] for column in COLUMNS[base.task] if base.mapping.get(column.role)}
    for role in columns:
        if role not in known:
            told = {"task": base.task, "role": role[:100], "known": ", ".join(known)}
            raise AnnealError("dataset.unknown_role", param=f"{param}.{role[:100]}", params=told)
    taken: dict[str, str] = {}
    for role, name in {**known, **columns}.items():
        if name in taken:
            told = {"column": name, "role": role, "other": taken[name]}
            named = role if role in columns else taken[name]
            raise AnnealError("append.column_twice", param=f"{param}.{named}", params=told)
        taken[name] = role


def _upload_ids(files: Sequence[dict[str, Any]]) -> list[uuid.UUID]:
    ids = [file["upload_id"] for file in files]
    if len(set(ids)) != len(ids):
        raise AnnealError("dataset.file_twice", param="files")
    return ids


def _files_create(
    dataset: Dataset, files: Sequence[dict[str, Any]], uploads: dict[uuid.UUID, Upload], *, first: int
) -> list[DatasetFile]:
    made = []
    for place, file in enumerate(files):
        upload = _finished(uploads, file["upload_id"], f"files[{place}].upload_id")
        made.append(
            DatasetFile.objects.create(
                dataset=dataset,
                upload=upload,
                position=first + place,
                filename=upload.filename,
                split=file["split"],
                choices={"columns": file["columns"]} if file.get("columns") else {},
                storage_key=upload_key(upload),
                size_bytes=upload.size_bytes,
            )
        )
    return made


def _finished(uploads: dict[uuid.UUID, Upload], upload_id: uuid.UUID, param: str) -> Upload:
    if upload_id not in uploads:
        error = not_found("upload")
        error.param = param
        raise error
    upload = upload_settle(uploads[upload_id])
    if upload.state in {"fetching", "failed"}:
        raise AnnealError(f"upload.{upload.state}", status=409, param=param, params={"filename": upload.filename})
    if upload.state != "received":
        raise AnnealError(
            "upload.incomplete",
            status=409,
            param=param,
            params={
                "filename": upload.filename,
                "offset_bytes": upload.offset_bytes,
                "size_bytes": upload.size_bytes,
            },
        )
    return upload


def dataset_rename(*, dataset: Dataset, name: str, base: str | None = None) -> None:
    """Give a dataset another name. Raises AnnealError (412) when it is not called `base` any more."""
    values_write(Dataset.objects.filter(id=dataset.id), values={"name": name}, bases={"name": base})


def dataset_delete(*, actor: Actor, dataset: Dataset) -> None:
    """Hide a dataset until `dataset_restore` brings it back; work on it ends by itself.

    When it is gone for good its files are removed, those that unfinished jobs read when these have ended (`leftovers`).
    """
    if Dataset.objects.filter(id=dataset.id, deleted_at__isnull=True).update(deleted_at=Now()):
        audit_write(actor=actor, action="dataset.deleted", target=str(dataset.id), name=dataset.name)


def dataset_retask(*, actor: Actor, dataset: Dataset, task: str) -> None:
    """Say that a dataset is for another task, as long as it has no version; its files are inspected again. Raises AnnealError (409)."""
    locked = Dataset.objects.select_for_update().get(id=dataset.id)
    if locked.task == task:
        return
    _refuse_at_work(locked)
    if DatasetVersion.objects.filter(dataset_id=dataset.id).exists():
        raise AnnealError("dataset.has_versions", status=409, param="task", params={"task": locked.task})
    _inspect_again(dataset, task=task)
    audit_write(actor=actor, action="dataset.task_changed", target=str(dataset.id), before=locked.task, after=task)


def dataset_file_choose(*, actor: Actor, dataset: Dataset, position: int, changes: dict[str, Any]) -> None:
    """Say how a file is to be read, as long as there is no version; the files are inspected again. Raises AnnealError (400, 404, 409).

    `changes` are fields of `Choices`; None leaves one to what is found. `sheets` instead of `sheet`: each becomes a file.
    """
    _refuse_at_work(Dataset.objects.select_for_update().get(id=dataset.id))
    file = DatasetFile.objects.filter(dataset_id=dataset.id, position=position).first()
    if file is None:
        raise AnnealError("dataset.no_file", status=404, params={"position": position})
    if DatasetVersion.objects.filter(dataset_id=dataset.id).exists():
        raise AnnealError("dataset.is_read", status=409)
    before = Choices.from_json(file.choices)
    sheets = changes.get("sheets", [changes["sheet"]] if "sheet" in changes else None)
    chosen = {name: value for name, value in changes.items() if name != "sheets"}
    chosen |= {} if sheets is None else {"sheet": sheets[0]}
    after = replace(before, **chosen)
    choices_check(file.format, after, chosen)
    if sheets is not None:
        sheets_choose(file=file, names=sheets, choices=after, most_files=_MAX_FILES)
    elif after == before:
        return
    else:
        DatasetFile.objects.filter(id=file.id).update(choices=after.as_json())
    _inspect_again(dataset, task=dataset.task)
    told = {name: value for name, value in changes.items() if value is not None}
    audit_write(actor=actor, action="dataset.file_read_as", target=str(dataset.id), position=position, choices=told)


def _refuse_at_work(locked: Dataset) -> None:
    """Raises AnnealError (409) while a worker reads the files."""
    if locked.state in _AT_WORK:
        raise AnnealError("dataset.wrong_state", status=409, params={"state": locked.state})


def _inspect_again(dataset: Dataset, *, task: str) -> None:
    Dataset.objects.filter(id=dataset.id).update(
        task=task,
        state="inspecting",
        mapping=None,
        columns=[],
        suggestion=None,
        problems=[],
        problem_counts={},
        num_problems=0,
        progress=progress_waiting("inspecting", 0),
        lease_until=None,
        crashes=0,
        work_asked_at=Now(),
    )
    outbox_put("datasets.inspect", dataset_id=dataset.id)


def dataset_map(*, actor: Actor, dataset: Dataset, plan: BuildPlan, skips_bad_rows: bool) -> None:
    """Say which column is which role, and have the files validated into a new version. Raises AnnealError (400, 409)."""
    locked = dataset_claim(dataset.id)
    if locked.task != plan.task:
        raise AnnealError("dataset.wrong_state", status=409, params={"state": locked.state})
    if not locked.columns:
        raise AnnealError("dataset.unreadable", status=409)
    plan_check(plan, [column["name"] for column in locked.columns])
    mapping = _confirmed(plan, skips_bad_rows=skips_bad_rows)
    if locked.state == "ready" and mapping == {**(locked.mapping or {}), "confidence": 1.0}:
        _refuse_undoing(locked)
    kept = [problem for problem in locked.problems if problem["code"] in INSPECTED]
    total_bytes = sum(DatasetFile.objects.filter(dataset_id=dataset.id).values_list("size_bytes", flat=True))
    Dataset.objects.filter(id=dataset.id).update(
        state="validating",
        mapping=mapping,
        problems=kept,
        problem_counts={},
        num_problems=len(kept),
        progress=progress_waiting("validating", total_bytes),
        lease_until=None,
        crashes=0,
        work_asked_at=Now(),
    )
    outbox_put("datasets.validate", dataset_id=dataset.id)
    audit_write(actor=actor, action="dataset.mapped", target=str(dataset.id), mapping=plan.as_json())


def _refuse_undoing(dataset: Dataset) -> None:
    """Raises AnnealError (409) where the same columns once more would only take back what was changed since the upload."""
    latest = DatasetVersion.objects.filter(dataset_id=dataset.id).order_by("-number").first()
    if latest is not None and latest.change is not None and latest.change["kind"] != "upload":
        raise AnnealError("dataset.mapping_unchanged", status=409, params={"version": latest.number})


def _confirmed(plan: BuildPlan, *, skips_bad_rows: bool) -> dict[str, Any]:
    return {**plan.as_json(), "skip_bad_rows": skips_bad_rows, "confidence": 1.0}


def progress_waiting(stage: str, total_bytes: int) -> dict[str, Any]:
    """What is shown of work that nobody has begun."""
    return {"stage": stage, "rows_read": 0, "bytes_read": 0, "total_bytes": total_bytes}
