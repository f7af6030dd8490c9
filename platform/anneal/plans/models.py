"""What the operator grants a tenant, and of what use of it somebody was told. The web role may read both and write neither."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anneal.common.models import TenantOwned
from anneal.plans.kinds import QUOTA_KINDS

_KINDS = [(kind, kind) for kind in QUOTA_KINDS]


class Quota(TenantOwned):
    """One quota of a tenant, in the place of what the settings give everybody; without an `amount` there is no limit."""

    kind = models.CharField(max_length=20, choices=_KINDS)
    amount = models.FloatField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "kind"], name="plans_quota_once"),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gte=0), name="plans_quota_amount"),
        ]


class QuotaNotice(TenantOwned):
    """In a month (UTC), so many `percent` of an amount were in use: told once, and again for another amount."""

    kind = models.CharField(max_length=20, choices=_KINDS)
    month = models.DateField()
    percent = models.SmallIntegerField()
    amount = models.FloatField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "month", "kind", "percent", "amount"], name="plans_quotanotice_once"
            ),
        ]
