"""HTTP of row scores: a model says how unsure it is of rows, for whoever labels them."""

from __future__ import annotations

from typing import Any, ClassVar, get_args
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from anneal.common.tenancy import tenant_scope
from anneal.datasets.access import access_dataset_version
from anneal.datasets.api.labelling_serializers import RowScoresSerializer
from anneal.datasets.labelling.values import MEASURES
from anneal.datasets.services.labelling import row_scores_write
from anneal.hosting.scoring import MAX_SCORED, rows_score, scored_sample, scoring_check
from anneal.hosting.services import served_model
from anneal.registry.access import access_model_version
from anneal.tenants.api.base import StrictSerializer, actor_of, validated
from anneal.tenants.roles import Role
from workers.contract.changes import Split


class ScoringInputSerializer(StrictSerializer):
    """Which rows a model is asked about."""

    dataset_version_id = serializers.UUIDField()
    measure = serializers.ChoiceField(choices=MEASURES, default="margin")
    split = serializers.ChoiceField(choices=get_args(Split), required=False, help_text="Rows of this split alone.")
    num_rows = serializers.IntegerField(
        min_value=1, max_value=MAX_SCORED, default=500, help_text="So many rows, drawn at random."
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class RowScoresView(APIView):
    """No TenantView: its transaction would be held open while the model server computes."""

    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="model_version_score_rows",
        tags=["labelling"],
        request=ScoringInputSerializer,
        responses={201: RowScoresSerializer},
    )
    def post(self, request: Request, model_version_id: UUID) -> Response:
        """Ask a model about a sample of a version's rows and keep how unsure it is of each. A labelling session goes by that."""
        actor = actor_of(request)
        with tenant_scope(actor.tenant_id):
            version = access_model_version(actor=actor, model_version_id=model_version_id, level=Role.MEMBER)
            data: dict[str, Any] = validated(ScoringInputSerializer, request)
            rows_of = access_dataset_version(actor=actor, version_id=data["dataset_version_id"], level=Role.MEMBER)
            scoring_check(version, rows_of)
            model = served_model(version)
            rows = scored_sample(rows_of, seed=data["seed"], split=data.get("split"), num_rows=data["num_rows"])
        scores = rows_score(model=model, task=version.model.task, rows=rows, measure=data["measure"])
        with tenant_scope(actor.tenant_id):
            made = row_scores_write(
                version_id=rows_of.id,
                source_id=version.id,
                source_name=f"{version.model.name} v{version.number}",
                measure=data["measure"],
                scores=scores,
            )
        return Response(RowScoresSerializer(made).data, status=status.HTTP_201_CREATED)
