"""From an id to a row of the actor's tenant; foreign and missing ids are answered alike."""

from __future__ import annotations

import uuid

from anneal.common.errors import not_found
from anneal.datasets.models import Dataset, DatasetChange, DatasetVersion, DoctorFinding, LabelSession, Upload
from anneal.datasets.selectors import (
    dataset_change_rows,
    dataset_rows,
    dataset_version_rows,
    doctor_finding_rows,
    label_session_rows,
)
from anneal.tenants.actor import Actor
from anneal.tenants.roles import Role


def access_upload(*, actor: Actor, upload_id: uuid.UUID, level: Role) -> Upload:
    """An upload. Raises AnnealError (403, 404)."""
    actor.require(level)
    upload = Upload.objects.filter(id=upload_id).first()
    if upload is None:
        raise not_found("upload")
    return upload


def access_dataset(*, actor: Actor, dataset_id: uuid.UUID, level: Role) -> Dataset:
    """A dataset that was not deleted. Raises AnnealError (403, 404)."""
    actor.require(level)
    dataset = dataset_rows().filter(id=dataset_id).first()
    if dataset is None:
        raise not_found("dataset")
    return dataset


def access_dataset_deleted(*, actor: Actor, dataset_id: uuid.UUID, level: Role) -> Dataset:
    """A dataset, whether it was deleted or not. Raises AnnealError (403, 404)."""
    actor.require(level)
    dataset = Dataset.objects.filter(id=dataset_id).first()
    if dataset is None:
        raise not_found("dataset")
    return dataset


def access_dataset_version(*, actor: Actor, version_id: uuid.UUID, level: Role) -> DatasetVersion:
    """A version of a dataset that was not deleted. Raises AnnealError (403, 404)."""
    actor.require(level)
    version = dataset_version_rows().filter(id=version_id, dataset__deleted_at__isnull=True).first()
    if version is None:
        raise not_found("dataset_version")
    return version


def access_dataset_change(*, actor: Actor, dataset_id: uuid.UUID, change_id: uuid.UUID, level: Role) -> DatasetChange:
    """A change of a dataset that was not deleted. Raises AnnealError (403, 404)."""
    actor.require(level)
    change = dataset_change_rows().filter(id=change_id, dataset_id=dataset_id).first()
    if change is None:
        raise not_found("dataset_change")
    return change


def access_doctor_finding(*, actor: Actor, finding_id: uuid.UUID, level: Role) -> DoctorFinding:
    """A finding in a version of a dataset that was not deleted. Raises AnnealError (403, 404)."""
    actor.require(level)
    finding = doctor_finding_rows().filter(id=finding_id).first()
    if finding is None:
        raise not_found("finding")
    return finding


def access_label_session(*, actor: Actor, label_session_id: uuid.UUID, level: Role) -> LabelSession:
    """A labelling session of a dataset that was not deleted. Raises AnnealError (403, 404)."""
    actor.require(level)
    session = label_session_rows().filter(id=label_session_id).first()
    if session is None:
        raise not_found("label_session")
    return session
