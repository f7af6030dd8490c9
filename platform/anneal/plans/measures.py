"""How much of a quota is used: sums over rows of the apps that stand above this one, each of which registers its own.

They do so when Django starts (`AppConfig.ready`), so that every process counts all of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, QuerySet

from anneal.plans.kinds import QuotaKind


@dataclass(frozen=True)
class Measure:
    """A part of what is used: rows of the scope in force, and what to sum of them, in `per` of the quota's unit."""

    rows: Callable[[], QuerySet[Any]]
    amount: Aggregate
    per: float = 1.0


_measures: dict[QuotaKind, dict[str, Measure]] = {kind: {} for kind in QuotaKind}


def measure_register(kind: QuotaKind, part: str, measure: Measure) -> None:
    """Have a part of a quota counted by `measure`."""
    _measures[kind][part] = measure


def rows_by_part(kind: QuotaKind) -> dict[str, Callable[[], QuerySet[Any]]]:
    """What is counted of a quota, part by part."""
    return {part: measure.rows for part, measure in _measures[kind].items()}


def used(kind: QuotaKind) -> float:
    """How much the tenant in force uses: one query for each part."""
    return sum(
        (measure.rows().aggregate(used=measure.amount)["used"] or 0) / measure.per
        for measure in _measures[kind].values()
    )


def used_by_tenant(kind: QuotaKind) -> dict[uuid.UUID, float]:
    """How much each tenant uses that uses any, in `service_scope`: one query for each part."""
    found: dict[uuid.UUID, float] = {}
    for measure in _measures[kind].values():
        summed = measure.rows().order_by().values("tenant_id").annotate(used=measure.amount)
        for tenant_id, amount in summed.values_list("tenant_id", "used"):
            found[tenant_id] = found.get(tenant_id, 0) + (amount or 0) / measure.per
    return found
