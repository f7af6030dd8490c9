"""The kinds of quota, a closed list in the order in which they are shown, and when somebody is told of one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final


class QuotaKind(StrEnum):
    COMPUTE_HOURS = "compute_hours"
    """Of a calendar month (UTC), for which workers hold jobs."""
    STORED_GB = "stored_gb"
    """Of everything that takes room, in units of 10^9 bytes."""
    RUNNING_JOBS = "running_jobs"
    """That workers hold at once. More of them wait, and nothing is refused."""


QUOTA_KINDS: Final = tuple(kind.value for kind in QuotaKind)
GB: Final = 10**9
HOUR_S: Final = 3600
TOLD_KINDS: Final = (QuotaKind.COMPUTE_HOURS, QuotaKind.STORED_GB)
"""What something is refused for, so that it is worth telling before."""
TOLD_PERCENTS: Final = (80, 100)


def month_after(now: datetime) -> date:
    """The first day of the month (UTC) in which what is counted by months starts anew; `now` is in UTC."""
    return date(now.year + now.month // 12, now.month % 12 + 1, 1)
