"""HTTP of people's own accounts: passwords, changed by who is signed in or set anew by who holds a link, and the end of an account."""

from __future__ import annotations

from django.contrib.auth import logout, update_session_auth_hash
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from anneal.accounts.password_links import link_hours, link_user
from anneal.accounts.throttling import throttle
from anneal.tenants.access import require_person
from anneal.tenants.api import password_serializers as s
from anneal.tenants.api.base import person_of, validated
from anneal.tenants.services.parting import account_delete
from anneal.tenants.services.passwords import account_change_password, account_set_password, password_link_ask

_TAGS = ["account"]


class PasswordView(APIView):
    """A person's own, whatever organisation the request names; therefore no TenantView."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="password_change", tags=_TAGS, request=s.PasswordChangeSerializer, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        """Change your password. Your other sessions end; the one that asks goes on."""
        user_id = require_person(person_of(request))
        data = validated(s.PasswordChangeSerializer, request)
        django_request = request._request  # noqa: SLF001 - DRF offers no public way to the Django request
        throttle(django_request, "change_password")
        user = account_change_password(user_id=user_id, current=data["current_password"], new=data["new_password"])
        update_session_auth_hash(django_request, user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AccountDeleteView(APIView):
    """A person's own, whatever organisation the request names; therefore no TenantView."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="account_delete", tags=_TAGS, request=s.AccountDeleteSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Delete your account for good. You leave every organisation, your API keys stop working and all your sessions end.

        What you made stays with the organisations, as made by a deleted account. Refused (409) while an organisation that is not
        deleted has no other owner.
        """
        user_id = require_person(person_of(request))
        password = validated(s.AccountDeleteSerializer, request)["password"]
        django_request = request._request  # noqa: SLF001 - see above
        throttle(django_request, "change_password")
        account_delete(user_id=user_id, password=password)
        logout(django_request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class _OpenView(APIView):
    """For who cannot sign in: whoever is signed in in this browser does not matter."""

    permission_classes = [AllowAny]
    authentication_classes = []


class PasswordLinksView(_OpenView):
    @extend_schema(
        operation_id="password_link_ask",
        tags=_TAGS,
        auth=[],
        request=s.PasswordLinkInputSerializer,
        responses={202: s.PasswordLinkSerializer},
    )
    def post(self, request: Request) -> Response:
        """Have a link to set a new password sent to an address. Answers the same whether or not somebody has it."""
        email = validated(s.PasswordLinkInputSerializer, request)["email"]
        throttle(request._request, "reset_password", key=email.lower())  # noqa: SLF001 - see above
        password_link_ask(email=email)
        body = s.PasswordLinkSerializer({"email": email, "valid_hours": link_hours()}).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class PasswordLinkLookView(_OpenView):
    @extend_schema(
        operation_id="password_link_look",
        tags=_TAGS,
        auth=[],
        request=s.PasswordSecretSerializer,
        responses=s.PasswordOwnerSerializer,
    )
    def post(self, request: Request) -> Response:
        """Whose password a link sets. 404 for one that was used, is too old or was never made."""
        throttle(request._request, "reset_password_from_key")  # noqa: SLF001 - see above
        secret = validated(s.PasswordSecretSerializer, request)["secret"]
        return Response(s.PasswordOwnerSerializer(link_user(secret)).data)


class PasswordLinkUseView(_OpenView):
    @extend_schema(
        operation_id="password_link_use", tags=_TAGS, auth=[], request=s.PasswordNewSerializer, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        """Set a new password by a link. Every session of its person ends; signing in comes next."""
        throttle(request._request, "reset_password_from_key")  # noqa: SLF001 - see above
        data = validated(s.PasswordNewSerializer, request)
        account_set_password(secret=data["secret"], new=data["password"])
        return Response(status=status.HTTP_204_NO_CONTENT)
