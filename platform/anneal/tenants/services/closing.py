"""The end of an organisation: an owner deletes it, for some days an owner can bring it back, and then everything of it goes.

Meanwhile members look at it, and take out what is theirs; nothing else is written, and its API keys do not work. In the end its rows go in
the background worker, the many small ones in pieces, the rest in one transaction with the organisation itself; its files follow.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

import structlog
from django.apps import apps
from django.db import connection
from django.db.models.functions import Now

from anneal.common.errors import AnnealError
from anneal.common.models import StoreWork, TenantOwned
from anneal.common.removing import StoreWorking, removal_ask
from anneal.common.restoring import RESTORABLE_DAYS, gone_for_good, restorable
from anneal.common.tenancy import service_scope
from anneal.tenants.actor import Actor
from anneal.tenants.models import Membership, Tenant
from anneal.tenants.services import audit_write
from anneal.tenants.services.notifications import notify

log = structlog.get_logger(__name__)
_AT_ONCE: Final = 5000


def tenant_delete(*, actor: Actor, tenant: Tenant, name: str) -> Tenant:
    """Delete an organisation, whose `name` was typed; `tenant_restore` brings it back. Raises AnnealError (400) for another name.

    Its members are told.
    """
    if name.strip() != tenant.name.strip():
        raise AnnealError("tenant.other_name", param="name", params={"name": tenant.name})
    if Tenant.objects.filter(id=tenant.id, deleted_at__isnull=True).update(deleted_at=Now()):
        tenant.refresh_from_db()
        audit_write(actor=actor, action="tenant.deleted", target=str(tenant.id))
        until = tenant.restorable_until
        _tell(actor, tenant, "deleted", until=until.date().isoformat() if until else "")
        log.warning("tenant.deleted", tenant_id=str(tenant.id), by=str(actor.user_id))
    return tenant


def tenant_restore(*, actor: Actor, tenant: Tenant) -> Tenant:
    """Bring back a deleted organisation; one that was not deleted stays as it is. Raises AnnealError (409) when it is gone for good.

    Its API keys work again. Its jobs, which were paused, are resumed by their people.
    """
    if tenant.deleted_at is None:
        return tenant
    if not restorable(Tenant.objects.all()).filter(id=tenant.id).update(deleted_at=None):
        raise AnnealError("tenant.gone", status=409, params={"days": RESTORABLE_DAYS})
    tenant.refresh_from_db()
    audit_write(actor=actor, action="tenant.restored", target=str(tenant.id))
    _tell(actor, tenant, "restored")
    log.warning("tenant.restored", tenant_id=str(tenant.id), by=str(actor.user_id))
    return tenant


def _tell(actor: Actor, tenant: Tenant, what: str, **params: str) -> None:
    others = set(Membership.objects.values_list("user_id", flat=True)) - {actor.user_id}
    code = f"notification.organisation_deleted.{what}"
    notify(kind="organisation_deleted", user_ids=others, name=tenant.name, code=code, params=params)


def purges_plan(*, is_free: Callable[[uuid.UUID], bool]) -> int:
    """Have everything removed of organisations that are gone for good, unless a worker is at one still; returns of how many.

    Runs in `service_scope`.
    """
    planned = set(StoreWork.objects.filter(kind="purge").values_list("prefix", flat=True))
    gone = [tenant.id for tenant in gone_for_good(Tenant.objects.all()) if str(tenant.id) not in planned]
    new = [StoreWork(kind="purge", prefix=str(tenant_id)) for tenant_id in gone if is_free(tenant_id)]
    StoreWork.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def tenant_purge(work_id: uuid.UUID) -> None:
    """Remove all rows of an organisation that is gone for good, and have its files removed. Does nothing when somebody is at it."""
    with service_scope():
        work = StoreWorking.claim(StoreWork.objects.filter(id=work_id, kind="purge"))
    if work is None:
        return
    with work.to_its_end(tenant_id=work.row.prefix):
        tables = _tables()
        for table, is_leaf in tables.items():
            while is_leaf and _delete_some(work, table):
                continue
        with service_scope():
            work.renew()
            # References are looked at when the transaction ends. Whoever still writes for the organisation waits for its row.
            list(Tenant.objects.select_for_update().filter(id=work.row.prefix))
            for table in tables:
                _delete(table, work.row.prefix)
            _delete("tenants_tenant", work.row.prefix, column="id")
            StoreWork.objects.filter(kind="walk", prefix=work.row.prefix).delete()
            removal_ask(work.row.prefix)
            work.held.delete()
        log.warning("tenant.purged", tenant_id=work.row.prefix)


def _tables() -> dict[str, bool]:
    """Every table of tenants' rows, and whether nothing refers to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'")
        referred = {name for (name,) in cursor.fetchall()}
    owned = [model._meta.db_table for model in apps.get_models() if issubclass(model, TenantOwned)]  # noqa: SLF001 - its public name
    return {table: table not in referred for table in owned}


def _delete_some(work: StoreWorking, table: str) -> int:
    with service_scope(), connection.cursor() as cursor:
        work.renew()
        cursor.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE tenant_id = %s LIMIT %s)",  # noqa: S608 - of our models
            [work.row.prefix, _AT_ONCE],
        )
        return int(cursor.rowcount)


def _delete(table: str, tenant_id: str, *, column: str = "tenant_id") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [tenant_id])  # noqa: S608 - of our models
