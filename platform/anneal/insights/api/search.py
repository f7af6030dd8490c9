"""HTTP of the search by name: one request for everything that has a page of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.naming import words_field
from anneal.common.name_search import names_like
from anneal.datasets.models import DATASET_STATES
from anneal.datasets.selectors import dataset_names
from anneal.jobs.api.filters import STATES
from anneal.jobs.selectors import job_names
from anneal.registry.selectors import model_list
from anneal.tenants.api.base import TenantView
from anneal.tenants.roles import Role

MOST_OF_A_KIND = 8


class SearchQuerySerializer(serializers.Serializer[Any]):
    q = words_field("Words of a name. Without them: what is newest.", max_length=100)


class FoundDatasetSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    task = serializers.CharField()
    state = serializers.ChoiceField(choices=DATASET_STATES)


class FoundJobSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    base_model = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)


class FoundModelSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    task = serializers.CharField()
    base_model = serializers.CharField()


class FoundSerializer(serializers.Serializer[Any]):
    """The best few of each kind, best first."""

    datasets = FoundDatasetSerializer(many=True)
    jobs = FoundJobSerializer(many=True)
    models = FoundModelSerializer(many=True)


class SearchView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="search", tags=["search"], parameters=[SearchQuerySerializer], responses=FoundSerializer
    )
    def get(self, request: Request) -> Response:
        """Datasets, jobs and models by name, at most eight of each: names that begin so, then words that do, then any part."""
        asked = SearchQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        words = asked.validated_data["q"]
        found = {
            kind: names_like(rows, words, MOST_OF_A_KIND)
            for kind, rows in (("datasets", dataset_names()), ("jobs", job_names()), ("models", model_list()))
        }
        return Response(FoundSerializer(found).data)
