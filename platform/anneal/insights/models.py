"""What one person has seen and put aside, in one organisation."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from anneal.common.models import TenantOwned


class HomeVisit(TenantOwned):
    """When a person was last at home (`seen_at`), and when on the visit before that one (`before_at`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "user"], name="insights_homevisit_once"),
        ]


class Dismissal(TenantOwned):
    """Something that waited for a decision and that a person has looked at or put aside. `item_id` may be a row of several tables."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    item_id = models.UUIDField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "user", "item_id"], name="insights_dismissal_once"),
        ]
