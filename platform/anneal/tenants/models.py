"""Tables of tenants, memberships, invitations and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now

from anneal.common.ids import uuid7
from anneal.common.models import TenantOwned
from anneal.tenants.roles import Role

if TYPE_CHECKING:
    from anneal.accounts.models import User

_ROLES = [(role.value, role.value) for role in Role]


class Tenant(models.Model):
    """A customer organisation. Row-level security shows it to its members (own policies, see the migration)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name


class Membership(TenantOwned):
    """A person in a tenant, with one role."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=_ROLES)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "user"], name="tenants_membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="tenants_membership_role"
            ),
        ]


class Invitation(TenantOwned):
    """An offer of membership to one e-mail address; its token is kept as a digest and works once."""

    email = models.EmailField()
    role = models.CharField(max_length=10, choices=_ROLES)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint("tenant", Lower("email"), name="tenants_invitation_once"),
        ]


class AuditEntry(TenantOwned):
    """Who did what to which thing. The web role may add entries; nobody may change them."""

    actor_user_id = models.UUIDField(null=True)
    actor_api_key_id = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200)
    data = models.JSONField(default=dict)

    # Who the ids are, where that was looked up (`audit_name_actors`): for showing alone.
    actor_user: User | None = None
    actor_api_key_name: str | None = None

    @property
    def target_name(self) -> str | None:
        """What the thing was called right after the act, where that was written down."""
        name = self.data.get("after") if self.action.endswith(".renamed") else self.data.get("name")
        return name if isinstance(name, str) else None
