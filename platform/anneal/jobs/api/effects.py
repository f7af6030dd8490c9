"""HTTP of measured effects: what a fix of the data doctor's finding brought, and measuring it."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.datasets.access import access_doctor_finding
from anneal.jobs.api.filters import STATES
from anneal.jobs.api.serializers import EffectFiguresField, EstimateSerializer
from anneal.jobs.services.effects import (
    EFFECT_REASONS,
    EFFECT_STATES,
    SIDES,
    Effect,
    effect_measure,
    effect_of,
)
from anneal.tenants.api.base import TenantView, actor_of
from anneal.tenants.roles import Role


class EffectJobSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)


class EffectSideSerializer(serializers.Serializer[Any]):
    """A version, and the job that stands for it."""

    side = serializers.ChoiceField(choices=SIDES, source="name")
    version_id = serializers.UUIDField(source="version.id")
    version_number = serializers.IntegerField(source="version.number")
    job = EffectJobSerializer(allow_null=True)


class MissingJobSerializer(serializers.Serializer[Any]):
    """A job that measuring would launch, and what it would take."""

    side = serializers.ChoiceField(choices=SIDES)
    version_number = serializers.IntegerField(source="version.number")
    estimate = EstimateSerializer()


class FindingEffectSerializer(serializers.Serializer[Any]):
    """What the fix of a finding brought: two jobs alike in everything but the data, on held-out rows that the fix left as they were."""

    state = serializers.ChoiceField(choices=EFFECT_STATES, help_text="missing: POST launches the jobs in `missing`.")
    reason = serializers.ChoiceField(
        choices=EFFECT_REASONS, allow_null=True, help_text="Why it cannot be measured, where it cannot."
    )
    sides = EffectSideSerializer(many=True)
    base_model = serializers.CharField(allow_null=True)
    num_shared = serializers.IntegerField(
        allow_null=True, help_text="Held-out rows that both versions have unchanged, where that is known beforehand."
    )
    figures = serializers.SerializerMethodField(help_text="Once it is measured.")
    missing = MissingJobSerializer(many=True)

    @extend_schema_field(EffectFiguresField(allow_null=True))
    def get_figures(self, effect: Effect) -> Any:
        return effect.figures.model_dump(mode="json") if effect.figures else None


class FindingEffectView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER, "POST": Role.MEMBER}

    @extend_schema(operation_id="doctor_findings_effect", tags=["datasets"], responses=FindingEffectSerializer)
    def get(self, request: Request, finding_id: uuid.UUID) -> Response:
        """What the accepted fix of a finding brought after retraining, or what it takes to find out."""
        finding = access_doctor_finding(actor=actor_of(request), finding_id=finding_id, level=Role.VIEWER)
        return Response(FindingEffectSerializer(effect_of(finding)).data)

    @extend_schema(
        operation_id="doctor_findings_measure",
        tags=["datasets"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: FindingEffectSerializer},
    )
    def post(self, request: Request, finding_id: uuid.UUID) -> Response:
        """Launch the jobs that are missing to measure the effect of a fix; they are jobs like any other, in limits and price."""

        def measure() -> Response:
            actor = actor_of(request)
            finding = access_doctor_finding(actor=actor, finding_id=finding_id, level=Role.MEMBER)
            effect = effect_measure(actor=actor, finding=finding)
            return Response(FindingEffectSerializer(effect).data, status=status.HTTP_201_CREATED)

        return idempotent(request, measure)
