"""HTTP of what a tenant uses."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.insights.usage import KEPT, months_used, things_stored
from anneal.jobs.price import price_currency
from anneal.tenants.api.base import TenantView
from anneal.tenants.roles import Role


class UsedMonthSerializer(serializers.Serializer[Any]):
    month = serializers.RegexField(r"^\d{4}-\d{2}$", help_text="Of UTC.")
    jobs = serializers.IntegerField(help_text="That first ran in this month; a search with its trials is one.")
    seconds = serializers.FloatField(help_text="For how long workers held them by now, whenever that was.")
    cost = serializers.FloatField(
        allow_null=True, help_text="At what an hour costs now; null where nobody has set a price."
    )
    calls = serializers.IntegerField(help_text="Requests that models answered; written a few seconds after them.")
    tokens = serializers.IntegerField(help_text="That models read and wrote for them.")


class StoredSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        choices=list(KEPT),
        help_text="`files` are those that rows were read from, `uploads` those that no dataset took yet.",
    )
    count = serializers.IntegerField()
    size_bytes = serializers.IntegerField()


class UsageSerializer(serializers.Serializer[Any]):
    months = UsedMonthSerializer(many=True, help_text="Twelve, the oldest first.")
    stored = StoredSerializer(many=True, help_text="What was deleted is not counted.")
    currency = serializers.CharField(help_text="Code of ISO 4217.")


class UsageView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.BILLING}

    @extend_schema(operation_id="usage", tags=["usage"], responses=UsageSerializer)
    def get(self, request: Request) -> Response:
        """Training and calls of models month by month, and what takes room."""
        del request
        used = {"months": months_used(timezone.now()), "stored": things_stored(), "currency": price_currency()}
        return Response(UsageSerializer(used).data)
