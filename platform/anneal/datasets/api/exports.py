"""HTTP of exports: a version as a file to take away."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from anneal.common.api.downloads import content_disposition
from anneal.common.errors import AnnealError
from anneal.datasets.access import access_dataset_version
from anneal.datasets.export import (
    FORMATS,
    export_check,
    export_filename,
    export_formats,
    export_misfit,
    export_stream,
)
from anneal.datasets.models import SPLITS
from anneal.tenants.api.base import TenantView, actor_of
from anneal.tenants.roles import Role
from anneal.tenants.services import audit_write


class AnyNegotiation(BaseContentNegotiation):
    """The parameter says what comes; what a client says that it accepts would only get in the way."""

    def select_parser(self, _request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, _request: Any, renderers: Any, _suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class VersionExportView(TenantView):
    """Taking data out of the platform is for those who work with it; that it was done is noted."""

    roles: ClassVar[dict[str, Role]] = {"GET": Role.MEMBER}
    content_negotiation_class = AnyNegotiation

    @extend_schema(
        operation_id="dataset_versions_export",
        tags=["datasets"],
        parameters=[
            OpenApiParameter("format", str, enum=list(FORMATS), description="By default jsonl."),
            OpenApiParameter(
                "split", str, enum=SPLITS, description="One file; without it, an archive with every split."
            ),
        ],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, dataset_version_id: UUID) -> HttpResponseBase:
        """A version as a file, or a ZIP archive with one file for each split.

        In CSV and TSV, a text that a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a carriage return) gets an
        apostrophe before it; the header `X-Formula-Escape` says so. The other formats hold every text to the letter; a row that
        CoNLL, Alpaca or ShareGPT has no place for is named, and nothing is exported.
        """
        actor = actor_of(request)
        version = access_dataset_version(actor=actor, version_id=dataset_version_id, level=Role.MEMBER)
        name = request.query_params.get("format") or "jsonl"
        if name not in export_formats(version):
            known = ", ".join(export_formats(version))
            raise AnnealError("export.bad_format", param="format", params={"task": version.task, "known": known})
        split = request.query_params.get("split") or None
        if split is not None and not version.num_rows.get(split):
            known = ", ".join(one for one in SPLITS if version.num_rows[one])
            raise AnnealError("dataset_version.bad_choice", param="split", params={"name": "split", "known": known})
        if not export_check(version):
            raise AnnealError("export.files_missing", status=503)
        misfit = export_misfit(version, name, split)
        if misfit is not None:
            told = {"format": name, "split": misfit.split, "row": misfit.row, **misfit.params}
            raise AnnealError(misfit.code, param="format", params=told)
        audit_write(actor=actor, action="dataset.exported", target=str(version.id), format=name, split=split)
        form = FORMATS[name]
        response = StreamingHttpResponse(
            export_stream(version, name, split), content_type=form.media_type if split else "application/zip"
        )
        response["Content-Disposition"] = content_disposition(export_filename(version, name, split), "dataset.zip")
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        if form.has_formulas:
            response["X-Formula-Escape"] = "apostrophe"
        return response
