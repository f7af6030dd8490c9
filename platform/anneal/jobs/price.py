"""What an hour of training costs. A price is no part of a spec: the same job costs something else elsewhere."""

from __future__ import annotations

from django.conf import settings


def price_per_hour() -> float | None:
    """In the operator's currency (PRICE_PER_TRAINING_HOUR); None where nobody has set one."""
    price: float | None = settings.ENVIRONMENT.price_per_training_hour
    return price


def price_currency() -> str:
    """The operator's currency (PRICE_CURRENCY), a code of ISO 4217."""
    currency: str = settings.ENVIRONMENT.price_currency
    return currency
