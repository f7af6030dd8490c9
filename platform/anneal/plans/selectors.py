"""Reads of quotas: how much a tenant may have, and how much of it is used."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from anneal.common.texts import text
from anneal.plans import errors as _texts  # noqa: F401 - the words below
from anneal.plans.kinds import TOLD_KINDS, TOLD_PERCENTS, QuotaKind, month_after
from anneal.plans.measures import used
from anneal.plans.models import Quota, QuotaNotice


@dataclass(frozen=True)
class QuotaUse:
    """A quota of one tenant with what is used of it; without a `limit` everything is allowed."""

    kind: QuotaKind
    limit: float | None
    used: float

    @property
    def share(self) -> float | None:
        """Of the limit; all of it where that is nothing."""
        if self.limit is None:
            return None
        return self.used / self.limit if self.limit else 1.0

    @property
    def starts_anew_on(self) -> date | None:
        """Of those that are counted by months."""
        return month_after(_now()) if self.kind is QuotaKind.COMPUTE_HOURS else None

    @property
    def end_code(self) -> str:
        """Of the text that says that it comes to its end, or that nothing is left."""
        return f"quota.{self.kind}" if (self.share or 0) >= 1 else f"quota.{self.kind}.near"

    def words(self) -> dict[str, object]:
        """What its texts are told."""
        return {
            "used": amount_text(self.used),
            "limit": amount_text(self.limit or 0),
            "until": str(self.starts_anew_on or ""),
        }


@dataclass(frozen=True)
class Granted:
    """The amounts of a kind for all tenants: those of some of them, and that of everybody else. None is no limit."""

    own: Mapping[uuid.UUID, float | None]
    usual: float | None

    def of(self, tenant_id: uuid.UUID) -> float | None:
        return self.own.get(tenant_id, self.usual)


def quota_usual(kind: QuotaKind) -> float | None:
    """What the settings give every tenant (QUOTA_COMPUTE_HOURS and so on); None where that is no limit."""
    amount: float | None = getattr(settings.ENVIRONMENT, f"quota_{kind}")
    return amount


def quota_limits() -> dict[QuotaKind, float | None]:
    """How much of each kind the tenant in force may have. One query."""
    own = dict(Quota.objects.values_list("kind", "amount"))
    return {kind: own.get(kind, quota_usual(kind)) for kind in QuotaKind}


def quota_limit(kind: QuotaKind) -> float | None:
    """How much of one kind the tenant in force may have. One query."""
    return quota_limits()[kind]


def quotas_granted(kind: QuotaKind) -> Granted:
    """How much of a kind each tenant may have, in `service_scope`. One query."""
    return Granted(dict(Quota.objects.filter(kind=kind).values_list("tenant_id", "amount")), quota_usual(kind))


def quota_use(kind: QuotaKind) -> QuotaUse:
    """One quota of the tenant in force. What is used is only counted where there is a limit to it."""
    limit = quota_limit(kind)
    return QuotaUse(kind, limit, 0.0 if limit is None else used(kind))


def quota_list() -> list[QuotaUse]:
    """Every quota of the tenant in force."""
    return [QuotaUse(kind, limit, used(kind)) for kind, limit in quota_limits().items()]


def quotas_near() -> QuerySet[QuotaNotice]:
    """What the tenant in force was told of this month and what is so still: of each kind the last threshold."""
    limits = quota_limits()
    notices = QuotaNotice.objects.filter(month=month_now())
    if all(limits[kind] is None for kind in TOLD_KINDS):
        return notices.none()
    told: dict[QuotaKind, QuotaNotice] = {}
    for notice in notices.order_by("percent"):
        kind = QuotaKind(notice.kind)
        if notice.amount == limits[kind]:
            told[kind] = notice
    uses = {kind: QuotaUse(kind, limits[kind], used(kind)) for kind in told}
    near = [notice.id for kind, notice in told.items() if notice.percent in percents_reached(uses[kind])]
    return notices.filter(id__in=near).order_by("-id") if near else notices.none()


def percents_reached(use: QuotaUse) -> list[int]:
    """The thresholds at or above which a quota is used."""
    return [percent for percent in TOLD_PERCENTS if use.share is not None and 100 * use.share >= percent]


def quota_end_text(use: QuotaUse) -> str:
    """How much of a quota that comes to its end is used, and what to do, in the language of the request."""
    return text(use.end_code, **use.words())


def amount_text(amount: float) -> str:
    """A number of hours, gigabytes or jobs as people write it."""
    return f"{amount:.3g}" if amount < 100 else f"{amount:.0f}"  # noqa: PLR2004 - three figures in any case


def month_now() -> date:
    """The first day of this month in UTC."""
    return _now().date().replace(day=1)


def _now() -> datetime:
    return timezone.now().astimezone(UTC)
