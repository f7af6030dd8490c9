"""What the API says and takes about sessions, tenants, members, invitations and API keys."""

from __future__ import annotations

from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers

from anneal.common.api.paging import page_serializer
from anneal.tenants.api.base import StrictSerializer, base_field
from anneal.tenants.models import Invitation
from anneal.tenants.roles import Role

ROLES = [role.value for role in Role]
KEY_ROLES = [Role.VIEWER.value, Role.MEMBER.value, Role.ADMIN.value]


def _name_field(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=100, validators=[ProhibitNullCharactersValidator()], **options)


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.CharField(source="shown_email", help_text="“a deleted account” once there is none any more.")
    name = serializers.CharField()


class SignedInUserSerializer(UserSerializer):
    language = serializers.CharField(help_text="What e-mails to them are written in; empty while that is not known.")


class TenantSerializer(serializers.Serializer[Any]):
    """A tenant as its member sees it; made from a membership."""

    id = serializers.UUIDField(source="tenant_id")
    name = serializers.CharField(source="tenant.name")
    role = serializers.ChoiceField(choices=ROLES)
    created_at = serializers.DateTimeField(source="tenant.created_at")
    restorable_until = serializers.DateTimeField(
        source="tenant.restorable_until",
        allow_null=True,
        help_text="Of one that was deleted: it is only looked at, and an owner can bring it back until then.",
    )


TenantPageSerializer = page_serializer(TenantSerializer)


class SessionSerializer(serializers.Serializer[Any]):
    """Who is signed in, and where they belong. `user` is null for a stranger."""

    user = SignedInUserSerializer(allow_null=True)
    tenants = TenantSerializer(many=True)
    csrf_token = serializers.CharField()
    price_currency = serializers.CharField(help_text="What the prices of this installation are in: a code of ISO 4217.")
    takes_direct_uploads = serializers.BooleanField(
        help_text="Whether a browser may send the parts of `POST uploads/direct` to the object store."
    )
    password_min_length = serializers.IntegerField(help_text="How many characters a password has at least.")
    is_mail_sent = serializers.BooleanField(help_text="Whether this installation sends e-mails.")
    restorable_days = serializers.IntegerField(help_text="For how long a deleted dataset or model can be brought back.")


class TenantInputSerializer(StrictSerializer):
    name = _name_field()


class TenantDeleteSerializer(StrictSerializer):
    name = _name_field(help_text="The name of the organisation, so that no other one is meant.")


class TenantUpdateSerializer(TenantInputSerializer):
    base_name = base_field("name")


class MemberSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    user = UserSerializer()
    role = serializers.ChoiceField(choices=ROLES)
    created_at = serializers.DateTimeField()


MemberPageSerializer = page_serializer(MemberSerializer)


class MemberInputSerializer(StrictSerializer):
    role = serializers.ChoiceField(choices=ROLES)


class InvitationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLES)
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class InvitationCreatedSerializer(InvitationSerializer):
    accept_url = serializers.CharField(help_text="Shown once. Whoever signs in with the invited address can use it.")
    is_mailed = serializers.BooleanField(help_text="Whether it is sent to the address as well.")


InvitationPageSerializer = page_serializer(InvitationSerializer)


class InvitationInputSerializer(StrictSerializer):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=ROLES)


class OfferSerializer(serializers.Serializer[Any]):
    """What whoever holds the link of an invitation is told."""

    organisation = serializers.CharField(source="tenant.name")
    inviter = serializers.SerializerMethodField(help_text="Their name, or null when their account is gone.")
    email = serializers.CharField(help_text="The address that it was made for.")

    def get_inviter(self, invitation: Invitation) -> str | None:
        by = invitation.invited_by
        return (by.name or by.email) if by and not by.is_deleted else None


class InvitationAcceptSerializer(StrictSerializer):
    token = serializers.CharField(max_length=100)


class ApiKeySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.SerializerMethodField(help_text="How the key begins, to recognise it by.")
    last4 = serializers.CharField()
    role = serializers.ChoiceField(choices=KEY_ROLES)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)

    def get_prefix(self, row: Any) -> str:
        return f"ann_live_{row.id.hex[:8]}"


class ApiKeyCreatedSerializer(ApiKeySerializer):
    secret = serializers.CharField(allow_null=True, help_text="The whole key. Shown once; null in a replay.")


ApiKeyPageSerializer = page_serializer(ApiKeySerializer)


class ApiKeyInputSerializer(StrictSerializer):
    name = _name_field()
    role = serializers.ChoiceField(choices=KEY_ROLES)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
