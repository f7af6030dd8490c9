"""Lists by cursor: ids are time-ordered, so a page is 'the next ones below this id'. A list by a figure has both in its cursor."""

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


def page_of(
    request: Request,
    queryset: QuerySet[Row],
    present: Callable[[Row], Any],
    *,
    by: str | None = None,
    shown: QuerySet[Row] | None = None,
) -> dict[str, Any]:
    """Newest first, or the largest of the float column `by` first, which is never null: `{"data": [...], "next_cursor": text or None}`.

    `present` is a serializer's `to_representation`, so that its fields are made once and not for every row. With `shown`, rows with all
    that is shown, `queryset` only says which they are, and an index that holds what it asks for can answer alone.

    Raises AnnealError for a bad cursor or limit. A figure that changes between two pages may be seen twice or not at all.
    """
    limit = page_limit(request)
    cursor = request.query_params.get("cursor")
    if cursor:
        try:
            queryset = _below(queryset, cursor, by)
        except ValueError as error:
            raise AnnealError("request.bad_cursor", param="cursor") from error
    order = [*([f"-{by}"] if by else []), "-id"]
    page = queryset.order_by(*order)[: limit + 1]
    rows = list(
        page if shown is None else shown.filter(pk__in=list(page.values_list("pk", flat=True))).order_by(*order)
    )
    return {
        "data": [present(row) for row in rows[:limit]],
        "next_cursor": _cursor_of(rows[limit - 1], by) if len(rows) > limit else None,
    }


def _cursor_of(row: Model, by: str | None) -> str:
    return f"{getattr(row, by)!r}_{row.pk}" if by else str(row.pk)


def _below(queryset: QuerySet[Row], cursor: str, by: str | None) -> QuerySet[Row]:
    """What comes after a cursor. Raises ValueError for what is none."""
    if by is None:
        return queryset.filter(id__lt=uuid.UUID(cursor))
    figure, _, row_id = cursor.partition("_")
    last = float(figure)
    return queryset.filter(**{f"{by}__lte": last}).exclude(**{by: last, "id__gte": uuid.UUID(row_id)})


def page_serializer(item: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The schema of a page of `item`s: `MemberSerializer` -> `MemberPage`."""
    name = item.__name__.removesuffix("Serializer") + "PageSerializer"
    fields = {"data": item(many=True), "next_cursor": serializers.CharField(allow_null=True)}
    return type(
        name, (serializers.Serializer,), {"__module__": item.__module__, "__doc__": "One page, newest first.", **fields}
    )
