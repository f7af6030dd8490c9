"""HTTP of the catalogue."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.catalog.selectors import METHODS, base_model_list
from anneal.common.api.paging import page_serializer
from anneal.tenants.api.base import TenantView
from anneal.tenants.roles import Role
from workers.contract.rates import FACTOR_OF_METHOD, usual_rate
from workers.contract.spec import LARGE


class BaseModelSerializer(serializers.Serializer[Any]):
    """A base model that a job may start from."""

    slug = serializers.CharField()
    name = serializers.CharField()
    family = serializers.CharField()
    num_parameters = serializers.IntegerField()
    max_length = serializers.IntegerField(help_text="In tokens.")
    languages = serializers.ListField(child=serializers.CharField())
    tasks = serializers.ListField(child=serializers.CharField())
    methods = serializers.ListField(child=serializers.CharField())
    is_large = serializers.BooleanField(help_text="Whether it is adapted by LoRA where the method is left open.")
    usual_rates = serializers.DictField(
        child=serializers.FloatField(), help_text="By task: the learning rate that `auto` takes for full training."
    )
    rate_factors = serializers.DictField(
        child=serializers.FloatField(), help_text="By method: how many times the usual rate it takes."
    )
    licence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing


BaseModelPageSerializer = page_serializer(BaseModelSerializer)


class BaseModelsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="base_models_list", tags=["base models"], responses=BaseModelPageSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Every base model of this installation."""
        rows = [
            {
                **vars(info),
                "methods": list(METHODS),
                "is_large": info.num_parameters >= LARGE,
                "usual_rates": {task: usual_rate(task, info) for task in info.tasks},
                "rate_factors": FACTOR_OF_METHOD,
            }
            for info in base_model_list()
        ]
        return Response({"data": BaseModelSerializer(rows, many=True).data, "next_cursor": None})
