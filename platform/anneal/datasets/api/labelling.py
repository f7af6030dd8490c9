"""HTTP of labelling: sessions, the rows they hand out, answers, agreement, and the version that comes of it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.common.api.paging import page_limit, page_of
from anneal.common.errors import AnnealError
from anneal.datasets.access import access_dataset, access_label_session
from anneal.datasets.api import labelling_serializers as s
from anneal.datasets.api.version_serializers import DatasetChangeSerializer
from anneal.datasets.api.versions import accepted
from anneal.datasets.api.views import MAX_OFFSET, query_offset
from anneal.datasets.labelling.progress import disagreements, rows_shown, session_progress
from anneal.datasets.selectors import label_session_rows
from anneal.datasets.services.labelling import (
    SessionPlan,
    annotation_delete,
    annotation_put,
    decision_put,
    label_session_create,
    label_session_finish,
    label_session_update,
    rows_hand_out,
    session_owner_check,
)
from anneal.tenants.access import require_person
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role

MAX_HANDED = 50
_HANDED = 20


class LabelSessionsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "POST": Role.MEMBER}

    @extend_schema(
        operation_id="label_sessions_list",
        tags=["labelling"],
        parameters=[
            OpenApiParameter("limit", int, description="1 to 100, by default 50."),
            OpenApiParameter("cursor", str, description="next_cursor of the page before."),
        ],
        responses=s.LabelSessionPageSerializer,
    )
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """The labelling sessions of a dataset, newest first."""
        dataset = access_dataset(actor=actor_of(request), dataset_id=dataset_id, level=Role.VIEWER)
        rows = label_session_rows().filter(dataset_id=dataset.id)
        return Response(page_of(request, rows, s.LabelSessionSerializer().to_representation))

    @extend_schema(
        operation_id="label_sessions_create",
        tags=["labelling"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.LabelSessionInputSerializer,
        responses={201: s.LabelSessionSerializer},
    )
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Begin a session on the latest version. Its rows and their order are fixed from then on."""

        def create() -> Response:
            actor = actor_of(request)
            dataset = access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
            data = validated(s.LabelSessionInputSerializer, request)
            plan = SessionPlan(**{"split": None, "scale": None, "scores_id": None, **data})
            made = label_session_create(actor=actor, dataset=dataset, plan=plan)
            session = access_label_session(actor=actor, label_session_id=made.id, level=Role.MEMBER)
            return Response(s.LabelSessionSerializer(session).data, status=status.HTTP_201_CREATED)

        return idempotent(request, create)


class LabelSessionView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "PATCH": Role.MEMBER}

    @extend_schema(operation_id="label_sessions_get", tags=["labelling"], responses=s.LabelSessionSerializer)
    def get(self, request: Request, label_session_id: UUID) -> Response:
        """A labelling session."""
        session = access_label_session(actor=actor_of(request), label_session_id=label_session_id, level=Role.VIEWER)
        return Response(s.LabelSessionSerializer(session).data)

    @extend_schema(
        operation_id="label_sessions_update",
        tags=["labelling"],
        request=s.LabelSessionUpdateSerializer,
        responses=s.LabelSessionSerializer,
    )
    def patch(self, request: Request, label_session_id: UUID) -> Response:
        """Rename a session, explain it, say who may label, close it or open it again: for whoever began it, and admins."""
        actor = actor_of(request)
        session = access_label_session(actor=actor, label_session_id=label_session_id, level=Role.MEMBER)
        values = validated(s.LabelSessionUpdateSerializer, request)
        label_session_update(actor=actor, session=session, values=values)
        again = access_label_session(actor=actor, label_session_id=label_session_id, level=Role.MEMBER)
        return Response(s.LabelSessionSerializer(again).data)


class LabelNextView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.MEMBER}

    @extend_schema(
        operation_id="label_sessions_next",
        tags=["labelling"],
        parameters=[OpenApiParameter("count", int, description=f"1 to {MAX_HANDED}, by default {_HANDED}.")],
        responses=s.HandedRowsSerializer,
    )
    def get(self, request: Request, label_session_id: UUID) -> Response:
        """The next rows for you. They are yours for ten minutes: nobody else is handed a row that wants no more labels than yours."""
        actor = actor_of(request)
        session = access_label_session(actor=actor, label_session_id=label_session_id, level=Role.MEMBER)
        handed = rows_hand_out(session=session, user_id=require_person(actor), count=_count(request))
        shown = rows_shown(session, handed.rows)
        data = [
            {
                "row": shown[row.row_id].row,
                "score": row.score,
                "present": shown[row.row_id].present if session.shows_present else None,
            }
            for row in handed.rows
        ]
        told = {"data": data, "num_left": handed.num_left, "seconds": handed.seconds}
        return Response(s.HandedRowsSerializer(told).data)


def _count(request: Request) -> int:
    given = request.query_params.get("count", str(_HANDED))
    if not (given.isascii() and given.isdecimal() and len(given) < 3 and 1 <= int(given) <= MAX_HANDED):  # noqa: PLR2004 - more digits than the limit
        raise AnnealError("labelling.bad_count", param="count", params={"limit": MAX_HANDED})
    return int(given)


class AnnotationView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"PUT": Role.MEMBER, "DELETE": Role.MEMBER}

    @extend_schema(
        operation_id="annotations_put",
        tags=["labelling"],
        request=s.AnnotationInputSerializer,
        responses=s.AnnotationSerializer,
    )
    def put(self, request: Request, label_session_id: UUID, row_id: int) -> Response:
        """Say what a row is, or skip it. Sent again, nothing is doubled; said differently, the last word counts."""
        actor = actor_of(request)
        session = access_label_session(actor=actor, label_session_id=label_session_id, level=Role.MEMBER)
        data = validated(s.AnnotationInputSerializer, request)
        said = annotation_put(
            session=session,
            row_id=row_id,
            user_id=require_person(actor),
            value=data.get("value"),
            seconds=data["seconds"],
        )
        return Response(s.AnnotationSerializer(said).data)

    @extend_schema(operation_id="annotations_delete", tags=["labelling"], responses={204: None})
    def delete(self, request: Request, label_session_id: UUID, row_id: int) -> Response:
        """Take back what you said about a row; it is yours to label again."""
        actor = actor_of(request)
        session = access_label_session(actor=actor, label_session_id=label_session_id, level=Role.MEMBER)
        annotation_delete(session=session, row_id=row_id, user_id=require_person(actor))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LabelProgressView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="label_sessions_progress", tags=["labelling"], responses=s.LabelProgressSerializer)
    def get(self, request: Request, label_session_id: UUID) -> Response:
        """How far a session is, who labelled how much and how fast, and how far people agree."""
        session = access_label_session(actor=actor_of(request), label_session_id=label_session_id, level=Role.VIEWER)
        return Response(s.LabelProgressSerializer(session_progress(session)).data)


class LabelDisagreementsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.MEMBER}

    @extend_schema(
        operation_id="label_sessions_disagreements",
        tags=["labelling"],
        parameters=[
            OpenApiParameter("offset", int),
            OpenApiParameter("limit", int, description="1 to 100, by default 50."),
        ],
        responses=s.DisagreementsSerializer,
    )
    def get(self, request: Request, label_session_id: UUID) -> Response:
        """Rows on which people differ: for whoever began the session, and admins, so that nobody labels by others' answers."""
        actor = actor_of(request)
        session = access_label_session(actor=actor, label_session_id=label_session_id, level=Role.MEMBER)
        session_owner_check(actor, session)
        offset = query_offset(request.query_params.get("offset", "0"), MAX_OFFSET)
        data, total = disagreements(session, offset=offset, limit=page_limit(request))
        return Response(s.DisagreementsSerializer({"data": data, "total": total}).data)


class LabelDecisionView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"PUT": Role.MEMBER}

    @extend_schema(
        operation_id="label_sessions_decide",
        tags=["labelling"],
        request=s.DecisionInputSerializer,
        responses=s.DecisionSerializer,
    )
    def put(self, request: Request, label_session_id: UUID, row_id: int) -> Response:
        """Decide what a row is to become, whatever was said: for whoever began the session, and admins."""
        actor = actor_of(request)
        session = access_label_session(actor=actor, label_session_id=label_session_id, level=Role.MEMBER)
        value = validated(s.DecisionInputSerializer, request)["value"]
        row = decision_put(actor=actor, session=session, row_id=row_id, value=value)
        return Response(s.DecisionSerializer(row).data)


class LabelFinishView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="label_sessions_finish",
        tags=["labelling"],
        parameters=[IDEMPOTENCY_KEY],
        request=s.FinishInputSerializer,
        responses={202: DatasetChangeSerializer},
    )
    def post(self, request: Request, label_session_id: UUID) -> Response:
        """Close a session and make a version of its answers: for whoever began it, and admins. Undo takes the version back."""

        def finish() -> Response:
            actor = actor_of(request)
            session = access_label_session(actor=actor, label_session_id=label_session_id, level=Role.MEMBER)
            resolve = validated(s.FinishInputSerializer, request)["resolve"]
            return accepted(label_session_finish(actor=actor, session=session, resolve=resolve))

        return idempotent(request, finish)
