"""HTTP of quotas: for those who answer for the organisation. They are granted by whoever runs the installation (`manage.py quota`)."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.plans.api.serializers import QuotasSerializer
from anneal.plans.selectors import quota_list
from anneal.tenants.api.base import TenantView
from anneal.tenants.roles import Role


class QuotasView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.BILLING}

    @extend_schema(operation_id="quotas", tags=["usage"], responses=QuotasSerializer)
    def get(self, request: Request) -> Response:
        """How much the organisation may train, store and run at once, and how much of it is used."""
        del request
        return Response(QuotasSerializer({"data": quota_list()}).data)
