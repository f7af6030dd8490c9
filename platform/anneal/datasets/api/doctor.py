"""HTTP of the data doctor: reports on versions, the rows of findings, and what is decided about them."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.common.api.paging import page_limit
from anneal.common.errors import AnnealError
from anneal.datasets.access import access_dataset_version, access_doctor_finding
from anneal.datasets.api import doctor_serializers as s
from anneal.datasets.api.version_serializers import DatasetChangeSerializer
from anneal.datasets.api.versions import accepted
from anneal.datasets.api.views import MAX_OFFSET, query_offset
from anneal.datasets.models import DoctorReport
from anneal.datasets.rows import finding_rows, version_map
from anneal.datasets.selectors import doctor_report_of
from anneal.datasets.services.doctor import finding_accept, finding_dismiss, finding_reopen
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role

MAX_POINTS = 20_000


class VersionDoctorView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="dataset_versions_doctor", tags=["datasets"], responses=s.DoctorReportSerializer)
    def get(self, request: Request, dataset_version_id: UUID) -> Response:
        """What the data doctor found in a version; findings come while it runs."""
        version = access_dataset_version(actor=actor_of(request), version_id=dataset_version_id, level=Role.VIEWER)
        return Response(s.DoctorReportSerializer(_report(version.id)).data)


def _report(version_id: UUID) -> DoctorReport:
    report = doctor_report_of(version_id)
    if report is None:
        raise AnnealError("doctor.no_report", status=404)
    return report


class VersionMapView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="dataset_versions_map", tags=["datasets"], responses=s.DifficultyMapSerializer)
    def get(self, request: Request, dataset_version_id: UUID) -> Response:
        """The rows of a version as points, with how hard each is to get right; at most 20,000 of them."""
        version = access_dataset_version(actor=actor_of(request), version_id=dataset_version_id, level=Role.VIEWER)
        found = _report(version.id).difficulty_map
        if found is None:
            raise AnnealError("doctor.no_map", status=404)
        shown = version_map(version, found["key"], limit=MAX_POINTS)
        told = {"method": found["method"], "vectors": found["vectors"], "total": shown.total, "points": shown.points}
        return Response(s.DifficultyMapSerializer(told).data)


class FindingRowsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="doctor_findings_rows",
        tags=["datasets"],
        parameters=[
            OpenApiParameter("offset", int),
            OpenApiParameter("limit", int, description="1 to 100, by default 50."),
        ],
        responses=s.FindingRowsSerializer,
    )
    def get(self, request: Request, finding_id: UUID) -> Response:
        """Every row that a finding points at, the most suspicious first."""
        finding = access_doctor_finding(actor=actor_of(request), finding_id=finding_id, level=Role.VIEWER)
        if not finding.rows_key:
            raise AnnealError("finding.no_rows", status=404)
        offset = query_offset(request.query_params.get("offset", "0"), MAX_OFFSET)
        data, total = finding_rows(finding.report.version, finding.rows_key, offset=offset, limit=page_limit(request))
        return Response(s.FindingRowsSerializer({"data": data, "total": total}).data)


class FindingAcceptView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="doctor_findings_accept",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.FindingAcceptSerializer,
        responses={202: DatasetChangeSerializer},
    )
    def post(self, request: Request, finding_id: UUID) -> Response:
        """Have a fix made into a new version. The finding must be about the latest one; undo takes the fix back."""

        def accept() -> Response:
            actor = actor_of(request)
            finding = access_doctor_finding(actor=actor, finding_id=finding_id, level=Role.MEMBER)
            wish = validated(s.FindingAcceptSerializer, request)
            columns = wish.get("columns", ())
            return accepted(finding_accept(actor=actor, finding=finding, fix=wish["fix"], columns=columns))

        return idempotent(request, accept)


class FindingDismissView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="doctor_findings_dismiss", tags=["datasets"], request=None, responses=s.DoctorFindingSerializer
    )
    def post(self, request: Request, finding_id: UUID) -> Response:
        """Say that a finding needs nothing."""
        actor = actor_of(request)
        finding = access_doctor_finding(actor=actor, finding_id=finding_id, level=Role.MEMBER)
        finding_dismiss(actor=actor, finding=finding)
        again = access_doctor_finding(actor=actor, finding_id=finding_id, level=Role.MEMBER)
        return Response(s.DoctorFindingSerializer(again).data)


class FindingReopenView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="doctor_findings_reopen", tags=["datasets"], request=None, responses=s.DoctorFindingSerializer
    )
    def post(self, request: Request, finding_id: UUID) -> Response:
        """Take up a finding again that was dismissed."""
        actor = actor_of(request)
        finding = access_doctor_finding(actor=actor, finding_id=finding_id, level=Role.MEMBER)
        finding_reopen(actor=actor, finding=finding)
        again = access_doctor_finding(actor=actor, finding_id=finding_id, level=Role.MEMBER)
        return Response(s.DoctorFindingSerializer(again).data)
