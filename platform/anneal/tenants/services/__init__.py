"""Writes of tenants: founding, members, invitations, audit."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from anneal.accounts.selectors import email_is_proved, user_email
from anneal.accounts.services import api_key_create, api_key_revoke_named, api_keys_revoke_made_by, user_ensure
from anneal.common.base_values import values_write
from anneal.common.errors import AnnealError
from anneal.common.ids import uuid7
from anneal.common.smtp import has_mail_server
from anneal.common.tenancy import current_tenant_id, tenant_scope
from anneal.tenants.actor import Actor
from anneal.tenants.audit_actions import AUDIT_ACTIONS
from anneal.tenants.models import AuditEntry, Invitation, Membership, Tenant
from anneal.tenants.roles import Role
from anneal.tenants.selectors import memberships_of_user, tenant_get
from anneal.tenants.services.mail import invitation_mail
from anneal.tenants.services.notifications import notify

INVITATION_VALID = timedelta(days=7)
MAX_OWNED = 20
_DEMO_KEY = "demo"


def tenant_create(*, name: str, owner_id: uuid.UUID) -> Membership:
    """Found a tenant with its first owner; returns the owner's membership."""
    if sum(membership.role == Role.OWNER for membership in memberships_of_user(owner_id)) >= MAX_OWNED:
        raise AnnealError("tenant.too_many", status=409, params={"limit": MAX_OWNED})
    tenant_id = uuid7()
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.create(id=tenant_id, name=name)
        tenant.refresh_from_db()
        membership = Membership.objects.create(tenant=tenant, user_id=owner_id, role=Role.OWNER)
        audit_write(actor=Actor(owner_id, None, tenant_id, Role.OWNER), action="tenant.created", target=str(tenant_id))
        membership.refresh_from_db()
    membership.tenant = tenant
    return membership


def tenant_rename(*, actor: Actor, tenant: Tenant, name: str, base: str | None = None) -> Tenant:
    """Give the tenant another name. Raises AnnealError (412) when it is not called `base` any more."""
    values_write(Tenant.objects.filter(id=tenant.id), values={"name": name}, bases={"name": base})
    audit_write(actor=actor, action="tenant.renamed", target=str(tenant.id), before=tenant.name, after=name)
    tenant.name = name
    return tenant


def member_change_role(*, actor: Actor, member: Membership, role: Role) -> Membership:
    """Give a member another role. Raises AnnealError when it would leave no owner, or when a non-owner touches ownership."""
    _guard_ownership(actor, member, role)
    audit_write(
        actor=actor, action="member.role_changed", target=str(member.user_id), before=member.role, after=role.value
    )
    is_news = member.role != role.value and member.user_id != actor.user_id
    member.role = role.value
    member.save(update_fields=["role"])
    if is_news:
        name, code = tenant_get(current_tenant_id()).name, f"notification.role_changed.{role.value}"
        notify(kind="role_changed", user_ids=[member.user_id], name=name, code=code)
    return member


def member_remove(*, actor: Actor, member: Membership) -> None:
    """End a membership, and the API keys that the member made. Raises AnnealError when it would leave no owner."""
    _guard_ownership(actor, member, None)
    member_end(actor=actor, member=member)


def member_end(*, actor: Actor, member: Membership) -> None:
    """As `member_remove`, whoever is left: for who goes for good."""
    api_keys_revoke_made_by(user_id=member.user_id)
    action = "member.left" if member.user_id == actor.user_id else "member.removed"
    audit_write(actor=actor, action=action, target=str(member.user_id))
    member.delete()


def _guard_ownership(actor: Actor, member: Membership, role: Role | None) -> None:
    if Role.OWNER not in {role, Role(member.role)}:
        return
    if actor.role is not Role.OWNER:
        raise AnnealError("tenant.owner_only", status=403)
    is_only_owner = member_is_only_owner(member)
    if role is not Role.OWNER and is_only_owner:
        raise AnnealError("tenant.last_owner", status=409)


def member_is_only_owner(member: Membership) -> bool:
    """Whether nobody else owns the tenant in force. Of two owners who go at once, the second one waits here, and is."""
    owners = Membership.objects.select_for_update().filter(role=Role.OWNER)
    return list(owners.values_list("id", flat=True)) == [member.id]


def invitation_create(*, actor: Actor, email: str, role: Role) -> tuple[Invitation, str]:
    """Offer a membership; an earlier offer to the same address is replaced. Returns the row and the token, shown once.

    Where there is a mail server, the offer is sent as well (`is_mailed` of the row).
    """
    if role is Role.OWNER and actor.role is not Role.OWNER:
        raise AnnealError("tenant.owner_only", status=403)
    if Membership.objects.filter(user__email__iexact=email).exists():
        raise AnnealError("invitation.already_member", status=409, param="email", params={"email": email})
    Invitation.objects.filter(email__iexact=email).delete()
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email.lower(),
        role=role.value,
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        invited_by_id=actor.user_id,
        expires_at=timezone.now() + INVITATION_VALID,
    )
    invitation.refresh_from_db()
    audit_write(actor=actor, action="invitation.created", target=email.lower(), role=role.value)
    invitation.is_mailed = invitation_mail(invitation=invitation, token=token)
    return invitation, token


def invitation_revoke(*, actor: Actor, invitation: Invitation) -> None:
    """Withdraw an offer."""
    audit_write(actor=actor, action="invitation.revoked", target=invitation.email)
    invitation.delete()


@transaction.atomic
def invitation_look(*, token: str) -> Invitation:
    """The offer that a token is of, with its tenant and whoever made it. Raises AnnealError (404)."""
    with _offer_scope(token) as invitation:
        return invitation


@transaction.atomic
def invitation_accept(*, user_id: uuid.UUID, token: str) -> Membership:
    """Take up an offer made to the person's own address.

    Raises AnnealError (404, or 403 when it was made to another address, or to one that the person has not proved to be theirs where there
    is a mail server). The link proves nothing: whoever made the offer was shown it too, and may have handed it to anybody.
    """
    email = user_email(user_id)
    with _offer_scope(token) as invitation:
        if invitation.email.lower() != email.lower():
            raise AnnealError("invitation.other_address", status=403, params={"email": invitation.email})
        if has_mail_server() and not email_is_proved(user_id):
            raise AnnealError("invitation.unproved_address", status=403, params={"email": invitation.email})
        membership, _ = Membership.objects.get_or_create(user_id=user_id, defaults={"role": invitation.role})
        notify(
            kind="member_joined",
            user_ids={invitation.invited_by_id} - {user_id},
            name=email,
            code=f"notification.member_joined.{membership.role}",
        )
        invitation.delete()
        actor = Actor(user_id, None, invitation.tenant_id, Role(membership.role))
        audit_write(actor=actor, action="invitation.accepted", target=email)
        membership.tenant = invitation.tenant
        membership.refresh_from_db(fields=["created_at"])
    return membership


@contextmanager
def _offer_scope(token: str) -> Iterator[Invitation]:
    """The scope of the tenant whose offer a token is of, and the offer, locked. Raises AnnealError (404)."""
    gone = AnnealError("invitation.invalid", status=404)
    digest = hashlib.sha256(token.encode()).hexdigest()
    with connection.cursor() as cursor:
        # The policy `by_token` shows exactly the row whose digest is presented.
        cursor.execute("SELECT set_config('app.invitation', %s, true)", [digest])
        cursor.execute("SELECT tenant_id FROM tenants_invitation WHERE token_sha256 = %s", [digest])
        row = cursor.fetchone()
        cursor.execute("SELECT set_config('app.invitation', '', true)")
    if row is None:
        raise gone
    with tenant_scope(row[0]):
        offers = Invitation.objects.select_for_update(of=("self",)).select_related("tenant", "invited_by")
        invitation = offers.filter(token_sha256=digest).first()
        if invitation is None or invitation.tenant.deleted_at is not None:
            raise gone
        if invitation.expires_at <= timezone.now():
            raise AnnealError("invitation.expired", status=404)
        yield invitation


def audit_write(*, actor: Actor, action: str, target: str, **data: object) -> None:
    """Note an act in the tenant's audit log, in the transaction of the act itself. Raises ValueError for an act without words."""
    if action not in AUDIT_ACTIONS:
        raise ValueError(f"anneal.tenants.audit_actions has no words for {action!r}")
    AuditEntry.objects.create(
        actor_user_id=actor.user_id, actor_api_key_id=actor.api_key_id, action=action, target=target[:200], data=data
    )


def demo_account_ensure(*, email: str, password: str, organisation: str) -> tuple[uuid.UUID, str]:
    """A person with this password who owns an organisation, and a fresh API key of it; safe to repeat."""
    user = user_ensure(email=email, password=password)
    memberships = memberships_of_user(user.id)
    tenant_id = (
        memberships[0].tenant_id if memberships else tenant_create(name=organisation, owner_id=user.id).tenant_id
    )
    with tenant_scope(tenant_id):
        api_key_revoke_named(name=_DEMO_KEY)
        _, key = api_key_create(name=_DEMO_KEY, role=Role.MEMBER.value, created_by_id=user.id, expires_at=None)
        return current_tenant_id(), key
