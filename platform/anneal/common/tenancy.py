"""Whose rows a piece of code may see.

`tenant_scope` opens a transaction in which Postgres shows one tenant's rows (row-level security reads `app.tenant`) and the
ORM filters by it as well. `service_scope` is for the dispatcher and the workers, which serve every tenant; it takes on a database role
that the web process's login cannot take on. Outside of both, tenant-owned managers raise.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from django.db import connection, transaction


class _Everyone:
    """The scope of a service: every tenant."""


EVERYONE: Final = _Everyone()
_UNSET = {"role": "none"}
"""What a parameter is that nobody has set, where that is not the empty text."""
_scope: ContextVar[uuid.UUID | _Everyone | None] = ContextVar("tenant_scope", default=None)


class NoTenantError(RuntimeError):
    """Tenant-owned rows were asked for outside of a scope: a bug, never a customer's mistake."""


def current_scope() -> uuid.UUID | _Everyone:
    """The scope in force. Raises NoTenantError when there is none."""
    scope = _scope.get()
    if scope is None:
        raise NoTenantError("wrap this in tenant_scope(...) or service_scope()")
    return scope


def current_tenant_id() -> uuid.UUID:
    """The tenant in force. Raises NoTenantError outside of `tenant_scope`."""
    scope = current_scope()
    if isinstance(scope, _Everyone):
        raise NoTenantError("this runs for every tenant; name one with tenant_scope(...)")
    return scope


@contextmanager
def tenant_scope(tenant_id: uuid.UUID | None) -> Iterator[None]:
    """Run a transaction as one tenant. Nests in itself and in `service_scope`; never in another tenant's scope."""
    if tenant_id is None:
        raise NoTenantError("there is no tenant to act for")
    outer = _scope.get()
    if isinstance(outer, uuid.UUID) and outer != tenant_id:
        raise NoTenantError("a transaction belongs to one tenant")
    with _transaction({"app.tenant": str(tenant_id)}):
        token = _scope.set(tenant_id)
        try:
            yield
        finally:
            _scope.reset(token)


@contextmanager
def service_scope() -> Iterator[None]:
    """Run a transaction for every tenant, as the database role `anneal_service`.

    Raises django.db.ProgrammingError (permission denied) in a process whose login is not a member of that role.
    """
    with _transaction({"role": "anneal_service"}):
        token = _scope.set(EVERYONE)
        try:
            yield
        finally:
            _scope.reset(token)


@contextmanager
def identity_scope(*, user_id: uuid.UUID | None = None, api_key_id: uuid.UUID | None = None) -> Iterator[None]:
    """Before a tenant is known: see the caller's own memberships, or the one API key whose id was presented."""
    with _transaction({"app.user": str(user_id or ""), "app.api_key": str(api_key_id or "")}):
        token = _scope.set(EVERYONE)
        try:
            yield
        finally:
            _scope.reset(token)


@contextmanager
def member_scope(user_id: uuid.UUID) -> Iterator[None]:
    """Within a tenant's scope, see the rows that belong to this one member (`member_rows` in a migration); otherwise nobody sees them."""
    with _settings({"app.member": str(user_id)}):
        yield


@contextmanager
def _transaction(values: Mapping[str, str]) -> Iterator[None]:
    """A transaction with these parameters, which end with it; inside of another one, with `_settings`."""
    if connection.in_atomic_block:
        with transaction.atomic(), _settings(values):
            yield
        return
    with transaction.atomic():
        _set(values)
        yield


@contextmanager
def _settings(values: Mapping[str, str]) -> Iterator[None]:
    """Parameters for a part of a transaction, which then goes on with those that it had."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(['current_setting(%s, true)'] * len(values))}", list(values))
        before = cursor.fetchone()
    _set(values)
    yield
    if not connection.needs_rollback:
        _set({name: old or _UNSET.get(name, "") for name, old in zip(values, before, strict=True)})


def _set(values: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        asked = [part for item in values.items() for part in item]
        cursor.execute(f"SELECT {', '.join(['set_config(%s, %s, true)'] * len(values))}", asked)
