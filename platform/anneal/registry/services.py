"""Writes of tuned models: publishing, renaming, deleting, handing out download links."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from anneal.common.base_values import values_write
from anneal.common.errors import AnnealError
from anneal.common.isolation import each
from anneal.common.restoring import RESTORABLE_DAYS, gone_for_good
from anneal.common.storage import key_check
from anneal.common.tenancy import current_tenant_id
from anneal.datasets.services.names import names_models_mark
from anneal.plans.services import quota_room_check
from anneal.registry.access import DOWNLOAD_SALT, LINK_VALID_S
from anneal.registry.archive import Archive, archive_of_artifact
from anneal.registry.models import ARTIFACT_KINDS, Artifact, Evaluation, ModelVersion, TunedModel
from anneal.registry.selectors import model_bytes, models_restorable
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write
from workers.contract.results import Evaluation as EvaluationDocument
from workers.contract.serving import model_key_of

_NAME_LENGTH = 200
_FILE_FIELDS = {"name", "key", "sha256", "size_bytes"}


@transaction.atomic
def model_publish(
    *,
    job_id: uuid.UUID,
    dataset_version_id: uuid.UUID,
    name: str,
    task: str,
    base_model: str,
    labels: Sequence[str],
    evaluation: dict[str, Any],
    artifacts: Sequence[dict[str, Any]],
    row_figures_key: str = "",
) -> ModelVersion:
    """Publish what a job made, in the scope of its tenant and in the transaction that finishes the job.

    Jobs with the same name, task and base model make versions of one model. Safe to repeat: a job publishes once, and the
    second call returns what the first one made. Raises ValueError for artifacts or an evaluation that the trainer cannot have
    meant (a bug, never a customer's mistake).
    """
    document = EvaluationDocument.model_validate(evaluation)
    if all(contender.name != "tuned" for contender in document.contenders):
        raise ValueError("the evaluation says nothing about the tuned model")
    rows = [_artifact_row(artifact) for artifact in artifacts]
    published = ModelVersion.objects.filter(job_id=job_id).first()
    if published:
        return published
    model = _model_locked(name=name.strip()[:_NAME_LENGTH] or base_model, task=task, base_model=base_model)
    # The lock may have been waited for while another attempt of the same job published.
    published = ModelVersion.objects.filter(job_id=job_id).first()
    if published:
        return published
    newest = ModelVersion.objects.filter(model=model).aggregate(Max("number"))["number__max"] or 0
    version = ModelVersion.objects.create(
        model=model,
        number=newest + 1,
        job_id=job_id,
        dataset_version_id=dataset_version_id,
        labels=list(labels),
        summary=document.summary(),
    )
    Artifact.objects.bulk_create([Artifact(version=version, **row) for row in rows])
    Evaluation.objects.create(
        version=version,
        job_id=job_id,
        document=document.model_dump(mode="json"),
        row_figures_key=row_figures_key and _own_key(row_figures_key),
    )
    return version


def _model_locked(*, name: str, task: str, base_model: str) -> TunedModel:
    """The model to publish under, made when needed, locked so that version numbers are given out one after the other."""
    while True:
        model = (
            TunedModel.objects.select_for_update()
            .filter(name=name, task=task, base_model=base_model, deleted_at__isnull=True)
            .first()
        )
        if model:
            return model
        try:
            with transaction.atomic():
                TunedModel.objects.create(name=name, task=task, base_model=base_model)
        except IntegrityError:
            continue  # Another job made it in between.


def _artifact_row(artifact: dict[str, Any]) -> dict[str, Any]:
    files = artifact["files"]
    if artifact["kind"] not in ARTIFACT_KINDS or not files:
        raise ValueError(f"not an artifact to publish: {artifact['kind']!r} with {len(files)} files")
    for file in files:
        if set(file) != _FILE_FIELDS:
            raise ValueError(f"not a file of an artifact: {file!r}")
        _own_key(file["key"])
    if len({file["name"] for file in files}) != len(files):
        raise ValueError("two files of an artifact have the same name")
    return {
        "kind": artifact["kind"],
        "files": sorted(files, key=lambda file: file["name"]),
        "sha256": model_key_of((file["name"], file["sha256"]) for file in files),
        "size_bytes": sum(file["size_bytes"] for file in files),
    }


def _own_key(key: str) -> str:
    if not key_check(key).startswith(f"{current_tenant_id()}/"):
        raise ValueError(f"not a file of this tenant: {key!r}")
    return key


def model_rename(*, actor: Actor, model: TunedModel, name: str, base: str | None = None) -> TunedModel:
    """Give a model another name.

    Raises AnnealError (409 when one on the same base model has it already, 412 when it is not called `base` any more).
    """
    before, model.name = model.name, name
    try:
        with transaction.atomic():
            values_write(TunedModel.objects.filter(id=model.id), values={"name": name}, bases={"name": base})
    except IntegrityError as error:
        raise AnnealError("model.name_taken", status=409, param="name", params={"name": name}) from error
    audit_write(actor=actor, action="model.renamed", target=str(model.id), before=before, after=name)
    return model


def model_delete(*, actor: Actor, model: TunedModel) -> None:
    """Take a model with all versions out of sight; links already handed out stop working. `model_restore` brings it back."""
    if TunedModel.objects.filter(id=model.id, deleted_at__isnull=True).update(deleted_at=Now()):
        names_models_mark(model.id, is_gone=True)
        audit_write(actor=actor, action="model.deleted", target=str(model.id), name=model.name)


def model_restore(*, actor: Actor, model: TunedModel, name: str | None = None) -> TunedModel:
    """Bring back a deleted model with all its versions, under another `name` where one is given; one that was not deleted stays as it is.

    Raises AnnealError (409) when it is gone for good, when another model has its name by now, or when there is no room by the quota.
    """
    locked = TunedModel.objects.select_for_update().get(id=model.id)
    if locked.deleted_at is None:
        return locked
    quota_room_check(num_bytes=model_bytes(locked.id))
    name = name or locked.name
    try:
        with transaction.atomic():
            is_back = models_restorable().filter(id=locked.id).update(deleted_at=None, name=name)
    except IntegrityError as error:
        raise AnnealError("model.name_taken", status=409, param="name", params={"name": name}) from error
    if not is_back:
        raise AnnealError("model.gone", status=409, params={"days": RESTORABLE_DAYS})
    names_models_mark(locked.id, is_gone=False)
    audit_write(actor=actor, action="model.restored", target=str(locked.id), name=name)
    return TunedModel.objects.get(id=locked.id)


def models_sweep(*, forget: Callable[[Collection[uuid.UUID]], bool], limit: int = 100) -> int:
    """Have the files removed of models that are gone for good; returns of how many. Runs in `service_scope`.

    `forget` does it for the jobs that published them, or says that the files of one are needed still.
    """

    def sweep(model: TunedModel) -> int:
        if not forget(list(ModelVersion.objects.filter(model_id=model.id).values_list("job_id", flat=True))):
            return 0
        return TunedModel.objects.filter(id=model.id).update(swept_at=Now())

    gone = gone_for_good(TunedModel.objects.filter(swept_at__isnull=True))
    # In no order, so that those that have to wait keep no others waiting.
    rows = list(gone.select_for_update(skip_locked=True).order_by("?")[:limit])
    return each(rows, sweep, event="model.not_swept")


@dataclass(frozen=True)
class DownloadLink:
    """An address that anybody who has it may read for five minutes."""

    url: str
    expires_at: datetime
    filename: str
    size_bytes: int


def download_link_create(*, actor: Actor, artifact: Artifact) -> DownloadLink:
    """A signed link to an artifact's archive, bound to tenant, artifact and content; noted in the audit log."""
    archive = archive_of_artifact(artifact)
    audit_write(actor=actor, action="artifact.link_created", target=str(artifact.id), sha256=artifact.sha256)
    return link_sign(archive, thing_id=artifact.id, sha256=artifact.sha256, salt=DOWNLOAD_SALT, folder="downloads")


def link_sign(archive: Archive, *, thing_id: uuid.UUID, sha256: str, salt: str, folder: str) -> DownloadLink:
    """A link to an archive that `download_claims` reads: bound to the tenant in force, the thing and its content."""
    claims = {"tenant": str(current_tenant_id()), "artifact": str(thing_id), "sha256": sha256}
    return DownloadLink(
        url=f"{settings.PUBLIC_URL}/{folder}/{signing.dumps(claims, salt=salt)}",
        expires_at=timezone.now() + timedelta(seconds=LINK_VALID_S),
        filename=archive.filename,
        size_bytes=archive.size_bytes,
    )
