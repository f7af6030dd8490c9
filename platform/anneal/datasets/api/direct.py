"""HTTP of uploads that go straight to the object store; an installation on disk answers 409 and takes files by tus."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from anneal.common.tenancy import tenant_scope
from anneal.datasets.access import access_upload
from anneal.datasets.api import serializers as s
from anneal.datasets.models import Upload
from anneal.datasets.services.direct import (
    EXPIRES_S,
    num_parts,
    part_bytes,
    upload_create_direct,
    upload_finish_direct,
    upload_part_urls,
    upload_parts,
)
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role


def _answer(upload: Upload, received: list[int], code: int = status.HTTP_200_OK) -> Response:
    size = upload.size_bytes
    cut = {"part_bytes": part_bytes(size), "num_parts": num_parts(size), "received": received}
    return Response(s.DirectUploadSerializer({"upload": upload, **cut}).data, status=code)


class DirectUploadsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="uploads_create_direct",
        tags=["uploads"],
        request=s.DirectUploadInputSerializer,
        responses={201: s.DirectUploadSerializer},
    )
    def post(self, request: Request) -> Response:
        """Begin an upload whose parts go straight to the object store."""
        data = validated(s.DirectUploadInputSerializer, request)
        return _answer(upload_create_direct(actor=actor_of(request), **data), [], status.HTTP_201_CREATED)


class UploadPartsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "POST": Role.MEMBER}

    @extend_schema(operation_id="uploads_parts", tags=["uploads"], responses=s.DirectUploadSerializer)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Which parts are there already."""
        upload = access_upload(actor=actor_of(request), upload_id=upload_id, level=Role.VIEWER)
        return _answer(upload, [part.number for part in upload_parts(upload=upload)])

    @extend_schema(
        operation_id="uploads_part_urls",
        tags=["uploads"],
        request=s.UploadPartsInputSerializer,
        responses=s.UploadPartUrlsSerializer,
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Addresses for the parts that are sent next, each for one PUT of the part's exact length."""
        upload = access_upload(actor=actor_of(request), upload_id=upload_id, level=Role.MEMBER)
        numbers = validated(s.UploadPartsInputSerializer, request)["numbers"]
        urls = upload_part_urls(upload=upload, numbers=numbers)
        parts = [{"number": number, "url": url} for number, url in urls.items()]
        return Response(s.UploadPartUrlsSerializer({"parts": parts, "expires_s": EXPIRES_S}).data)


class UploadFinishView(APIView):
    """Opens its own short transactions, since a store may take its time to join the parts."""

    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(operation_id="uploads_finish", tags=["uploads"], request=None, responses=s.UploadSerializer)
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Say that every part was sent. Refused while one is missing or has another length."""
        actor = actor_of(request)
        with tenant_scope(actor.tenant_id):
            upload = access_upload(actor=actor, upload_id=upload_id, level=Role.MEMBER)
        return Response(s.UploadSerializer(upload_finish_direct(upload=upload)).data)
