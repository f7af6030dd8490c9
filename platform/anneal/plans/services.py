"""Writes of quotas, whether something is allowed by them, and telling of those that come to their end."""

from __future__ import annotations

import uuid

from django.db import connection

from anneal.common.errors import AnnealError
from anneal.common.tenancy import current_tenant_id, tenant_scope
from anneal.plans.kinds import GB, TOLD_KINDS, QuotaKind
from anneal.plans.measures import used, used_by_tenant
from anneal.plans.models import Quota, QuotaNotice
from anneal.plans.selectors import (
    QuotaUse,
    amount_text,
    month_now,
    percents_reached,
    quota_limit,
    quota_use,
    quotas_granted,
)
from anneal.tenants.actor import Actor
from anneal.tenants.roles import Role, role_reaches
from anneal.tenants.selectors import member_list, tenant_get
from anneal.tenants.services import audit_write
from anneal.tenants.services.notifications import notify


def quota_hours_check() -> None:
    """Whether the tenant in force may begin to train. Raises AnnealError (409) when this month's hours are used up.

    What it takes is only known afterwards: whatever has begun goes on to its end, beyond the quota too.
    """
    use = quota_use(QuotaKind.COMPUTE_HOURS)
    if use.limit is not None and use.used >= use.limit:
        raise AnnealError("quota.compute_hours", status=409, params=use.words())


def quota_room_check(*, num_bytes: int = 0, param: str | None = None) -> None:
    """Whether the tenant in force may take so much more room. Raises AnnealError (409) when there is not so much, or none at all.

    Nobody else's check of the same tenant passes until this transaction ends, so that two cannot take the same room.
    """
    limit = quota_limit(QuotaKind.STORED_GB)
    if limit is None:
        return
    quota_lock(QuotaKind.STORED_GB, current_tenant_id())
    use = QuotaUse(QuotaKind.STORED_GB, limit, used(QuotaKind.STORED_GB))
    if use.used >= limit:
        raise AnnealError("quota.stored_gb", status=409, param=param, params=use.words())
    if use.used + num_bytes / GB > limit:
        told = {**use.words(), "needed": amount_text(num_bytes / GB)}
        raise AnnealError("quota.stored_gb.needs", status=409, param=param, params=told)


def quota_lock(kind: QuotaKind, tenant_id: uuid.UUID) -> None:
    """Count and take of a quota as the only one of its tenant, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", [f"anneal.quota.{kind}", str(tenant_id)]
        )


def quota_grant(*, kind: QuotaKind, amount: float | None) -> None:
    """Give the tenant in force an amount of its own, or no limit. Runs in `service_scope`."""
    before = quota_limit(kind)
    Quota.objects.update_or_create(tenant_id=current_tenant_id(), kind=kind.value, defaults={"amount": amount})
    _audit(kind, before)


def quota_take_back(*, kind: QuotaKind) -> None:
    """Have the tenant in force get what everybody gets. Runs in `service_scope`."""
    before = quota_limit(kind)
    Quota.objects.filter(kind=kind.value).delete()
    _audit(kind, before)


def _audit(kind: QuotaKind, before: float | None) -> None:
    tenant_id = current_tenant_id()
    operator = Actor(user_id=None, api_key_id=None, tenant_id=tenant_id, role=None)
    told = {"kind": kind.value, "before": before, "after": quota_limit(kind)}
    audit_write(actor=operator, action="quota.changed", target=str(tenant_id), **told)


def quotas_tell() -> int:
    """Tell those who answer for a tenant that most or all of a quota is used, once in a month; how many times. Runs in `service_scope`."""
    return sum(_tell_of(kind) for kind in TOLD_KINDS)


def _tell_of(kind: QuotaKind) -> int:
    granted = quotas_granted(kind)
    if granted.usual is None and not any(amount is not None for amount in granted.own.values()):
        return 0
    month = month_now()
    told = set(QuotaNotice.objects.filter(kind=kind, month=month).values_list("tenant_id", "percent", "amount"))
    count = 0
    for tenant_id, amount in used_by_tenant(kind).items():
        use = QuotaUse(kind, granted.of(tenant_id), amount)
        news = [
            QuotaNotice(tenant_id=tenant_id, kind=kind.value, month=month, percent=percent, amount=use.limit or 0.0)
            for percent in percents_reached(use)
            if (tenant_id, percent, use.limit) not in told
        ]
        if news:
            _tell(tenant_id, use, news)
            count += 1
    return count


def _tell(tenant_id: uuid.UUID, use: QuotaUse, news: list[QuotaNotice]) -> None:
    with tenant_scope(tenant_id):
        QuotaNotice.objects.bulk_create(news)
        notify(
            kind="quota_near",
            user_ids=[member.user_id for member in member_list() if role_reaches(Role(member.role), Role.BILLING)],
            name=tenant_get(tenant_id).name,
            code=use.end_code,
            params=use.words(),
        )
