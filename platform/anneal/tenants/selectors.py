"""Reads of tenants and members."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from anneal.common.tenancy import identity_scope
from anneal.tenants.models import Invitation, Membership, Tenant


def memberships_of_user(user_id: uuid.UUID) -> list[Membership]:
    """A person's memberships with their tenants, oldest first; needs no tenant."""
    with identity_scope(user_id=user_id):
        return list(Membership.objects.filter(user_id=user_id).select_related("tenant").order_by("id"))


def member_list() -> QuerySet[Membership]:
    """Members of the tenant in force."""
    return Membership.objects.select_related("user")


def invitation_list() -> QuerySet[Invitation]:
    """Open and expired invitations of the tenant in force."""
    return Invitation.objects.all()


def tenant_get(tenant_id: uuid.UUID) -> Tenant:
    """The tenant in force."""
    return Tenant.objects.get(id=tenant_id)
