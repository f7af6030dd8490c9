"""What models were asked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anneal.common.models import TenantOwned


class AskedMonth(TenantOwned):
    """How much a tenant's models were asked in a month of UTC, which begins on `month`. Tokens are those read and those written."""

    month = models.DateField()
    num_calls = models.BigIntegerField(default=0)
    num_tokens = models.BigIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "month"], name="hosting_askedmonth_month"),
        ]
