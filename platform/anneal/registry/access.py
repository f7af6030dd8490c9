"""From an id, or from a download token, to a model, a version or an artifact."""

from __future__ import annotations

import uuid

from django.core import signing

from anneal.common.errors import AnnealError, not_found
from anneal.registry.models import Artifact, ModelVersion, TunedModel
from anneal.registry.selectors import artifacts_prefetch
from anneal.tenants.actor import Actor
from anneal.tenants.roles import Role

DOWNLOAD_SALT = "anneal.registry.download"
LINK_VALID_S = 300


def access_model(*, actor: Actor, model_id: uuid.UUID, level: Role) -> TunedModel:
    """A model of the actor's tenant. Raises AnnealError (403, 404)."""
    actor.require(level)
    model = TunedModel.objects.filter(id=model_id, deleted_at__isnull=True).first()
    if model is None:
        raise not_found("model")
    return model


def access_model_deleted(*, actor: Actor, model_id: uuid.UUID, level: Role) -> TunedModel:
    """A model of the actor's tenant, whether it was deleted or not. Raises AnnealError (403, 404)."""
    actor.require(level)
    model = TunedModel.objects.filter(id=model_id).first()
    if model is None:
        raise not_found("model")
    return model


def access_model_version(*, actor: Actor, model_version_id: uuid.UUID, level: Role) -> ModelVersion:
    """A version of a model of the actor's tenant, with its model. Raises AnnealError (403, 404)."""
    actor.require(level)
    version = (
        ModelVersion.objects.filter(id=model_version_id, model__deleted_at__isnull=True)
        .select_related("model")
        .prefetch_related(artifacts_prefetch())
        .first()
    )
    if version is None:
        raise not_found("model_version")
    return version


def access_artifact(*, actor: Actor, artifact_id: uuid.UUID, level: Role) -> Artifact:
    """An artifact of the actor's tenant, with version and model. Raises AnnealError (403, 404)."""
    actor.require(level)
    artifact = _artifact(artifact_id)
    if artifact is None:
        raise not_found("artifact")
    return artifact


def download_claims(token: str, *, salt: str = DOWNLOAD_SALT) -> tuple[uuid.UUID, uuid.UUID, str]:
    """Tenant, id and digest of what a download token was signed for; tokens of another kind of thing have another `salt`.

    Raises AnnealError (403 expired, 404 anything else).
    """
    try:
        claims = signing.loads(token, salt=salt, max_age=LINK_VALID_S)
        return uuid.UUID(claims["tenant"]), uuid.UUID(claims["artifact"]), str(claims["sha256"])
    except signing.SignatureExpired as error:
        raise AnnealError("download.expired", status=403, params={"minutes": LINK_VALID_S // 60}) from error
    except (signing.BadSignature, ValueError) as error:
        raise not_found("download") from error


def access_download(*, artifact_id: uuid.UUID, sha256: str) -> Artifact:
    """The artifact of a verified token, in the scope of the token's tenant. Raises AnnealError (404) when it was deleted since."""
    artifact = _artifact(artifact_id)
    if artifact is None or artifact.sha256 != sha256:
        raise not_found("download")
    return artifact


def _artifact(artifact_id: uuid.UUID) -> Artifact | None:
    return (
        Artifact.objects.filter(id=artifact_id, version__model__deleted_at__isnull=True)
        .select_related("version__model")
        .first()
    )
