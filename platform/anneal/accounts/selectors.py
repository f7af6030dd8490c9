"""Reads of accounts."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from anneal.accounts.models import ApiKey, User


def api_key_list() -> QuerySet[ApiKey]:
    """Every API key of the tenant in force, revoked ones included."""
    return ApiKey.objects.all()


def api_keys_live() -> QuerySet[ApiKey]:
    """Keys that are neither revoked nor expired."""
    return ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)


def api_key_is_live(key_id: uuid.UUID) -> bool:
    """Whether an API key of the tenant in force is neither revoked nor expired."""
    return api_keys_live().filter(id=key_id).exists()


def user_email(user_id: uuid.UUID) -> str:
    """The address of a person. Raises User.DoesNotExist."""
    return User.objects.values_list("email", flat=True).get(id=user_id)


def email_is_proved(user_id: uuid.UUID) -> bool:
    """Whether a person has shown that the address they are known by is theirs."""
    mine = User.objects.filter(id=user_id, email__iexact=OuterRef("email"))
    return bool(EmailAddress.objects.filter(Exists(mine), user_id=user_id, verified=True).exists())


def user_active(*, email: str) -> User | None:
    """Whoever has this address and may sign in."""
    return User.objects.filter(email__iexact=email, is_active=True).first()


def language_of(email: str) -> str:
    """The language of whoever has this address; empty where nobody has it, or the language is not known."""
    return User.objects.filter(email__iexact=email).values_list("language", flat=True).first() or ""


def users_by_id(user_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, User]:
    """The people that there still are, by id."""
    return User.objects.in_bulk(user_ids)


def api_key_names(key_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What the API keys of the tenant in force are called, revoked ones included, by id."""
    return dict(ApiKey.objects.filter(id__in=key_ids).values_list("id", "name"))
