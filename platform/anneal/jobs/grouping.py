"""Jobs counted by what they have in common. Counts are of all jobs that a list has, not of those that it has shown so far.

Every row is counted each time, from an index that holds all that is asked for (`jobs_job_groups`, with words `jobs_job_names`), so that no
counter can go wrong.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, DateTimeField, F, Func, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from anneal.common.errors import AnnealError
from anneal.jobs.models import LOWER_IS_BETTER, Job

_MONDAY: Final = datetime(2024, 1, 1, tzinfo=UTC)


def _week(text: str) -> datetime:
    return datetime.combine(datetime.fromisoformat(text).date(), datetime.min.time(), UTC)


@dataclass(frozen=True)
class _Grouping:
    """What a job is grouped by, and how a value of a cursor is read."""

    expression: Any
    read: Callable[[str], Any] = str


_GROUPINGS: Final = {
    "dataset": _Grouping(F("dataset_id"), read=uuid.UUID),
    "base_model": _Grouping(F("base_model")),
    "method": _Grouping(F("method")),
    "task": _Grouping(F("task")),
    "tag": _Grouping(Coalesce(F("tagged__name"), Value(""))),
    "state": _Grouping(F("state")),
    "week": _Grouping(
        Func(
            Value(timedelta(days=7)),
            F("created_at"),
            Value(_MONDAY),
            function="date_bin",
            output_field=DateTimeField(),
        ),
        read=_week,
    ),
    "batch": _Grouping(F("batch_id"), read=uuid.UUID),
}
GROUPINGS: Final = tuple(_GROUPINGS)


@dataclass(frozen=True)
class Place:
    """Where a page of groups ended."""

    newest_at: datetime
    value: str


@dataclass(frozen=True)
class JobGroup:
    """Jobs with one `value`; `best` is told where all of their results are of one metric."""

    value: str
    name: str
    num_jobs: int
    newest_at: datetime
    best: dict[str, Any] | None

    @property
    def cursor(self) -> str:
        """Where the page after this group begins."""
        return f"{self.newest_at.isoformat()}_{self.value}"


def cursor_of(given: str | None) -> Place | None:
    """The place that a cursor names. Raises AnnealError for one that is none."""
    if not given:
        return None
    at, _, value = given.partition("_")
    try:
        newest_at = datetime.fromisoformat(at)
    except ValueError as error:
        raise AnnealError("request.bad_cursor", param="cursor") from error
    if newest_at.tzinfo is None or "\x00" in value:
        raise AnnealError("request.bad_cursor", param="cursor")
    return Place(newest_at, value)


def job_groups(jobs: QuerySet[Job], by: str, *, after: Place | None, limit: int) -> list[JobGroup]:
    """The first `limit` groups of `jobs` by one of `GROUPINGS`, or those after a place, that with the newest job first. Jobs that were
    launched alone are of no batch.

    Raises AnnealError for a place that is of another grouping.
    """
    grouping = _GROUPINGS[by]
    if by == "batch":
        jobs = jobs.filter(batch_id__isnull=False)
    found: Any = jobs.values(group=grouping.expression).annotate(
        num_jobs=Count("*"),
        newest_at=Max("created_at"),
        best=Max("by_result"),
        first_metric=Min("metric"),
        last_metric=Max("metric"),
    )
    if by == "batch":
        found = found.annotate(oldest_at=Min("created_at"))  # what it is called after
    if after is not None:
        found = found.filter(_behind(after, grouping))
    rows = list(found.order_by("-newest_at", "group")[:limit])
    return [_group(row) for row in _named(rows, by)]


def _behind(place: Place, grouping: _Grouping) -> Q:
    try:
        value = grouping.read(place.value)
    except ValueError as error:
        raise AnnealError("request.bad_cursor", param="cursor") from error
    return Q(newest_at__lt=place.newest_at) | Q(newest_at=place.newest_at, group__gt=value)


def _named(rows: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    if by == "week":
        return [{**row, "group": row["group"].date(), "name": row["group"].date()} for row in rows]
    if by == "batch":
        return [{**row, "name": row["oldest_at"].isoformat()} for row in rows]
    if by != "dataset":
        return [{**row, "name": row["group"]} for row in rows]
    # Reached through the relations of our own table: the models of datasets belong to datasets.
    versions: Any = Job._meta.get_field("dataset_version").related_model  # noqa: SLF001 - Django's documented model introspection
    datasets = versions._meta.get_field("dataset").related_model  # noqa: SLF001 - as above
    names = dict(datasets.objects.filter(id__in=[row["group"] for row in rows]).values_list("id", "name"))
    return [{**row, "name": names.get(row["group"], "")} for row in rows]


def _group(row: dict[str, Any]) -> JobGroup:
    metric, best = row["first_metric"], row["best"]
    is_comparable = metric is not None and metric == row["last_metric"] and math.isfinite(best)
    value = -best if metric in LOWER_IS_BETTER else best
    return JobGroup(
        str(row["group"]),
        str(row["name"]),
        row["num_jobs"],
        row["newest_at"],
        {"metric": metric, "value": value} if is_comparable else None,
    )
