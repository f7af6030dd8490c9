"""Reads of accounts."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from anneal.accounts.models import ApiKey, User


def api_key_list() -> QuerySet[ApiKey]:
    """Every API key of the tenant in force, revoked ones included."""
    return ApiKey.objects.all()


def user_email(user_id: uuid.UUID) -> str:
    """The address of a person. Raises User.DoesNotExist."""
    return User.objects.values_list("email", flat=True).get(id=user_id)
