"""Where a model version came from and what it is used for: data, job, model, deployment. The same few queries however long the story."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from anneal.common.errors import not_found
from anneal.datasets.selectors import dataset_version_rows
from anneal.hosting.services import unserved_reason
from anneal.jobs.selectors import jobs_by_id
from anneal.registry.selectors import model_version_list

if TYPE_CHECKING:
    from anneal.datasets.models import DatasetVersion
    from anneal.jobs.models import Job
    from anneal.registry.models import ModelVersion, TunedModel

MOST_DATA: Final = 2
"""Dataset versions that are shown: what the job learnt from, and the one it came from. How many more there are is counted."""
_SHOWN: Final = ("number", "parent_id", "change", "num_rows", "created_at", "dataset__name", "dataset__deleted_at")


@dataclass(frozen=True)
class DataStep:
    """A dataset version on the way to a model. `change` is the kind of change that made it, null where that is not known."""

    version_id: uuid.UUID
    number: int
    dataset_id: uuid.UUID
    dataset_name: str
    is_deleted: bool
    num_rows: int
    change: str | None
    created_at: datetime
    merged: DataStep | None = None

    @classmethod
    def of(cls, version: DatasetVersion, merged: DataStep | None = None) -> DataStep:
        """Of a version with its dataset, and of what was merged into it."""
        dataset: Any = version.dataset
        return cls(
            version_id=version.id,
            number=version.number,
            dataset_id=dataset.id,
            dataset_name=dataset.name,
            is_deleted=dataset.deleted_at is not None,
            num_rows=sum(version.num_rows.values()),
            change=_kind(version),
            created_at=version.created_at,
            merged=merged,
        )


@dataclass(frozen=True)
class Deployment:
    """Whether the prediction API answers for a version; if it does not, why."""

    state: str
    message: str | None


@dataclass(frozen=True)
class Lineage:
    """One version's story, oldest first. `num_earlier` counts dataset versions before the first that is named."""

    model: TunedModel
    version: ModelVersion
    dataset_versions: tuple[DataStep, ...]
    num_earlier: int
    job: Job | None
    deployment: Deployment


def lineage_of(model: TunedModel, version_id: uuid.UUID | None) -> Lineage:
    """Of a version of the model, the newest unless one is named. Raises AnnealError (404) for one that the model has not."""
    versions = model_version_list(model).order_by("-number")
    version = (versions if version_id is None else versions.filter(id=version_id)).first()
    if version is None:
        raise not_found("model_version")
    steps, num_earlier = _data(version.dataset_version_id)
    reason = unserved_reason(version, model.task)
    return Lineage(
        model=model,
        version=version,
        dataset_versions=steps,
        num_earlier=num_earlier,
        job=jobs_by_id([version.job_id]).get(version.job_id),
        deployment=Deployment("ready" if reason is None else "download_only", reason),
    )


def _data(version_id: uuid.UUID) -> tuple[tuple[DataStep, ...], int]:
    """What the job learnt from with the versions it came from, oldest first, and how many there are before those.

    A version is made from the newest one of its own dataset and nothing else (`DatasetVersion.parent`), so that its forebears are those
    with smaller numbers.
    """
    rows = dataset_version_rows().select_related(None).select_related("dataset").only(*_SHOWN)
    learnt = rows.filter(id=version_id).first()
    if learnt is None:
        return (), 0
    before = rows.filter(dataset_id=learnt.dataset_id, number__lt=learnt.number).order_by("-number")[: MOST_DATA - 1]
    chain = [learnt]
    for row in before:
        if chain[-1].parent_id != row.id:
            break
        chain.append(row)
    merged_ids = {row.id: uuid.UUID((row.change or {})["version_id"]) for row in chain if _kind(row) == "merge"}
    merged = {row.id: DataStep.of(row) for row in rows.filter(id__in=merged_ids.values())}
    steps = [DataStep.of(row, merged.get(merged_ids.get(row.id, row.id))) for row in reversed(chain)]
    return tuple(steps), 0 if chain[-1].parent_id is None else chain[-1].number - 1


def _kind(version: DatasetVersion) -> str | None:
    return (version.change or {}).get("kind")
