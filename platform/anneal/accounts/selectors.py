"""Reads of accounts."""

from __future__ import annotations

from django.db.models import QuerySet

from anneal.accounts.models import ApiKey


def api_key_list() -> QuerySet[ApiKey]:
    """Every API key of the tenant in force, revoked ones included."""
    return ApiKey.objects.all()
