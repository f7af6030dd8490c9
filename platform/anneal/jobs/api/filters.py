"""Which jobs a list shows, as parameters of an address. A kept view has the same."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
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
_MOST_TAGS = 20
PARAMETERS: Final = [
    OpenApiParameter("state", str, description="One or more states, separated by commas"),
    OpenApiParameter("tag", str, description="One or more tags, separated by commas; a job has all of them"),
    OpenApiParameter("dataset_id", OpenApiTypes.UUID),
    OpenApiParameter("base_model", str),
    OpenApiParameter("q", str, description="Part of the name or of the notes"),
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
            "words": given.get("q"),
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


def _refusal(name: str, known: str) -> AnnealError:
    return AnnealError("job.bad_filter", param=name, params={"name": name, "known": known})
