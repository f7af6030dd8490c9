"""HTTP of the home page, which belongs to a person: API keys have none."""

from __future__ import annotations

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.insights.api.serializers import DismissalInputSerializer, HomeSerializer
from anneal.insights.selectors import first_steps, home_waiting, jobs_finished, jobs_under_way, visited_before
from anneal.insights.services import item_dismiss, item_restore, visit_note
from anneal.tenants.access import require_person
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role

_TAGS = ["home"]


class HomeView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="home_get", tags=_TAGS, responses=HomeSerializer)
    def get(self, request: Request) -> Response:
        """What waits for you, what runs, and what has finished since your last visit."""
        actor = actor_of(request)
        user_id = require_person(actor)
        finished = list(jobs_finished())
        waiting, left = home_waiting(user_id, actor.role or Role.VIEWER)
        home = {
            "waiting": waiting,
            "waiting_left": left,
            "running": list(jobs_under_way()),
            "finished": finished,
            "first_steps": None if finished else first_steps(),
        }
        return Response(HomeSerializer(home, context={"since": visited_before(user_id)}).data)


class HomeVisitView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.VIEWER}

    @extend_schema(operation_id="home_visit", tags=_TAGS, request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Say that you are at home; what finishes from now on is new on your next visit, half an hour later or more."""
        visit_note(user_id=require_person(actor_of(request)))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DismissalsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.VIEWER}

    @extend_schema(operation_id="home_dismiss", tags=_TAGS, request=DismissalInputSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Put aside what waits for a decision: you have looked at it, or need not. Nobody else's home changes."""
        actor = actor_of(request)
        user_id = require_person(actor)
        data = validated(DismissalInputSerializer, request)
        item_dismiss(user_id=user_id, role=actor.role or Role.VIEWER, kind=data["kind"], item_id=data["id"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class DismissalView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"DELETE": Role.VIEWER}

    @extend_schema(operation_id="home_restore", tags=_TAGS, responses={204: None})
    def delete(self, request: Request, item_id: uuid.UUID) -> Response:
        """Take up again what you put aside."""
        item_restore(user_id=require_person(actor_of(request)), item_id=item_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
