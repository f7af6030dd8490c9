"""Tables of tenants, memberships, invitations, the audit log, notifications and the e-mails that wait to be sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower, Now

from anneal.common.ids import uuid7
from anneal.common.models import TenantOwned
from anneal.common.restoring import restorable_until
from anneal.tenants.notification_kinds import NOTIFICATION_KINDS
from anneal.tenants.roles import Role

if TYPE_CHECKING:
    from anneal.accounts.models import User
    from anneal.tenants.audit_targets import AuditTarget

_ROLES = [(role.value, role.value) for role in Role]


class Tenant(models.Model):
    """A customer organisation. Row-level security shows it to its members (own policies, see the migration).

    `deleted_at`: it is only looked at since, and everything of it goes when it can no longer be brought back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    deleted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def restorable_until(self) -> datetime | None:
        """Until when a deleted one can be brought back."""
        return restorable_until(self.deleted_at)


class Membership(TenantOwned):
    """A person in a tenant, with one role."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=_ROLES)
    # What they want to be told otherwise than everybody is at first: `{kind: {"in_page", "by_email"}}`.
    notify = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    follows_all_jobs = models.BooleanField(default=False, db_default=False)

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

    # Whether it is sent by e-mail as well, where it has just been made.
    is_mailed = False

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
    # What the thing is now, where that was looked up (`audit_name_targets`).
    found: AuditTarget | None = None

    @property
    def target_name(self) -> str | None:
        """What the thing was called right after the act where that was written down, else what it is called now."""
        name = self.data.get("after") if self.action.endswith(".renamed") else self.data.get("name")
        if isinstance(name, str):
            return name
        return self.found.name if self.found else None

    @property
    def target_page(self) -> str | None:
        """Where the page has the thing, while there is one."""
        return self.found.page if self.found else None


class Notification(TenantOwned):
    """What one member is told of, in the page or by e-mail alone (`is_shown`). No other member sees the row.

    `opens` is the id of what it is about, called `name`; `code` and `params` are words of `anneal.common.texts`, put into a language when
    they are read.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in NOTIFICATION_KINDS])
    opens = models.UUIDField(null=True)
    name = models.CharField(max_length=300)
    code = models.CharField(max_length=100)
    params = models.JSONField(default=dict)
    is_shown = models.BooleanField()
    read_at = models.DateTimeField(null=True)

    # How many of its kind about the same thing it stands for, and how many of them are unread, where that was counted
    # (`notifications_fold`).
    num_alike = 1
    num_unread = 0

    class Meta(TenantOwned.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "user", "-id"], name="tenants_notification_list", condition=Q(is_shown=True)
            ),
            models.Index(
                fields=["tenant", "user"],
                name="tenants_notification_unread",
                condition=Q(is_shown=True, read_at__isnull=True),
            ),
            models.Index(fields=["created_at"], name="tenants_notification_age"),
        ]


class Mail(TenantOwned):
    """An e-mail on its way: of a notification, or of an invitation, whose token is `sealed` until then. The row ends when it is sent."""

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    sealed = models.TextField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    tries = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    work_asked_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(notification__isnull=False, invitation__isnull=True)
                | Q(notification__isnull=True, invitation__isnull=False),
                name="tenants_mail_of_one",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["work_asked_at"], name="tenants_mail_asked")]
