"""HTTP of changes: rows with ids, edits that make versions, and versions side by side."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.common.api.json_body import json_parser
from anneal.common.api.paging import page_limit, page_of
from anneal.common.errors import AnnealError
from anneal.datasets.access import access_dataset, access_dataset_change, access_dataset_version
from anneal.datasets.api import version_serializers as s
from anneal.datasets.api.views import MAX_OFFSET, query_offset
from anneal.datasets.files.difference import KINDS
from anneal.datasets.models import SPLITS, DatasetChange, DatasetVersion
from anneal.datasets.rows import Order, rows_dropped, rows_selected, selected_count, version_rows, versions_compare
from anneal.datasets.selectors import dataset_change_rows
from anneal.datasets.services.changes import (
    changes_ask,
    dataset_undo,
    latest_version,
    version_filter,
    version_merge,
    version_restore,
)
from anneal.datasets.services.datasets import files_append
from anneal.tenants.actor import Actor
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role

MAX_BODY_BYTES = 32 * 2**20
_MAX_IDS = 1000
_MAX_ID = 2**53
_MAX_DIGITS = 9
_WINDOW = [
    OpenApiParameter("offset", int),
    OpenApiParameter("limit", int, description="1 to 100, by default 50."),
]


def accepted(change: DatasetChange) -> Response:
    """The answer to whoever asked for a change."""
    return Response(s.DatasetChangeSerializer(change).data, status=status.HTTP_202_ACCEPTED)


def base_version(actor: Actor, dataset_id: UUID, version_id: UUID) -> DatasetVersion:
    """The version of a dataset that a change is made of. Raises AnnealError (403, 404)."""
    dataset = access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
    version = access_dataset_version(actor=actor, version_id=version_id, level=Role.MEMBER)
    if version.dataset_id != dataset.id:
        raise AnnealError("dataset_version.other_dataset", param="base_version_id")
    return version


class DatasetChangesView(TenantView):
    parser_classes = [json_parser(MAX_BODY_BYTES)]
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "POST": Role.MEMBER}

    @extend_schema(
        operation_id="dataset_changes_list",
        tags=["datasets"],
        parameters=[
            OpenApiParameter("limit", int, description="1 to 100, by default 50."),
            OpenApiParameter("cursor", str, description="next_cursor of the page before."),
        ],
        responses=s.DatasetChangePageSerializer,
    )
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """Every change of a dataset, newest first."""
        dataset = access_dataset(actor=actor_of(request), dataset_id=dataset_id, level=Role.VIEWER)
        rows = dataset_change_rows().filter(dataset_id=dataset.id)
        return Response(page_of(request, rows, s.DatasetChangeSerializer().to_representation))

    @extend_schema(
        operation_id="dataset_changes_create",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.ChangesInputSerializer,
        responses={202: s.DatasetChangeSerializer},
    )
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Change rows of the latest version. A new immutable version is made in the background; ask for the change until it is there."""

        def create() -> Response:
            actor = actor_of(request)
            access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
            data = validated(s.ChangesInputSerializer, request)
            base = base_version(actor, dataset_id, data["base_version_id"])
            return accepted(changes_ask(actor=actor, base=base, kind=data["kind"], changes=data["changes"]))

        return idempotent(request, create)


class DatasetChangeView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="dataset_changes_get", tags=["datasets"], responses=s.DatasetChangeSerializer)
    def get(self, request: Request, dataset_id: UUID, change_id: UUID) -> Response:
        """A change: how far it is, the version that it made, or why it was refused."""
        change = access_dataset_change(
            actor=actor_of(request), dataset_id=dataset_id, change_id=change_id, level=Role.VIEWER
        )
        return Response(s.DatasetChangeSerializer(change).data)


def _base(actor: Actor, dataset_id: UUID, given: UUID | None) -> DatasetVersion:
    """The version that was named, otherwise the latest."""
    if given is not None:
        return base_version(actor, dataset_id, given)
    return latest_version(access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER).id)


class DatasetAppendView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_append",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.AppendInputSerializer,
        responses={202: s.DatasetChangeSerializer},
    )
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Add the rows of finished uploads, which have the columns of the mapping. Rows that are there stay in their splits."""

        def append() -> Response:
            actor = actor_of(request)
            dataset = access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
            data = validated(s.AppendInputSerializer, request)
            return accepted(
                files_append(actor=actor, dataset=dataset, files=data["files"], skips_bad_rows=data["skip_bad_rows"])
            )

        return idempotent(request, append)


class DatasetMergeView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_merge",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.MergeInputSerializer,
        responses={202: s.DatasetChangeSerializer},
    )
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Add the rows of another dataset's version. They keep their splits, but for those whose text is here in another one."""

        def merge() -> Response:
            actor = actor_of(request)
            access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
            data = validated(s.MergeInputSerializer, request)
            base = _base(actor, dataset_id, data.get("base_version_id"))
            other = access_dataset_version(actor=actor, version_id=data["version_id"], level=Role.MEMBER)
            return accepted(version_merge(actor=actor, base=base, other=other))

        return idempotent(request, merge)


class DatasetFilterView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_filter",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.FilterInputSerializer,
        responses={200: s.FilterCountSerializer, 202: s.DatasetChangeSerializer},
    )
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Drop every row that meets all of the conditions, or keep only those; with `dry_run` say how many rows would be dropped."""

        def act() -> Response:
            actor = actor_of(request)
            access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
            data = validated(s.FilterInputSerializer, request)
            base = _base(actor, dataset_id, data.get("base_version_id"))
            wish: dict[str, Any] = {name: data[name] for name in ("drop", "keep") if name in data}
            if not data["dry_run"]:
                return accepted(version_filter(actor=actor, base=base, wish=wish))
            counts = selected_count(base, rows_dropped(base, wish))
            return Response(s.FilterCountSerializer({"total": sum(counts.values()), "num_rows": counts}).data)

        return idempotent(request, act)


class DatasetUndoView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_undo",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: s.DatasetChangeSerializer},
    )
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Restore the version that the latest one was made from, as a new version."""
        actor = actor_of(request)
        dataset = access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
        return idempotent(request, lambda: accepted(dataset_undo(actor=actor, dataset=dataset)))


class VersionRestoreView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="dataset_versions_restore",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: s.DatasetChangeSerializer},
    )
    def post(self, request: Request, dataset_version_id: UUID) -> Response:
        """Make an earlier version the latest one again, as a new version that is equal to it."""
        actor = actor_of(request)
        version = access_dataset_version(actor=actor, version_id=dataset_version_id, level=Role.MEMBER)
        return idempotent(request, lambda: accepted(version_restore(actor=actor, version=version)))


class VersionRowsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="dataset_versions_rows",
        tags=["datasets"],
        parameters=[
            OpenApiParameter("split", str, enum=SPLITS),
            OpenApiParameter("label", str, description="Rows with this label, or with a span of this type."),
            OpenApiParameter("contains", str, description="Rows with this text in any cell, whatever its case."),
            OpenApiParameter("shorter_than", int, description="Characters, or tokens, of what rows are compared by."),
            OpenApiParameter("longer_than", int, description="The same."),
            OpenApiParameter("row", int, description="Rows on this line of the uploaded file; each file has one."),
            OpenApiParameter("finding_id", UUID, description="Rows of this finding of the version's doctor."),
            OpenApiParameter("ids", str, description=f"Up to {_MAX_IDS} ids with commas between them."),
            OpenApiParameter("sort", str, enum=["version", "id"], description="By default the order of the version."),
            *_WINDOW,
        ],
        responses=s.RowWindowSerializer,
    )
    def get(self, request: Request, dataset_version_id: UUID) -> Response:
        """Rows with their ids, to look at and to change."""
        version = access_dataset_version(actor=actor_of(request), version_id=dataset_version_id, level=Role.VIEWER)
        query = request.query_params
        conditions = {
            "split": _choice(request, "split", SPLITS, None),
            "label": query.get("label") or None,
            "contains": query.get("contains") or None,
            "shorter_than": _length(request, "shorter_than"),
            "longer_than": _length(request, "longer_than"),
            "row": _length(request, "row"),
            "finding_id": _finding(request),
            "ids": _ids(query["ids"]) if "ids" in query else None,
        }
        selection = rows_selected(version, {name: value for name, value in conditions.items() if value is not None})
        order = cast("Order", _choice(request, "sort", ("version", "id"), "version"))
        offset = query_offset(query.get("offset", "0"), MAX_OFFSET)
        window = version_rows(version, selection, order=order, offset=offset, limit=page_limit(request))
        return Response(s.RowWindowSerializer(window).data)


class VersionDiffView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="dataset_versions_diff",
        tags=["datasets"],
        parameters=[
            OpenApiParameter("against", UUID, description="An earlier version; by default the one this was made from."),
            OpenApiParameter("kind", str, enum=KINDS, description="By default changed."),
            *_WINDOW,
        ],
        responses=s.VersionDiffSerializer,
    )
    def get(self, request: Request, dataset_version_id: UUID) -> Response:
        """What lies between two versions, row by row."""
        actor = actor_of(request)
        version = access_dataset_version(actor=actor, version_id=dataset_version_id, level=Role.VIEWER)
        against = _against(request, actor, version)
        kind = _choice(request, "kind", KINDS, "changed") or "changed"
        offset = query_offset(request.query_params.get("offset", "0"), MAX_OFFSET)
        found = versions_compare(against, version, kind=kind, offset=offset, limit=page_limit(request))
        told: dict[str, Any] = {"against": against.id, "kind": kind, "counts": found.counts, "data": found.data}
        return Response(s.VersionDiffSerializer(told).data)


def _against(request: Request, actor: Actor, version: DatasetVersion) -> DatasetVersion:
    given = request.query_params.get("against")
    if not given:
        if version.parent_id is None:
            raise AnnealError("dataset_version.no_parent", param="against")
        return access_dataset_version(actor=actor, version_id=version.parent_id, level=Role.VIEWER)
    try:
        against_id = UUID(given)
    except ValueError:
        raise AnnealError("dataset_version.not_found", status=404, param="against") from None
    against = access_dataset_version(actor=actor, version_id=against_id, level=Role.VIEWER)
    if against.dataset_id != version.dataset_id:
        raise AnnealError("dataset_version.other_dataset", param="against")
    return against


def _choice(request: Request, name: str, known: tuple[str, ...], default: str | None) -> str | None:
    given = request.query_params.get(name) or default
    if given is not None and given not in known:
        raise AnnealError("dataset_version.bad_choice", param=name, params={"name": name, "known": ", ".join(known)})
    return given


def _finding(request: Request) -> str | None:
    given = request.query_params.get("finding_id")
    if not given:
        return None
    try:
        return str(UUID(given))
    except ValueError:
        raise AnnealError("finding.not_found", status=404, param="finding_id") from None


def _length(request: Request, name: str) -> int | None:
    given = request.query_params.get(name)
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= _MAX_DIGITS):
        raise AnnealError("dataset_version.bad_length", param=name, params={"name": name})
    return int(given)


def _ids(given: str) -> frozenset[int]:
    parts = [part for part in given.split(",") if part]
    is_sound = len(parts) <= _MAX_IDS and all(
        part.isascii() and part.isdecimal() and len(part) <= 16 and int(part) < _MAX_ID  # noqa: PLR2004 - digits of 2^53
        for part in parts
    )
    if not is_sound:
        raise AnnealError("dataset_version.bad_ids", param="ids", params={"limit": _MAX_IDS})
    return frozenset(map(int, parts))
