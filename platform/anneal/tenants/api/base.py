"""`TenantView`: one transaction per request, as one tenant, rolled back when the answer is a refusal."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from anneal.common.tenancy import tenant_scope
from anneal.common.texts import text
from anneal.tenants.actor import Actor
from anneal.tenants.roles import Role

_REFUSED = 400


class TenantView(APIView):
    """Base of every view over tenant-owned rows. Subclasses say `roles` for each method that they handle."""

    roles: ClassVar[dict[str, Role]] = {}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = getattr(request, "actor", None)
        if not isinstance(actor, Actor) or actor.tenant_id is None:
            return super().dispatch(request, *args, **kwargs)
        with tenant_scope(actor.tenant_id):
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code >= _REFUSED:
                transaction.set_rollback(True)
            return response


def actor_of(request: Request) -> Actor:
    """The actor of a request that passed authentication."""
    return cast("Actor", request.auth)


def person_of(request: Request) -> Actor | None:
    """The actor of a request to a view that is open to strangers."""
    return cast("Actor | None", request.auth)


def _unknown_field(name: object) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(text("request.unknown_field", name=name), code="unknown_field")


class StrictSerializer(serializers.Serializer[Any]):
    """Input whose unknown fields are refused by name, instead of being dropped without a word."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: [_unknown_field(name)] for name in unknown})
        return super().to_internal_value(data)


def base_field(name: str) -> serializers.CharField:
    """For `base_<name>`: what the writer read before they wrote over it."""
    return serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        trim_whitespace=False,
        help_text=f"`{name}` as you read it: refused (412) when it is another by now.",
    )


def validated(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's body, checked. Raises DRF's ValidationError."""
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    data: dict[str, Any] = checked.validated_data
    return data
