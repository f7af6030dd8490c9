"""What a tenant uses: training and calls of models month by month, and room on disk. Months are those of UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Count, QuerySet, Sum

from anneal.hosting.selectors import asked_by_month
from anneal.jobs.price import price_per_hour
from anneal.jobs.selectors import jobs_by_month
from anneal.plans.kinds import QuotaKind
from anneal.plans.measures import rows_by_part

MONTHS: Final = 12
_HOUR_S: Final = 3600
KEPT: Final[Mapping[str, Callable[[], QuerySet[Any]]]] = rows_by_part(QuotaKind.STORED_GB)
"""The rows of each kind of thing that takes room, as far as they were not deleted."""


@dataclass(frozen=True)
class Month:
    """Jobs that first ran in a month (`2026-11`), a search with its trials counted once, and how long workers held them by now; how often
    models were asked in it, and how many tokens they read and wrote.
    """

    month: str
    jobs: int = 0
    seconds: float = 0.0
    calls: int = 0
    tokens: int = 0

    @property
    def cost(self) -> float | None:
        """At what an hour costs now; None where nobody has set a price."""
        price = price_per_hour()
        return None if price is None else price * self.seconds / _HOUR_S


@dataclass(frozen=True)
class Stored:
    """Things of one kind that are kept and were not deleted."""

    kind: str
    count: int
    size_bytes: int


def months_used(now: datetime) -> list[Month]:
    """The last twelve months, this one included, the oldest first. Two queries."""
    this = now.astimezone(UTC)
    numbers = range(12 * this.year + this.month - MONTHS, 12 * this.year + this.month)
    names = [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
    since = datetime(numbers[0] // 12, numbers[0] % 12 + 1, 1, tzinfo=UTC)
    trained = {
        f"{row['month']:%Y-%m}": {"jobs": row["jobs"], "seconds": row["seconds"]} for row in jobs_by_month(since)
    }
    asked = {f"{row.month:%Y-%m}": {"calls": row.num_calls, "tokens": row.num_tokens} for row in asked_by_month(since)}
    return [Month(name, **trained.get(name, {}), **asked.get(name, {})) for name in names]


def things_stored() -> list[Stored]:
    """What takes room, by kind. One query for each."""
    sums = {"count": Count("id"), "size_bytes": Sum("size_bytes", default=0)}
    return [Stored(kind, **rows().aggregate(**sums)) for kind, rows in KEPT.items()]
