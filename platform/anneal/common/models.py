"""Base classes of tables, and the tables that belong to no app: outbox, work in the object store, idempotency records."""

from __future__ import annotations

import uuid
from typing import ClassVar, TypeVar

from django.db import models
from django.db.models.functions import Now

from anneal.common.ids import uuid7
from anneal.common.tenancy import current_scope, current_tenant_id

Row = TypeVar("Row", bound=models.Model)
STORE_WORK = ("remove", "walk", "purge")


class TenantManager(models.Manager[Row]):
    """Shows the rows of the scope in force and raises outside of one."""

    def get_queryset(self) -> models.QuerySet[Row]:
        queryset = super().get_queryset()
        scope = current_scope()
        return queryset.filter(tenant_id=scope) if isinstance(scope, uuid.UUID) else queryset


class TenantOwned(models.Model):
    """A row that belongs to one tenant. Its table needs `row_security(...)` in the migration that creates it (a test looks).

    References between tenant-owned tables are `models.ForeignKey(..., db_constraint=False)` plus `composite_fk(...)` in the
    migration: row-level security does not guard plain foreign keys, `(tenant_id, x_id)` does.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, default=current_tenant_id, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TenantManager()

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "id"], name="%(app_label)s_%(class)s_tenant_id")
        ]


class OutboxEntry(models.Model):
    """A message that leaves after commit: a topic and ids, never state. The dispatcher sends and then deletes it."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=100)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())


class StoreWork(models.Model):
    """What is to be done in the object store while no request waits for it (`anneal.common.removing`).

    `remove`: everything below `prefix`, or the object of that name, goes, and the row with it; `begun_id` is that of an upload in parts.
    `walk`: the objects of the tenant whose id `prefix` is are gone through for those that no row names; the row stays.
    `purge`: that tenant is gone for good, and all its rows and objects with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=6, choices=[(kind, kind) for kind in STORE_WORK])
    prefix = models.CharField(max_length=500)
    begun_id = models.CharField(max_length=1024, blank=True)
    run = models.IntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True)
    work_asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "prefix"], name="common_storework_once")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["work_asked_at"], name="common_storework_asked")]


class IdempotencyRecord(TenantOwned):
    """The answer given to a request that carried an Idempotency-Key, kept for a day."""

    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    body = models.JSONField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "key"], name="common_idempotency_key"),
        ]
