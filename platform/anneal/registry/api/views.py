"""HTTP of models, versions, artifacts and downloads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views import View
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.exceptions import error_body
from anneal.common.api.paging import page_of
from anneal.common.errors import AnnealError
from anneal.common.storage import store
from anneal.common.tenancy import tenant_scope
from anneal.registry.access import (
    access_artifact,
    access_download,
    access_model,
    access_model_deleted,
    access_model_version,
    download_claims,
)
from anneal.registry.api import serializers as s
from anneal.registry.archive import Archive, archive_of_artifact
from anneal.registry.card import card_of_version
from anneal.registry.models import TunedModel
from anneal.registry.selectors import latest_versions, model_version_list, model_versions_find, models_chosen
from anneal.registry.services import download_link_create, model_delete, model_rename, model_restore
from anneal.registry.zip_stream import DamagedFileError
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role

log = structlog.get_logger(__name__)
_PAGE_PARAMETERS = [
    OpenApiParameter("limit", int, description="1 to 100, 50 when left out."),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
]


def _presented(models: list[TunedModel]) -> list[dict[str, Any]]:
    latest = latest_versions(models)
    rows = [
        {
            "id": model.id,
            "name": model.name,
            "task": model.task,
            "base_model": model.base_model,
            "latest_version": latest.get(model.id),
            "created_at": model.created_at,
            "deleted_at": model.deleted_at,
            "restorable_until": model.restorable_until,
        }
        for model in models
    ]
    return list(s.ModelSerializer(rows, many=True).data)


class ModelsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="models_list",
        tags=["models"],
        parameters=[*_PAGE_PARAMETERS, s.ModelQuerySerializer],
        responses=s.ModelPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Models of the organisation, each with its newest version."""
        asked = s.ModelQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        chosen = models_chosen(task=given.get("task"), words=given["q"], deleted=given["deleted"])
        page = page_of(request, chosen, lambda row: row)
        return Response({**page, "data": _presented(page["data"])})


class ModelView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "PATCH": Role.MEMBER, "DELETE": Role.MEMBER}

    @extend_schema(operation_id="models_get", tags=["models"], responses=s.ModelSerializer)
    def get(self, request: Request, model_id: UUID) -> Response:
        """One model with its newest version."""
        return Response(_presented([access_model(actor=actor_of(request), model_id=model_id, level=Role.VIEWER)])[0])

    @extend_schema(
        operation_id="models_update", tags=["models"], request=s.ModelInputSerializer, responses=s.ModelSerializer
    )
    def patch(self, request: Request, model_id: UUID) -> Response:
        """Rename a model. Later jobs publish under the name that they carry, not under the one given here."""
        actor = actor_of(request)
        model = access_model(actor=actor, model_id=model_id, level=Role.MEMBER)
        data = validated(s.ModelInputSerializer, request)
        renamed = model_rename(actor=actor, model=model, name=data["name"], base=data.get("base_name"))
        return Response(_presented([renamed])[0])

    @extend_schema(operation_id="models_delete", tags=["models"], responses={204: None})
    def delete(self, request: Request, model_id: UUID) -> Response:
        """Delete a model with all its versions. It answers no more, and links to its files stop working.

        It can be restored for some days.
        """
        actor = actor_of(request)
        model_delete(actor=actor, model=access_model(actor=actor, model_id=model_id, level=Role.MEMBER))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ModelRestoreView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="models_restore", tags=["models"], request=s.ModelRestoreSerializer, responses=s.ModelSerializer
    )
    def post(self, request: Request, model_id: UUID) -> Response:
        """Bring back a deleted model, until its `restorable_until`. One that was not deleted stays as it is."""
        actor = actor_of(request)
        model = access_model_deleted(actor=actor, model_id=model_id, level=Role.MEMBER)
        name = validated(s.ModelRestoreSerializer, request).get("name")
        return Response(_presented([model_restore(actor=actor, model=model, name=name)])[0])


class ModelVersionsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="model_versions_list",
        tags=["models"],
        parameters=_PAGE_PARAMETERS,
        responses=s.ModelVersionPageSerializer,
    )
    def get(self, request: Request, model_id: UUID) -> Response:
        """Versions of a model, newest first."""
        model = access_model(actor=actor_of(request), model_id=model_id, level=Role.VIEWER)
        versions = model_version_list(model)
        return Response(page_of(request, versions, s.ModelVersionSerializer().to_representation))


class ModelVersionsFoundView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="model_versions_find",
        tags=["models"],
        parameters=[s.ModelVersionQuerySerializer, *_PAGE_PARAMETERS],
        responses=s.ModelVersionDetailPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Versions of all models, newest first: those for a task, those made from a dataset, those of models with words in their name."""
        asked = s.ModelVersionQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        found = model_versions_find(task=given.get("task"), dataset_id=given.get("dataset_id"), words=given["q"])
        return Response(page_of(request, found, s.ModelVersionDetailSerializer().to_representation))


class ModelVersionView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="model_versions_get", tags=["models"], responses=s.ModelVersionDetailSerializer)
    def get(self, request: Request, model_version_id: UUID) -> Response:
        """One version of a model."""
        version = access_model_version(actor=actor_of(request), model_version_id=model_version_id, level=Role.VIEWER)
        return Response(s.ModelVersionDetailSerializer(version).data)


class ModelCardView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="model_versions_card", tags=["models"], responses=s.ModelCardSerializer)
    def get(self, request: Request, model_version_id: UUID) -> Response:
        """What a version is, how good it is and how it is opened: the README among its files."""
        version = access_model_version(actor=actor_of(request), model_version_id=model_version_id, level=Role.VIEWER)
        return Response({"text": card_of_version(version)})


class DownloadLinkView(TenantView):
    """Taking the weights out of the platform is for those who work with models; that it was done is noted."""

    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}
    writes_when_deleted = True  # members take out what is theirs

    @extend_schema(
        operation_id="artifacts_download_link", tags=["models"], request=None, responses=s.DownloadLinkSerializer
    )
    def post(self, request: Request, artifact_id: UUID) -> Response:
        """A link to one ZIP archive with the files and their digests, for five minutes. Needs no body."""
        actor = actor_of(request)
        artifact = access_artifact(actor=actor, artifact_id=artifact_id, level=Role.MEMBER)
        return Response(s.DownloadLinkSerializer(download_link_create(actor=actor, artifact=artifact)).data)


class DownloadView(View):
    """The archive behind a signed link: the token is the whole authorisation, and no database is held while the bytes flow."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            archive = self.archive_of(token)
        except AnnealError as error:
            return JsonResponse(error_body(error, request), status=error.status, headers=_never_stored())
        response: HttpResponseBase
        if request.method == "HEAD":
            response = HttpResponse(content_type="application/zip")
        else:
            response = StreamingHttpResponse(_stream(archive), content_type="application/zip")
        response["Content-Length"] = str(archive.size_bytes)
        response["Content-Disposition"] = archive.content_disposition
        response["X-Content-Type-Options"] = "nosniff"
        for name, value in _never_stored().items():
            response[name] = value
        return response

    head = get

    @staticmethod
    def archive_of(token: str) -> Archive:
        """What a token stands for. Raises AnnealError for one that is not valid, and where files are missing."""
        tenant_id, artifact_id, sha256 = download_claims(token)
        with tenant_scope(tenant_id):
            artifact = access_download(artifact_id=artifact_id, sha256=sha256)
            archive = archive_of_artifact(artifact)
        files_check(artifact.files)
        return archive


def _never_stored() -> dict[str, str]:
    return {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}


def files_check(files: Sequence[dict[str, Any]]) -> None:
    """Refuse while a refusal can still be said: once the first byte is out, a broken file can only break the connection."""
    for file in files:
        try:
            is_there = store().size_bytes(file["key"]) == file["size_bytes"]
        except FileNotFoundError:
            is_there = False
        if not is_there:
            log.error("download.file_missing", key=file["key"])
            raise AnnealError("download.files_missing", status=503)


def _stream(archive: Archive) -> Iterator[bytes]:
    try:
        yield from archive.stream()
    except (DamagedFileError, FileNotFoundError) as error:
        # The length was promised, so the client sees an incomplete download and not a wrong file.
        log.exception("artifact.damaged", filename=archive.filename, reason=str(error))
        raise
