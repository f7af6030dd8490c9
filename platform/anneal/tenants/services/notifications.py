"""Writes of notifications: telling members of what happened, in the transaction in which it happens, and what they have read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from anneal.common.errors import not_found
from anneal.common.ids import uuid7
from anneal.common.smtp import has_mail_server
from anneal.common.tenancy import current_tenant_id, member_scope
from anneal.tenants.models import Mail, Membership, Notification
from anneal.tenants.notification_kinds import JOB_KINDS, OPEN_TO_BILLING, ways_of
from anneal.tenants.roles import Role
from anneal.tenants.selectors import notifications_of
from anneal.tenants.services.mail import mail_ask

KEPT: Final = timedelta(days=90)
# Locked until the transaction ends, so that nobody stops being a member before the row that belongs to them is there.
_RECIPIENTS: Final = """
SELECT id, user_id, notify FROM tenants_membership
WHERE tenant_id = %(tenant_id)s AND (user_id = ANY(%(user_ids)s) OR (%(is_of_job)s AND follows_all_jobs))
  AND (role <> %(blind)s OR %(is_for_all)s)
ORDER BY id FOR KEY SHARE
"""
# Not through the ORM, whose INSERT reads the new row back: only the member themselves may see it.
_INSERT: Final = """
INSERT INTO tenants_notification (id, tenant_id, user_id, kind, opens, name, code, params, is_shown)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)
"""


def notify(
    *,
    kind: str,
    user_ids: Collection[uuid.UUID | None],
    name: str,
    code: str,
    params: Mapping[str, Any] | None = None,
    opens: uuid.UUID | None = None,
) -> None:
    """Tell those of `user_ids` who are members, and of jobs whoever follows them all, as each wants to be told.

    Runs in the tenant's scope, in the transaction of what it tells of: both are there or neither is, once. Billing members are told of
    what is open to them alone.
    """
    asked = {
        "tenant_id": current_tenant_id(),
        "user_ids": [user_id for user_id in user_ids if user_id is not None],
        "is_of_job": kind in JOB_KINDS,
        "blind": Role.BILLING.value,
        "is_for_all": kind in OPEN_TO_BILLING,
    }
    words = (kind, opens, name[:300], code, json.dumps(dict(params or {})))
    rows: list[tuple[Any, ...]] = []
    mails: list[Mail] = []
    for member in Membership.objects.raw(_RECIPIENTS, asked):
        ways = ways_of(member.notify, kind)
        is_mailed = ways.by_email and has_mail_server()
        if not (ways.in_page or is_mailed):
            continue
        notification_id = uuid7()
        rows.append((notification_id, asked["tenant_id"], member.user_id, *words, ways.in_page))
        if is_mailed:
            mails.append(Mail(notification_id=notification_id))
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)
    Mail.objects.bulk_create(mails)
    for mail in mails:
        mail_ask(mail)


@dataclass(frozen=True)
class Marked:
    """Which notifications were changed, newest first, and how many lines of the list they are."""

    ids: list[uuid.UUID]
    num_lines: int


def notifications_read(*, user_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Marked:
    """Mark a member's own notifications as read, with the older ones that each stands for.

    Raises AnnealError (404) when one is not theirs.
    """
    with member_scope(user_id):
        meant = notifications_of(user_id).filter(id__in=_own(user_id, ids))
        newer = meant.filter(kind=OuterRef("kind"), opens=OuterRef("opens"), id__gt=OuterRef("id"))
        return _mark(notifications_of(user_id).filter(Q(id__in=meant.values("id")) | Exists(newer)), is_read=True)


def notifications_read_until(*, user_id: uuid.UUID, until: uuid.UUID) -> Marked:
    """Mark everything up to one of a member's own notifications as read.

    What comes meanwhile is newer than anything the member can mean, and stays unread. Raises AnnealError (404) when it is not theirs.
    """
    with member_scope(user_id):
        _own(user_id, [until])
        return _mark(notifications_of(user_id).filter(id__lte=until), is_read=True)


def notifications_read_about(*, user_id: uuid.UUID, thing: uuid.UUID) -> Marked:
    """Mark what a member was told of a job or a dataset as read: nothing where there is nothing."""
    with member_scope(user_id):
        return _mark(notifications_of(user_id).filter(opens=thing), is_read=True)


def notifications_unread(*, user_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Marked:
    """Take back that a member has read these. Raises AnnealError (404) when one is not theirs."""
    with member_scope(user_id):
        return _mark(notifications_of(user_id).filter(id__in=_own(user_id, ids)), is_read=False)


def _own(user_id: uuid.UUID, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    found = set(notifications_of(user_id).filter(id__in=ids).values_list("id", flat=True))
    if found != set(ids):
        raise not_found("notification")
    return found


def _mark(meant: QuerySet[Notification], *, is_read: bool) -> Marked:
    changed = list(meant.filter(read_at__isnull=is_read).order_by("-id").values_list("id", "kind", "opens"))
    ids = [notification_id for notification_id, _, _ in changed]
    Notification.objects.filter(id__in=ids).update(read_at=Now() if is_read else None)
    return Marked(ids, len({(kind, opens or notification_id) for notification_id, kind, opens in changed}))


def notification_settings_change(
    *, user_id: uuid.UUID, chosen: Mapping[str, Mapping[str, bool]], follows_all_jobs: bool
) -> Membership:
    """Keep how a member wants to be told: `{kind: {"in_page", "by_email"}}`; kinds that are left out stay as they were."""
    member = Membership.objects.select_for_update().get(user_id=user_id)
    member.notify = {**member.notify, **{kind: dict(ways) for kind, ways in chosen.items()}}
    member.follows_all_jobs = follows_all_jobs
    member.save(update_fields=["notify", "follows_all_jobs"])
    return member


def notifications_sweep() -> int:
    """Remove what is old; how many. Runs in `service_scope`."""
    return Notification.objects.filter(created_at__lt=Now() - KEPT).delete()[0]
