"""HTTP of datasets and their versions."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.common.api.naming import NameQuerySerializer
from anneal.common.api.paging import page_limit, page_of
from anneal.common.errors import AnnealError
from anneal.datasets.access import access_dataset, access_dataset_deleted, access_dataset_version
from anneal.datasets.api import serializers as s
from anneal.datasets.files.build import BuildPlan
from anneal.datasets.findings_csv import finding_line, header_line
from anneal.datasets.models import SPLITS, Dataset
from anneal.datasets.preview import MAX_RAW_OFFSET, Window, preview_raw, preview_version
from anneal.datasets.selectors import dataset_list, dataset_versions, datasets_chosen
from anneal.datasets.services.datasets import (
    dataset_create,
    dataset_delete,
    dataset_file_choose,
    dataset_map,
    dataset_rename,
    dataset_retask,
)
from anneal.datasets.services.restoring import dataset_restore
from anneal.datasets.services.sample import sample_create
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role
from workers.contract.columns import ROLES, TASKS

_PAGE = [
    OpenApiParameter("limit", int, description="1 to 100, by default 50."),
    OpenApiParameter("cursor", str, description="next_cursor of the page before."),
]
MAX_OFFSET = 10**9
_PREVIEW_ROWS = 20


def _answer(dataset: Dataset) -> Response:
    return Response(s.DatasetSerializer(dataset).data)


class DatasetsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "POST": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_list",
        tags=["datasets"],
        parameters=[
            *_PAGE,
            OpenApiParameter("task", str, enum=TASKS, description="Those for this task."),
            NameQuerySerializer,
        ],
        responses=s.DatasetPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Every dataset, newest first; `columns` and `problems` are empty here."""
        task = request.query_params.get("task")
        if task and task not in TASKS:
            params = {"name": "task", "known": ", ".join(TASKS)}
            raise AnnealError("dataset_version.bad_choice", param="task", params=params)
        asked = NameQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        deleted = asked.validated_data["deleted"]
        chosen = datasets_chosen(task=task, words=asked.validated_data["q"], deleted=deleted)
        shown = dataset_list(deleted=deleted)
        return Response(page_of(request, chosen, s.DatasetListItem().to_representation, shown=shown))

    @extend_schema(
        operation_id="datasets_create",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.DatasetInputSerializer,
        responses={201: s.DatasetSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a dataset of finished uploads. It is inspected in the background; then its mapping is asked for."""

        def create() -> Response:
            data = validated(s.DatasetInputSerializer, request)
            dataset = dataset_create(actor=actor_of(request), name=data["name"], task=data["task"], files=data["files"])
            return Response(s.DatasetSerializer(dataset).data, status=status.HTTP_201_CREATED)

        return idempotent(request, create)


class DatasetSampleView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_sample",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: s.DatasetSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a dataset of the sample that comes with the product. It becomes a version by itself."""

        def create() -> Response:
            dataset = sample_create(actor=actor_of(request))
            return Response(s.DatasetSerializer(dataset).data, status=status.HTTP_201_CREATED)

        return idempotent(request, create)


class DatasetView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "PATCH": Role.MEMBER, "DELETE": Role.MEMBER}

    @extend_schema(operation_id="datasets_get", tags=["datasets"], responses=s.DatasetSerializer)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """A dataset with its files, columns, findings and latest version."""
        return _answer(access_dataset(actor=actor_of(request), dataset_id=dataset_id, level=Role.VIEWER))

    @extend_schema(
        operation_id="datasets_update",
        tags=["datasets"],
        request=s.DatasetUpdateSerializer,
        responses=s.DatasetSerializer,
    )
    def patch(self, request: Request, dataset_id: UUID) -> Response:
        """Rename a dataset, or say that it is for another task."""
        actor = actor_of(request)
        dataset = access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
        data = validated(s.DatasetUpdateSerializer, request)
        if "name" in data:
            dataset_rename(dataset=dataset, name=data["name"], base=data.get("base_name"))
        if "task" in data:
            dataset_retask(actor=actor, dataset=dataset, task=data["task"])
        return _answer(access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER))

    @extend_schema(operation_id="datasets_delete", tags=["datasets"], responses={204: None})
    def delete(self, request: Request, dataset_id: UUID) -> Response:
        """Delete a dataset; it can be restored for some days, then its files are removed.

        Jobs that read it come to their end, and models that were made from it keep working.
        """
        actor = actor_of(request)
        dataset_delete(actor=actor, dataset=access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DatasetRestoreView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(operation_id="datasets_restore", tags=["datasets"], request=None, responses=s.DatasetSerializer)
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Bring back a deleted dataset, until its `restorable_until`. One that was not deleted stays as it is."""
        actor = actor_of(request)
        deleted = access_dataset_deleted(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
        dataset_restore(actor=actor, dataset=deleted)
        return _answer(access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER))


class DatasetFileView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"PATCH": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_file_update",
        tags=["datasets"],
        request=s.FileChoicesInputSerializer,
        responses=s.DatasetSerializer,
    )
    def patch(self, request: Request, dataset_id: UUID, position: int) -> Response:
        """Say how a file is to be read where looking at it found something else. The files are then inspected again."""
        actor = actor_of(request)
        dataset = access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
        changes = validated(s.FileChoicesInputSerializer, request)
        dataset_file_choose(actor=actor, dataset=dataset, position=position, changes=changes)
        return _answer(access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER))


class DatasetMappingView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"PUT": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_map", tags=["datasets"], request=s.MappingInputSerializer, responses=s.DatasetSerializer
    )
    def put(self, request: Request, dataset_id: UUID) -> Response:
        """Say which column is which role of the task. The files are then validated into a new immutable version."""
        actor = actor_of(request)
        dataset = access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
        data = validated(s.MappingInputSerializer, request)
        plan = BuildPlan(
            task=dataset.task,
            columns={role: data[role] for role in ROLES if data.get(role) is not None},
            delimiter=data["delimiter"],
            split_seed=data["split_seed"],
            validation_share=data["validation_share"],
            test_share=data["test_share"],
            split_mode=data["split_mode"],
            split_column=data["split_column"],
        )
        dataset_map(actor=actor, dataset=dataset, plan=plan, skips_bad_rows=data["skip_bad_rows"])
        return _answer(access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER))


class DatasetProblemsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="datasets_problems", tags=["datasets"], responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, dataset_id: UUID) -> HttpResponseBase:
        """The findings as a CSV file: the first thousand, as the dataset has them."""
        dataset = access_dataset(actor=actor_of(request), dataset_id=dataset_id, level=Role.VIEWER)
        lines = [header_line(), *map(finding_line, dataset.problems)]
        return HttpResponse(
            "".join(lines),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="problems-{dataset.id}.csv"'},
        )


class DatasetPreviewView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="datasets_preview",
        tags=["datasets"],
        parameters=[
            OpenApiParameter("split", str, enum=SPLITS),
            OpenApiParameter("label", str),
            OpenApiParameter("offset", int),
            OpenApiParameter("limit", int, description=f"1 to 100, by default {_PREVIEW_ROWS}."),
        ],
        responses=s.PreviewSerializer,
    )
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """Rows of the latest version; before there is one, raw rows of the first file."""
        dataset = access_dataset(actor=actor_of(request), dataset_id=dataset_id, level=Role.VIEWER)
        return Response(s.PreviewSerializer(_window(request, dataset)).data)


def _window(request: Request, dataset: Dataset) -> Window:
    query = request.query_params
    limit = page_limit(request) if "limit" in query else _PREVIEW_ROWS
    split = query.get("split") or None
    if split is not None and split not in SPLITS:
        raise AnnealError("dataset.bad_split", param="split")
    latest = dataset.latest_version
    offset = query_offset(query.get("offset", "0"), MAX_OFFSET if latest else MAX_RAW_OFFSET)
    if latest:
        return preview_version(latest, split=split, label=query.get("label"), offset=offset, limit=limit)
    readable = next((file for file in dataset.files.all() if file.reading), None)
    return preview_raw(readable, offset=offset, limit=limit) if readable else Window([], [], 0)


def query_offset(value: str, limit: int) -> int:
    """The `offset` parameter. Raises AnnealError for what is no whole number up to `limit`."""
    if not (value.isascii() and value.isdigit() and len(value) < 12 and int(value) <= limit):  # noqa: PLR2004 - more digits than any limit
        raise AnnealError("dataset.bad_offset", param="offset", params={"limit": limit})
    return int(value)


class DatasetVersionsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="dataset_versions_list",
        tags=["datasets"],
        parameters=_PAGE,
        responses=s.DatasetVersionPageSerializer,
    )
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """Every version of a dataset, newest first."""
        dataset = access_dataset(actor=actor_of(request), dataset_id=dataset_id, level=Role.VIEWER)
        rows = dataset_versions(dataset.id)
        return Response(page_of(request, rows, s.DatasetVersionSerializer().to_representation))


class DatasetVersionView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="dataset_versions_get", tags=["datasets"], responses=s.DatasetVersionSerializer)
    def get(self, request: Request, dataset_version_id: UUID) -> Response:
        """One version."""
        version = access_dataset_version(actor=actor_of(request), version_id=dataset_version_id, level=Role.VIEWER)
        return Response(s.DatasetVersionSerializer(version).data)
