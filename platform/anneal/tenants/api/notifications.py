"""HTTP of what one member is told of: API keys have none of it."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from anneal.accounts.selectors import user_email
from anneal.accounts.services import user_speaks
from anneal.common.api.paging import page_of
from anneal.common.smtp import has_mail_server
from anneal.common.tenancy import member_scope
from anneal.tenants.access import require_person
from anneal.tenants.api import notification_serializers as s
from anneal.tenants.api.base import TenantView, actor_of, person_of, validated
from anneal.tenants.api.views import PAGE_PARAMETERS
from anneal.tenants.models import Membership
from anneal.tenants.notification_kinds import NOTIFICATION_KINDS, ways_of
from anneal.tenants.roles import Role
from anneal.tenants.selectors import member_of, notification_lines, notifications_fold, unread_count
from anneal.tenants.services.notifications import (
    notification_settings_change,
    notifications_read,
    notifications_read_about,
    notifications_read_until,
    notifications_unread,
)

_TAGS = ["notifications"]


class NotificationsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="notifications_list",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses=s.NotificationPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """What you were told of in the last 90 days, one entry for all of a kind about one thing. Nobody else sees it."""
        user_id = require_person(actor_of(request))
        with member_scope(user_id):
            page = page_of(request, notification_lines(user_id), lambda line: line)
            notifications_fold(user_id, page["data"])
            return Response(s.NotificationPageSerializer({**page, "num_unread": unread_count(user_id)}).data)


class UnreadCountView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="notifications_unread_count", tags=_TAGS, responses=s.UnreadSerializer)
    def get(self, request: Request) -> Response:
        """How many notifications you have not read: cheap enough to ask again and again."""
        user_id = require_person(actor_of(request))
        with member_scope(user_id):
            return Response({"num_unread": unread_count(user_id)})


class NotificationsReadView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.VIEWER}
    writes_when_deleted = True

    @extend_schema(
        operation_id="notifications_read", tags=_TAGS, request=s.ReadInputSerializer, responses=s.MarkedSerializer
    )
    def post(self, request: Request) -> Response:
        """Mark notifications as read: those with these ids and what they stand for, all up to one, or all about one thing."""
        user_id = require_person(actor_of(request))
        meant = validated(s.ReadInputSerializer, request)
        if "until" in meant:
            marked = notifications_read_until(user_id=user_id, until=meant["until"])
        elif "about" in meant:
            marked = notifications_read_about(user_id=user_id, thing=meant["about"])
        else:
            marked = notifications_read(user_id=user_id, ids=meant["ids"])
        return Response(s.MarkedSerializer(marked).data)


class NotificationsUnreadView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.VIEWER}
    writes_when_deleted = True

    @extend_schema(
        operation_id="notifications_unread", tags=_TAGS, request=s.UnreadInputSerializer, responses=s.MarkedSerializer
    )
    def post(self, request: Request) -> Response:
        """Take back that notifications were marked as read."""
        user_id = require_person(actor_of(request))
        ids = validated(s.UnreadInputSerializer, request)["ids"]
        return Response(s.MarkedSerializer(notifications_unread(user_id=user_id, ids=ids)).data)


class NotificationSettingsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "PUT": Role.VIEWER}
    writes_when_deleted = True

    def _body(self, member: Membership) -> dict[str, Any]:
        ways = [(kind, ways_of(member.notify, kind)) for kind in NOTIFICATION_KINDS]
        return {
            "kinds": [{"kind": kind, "in_page": way.in_page, "by_email": way.by_email} for kind, way in ways],
            "follows_all_jobs": member.follows_all_jobs,
            "email": user_email(member.user_id),
            "is_mail_sent": has_mail_server(),
        }

    @extend_schema(operation_id="notification_settings_get", tags=_TAGS, responses=s.NotificationSettingsSerializer)
    def get(self, request: Request) -> Response:
        """How you are told of what, in this organisation."""
        member = member_of(require_person(actor_of(request)))
        return Response(s.NotificationSettingsSerializer(self._body(member)).data)

    @extend_schema(
        operation_id="notification_settings_update",
        tags=_TAGS,
        request=s.NotificationSettingsInputSerializer,
        responses=s.NotificationSettingsSerializer,
    )
    def put(self, request: Request) -> Response:
        """Say how you want to be told. Kinds that you leave out stay as they are."""
        user_id = require_person(actor_of(request))
        data = validated(s.NotificationSettingsInputSerializer, request)
        chosen = {ways["kind"]: {"in_page": ways["in_page"], "by_email": ways["by_email"]} for ways in data["kinds"]}
        member = notification_settings_change(user_id=user_id, chosen=chosen, follows_all_jobs=data["follows_all_jobs"])
        return Response(s.NotificationSettingsSerializer(self._body(member)).data)


class AccountView(APIView):
    """Of a person, whichever tenant the request names; therefore no TenantView."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="account_update", tags=["session"], request=s.AccountInputSerializer, responses={204: None}
    )
    def patch(self, request: Request) -> Response:
        """Say which language you read, so that e-mails to you are written in it."""
        user_id = require_person(person_of(request))
        user_speaks(user_id=user_id, language=validated(s.AccountInputSerializer, request)["language"])
        return Response(status=status.HTTP_204_NO_CONTENT)
