"""Reads of tenants and members."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from anneal.accounts.selectors import api_key_names, users_by_id
from anneal.common.restoring import RESTORABLE_FOR
from anneal.common.tenancy import identity_scope
from anneal.tenants.audit_targets import AuditTarget, audit_targets_of, audit_targets_register
from anneal.tenants.models import AuditEntry, Invitation, Membership, Notification, Tenant


def memberships_of_user(user_id: uuid.UUID) -> list[Membership]:
    """A person's memberships with their tenants, oldest first, but for those that are gone for good; needs no tenant."""
    with identity_scope(user_id=user_id):
        mine = Membership.objects.filter(user_id=user_id).exclude(tenant__deleted_at__lte=Now() - RESTORABLE_FOR)
        return list(mine.select_related("tenant").order_by("id"))


def member_list() -> QuerySet[Membership]:
    """Members of the tenant in force."""
    return Membership.objects.select_related("user")


def member_of(user_id: uuid.UUID) -> Membership:
    """The membership of a person in the tenant in force. Raises Membership.DoesNotExist."""
    return Membership.objects.get(user_id=user_id)


def notifications_of(user_id: uuid.UUID) -> QuerySet[Notification]:
    """What the page has told a member. Seen by the member alone: read it in `member_scope`."""
    return Notification.objects.filter(user_id=user_id, is_shown=True)


def notification_lines(user_id: uuid.UUID) -> QuerySet[Notification]:
    """What the page lists: of several of one kind about one thing, the newest stands for all. In `member_scope`."""
    shown = notifications_of(user_id)
    newer = shown.filter(kind=OuterRef("kind"), opens=OuterRef("opens"), id__gt=OuterRef("id"))
    return shown.filter(~Exists(newer))


def notifications_fold(user_id: uuid.UUID, lines: Sequence[Notification]) -> None:
    """Give every line its `num_alike` and `num_unread`: one query. In `member_scope`."""
    alike = notifications_of(user_id).filter(opens__in={line.opens for line in lines if line.opens})
    counted = alike.values_list("kind", "opens").annotate(
        total=Count("id"), unread=Count("id", filter=Q(read_at__isnull=True))
    )
    found = {(kind, opens): counts for kind, opens, *counts in counted}
    for line in lines:
        alone = (1, int(line.read_at is None))
        line.num_alike, line.num_unread = found.get((line.kind, line.opens), alone)


def unread_count(user_id: uuid.UUID, *, most: int = 100) -> int:
    """How many lines of what a member is told of have something unread, counted to `most`. In `member_scope`."""
    unread = notifications_of(user_id).filter(read_at__isnull=True)
    return unread.values_list("kind", Coalesce("opens", "id")).distinct()[:most].count()


def invitation_list() -> QuerySet[Invitation]:
    """Open and expired invitations of the tenant in force."""
    return Invitation.objects.all()


def tenant_get(tenant_id: uuid.UUID) -> Tenant:
    """The tenant in force."""
    return Tenant.objects.get(id=tenant_id)


def tenant_ids() -> list[uuid.UUID]:
    """All of them. In `service_scope`."""
    return list(Tenant.objects.values_list("id", flat=True))


def tenants_deleted() -> QuerySet[Tenant]:
    """Those that were deleted, as long as they are there. In `service_scope`."""
    return Tenant.objects.filter(deleted_at__isnull=False)


def tenants_called(called: str) -> list[Tenant]:
    """Tenants with this id or this name, whoever they belong to, the oldest first; in `service_scope`."""
    try:
        is_meant = Q(id=uuid.UUID(called))
    except ValueError:
        is_meant = Q(name=called)
    return list(Tenant.objects.filter(is_meant).order_by("id"))


@dataclass(frozen=True)
class AuditFilter:
    """Which entries of the audit log are wanted; what is None does not matter."""

    person: uuid.UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def of(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Those of `entries` that fit: at or after `since`, before `until`."""
        wanted = {
            "actor_user_id": self.person,
            "action": self.action,
            "created_at__gte": self.since,
            "created_at__lt": self.until,
        }
        return entries.filter(**{field: value for field, value in wanted.items() if value is not None})


def audit_list(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    """Entries of the audit log of the tenant in force."""
    return wanted.of(AuditEntry.objects.all())


def audit_name_actors(entries: Sequence[AuditEntry]) -> None:
    """Give every entry its `actor_user` and `actor_api_key_name`, None where there is none any more: two queries in all."""
    people = users_by_id({entry.actor_user_id for entry in entries if entry.actor_user_id})
    keys = api_key_names({entry.actor_api_key_id for entry in entries if entry.actor_api_key_id})
    for entry in entries:
        entry.actor_user = people.get(entry.actor_user_id) if entry.actor_user_id else None
        entry.actor_api_key_name = keys.get(entry.actor_api_key_id) if entry.actor_api_key_id else None


def audit_name_targets(entries: Sequence[AuditEntry]) -> None:
    """Give every entry what is `found` of its target, None where there is nothing: one query for each kind of thing."""
    found = audit_targets_of({(entry.action, entry.target) for entry in entries})
    for entry in entries:
        entry.found = found.get((entry.action, entry.target))


def _people(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    return {user.id: AuditTarget(user.shown_email, "/settings") for user in users_by_id(ids).values()}


def _keys(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    return {key_id: AuditTarget(name, "/settings") for key_id, name in api_key_names(ids).items()}


def _tenants(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditTarget]:
    return {tenant.id: AuditTarget(tenant.name, "/settings") for tenant in Tenant.objects.filter(id__in=ids)}


audit_targets_register("member", _people)
audit_targets_register("api_key", _keys)
audit_targets_register("tenant", _tenants)
audit_targets_register("quota", _tenants)
