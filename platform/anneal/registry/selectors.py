"""Reads of tuned models."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet, Sum

from anneal.common.name_search import named
from anneal.common.restoring import restorable
from anneal.registry.models import Artifact, Evaluation, ModelVersion, TunedModel
from anneal.tenants.audit_targets import AuditTarget, audit_targets_register
from workers.contract.results import Evaluation as EvaluationDocument


def artifacts_prefetch() -> Prefetch[str]:
    """Artifacts of versions, the one that needs nothing else first."""
    return Prefetch("artifacts", queryset=Artifact.objects.order_by("-kind"))


def model_list() -> QuerySet[TunedModel]:
    """Models of the tenant in force that were not deleted."""
    return TunedModel.objects.filter(deleted_at__isnull=True)


def models_restorable() -> QuerySet[TunedModel]:
    """Models of the tenant in force that were deleted and can be brought back."""
    return restorable(TunedModel.objects.all())


def models_chosen(*, task: str | None = None, words: str = "", deleted: bool = False) -> QuerySet[TunedModel]:
    """Those in use, or those `deleted`, for a task, with every one of `words` in their names."""
    chosen = (models_restorable() if deleted else model_list()).filter(named(words))
    return chosen.filter(task=task) if task else chosen


def artifacts_kept() -> QuerySet[Artifact]:
    """Files of models that were not deleted."""
    return Artifact.objects.filter(version__model__deleted_at__isnull=True)


def model_bytes(model_id: uuid.UUID) -> int:
    """How much room the files of a model take, deleted or not."""
    size: int | None = Artifact.objects.filter(version__model_id=model_id).aggregate(sum=Sum("size_bytes"))["sum"]
    return size or 0


def model_version_list(model: TunedModel) -> QuerySet[ModelVersion]:
    """Versions of a model with their artifacts."""
    return ModelVersion.objects.filter(model=model).prefetch_related(artifacts_prefetch())


def model_versions_find(
    *, task: str | None = None, dataset_id: uuid.UUID | None = None, words: str = ""
) -> QuerySet[ModelVersion]:
    """Versions of all models that were not deleted, each with its model and artifacts: for a task, made from any version of a dataset, of
    models whose names hold every one of `words`.
    """
    versions = ModelVersion.objects.filter(model__deleted_at__isnull=True)
    if task is not None:
        versions = versions.filter(model__task=task)
    if dataset_id is not None:
        versions = versions.filter(dataset_version__dataset_id=dataset_id)
    for word in words.split():
        versions = versions.filter(model__name__icontains=word)
    return versions.select_related("model").prefetch_related(artifacts_prefetch())


def latest_versions(models: Iterable[TunedModel]) -> dict[uuid.UUID, ModelVersion]:
    """The newest version of each model, by the model's id; two queries for any number of models."""
    versions = (
        ModelVersion.objects.filter(model__in=[model.id for model in models])
        .order_by("model_id", "-number")
        .distinct("model_id")
        .prefetch_related(artifacts_prefetch())
    )
    return {version.model_id: version for version in versions}


def model_version_of_job(job_id: uuid.UUID) -> ModelVersion | None:
    """What a job published, unless its model was deleted."""
    return ModelVersion.objects.filter(job_id=job_id, model__deleted_at__isnull=True).select_related("model").first()


def evaluation_of_job(job_id: uuid.UUID) -> dict[str, Any] | None:
    """The evaluation document of a finished job, also when its model was deleted since."""
    document = Evaluation.objects.filter(job_id=job_id).values_list("document", flat=True).first()
    return EvaluationDocument.model_validate(document).model_dump(mode="json") if document else None


def evaluations_of_jobs(job_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, EvaluationDocument]:
    """`evaluation_of_job` for a list of jobs in one query. Jobs without one are left out."""
    found = Evaluation.objects.filter(job_id__in=job_ids).values_list("job_id", "document")
    return {job_id: EvaluationDocument.model_validate(document) for job_id, document in found}


def row_figures_keys(job_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Where that lies which figures of finished jobs are made of, row by row: job id -> key. Jobs without it are left out."""
    found = Evaluation.objects.filter(job_id__in=job_ids).exclude(row_figures_key="")
    return dict(found.values_list("job_id", "row_figures_key"))


def keys_of_jobs(job_ids: Collection[uuid.UUID]) -> set[str]:
    """All files in the store that what these jobs published needs, unless its model's are gone."""
    kept = ModelVersion.objects.filter(job_id__in=job_ids, model__swept_at__isnull=True)
    files = Artifact.objects.filter(version__in=kept).values_list("files", flat=True)
    figures = Evaluation.objects.filter(version__in=kept).values_list("row_figures_key", flat=True)
    return {file["key"] for part in files for file in part} | set(figures)


def artifact_for_serving(version: ModelVersion) -> Artifact | None:
    """The artifact that the model server loads."""
    return Artifact.objects.filter(version=version, kind="merged").first()


def _page(model: TunedModel) -> AuditTarget:
    return AuditTarget(model.name, None if model.deleted_at else f"/models/{model.id}")


def _audited_models(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    return {model.id: _page(model) for model in TunedModel.objects.filter(id__in=ids)}


def _audited_artifacts(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    artifacts = Artifact.objects.filter(id__in=ids).select_related("version__model")
    return {artifact.id: _page(artifact.version.model) for artifact in artifacts}


audit_targets_register("model", _audited_models)
audit_targets_register("artifact", _audited_artifacts)
