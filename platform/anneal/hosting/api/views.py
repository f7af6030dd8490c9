"""HTTP of predictions."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from anneal.common.api.json_body import json_parser
from anneal.common.tenancy import tenant_scope
from anneal.hosting.api.serializers import PredictInputSerializer, PredictOutput
from anneal.hosting.questions import questions_of
from anneal.hosting.services import predict, served_model
from anneal.registry.access import access_model_version
from anneal.tenants.api.base import actor_of, validated
from anneal.tenants.roles import Role

# Every text at its longest, each character in the longest of the usual JSON spellings.
MAX_BODY_BYTES = 8 * 2**20


class PredictView(APIView):
    """No TenantView: its transaction would be held open while the model server computes."""

    parser_classes = [json_parser(MAX_BODY_BYTES)]
    roles: ClassVar[dict[str, Role]] = {"POST": Role.VIEWER}

    @extend_schema(
        operation_id="model_version_predict",
        tags=["predictions"],
        request=PredictInputSerializer,
        responses=PredictOutput,
    )
    def post(self, request: Request, model_version_id: UUID) -> Response:
        """Ask a model version. The first request after a pause loads the model and takes longer."""
        actor = actor_of(request)
        with tenant_scope(actor.tenant_id):
            version = access_model_version(actor=actor, model_version_id=model_version_id, level=Role.VIEWER)
            data: dict[str, Any] = validated(PredictInputSerializer, request)
            asked = questions_of(version.model.task, texts=data.get("texts"), inputs=data.get("inputs"))
            model = served_model(version)
        answer = predict(model=model, asked=asked, top_k=data["top_k"], max_new_tokens=data["max_new_tokens"])
        output = PredictOutput(model_version_id=model_version_id, **dict(answer))
        return Response(output.model_dump(mode="json"))
