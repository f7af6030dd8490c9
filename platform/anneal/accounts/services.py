"""Writes of accounts: users made by the operator, those who are forgotten, passwords, API keys."""

from __future__ import annotations

import hmac
import uuid
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from anneal.accounts.keys import key_generate, key_parse
from anneal.accounts.models import ApiKey, User
from anneal.accounts.password_links import link_user
from anneal.accounts.passwords import password_check
from anneal.accounts.selectors import api_keys_live
from anneal.common.errors import AnnealError, Detail, not_found
from anneal.common.ids import uuid7
from anneal.common.tenancy import identity_scope, tenant_scope

MAX_KEYS = 20
# Precise enough to see an unused key, rare enough not to write on every request.
_LAST_USED_PRECISION = timedelta(minutes=5)


@transaction.atomic
def user_create(*, email: str, password: str, name: str = "") -> User:
    """Make a user whose address counts as verified (for operators and the demo; people sign up through allauth)."""
    user = User.objects.create_user(email=email, password=password, name=name or email.split("@", 1)[0])
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def user_ensure(*, email: str, password: str) -> User:
    """The user with this address, made when missing, with this password."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        return user_create(email=email, password=password)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def password_change(*, user_id: uuid.UUID, current: str, new: str) -> User:
    """Give somebody who knows their password a new one. Every session of theirs ends, unless its view keeps it.

    Raises AnnealError about `current_password` or `new_password`.
    """
    user = user_proved(user_id=user_id, password=current, param="current_password")
    return _password_set(user, new, param="new_password")


def user_proved(*, user_id: uuid.UUID, password: str, param: str) -> User:
    """Somebody who knows their password, locked. Raises AnnealError about `param`."""
    user = User.objects.select_for_update().get(id=user_id)
    if not user.check_password(password):
        raise AnnealError("password.wrong", param=param)
    return user


def user_forget(user: User) -> None:
    """Keep nothing of a person but the id that others' rows refer to. All their sessions end, and their address is free."""
    for session in UserSession.objects.filter(user=user):
        session.end()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    user.email, user.name, user.language = user.address_when_deleted, "", ""
    user.is_active, user.last_login = False, None
    user.set_unusable_password()
    user.save(update_fields=["email", "name", "language", "is_active", "last_login", "password"])


def password_set_by_link(*, secret: str, new: str) -> User:
    """Give whoever holds a link a new password; every session of theirs ends, and every link.

    Raises AnnealError (404, or about `password`).
    """
    return _password_set(link_user(secret, for_update=True), new, param="password")


def _password_set(user: User, new: str, *, param: str) -> User:
    try:
        password_check(new, user)
    except ValidationError as refused:
        broken = [Detail(str(error.code), str(error.message), param) for error in refused.error_list]
        raise AnnealError("request.invalid", param=param, details=broken) from refused
    user.set_password(new)
    user.save(update_fields=["password"])
    return user


def user_speaks(*, user_id: uuid.UUID, language: str) -> None:
    """Note the language that a person reads the page in."""
    User.objects.filter(id=user_id).update(language=language)


def api_key_create(
    *, name: str, role: str, created_by_id: uuid.UUID | None, expires_at: datetime | None
) -> tuple[ApiKey, str]:
    """Make a key for the tenant in force; returns its row and the key itself, which is never shown again."""
    if expires_at and expires_at <= timezone.now():
        raise AnnealError("api_key.expired_already", param="expires_at")
    if ApiKey.objects.filter(revoked_at=None).count() >= MAX_KEYS:
        raise AnnealError("api_key.too_many", status=409, params={"limit": MAX_KEYS})
    key_id = uuid7()
    key, digest = key_generate(key_id)
    row = ApiKey.objects.create(
        id=key_id,
        name=name,
        role=role,
        secret_sha256=digest,
        last4=key[-4:],
        created_by_id=created_by_id,
        expires_at=expires_at,
    )
    row.refresh_from_db()
    return row, key


def api_key_revoke(*, key_id: uuid.UUID) -> None:
    """Make a key useless from now on. Raises AnnealError for an unknown one; revoking twice is fine."""
    if not ApiKey.objects.filter(id=key_id).exists():
        raise not_found("api_key")
    ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=Now())


def api_keys_revoke_made_by(*, user_id: uuid.UUID) -> None:
    """Revoke every live key that a person made in the tenant in force."""
    ApiKey.objects.filter(created_by_id=user_id, revoked_at=None).update(revoked_at=Now())


def api_key_revoke_named(*, name: str) -> None:
    """Revoke every live key of this name in the tenant in force."""
    ApiKey.objects.filter(name=name, revoked_at=None).update(revoked_at=Now())


def api_key_authenticate(*, key: str) -> ApiKey:
    """The row of a presented key. Raises AnnealError (401), alike for every reason."""
    presented = key_parse(key)
    refusal = AnnealError("auth.invalid_key", status=401, headers={"WWW-Authenticate": "Bearer"})
    if presented is None:
        raise refusal
    with identity_scope(api_key_id=presented.key_id):
        row = api_keys_live().filter(id=presented.key_id).first()
    if row is None or not hmac.compare_digest(row.secret_sha256, presented.secret_sha256):
        raise refusal
    if row.last_used_at is None or timezone.now() - row.last_used_at > _LAST_USED_PRECISION:
        with tenant_scope(row.tenant_id):
            ApiKey.objects.filter(id=row.id).update(last_used_at=Now())
    return row
