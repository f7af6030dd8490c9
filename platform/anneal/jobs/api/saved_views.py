"""HTTP of the choices of jobs that a person keeps in one organisation."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.jobs.access import access_saved_view
from anneal.jobs.api import bodies
from anneal.jobs.api.serializers import SavedViewSerializer, SavedViewsSerializer
from anneal.jobs.models import SavedView
from anneal.jobs.selectors import saved_views
from anneal.jobs.services.saved_views import saved_view_create, saved_view_delete, saved_view_update
from anneal.tenants.access import require_person
from anneal.tenants.api.base import TenantView, actor_of
from anneal.tenants.roles import Role

_TAGS = ["jobs"]


def _shown(view: SavedView) -> dict[str, Any]:
    return dict(SavedViewSerializer(view).data)


class SavedViewsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "POST": Role.VIEWER}

    @extend_schema(operation_id="job_views_list", tags=_TAGS, responses=SavedViewsSerializer)
    def get(self, request: Request) -> Response:
        """The views that you keep, by name."""
        user_id = require_person(actor_of(request))
        return Response(SavedViewsSerializer({"data": saved_views(user_id)}).data)

    @extend_schema(
        operation_id="job_views_create",
        tags=_TAGS,
        request=bodies.SavedViewCreate,
        responses={201: SavedViewSerializer},
    )
    def post(self, request: Request) -> Response:
        """Keep a choice of jobs under a name."""
        user_id = require_person(actor_of(request))
        body = bodies.body_of(request, bodies.SavedViewCreate)
        view = saved_view_create(user_id=user_id, name=body.name, filters=body.filters.given())
        return Response(_shown(view), status=status.HTTP_201_CREATED)


class SavedViewView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"PATCH": Role.VIEWER, "DELETE": Role.VIEWER}

    @extend_schema(
        operation_id="job_views_update", tags=_TAGS, request=bodies.SavedViewUpdate, responses=SavedViewSerializer
    )
    def patch(self, request: Request, view_id: uuid.UUID) -> Response:
        """Give a kept view another name, or other filters."""
        view = access_saved_view(actor=actor_of(request), view_id=view_id)
        body = bodies.body_of(request, bodies.SavedViewUpdate)
        saved_view_update(view=view, name=body.name, filters=body.filters.given() if body.filters else None)
        return Response(_shown(view))

    @extend_schema(operation_id="job_views_delete", tags=_TAGS, responses={204: None})
    def delete(self, request: Request, view_id: uuid.UUID) -> Response:
        """Forget a kept view."""
        saved_view_delete(view=access_saved_view(actor=actor_of(request), view_id=view_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
