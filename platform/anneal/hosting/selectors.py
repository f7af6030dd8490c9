"""Reads of what models were asked."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from anneal.hosting.models import AskedMonth


def asked_by_month(since: datetime) -> QuerySet[AskedMonth]:
    """Calls of the tenant in force, and their tokens, in each month from `since` on in which there were any."""
    return AskedMonth.objects.filter(month__gte=since.date()).order_by("month")
