"""From a request to an actor, and from an id to a member or an invitation."""

from __future__ import annotations

import uuid
from dataclasses import replace

from anneal.accounts.selectors import api_key_is_live
from anneal.accounts.services import api_key_authenticate
from anneal.common.errors import AnnealError, not_found
from anneal.common.tenancy import tenant_scope
from anneal.tenants.actor import Actor
from anneal.tenants.models import Invitation, Membership
from anneal.tenants.roles import Role, role_reaches
from anneal.tenants.selectors import memberships_of_user


def actor_of_key(key: str) -> Actor:
    """The actor behind an API key, who may do no more than the member who made it may do by now.

    Raises AnnealError (401), also where the tenant was deleted.
    """
    row = api_key_authenticate(key=key)
    maker = None
    if row.created_by_id is not None:
        with tenant_scope(row.tenant_id):
            maker = Membership.objects.select_related("tenant").filter(user_id=row.created_by_id).first()
    if maker is None or maker.tenant.deleted_at is not None:
        raise AnnealError("auth.invalid_key", status=401, headers={"WWW-Authenticate": "Bearer"})
    made_for, held = Role(row.role), Role(maker.role)
    role = made_for if role_reaches(held, made_for) else held
    return Actor(user_id=row.created_by_id, api_key_id=row.id, tenant_id=row.tenant_id, role=role)


def actor_recheck(actor: Actor, *, level: Role) -> None:
    """Whether somebody may still do what they began, in the tenant in force. Raises AnnealError (401, 403, 404)."""
    members = Membership.objects.select_related("tenant")
    membership = members.filter(user_id=actor.user_id).first() if actor.user_id else None
    if membership is None:
        raise not_found("tenant")
    is_deleted = membership.tenant.deleted_at is not None
    if actor.api_key_id is not None and (is_deleted or not api_key_is_live(actor.api_key_id)):
        raise AnnealError("auth.invalid_key", status=401)
    replace(actor, role=Role(membership.role)).require(level)


def actor_of_user(user_id: uuid.UUID, tenant: str | None) -> Actor:
    """The actor of a signed-in person in the tenant that was asked for, or in the only one there is.

    Raises AnnealError (404) for a tenant that does not exist or that the person does not belong to, alike.
    """
    memberships = memberships_of_user(user_id)
    if tenant:
        memberships = [membership for membership in memberships if str(membership.tenant_id) == tenant.lower()]
        if not memberships:
            raise not_found("tenant")
    chosen = memberships[0] if len(memberships) == 1 else None
    return Actor(
        user_id=user_id,
        api_key_id=None,
        tenant_id=chosen.tenant_id if chosen else None,
        role=Role(chosen.role) if chosen else None,
        deleted_until=chosen.tenant.restorable_until if chosen else None,
    )


def access_member(*, actor: Actor, member_id: uuid.UUID, level: Role) -> Membership:
    """A membership of the actor's tenant. Raises AnnealError (403, 404)."""
    actor.require(level)
    member = Membership.objects.select_related("user").filter(id=member_id).first()
    if member is None:
        raise not_found("member")
    return member


def access_invitation(*, actor: Actor, invitation_id: uuid.UUID, level: Role) -> Invitation:
    """An invitation of the actor's tenant. Raises AnnealError (403, 404)."""
    actor.require(level)
    invitation = Invitation.objects.filter(id=invitation_id).first()
    if invitation is None:
        raise not_found("invitation")
    return invitation


def require_person(actor: Actor | None) -> uuid.UUID:
    """The signed-in person's id. Raises AnnealError (401, or 403 for an API key)."""
    if actor is None:
        raise AnnealError("auth.required", status=401)
    if actor.api_key_id is not None or actor.user_id is None:
        raise AnnealError("auth.browser_only", status=403)
    return actor.user_id
