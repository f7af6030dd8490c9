"""What the API says of quotas."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from anneal.plans.kinds import QUOTA_KINDS


class QuotaSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        choices=QUOTA_KINDS,
        help_text="`compute_hours` are those of this month (UTC) for which workers held jobs, `stored_gb` units of 10^9 bytes, and "
        "`running_jobs` those that workers hold at once.",
    )
    limit = serializers.FloatField(allow_null=True, help_text="Null where there is none.")
    used = serializers.FloatField()
    share = serializers.FloatField(allow_null=True, help_text="Of the limit; may be above 1.")
    starts_anew_on = serializers.DateField(allow_null=True, help_text="Of UTC; null for what is not counted by months.")


class QuotasSerializer(serializers.Serializer[Any]):
    """Every kind of quota."""

    data = QuotaSerializer(many=True)  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing
