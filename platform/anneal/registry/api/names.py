"""HTTP of the model that the data doctor tells names of people by in a dataset."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.datasets.access import access_dataset
from anneal.datasets.api.serializers import DatasetSerializer
from anneal.datasets.services.names import names_model_choose, names_model_remove
from anneal.registry.access import access_model_version
from anneal.registry.api import serializers as s
from anneal.registry.names import names_choice
from anneal.tenants.actor import Actor
from anneal.tenants.api.base import TenantView, actor_of, validated
from anneal.tenants.roles import Role


class NamesModelView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"PUT": Role.MEMBER, "DELETE": Role.MEMBER}

    @extend_schema(
        operation_id="datasets_choose_names_model",
        tags=["datasets"],
        request=s.NamesModelInputSerializer,
        responses=DatasetSerializer,
    )
    def put(self, request: Request, dataset_id: UUID) -> Response:
        """Have the data doctor look for names of people with a version of a model for token classification.

        It looks at the newest version anew, and at every later one in the same way.
        """
        actor = actor_of(request)
        dataset = access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)
        wish = validated(s.NamesModelInputSerializer, request)
        version = access_model_version(actor=actor, model_version_id=wish["model_version_id"], level=Role.MEMBER)
        names_model_choose(actor=actor, dataset=dataset, choice=names_choice(version, wish["types"]))
        return _answer(actor, dataset_id)

    @extend_schema(operation_id="datasets_remove_names_model", tags=["datasets"], responses=DatasetSerializer)
    def delete(self, request: Request, dataset_id: UUID) -> Response:
        """Have no names of people looked for any more; the data doctor looks at the newest version anew."""
        actor = actor_of(request)
        names_model_remove(actor=actor, dataset=access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER))
        return _answer(actor, dataset_id)


def _answer(actor: Actor, dataset_id: UUID) -> Response:
    return Response(DatasetSerializer(access_dataset(actor=actor, dataset_id=dataset_id, level=Role.MEMBER)).data)
