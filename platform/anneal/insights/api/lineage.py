"""HTTP of a model's lineage."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.datasets.models import VERSION_KINDS
from anneal.insights.lineage import lineage_of
from anneal.jobs.api.filters import STATES
from anneal.registry.access import access_model
from anneal.registry.api.serializers import SummarySerializer
from anneal.tenants.api.base import TenantView, actor_of
from anneal.tenants.roles import Role

DEPLOYMENT_STATES: Final = ("ready", "download_only")


class LineageQuerySerializer(serializers.Serializer[Any]):
    version_id = serializers.UUIDField(required=False, help_text="A version of the model; the newest when left out.")


class MergedDataSerializer(serializers.Serializer[Any]):
    """A version of another dataset, whose rows were merged in."""

    version_id = serializers.UUIDField()
    number = serializers.IntegerField()
    dataset_id = serializers.UUIDField()
    dataset_name = serializers.CharField()
    is_deleted = serializers.BooleanField()
    num_rows = serializers.IntegerField()


class LineageDataSerializer(MergedDataSerializer):
    """A dataset version on the way to the model."""

    change = serializers.ChoiceField(
        choices=VERSION_KINDS, allow_null=True, help_text="How it was made; null where that is not known."
    )
    merged = MergedDataSerializer(allow_null=True)
    created_at = serializers.DateTimeField()


class LineageJobSerializer(serializers.Serializer[Any]):
    """The job that made the version."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    base_model = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    finished_at = serializers.DateTimeField(allow_null=True)


class LineageModelSerializer(serializers.Serializer[Any]):
    """The version itself."""

    id = serializers.UUIDField(source="model.id")
    name = serializers.CharField(source="model.name")
    version_id = serializers.UUIDField(source="version.id")
    number = serializers.IntegerField(source="version.number")
    summary = SummarySerializer(source="version.summary")
    created_at = serializers.DateTimeField(source="version.created_at")


class LineageDeploymentSerializer(serializers.Serializer[Any]):
    """Whether the prediction API answers for the version."""

    state = serializers.ChoiceField(choices=DEPLOYMENT_STATES)
    message = serializers.CharField(allow_null=True, help_text="Why it does not, in the language of the request.")


class LineageSerializer(serializers.Serializer[Any]):
    """From the data to the deployment, each with what it is called and where it stands."""

    dataset_versions = LineageDataSerializer(
        many=True, help_text="Oldest first; the last one is what the job learnt from."
    )
    num_earlier = serializers.IntegerField(help_text="Dataset versions before the first of these.")
    job = LineageJobSerializer(allow_null=True)
    model = LineageModelSerializer(source="*")
    deployment = LineageDeploymentSerializer()


class LineageView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="models_lineage", tags=["models"], parameters=[LineageQuerySerializer], responses=LineageSerializer
    )
    def get(self, request: Request, model_id: UUID) -> Response:
        """Where a model version came from and what it is used for: dataset versions, job, model, deployment."""
        model = access_model(actor=actor_of(request), model_id=model_id, level=Role.VIEWER)
        asked = LineageQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(LineageSerializer(lineage_of(model, asked.validated_data.get("version_id"))).data)
