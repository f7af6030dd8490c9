"""How often somebody may try what could be guessed. The limits, and where they are counted, are allauth's: those of signing in."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest

from anneal.common.errors import AnnealError


def throttle(request: HttpRequest, action: str, *, key: str | None = None) -> None:
    """Count a try of `action`, one of `ACCOUNT_RATE_LIMITS` or of allauth's own. Raises AnnealError (429) when it is one too many."""
    if not ratelimit.consume(request, action=action, key=key):
        raise AnnealError("auth.too_many_tries", status=429)
