"""Finding rows by their names, in any script: what somebody types who half remembers one."""

from __future__ import annotations

import re
from typing import TypeVar, cast

from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When

Row = TypeVar("Row", bound=Model)


def named(words: str) -> Q:
    """Which rows have a `name` that holds every one of `words`, whatever its capitals; all of them when there are no words."""
    has_all = Q()
    for word in words.split():
        has_all &= Q(name__icontains=word)
    return has_all


def names_like(rows: QuerySet[Row], words: str, limit: int) -> QuerySet[Row]:
    """At most `limit` of `rows` whose `name` holds every one of `words`, in one query; the newest when there are no words.

    First names that begin with what was typed, then those with a word that does, then the others; the newest first among equals.
    Chinese has no spaces between words, so that its words are found as any part of a name is.

    The inner query asks for nothing but ids and names, so that an index on `(tenant, id) INCLUDE (name)` answers it alone.
    """
    whole = " ".join(words.split())
    rank = Case(
        When(name__istartswith=whole, then=Value(0)),
        When(name__iregex=rf"\m{re.escape(whole)}", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    best = rows.filter(named(words)).annotate(rank=rank).order_by("rank", "-id").values("id")[:limit]
    found = rows.model._default_manager.filter(id__in=best)  # noqa: SLF001 - Django's documented name
    return cast("QuerySet[Row]", found.annotate(rank=rank).order_by("rank", "-id"))
