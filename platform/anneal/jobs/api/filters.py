"""Which jobs a list shows, as parameters of an address. A kept view has the same."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from anneal.common.errors import AnnealError
from anneal.jobs.models import Job
from anneal.jobs.selectors import jobs_chosen
from workers.contract.states import State

STATES: Final = [state.value for state in State]
SORTS: Final[Mapping[str, str | None]] = {"created": None, "result": "by_result", "duration": "by_duration"}
YES_OR_NO: Final = ("true", "false")
_MOST_TAGS = 20
PARAMETERS: Final = [
    OpenApiParameter("state", str, description="One or more states, separated by commas"),
    OpenApiParameter("tag", str, description="One or more tags, separated by commas; a job has all of them"),
    OpenApiParameter("dataset_id", OpenApiTypes.UUID),
    OpenApiParameter("base_model", str),
    OpenApiParameter("method", str),
    OpenApiParameter("task", str),
    OpenApiParameter("week", OpenApiTypes.DATE, description="Launched in the seven days (UTC) from this date on"),
    OpenApiParameter("batch", OpenApiTypes.UUID, description="Launched together, with this `batch_id`"),
    OpenApiParameter("untagged", str, enum=YES_OR_NO, description="true: jobs without any tag"),
    OpenApiParameter("q", str, description="Part of the name or of the notes"),
    OpenApiParameter(
        "archived", str, enum=YES_OR_NO, description="true: jobs that were put away, instead of the others"
    ),
    OpenApiParameter(
        "sort", str, enum=list(SORTS), description="created: newest first; result: best first; duration: longest first"
    ),
]


@dataclass(frozen=True)
class JobFilters:
    """A choice of jobs, and the column that the largest of come first."""

    arguments: Mapping[str, Any]
    by: str | None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> JobFilters:
        """Of parameters; empty ones count as left out. Raises AnnealError that names the parameter."""
        states, tags = _parts(given, "state"), _parts(given, "tag")
        if set(states) - set(STATES):
            raise _refusal("state", ", ".join(STATES))
        if len(tags) > _MOST_TAGS:
            raise _refusal("tag", f"1–{_MOST_TAGS}")
        sort = given.get("sort") or "created"
        if sort not in SORTS:
            raise _refusal("sort", ", ".join(SORTS))
        arguments = {
            "states": states,
            "tags": tags,
            "dataset_id": _uuid(given, "dataset_id"),
            "base_model": given.get("base_model"),
            "method": given.get("method"),
            "task": given.get("task"),
            "week": _date(given, "week"),
            "batch_id": _uuid(given, "batch"),
            "is_untagged": _is_said(given, "untagged"),
            "words": given.get("q"),
            "is_archived": _is_said(given, "archived"),
        }
        if any("\x00" in text for text in given.values()):
            raise _refusal("q", "text")
        return cls(arguments, SORTS[sort])

    def jobs(self) -> QuerySet[Job]:
        """Which jobs of the tenant in force."""
        return jobs_chosen(**self.arguments)


def _parts(given: Mapping[str, str], name: str) -> list[str]:
    return [part for part in given.get(name, "").split(",") if part]


def _uuid(given: Mapping[str, str], name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(given[name]) if given.get(name) else None
    except ValueError as error:
        raise _refusal(name, "UUID") from error


def _date(given: Mapping[str, str], name: str) -> date | None:
    """A day, with a week after it."""
    try:
        found = date.fromisoformat(given[name]) if given.get(name) else None
        return found and found + timedelta(days=7) and found
    except (ValueError, OverflowError) as error:
        raise _refusal(name, "YYYY-MM-DD") from error


def _is_said(given: Mapping[str, str], name: str) -> bool:
    said = given.get(name) or "false"
    if said not in YES_OR_NO:
        raise _refusal(name, ", ".join(YES_OR_NO))
    return said == "true"


def _refusal(name: str, known: str) -> AnnealError:
    return AnnealError("job.bad_filter", param=name, params={"name": name, "known": known})
