"""HTTP of the audit log: for those who answer for the organisation."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.paging import page_of
from anneal.tenants.api import audit_serializers as s
from anneal.tenants.api.base import TenantView
from anneal.tenants.api.views import PAGE_PARAMETERS
from anneal.tenants.audit_actions import AUDIT_ACTIONS, action_text
from anneal.tenants.audit_csv import audit_csv
from anneal.tenants.roles import Role
from anneal.tenants.selectors import AuditFilter, audit_list, audit_name_actors, audit_name_targets

_MOST_LINES = 10_000


def _wanted(request: Request) -> AuditFilter:
    asked = s.AuditFilterSerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return AuditFilter(**asked.validated_data)


class AuditLogView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.ADMIN}

    @extend_schema(
        operation_id="audit_log_list",
        tags=["audit log"],
        parameters=[s.AuditFilterSerializer, *PAGE_PARAMETERS],
        responses=s.AuditEntryPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Who did what in the organisation."""
        page = page_of(request, audit_list(_wanted(request)), lambda entry: entry)
        audit_name_actors(page["data"])
        audit_name_targets(page["data"])
        return Response(s.AuditEntryPageSerializer(page).data)


class AuditActionsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.ADMIN}

    @extend_schema(operation_id="audit_log_actions", tags=["audit log"], responses=s.AuditActPageSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the same for everybody
        """What the audit log can be filtered by, in words."""
        actions = [{"action": action, "words": action_text(action)} for action in AUDIT_ACTIONS]
        return Response(s.AuditActPageSerializer({"data": actions, "next_cursor": None}).data)


class AuditCsvView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.ADMIN}

    @extend_schema(
        operation_id="audit_log_csv",
        tags=["audit log"],
        parameters=[s.AuditFilterSerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """The same as a CSV file: the newest ten thousand entries that fit."""
        entries = list(audit_list(_wanted(request)).order_by("-id")[:_MOST_LINES])
        audit_name_actors(entries)
        audit_name_targets(entries)
        return HttpResponse(
            "".join(audit_csv(entries)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="audit-log.csv"'},
        )
