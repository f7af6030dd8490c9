"""How long what was deleted can be brought back. Until then nothing of it is removed; afterwards it is gone for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.db.models.functions import Now

Row = TypeVar("Row", bound=Model)
RESTORABLE_DAYS: Final = settings.ENVIRONMENT.deleted_kept_days
RESTORABLE_FOR: Final = timedelta(days=RESTORABLE_DAYS)


def restorable(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of `rows` that were deleted and can be brought back."""
    return rows.filter(deleted_at__gt=Now() - RESTORABLE_FOR)


def gone_for_good(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of `rows` that were deleted and can no longer be brought back."""
    return rows.filter(deleted_at__lte=Now() - RESTORABLE_FOR)


def restorable_until(deleted_at: datetime | None) -> datetime | None:
    """Until when something that was deleted then can be brought back; None for what was not."""
    return None if deleted_at is None else deleted_at + RESTORABLE_FOR
