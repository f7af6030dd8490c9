"""Lists by cursor: ids are time-ordered, so a page is 'the next ones below this id'."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from anneal.common.errors import AnnealError

Row = TypeVar("Row", bound=Model)
DEFAULT_LIMIT = 50
MAX_LIMIT = 100


def page_limit(request: Request) -> int:
    """The `limit` parameter. Raises AnnealError outside of 1 to 100."""
    try:
        limit = int(request.query_params.get("limit", DEFAULT_LIMIT))
    except ValueError:
        limit = 0
    if not 1 <= limit <= MAX_LIMIT:
        raise AnnealError("request.bad_limit", param="limit")
    return limit


def page_of(request: Request, queryset: QuerySet[Row], present: Callable[[Row], Any]) -> dict[str, Any]:
    """Newest first: `{"data": [...], "next_cursor": id or None}`. Raises AnnealError for a bad cursor or limit."""
    limit = page_limit(request)
    cursor = request.query_params.get("cursor")
    if cursor:
        try:
            queryset = queryset.filter(id__lt=uuid.UUID(cursor))
        except ValueError as error:
            raise AnnealError("request.bad_cursor", param="cursor") from error
    rows = list(queryset.order_by("-id")[: limit + 1])
    return {
        "data": [present(row) for row in rows[:limit]],
        "next_cursor": str(rows[limit - 1].pk) if len(rows) > limit else None,
    }


def page_serializer(item: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The schema of a page of `item`s: `MemberSerializer` -> `MemberPage`."""
    name = item.__name__.removesuffix("Serializer") + "PageSerializer"
    fields = {"data": item(many=True), "next_cursor": serializers.CharField(allow_null=True)}
    return type(
        name, (serializers.Serializer,), {"__module__": item.__module__, "__doc__": "One page, newest first.", **fields}
    )
