"""Resumable uploads by the tus protocol 1.0 (tus.io/protocols/resumable-upload): core, creation, creation-with-upload, checksum,
termination and expiration.

The views open their own short transactions, since a piece may take minutes to arrive.
"""

from __future__ import annotations

import base64
import binascii
from email.utils import format_datetime
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.common.errors import AnnealError
from anneal.common.tenancy import tenant_scope
from anneal.datasets.access import access_upload
from anneal.datasets.api import serializers as s
from anneal.datasets.models import Upload
from anneal.datasets.services.buckets import bucket_list
from anneal.datasets.services.fetches import upload_fetch_again, upload_import
from anneal.datasets.services.uploads import upload_append, upload_create, upload_drop, upload_settle
from anneal.datasets.staging import CHECKSUM_ALGORITHMS, Checksum
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role

VERSION = "1.0.0"
_EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
_PIECE = "application/offset+octet-stream"
_MAX_METADATA = 8192


def _header(name: str, description: str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=description)


_RESUMABLE = _header("Tus-Resumable", VERSION)


class PieceParser(BaseParser):
    """Declares the media type; the view reads the stream itself, in constant memory."""

    media_type = _PIECE

    def parse(self, *_: Any, **__: Any) -> Any:
        """Nothing of an upload is ever parsed."""
        raise AnnealError("request.unsupported_media_type", status=415, params={"media_type": _PIECE, "accepted": "-"})


class TusView(APIView):
    """Shared by both addresses: the protocol's version in every answer, and on every request but OPTIONS and GET."""

    parser_classes = [PieceParser]
    roles: ClassVar[dict[str, Role]] = {}

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = VERSION
        if request.method == "HEAD":
            response["Cache-Control"] = "no-store"
        return response

    @extend_schema(exclude=True)
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - DRF's signature
        """What this server can do."""
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": _EXTENSIONS,
            "Tus-Max-Size": str(settings.ENVIRONMENT.upload_max_bytes),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUM_ALGORITHMS),
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)


class UploadsView(TusView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="uploads_create",
        tags=["uploads"],
        parameters=[
            _RESUMABLE,
            _header("Upload-Length", "Size of the whole file in bytes."),
            _header("Upload-Metadata", "Comma-separated `key base64value`: filename, split.", required=False),
            _header("Upload-Checksum", "`sha256 base64` or `sha1 base64` of the body.", required=False),
        ],
        request={_PIECE: OpenApiTypes.BINARY},
        responses={201: None},
    )
    def post(self, request: Request) -> Response:
        """Begin an upload (tus creation); `Location` says where its pieces go. A body of the right type is its first piece."""
        actor = actor_of(request)
        _version_check(request)
        size_bytes = _number(request, "Upload-Length")
        metadata = _metadata(request.headers.get("Upload-Metadata", ""))
        checksum = Checksum.parse(request.headers.get("Upload-Checksum"))
        length = _content_length(request) if request.content_type == _PIECE else 0
        with tenant_scope(actor.tenant_id):
            upload = upload_create(
                actor=actor,
                filename=metadata.get("filename", ""),
                split=metadata.get("split", ""),
                size_bytes=size_bytes,
            )
        headers = {"Location": f"/api/v1/uploads/{upload.id}"}
        if length or not size_bytes:
            try:
                upload = upload_append(
                    upload=upload, offset=0, length=length, read=_read_of(request), checksum=checksum
                )
            except AnnealError as refusal:
                refusal.headers = {**refusal.headers, **headers}  # The upload exists: the client may go on with it.
                raise
        return Response(status=status.HTTP_201_CREATED, headers=headers | _progress_headers(upload))


class UploadImportView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="uploads_import",
        tags=["uploads"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.UploadImportSerializer,
        responses={201: s.UploadSerializer},
    )
    def post(self, request: Request) -> Response:
        """Have a file fetched from an address. `GET` of the upload says how far it is; deleting it ends the fetch."""

        def begin() -> Response:
            data = validated(s.UploadImportSerializer, request)
            upload = upload_import(
                actor=actor_of(request),
                url=data["url"],
                split=data["split"],
                filename=data.get("filename", ""),
                s3=data.get("s3"),
            )
            return Response(s.UploadSerializer(upload).data, status=status.HTTP_201_CREATED)

        return idempotent(request, begin)


class BucketListView(APIView):
    """Asks somebody else's server, which may take its time, so no transaction is held."""

    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="uploads_list_bucket",
        tags=["uploads"],
        request=s.BucketListInputSerializer,
        responses=s.BucketListingSerializer,
    )
    def post(self, request: Request) -> Response:
        """What lies in a bucket under a prefix, to be imported one by one. Nothing is kept of the question."""
        listing = bucket_list(**validated(s.BucketListInputSerializer, request))
        return Response(s.BucketListingSerializer(listing).data)


class UploadRetryView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(operation_id="uploads_retry", tags=["uploads"], request=None, responses=s.UploadSerializer)
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Fetch a file again whose fetch failed, from the same address. Sent twice, it is fetched once."""
        upload = access_upload(actor=actor_of(request), upload_id=upload_id, level=Role.MEMBER)
        return Response(s.UploadSerializer(upload_fetch_again(upload=upload)).data)


class UploadView(TusView):
    roles: ClassVar[dict[str, Role]] = {
        "GET": Role.VIEWER,
        "HEAD": Role.VIEWER,
        "PATCH": Role.MEMBER,
        "DELETE": Role.MEMBER,
    }

    @extend_schema(operation_id="uploads_get", tags=["uploads"], responses=s.UploadSerializer)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """How far an upload is, as JSON."""
        upload = _upload(request, upload_id, Role.VIEWER)
        if upload.state != "expired":
            upload = upload_settle(upload)
        return Response(s.UploadSerializer(upload).data)

    @extend_schema(exclude=True)
    def head(self, request: Request, upload_id: UUID) -> Response:
        """How far an upload is, in tus's headers."""
        upload = _upload(request, upload_id, Role.VIEWER)
        _version_check(request)
        upload = upload_settle(upload)
        return Response(headers=_progress_headers(upload) | {"Upload-Length": str(upload.size_bytes)})

    @extend_schema(
        operation_id="uploads_append",
        tags=["uploads"],
        parameters=[
            _RESUMABLE,
            _header("Upload-Offset", "How many bytes the server has already."),
            _header("Upload-Checksum", "`sha256 base64` or `sha1 base64` of the body.", required=False),
        ],
        request={_PIECE: OpenApiTypes.BINARY},
        responses={204: None},
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Send a piece of the file."""
        upload = _upload(request, upload_id, Role.MEMBER)
        _version_check(request)
        if request.content_type != _PIECE:
            params = {"media_type": request.content_type, "accepted": _PIECE}
            raise AnnealError("request.unsupported_media_type", status=415, params=params)
        upload = upload_append(
            upload=upload,
            offset=_number(request, "Upload-Offset"),
            length=_content_length(request),
            read=_read_of(request),
            checksum=Checksum.parse(request.headers.get("Upload-Checksum")),
        )
        return Response(status=status.HTTP_204_NO_CONTENT, headers=_progress_headers(upload))

    @extend_schema(operation_id="uploads_delete", tags=["uploads"], parameters=[_RESUMABLE], responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Give an upload up and free its bytes (tus termination)."""
        upload = _upload(request, upload_id, Role.MEMBER)
        _version_check(request)
        with tenant_scope(upload.tenant_id):
            upload_drop(upload=upload)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _upload(request: Request, upload_id: UUID, level: Role) -> Upload:
    actor = actor_of(request)
    with tenant_scope(actor.tenant_id):
        return access_upload(actor=actor, upload_id=upload_id, level=level)


def _version_check(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise AnnealError("upload.version", status=412, params={"version": VERSION}, headers={"Tus-Version": VERSION})


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdigit() and len(value) < 19):  # noqa: PLR2004 - Postgres' bigint has 19 digits
        raise AnnealError("upload.bad_header", param=header, params={"header": header, "expected": "a number of bytes"})
    return int(value)


def _content_length(request: Request) -> int:
    value = request.META.get("CONTENT_LENGTH") or "0"
    if request.headers.get("Transfer-Encoding") or not value.isdigit():
        params = {"header": "Content-Length", "expected": "the number of bytes in this piece"}
        raise AnnealError("upload.bad_header", status=411, param="Content-Length", params=params)
    return int(value)


def _read_of(request: Request) -> Any:
    """Reads the body piece by piece; `request.body` would hold all of it."""
    return request._request.read  # noqa: SLF001 - DRF offers no public way to the Django request


def _metadata(header: str) -> dict[str, str]:
    """tus: pairs of a key and a base64 value. Unknown keys are the client's own business."""
    found: dict[str, str] = {}
    if len(header) > _MAX_METADATA:
        header = ""
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            expected = "pairs of a key and a base64 value of UTF-8 text, separated by commas"
            raise AnnealError(
                "upload.bad_header",
                param="Upload-Metadata",
                params={"header": "Upload-Metadata", "expected": expected},
            ) from error
    return found


def _progress_headers(upload: Upload) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.offset_bytes),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
    }
