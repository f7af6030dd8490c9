"""HTTP of sessions, tenants, members, invitations and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.middleware.csrf import get_token
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from anneal.accounts.selectors import api_key_list
from anneal.accounts.services import api_key_create, api_key_revoke
from anneal.accounts.throttling import throttle
from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.common.api.paging import page_of
from anneal.common.errors import AnnealError
from anneal.common.restoring import RESTORABLE_DAYS
from anneal.common.smtp import has_mail_server
from anneal.tenants.access import access_invitation, access_member, require_person
from anneal.tenants.actor import Actor
from anneal.tenants.api import serializers as s
from anneal.tenants.api.authentication import PersonAuthentication
from anneal.tenants.api.base import TenantView, actor_of, person_of, validated
from anneal.tenants.roles import Role, role_reaches
from anneal.tenants.selectors import invitation_list, member_list, member_of, memberships_of_user, tenant_get
from anneal.tenants.services import (
    audit_write,
    invitation_accept,
    invitation_create,
    invitation_look,
    invitation_revoke,
    member_change_role,
    member_remove,
    tenant_create,
    tenant_rename,
)
from anneal.tenants.services.closing import tenant_delete, tenant_restore

if TYPE_CHECKING:
    from anneal.accounts.models import User
    from anneal.tenants.models import Tenant

PAGE_PARAMETERS = [
    OpenApiParameter("limit", int, description="1 to 100, 50 when left out."),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
]


class SessionView(APIView):
    """Open to strangers: the page asks here first who is there."""

    permission_classes = [AllowAny]
    authentication_classes = [PersonAuthentication]

    @extend_schema(operation_id="session_get", tags=["session"], responses=s.SessionSerializer, auth=[])
    def get(self, request: Request) -> Response:
        """Who is signed in, where they belong, and the token that writes must carry."""
        person = cast("User | None", request.user)
        memberships = memberships_of_user(person.id) if person else []
        csrf_token = get_token(request._request)  # noqa: SLF001 - DRF offers no public way to the Django request
        body = {
            "user": person,
            "tenants": memberships,
            "csrf_token": csrf_token,
            "price_currency": settings.ENVIRONMENT.price_currency,
            "takes_direct_uploads": bool(settings.ENVIRONMENT.s3_bucket and settings.ENVIRONMENT.s3_browser_origin),
            "password_min_length": settings.PASSWORD_MIN_LENGTH,
            "is_mail_sent": has_mail_server(),
            "restorable_days": RESTORABLE_DAYS,
        }
        return Response(s.SessionSerializer(body).data)


class TenantsView(APIView):
    """Tenants of a person, whichever tenant the request names; therefore no TenantView."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="tenants_list", tags=["tenants"], responses=s.TenantPageSerializer)
    def get(self, request: Request) -> Response:
        """The organisations that the signed-in person belongs to."""
        memberships = memberships_of_user(require_person(person_of(request)))
        return Response({"data": s.TenantSerializer(memberships, many=True).data, "next_cursor": None})

    @extend_schema(
        operation_id="tenants_create",
        tags=["tenants"],
        request=s.TenantInputSerializer,
        responses={201: s.TenantSerializer},
    )
    def post(self, request: Request) -> Response:
        """Found an organisation; the signed-in person becomes its owner."""
        user_id = require_person(person_of(request))
        data = validated(s.TenantInputSerializer, request)
        return Response(
            s.TenantSerializer(tenant_create(name=data["name"], owner_id=user_id)).data, status=status.HTTP_201_CREATED
        )


class TenantDetailView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "PATCH": Role.ADMIN}

    @extend_schema(operation_id="tenant_get", tags=["tenants"], responses=s.TenantSerializer)
    def get(self, request: Request) -> Response:
        """The organisation that this request acts in."""
        actor = actor_of(request)
        return Response(_tenant_body(actor, tenant_get(_tenant_id(actor))))

    @extend_schema(
        operation_id="tenant_update", tags=["tenants"], request=s.TenantUpdateSerializer, responses=s.TenantSerializer
    )
    def patch(self, request: Request) -> Response:
        """Rename the organisation."""
        actor = actor_of(request)
        data = validated(s.TenantUpdateSerializer, request)
        tenant = tenant_get(_tenant_id(actor))
        base = data.get("base_name")
        return Response(_tenant_body(actor, tenant_rename(actor=actor, tenant=tenant, name=data["name"], base=base)))


class TenantDeleteView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.OWNER}
    writes_when_deleted = True

    @extend_schema(
        operation_id="tenant_delete", tags=["tenants"], request=s.TenantDeleteSerializer, responses=s.TenantSerializer
    )
    def post(self, request: Request) -> Response:
        """Delete the organisation: its API keys stop working and its jobs are paused, and members can only look at it.

        For some days an owner can bring it back; then its data, jobs, models and files go.
        """
        actor = actor_of(request)
        require_person(actor)
        tenant = tenant_get(_tenant_id(actor))
        name = validated(s.TenantDeleteSerializer, request)["name"]
        return Response(_tenant_body(actor, tenant_delete(actor=actor, tenant=tenant, name=name)))


class TenantRestoreView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.OWNER}
    writes_when_deleted = True

    @extend_schema(operation_id="tenant_restore", tags=["tenants"], request=None, responses=s.TenantSerializer)
    def post(self, request: Request) -> Response:
        """Bring back an organisation that was deleted. Paused jobs stay paused."""
        actor = actor_of(request)
        require_person(actor)
        return Response(_tenant_body(actor, tenant_restore(actor=actor, tenant=tenant_get(_tenant_id(actor)))))


def _tenant_body(actor: Actor, tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.id,
        "name": tenant.name,
        "role": actor.role,
        "created_at": tenant.created_at,
        "restorable_until": tenant.restorable_until,
    }


def _tenant_id(actor: Actor) -> UUID:
    if actor.tenant_id is None:
        raise AnnealError("auth.no_tenant", param="X-Tenant")
    return actor.tenant_id


class MembersView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="members_list", tags=["members"], parameters=PAGE_PARAMETERS, responses=s.MemberPageSerializer
    )
    def get(self, request: Request) -> Response:
        """Everybody in the organisation."""
        return Response(page_of(request, member_list(), s.MemberSerializer().to_representation))


class MemberView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"PATCH": Role.ADMIN, "DELETE": Role.ADMIN}

    @extend_schema(
        operation_id="member_update", tags=["members"], request=s.MemberInputSerializer, responses=s.MemberSerializer
    )
    def patch(self, request: Request, member_id: UUID) -> Response:
        """Give a member another role."""
        actor = actor_of(request)
        member = access_member(actor=actor, member_id=member_id, level=Role.ADMIN)
        role = Role(validated(s.MemberInputSerializer, request)["role"])
        return Response(s.MemberSerializer(member_change_role(actor=actor, member=member, role=role)).data)

    @extend_schema(operation_id="member_remove", tags=["members"], responses={204: None})
    def delete(self, request: Request, member_id: UUID) -> Response:
        """Remove a member from the organisation."""
        actor = actor_of(request)
        member_remove(actor=actor, member=access_member(actor=actor, member_id=member_id, level=Role.ADMIN))
        return Response(status=status.HTTP_204_NO_CONTENT)


class OwnMembershipView(TenantView):
    """For members of any role, billing among them."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="membership_leave", tags=["members"], responses={204: None})
    def delete(self, request: Request) -> Response:
        """Leave the organisation. Your API keys in it stop working; its only owner is refused (409)."""
        user_id = require_person(person_of(request))
        actor = actor_of(request)
        _tenant_id(actor)
        member_remove(actor=actor, member=member_of(user_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.ADMIN, "POST": Role.ADMIN}

    @extend_schema(
        operation_id="invitations_list",
        tags=["members"],
        parameters=PAGE_PARAMETERS,
        responses=s.InvitationPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Invitations that were not taken up yet."""
        return Response(page_of(request, invitation_list(), s.InvitationSerializer().to_representation))

    @extend_schema(
        operation_id="invitations_create",
        tags=["members"],
        request=s.InvitationInputSerializer,
        responses={201: s.InvitationCreatedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Invite somebody by e-mail address. Where there is no mail server, hand them the link; a newer one replaces an older one."""
        actor = actor_of(request)
        data = validated(s.InvitationInputSerializer, request)
        invitation, token = invitation_create(actor=actor, email=data["email"], role=Role(data["role"]))
        invitation.accept_url = f"{settings.PUBLIC_URL}/invitations/{token}"  # type: ignore[attr-defined]
        return Response(s.InvitationCreatedSerializer(invitation).data, status=status.HTTP_201_CREATED)


class InvitationView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"DELETE": Role.ADMIN}

    @extend_schema(operation_id="invitation_revoke", tags=["members"], responses={204: None})
    def delete(self, request: Request, invitation_id: UUID) -> Response:
        """Withdraw an invitation."""
        actor = actor_of(request)
        invitation_revoke(
            actor=actor, invitation=access_invitation(actor=actor, invitation_id=invitation_id, level=Role.ADMIN)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationLookView(APIView):
    """Open to strangers: who is invited may have no account yet."""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(
        operation_id="invitation_look",
        tags=["members"],
        auth=[],
        request=s.InvitationAcceptSerializer,
        responses=s.OfferSerializer,
    )
    def post(self, request: Request) -> Response:
        """Who invites whom to which organisation. 404 for an invitation that was taken up, withdrawn, replaced or is too old."""
        throttle(request._request, "invitation_look")  # noqa: SLF001 - DRF offers no public way to the Django request
        token = validated(s.InvitationAcceptSerializer, request)["token"]
        return Response(s.OfferSerializer(invitation_look(token=token)).data)


class InvitationAcceptView(APIView):
    """Taken up by a person who is no member yet; therefore no TenantView."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="invitation_accept",
        tags=["members"],
        request=s.InvitationAcceptSerializer,
        responses=s.TenantSerializer,
    )
    def post(self, request: Request) -> Response:
        """Take up an invitation made to the signed-in person's address."""
        user_id = require_person(person_of(request))
        token = validated(s.InvitationAcceptSerializer, request)["token"]
        return Response(s.TenantSerializer(invitation_accept(user_id=user_id, token=token)).data)


class ApiKeysView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.ADMIN, "POST": Role.ADMIN}

    @extend_schema(
        operation_id="api_keys_list", tags=["api keys"], parameters=PAGE_PARAMETERS, responses=s.ApiKeyPageSerializer
    )
    def get(self, request: Request) -> Response:
        """The organisation's API keys, revoked ones included; never their secrets."""
        return Response(page_of(request, api_key_list(), s.ApiKeySerializer().to_representation))

    @extend_schema(
        operation_id="api_keys_create",
        tags=["api keys"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.ApiKeyInputSerializer,
        responses={201: s.ApiKeyCreatedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make an API key. Its secret is in this answer and nowhere else; a replay of it has null there.

        Only people make keys: one that leaked makes no others. A key can do what its maker may do by now, up to its role.
        """

        def create() -> Response:
            actor = actor_of(request)
            require_person(actor)
            data = validated(s.ApiKeyInputSerializer, request)
            if actor.role is None or not role_reaches(actor.role, Role(data["role"])):
                raise AnnealError(
                    "auth.forbidden",
                    status=403,
                    param="role",
                    params={"role": str(actor.role), "needed": data["role"]},
                )
            row, key = api_key_create(
                name=data["name"], role=data["role"], created_by_id=actor.user_id, expires_at=data["expires_at"]
            )
            audit_write(actor=actor, action="api_key.created", target=str(row.id), name=row.name, role=row.role)
            row.secret = key  # type: ignore[attr-defined]
            return Response(s.ApiKeyCreatedSerializer(row).data, status=status.HTTP_201_CREATED)

        return idempotent(request, create, secret="secret")  # noqa: S106 - the name of a field


class ApiKeyView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"DELETE": Role.ADMIN}

    @extend_schema(operation_id="api_key_revoke", tags=["api keys"], responses={204: None})
    def delete(self, request: Request, key_id: UUID) -> Response:
        """Revoke an API key; it stops working at once."""
        api_key_revoke(key_id=key_id)
        audit_write(actor=actor_of(request), action="api_key.revoked", target=str(key_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
