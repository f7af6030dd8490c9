"""Puts `request.actor` on every API request: an Actor, None for a stranger, or the refusal to raise when it is first needed.

Calls are counted here (`RATE_LIMITS`), so that one too many costs neither a view nor, from an address, a look into the database.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.decorators import sync_and_async_middleware

from anneal.common.api.exceptions import error_body
from anneal.common.errors import AnnealError
from anneal.common.rate_limits import address_group, rate_counter
from anneal.tenants.access import actor_of_key, actor_of_user
from anneal.tenants.actor import Actor

_API = "/api/"


def actor_resolve(request: HttpRequest) -> Actor | AnnealError | None:
    """Who is asking. An API key wins over a session; a bad key is a refusal, never a fall-back to the session."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme and scheme.lower() != "bearer":
        return AnnealError("auth.invalid_key", status=401)
    try:
        if scheme:
            return actor_of_key(credentials.strip())
        if request.user.is_authenticated:
            return actor_of_user(request.user.pk, request.headers.get("X-Tenant") or request.GET.get("tenant"))
    except AnnealError as refusal:
        return refusal
    return None


def _admit(request: HttpRequest) -> HttpResponseBase | None:
    """Count the call and bind who makes it. The answer to give when there were too many, else None."""
    address = address_group(request.META.get("REMOTE_ADDR", ""))
    try:
        _count(address=address)
        actor = actor_resolve(request)
        if isinstance(actor, Actor):
            _count(caller=str(actor.api_key_id or actor.user_id), tenant=str(actor.tenant_id or ""))
        elif actor is not None and "Authorization" in request.headers:
            # A good key is never refused because of a neighbour's bad ones: no number of tries guesses one.
            _count(refused=address)
    except AnnealError as refusal:
        return JsonResponse(error_body(refusal, request), status=refusal.status, headers=dict(refusal.headers))
    request.actor = actor  # type: ignore[attr-defined]
    if isinstance(actor, Actor):
        structlog.contextvars.bind_contextvars(tenant_id=str(actor.tenant_id), user_id=str(actor.user_id))
    return None


def _count(**callers: str) -> None:
    """One call of each of them; who is empty is nobody. Raises AnnealError (429)."""
    known = {kind: who for kind, who in callers.items() if who}
    rate_counter(settings.ENVIRONMENT.redis_url).take(settings.RATE_LIMITS, known)


@sync_and_async_middleware
def actor_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Resolve the actor before the view; streams are served asynchronously, everything else is not."""
    if iscoroutinefunction(get_response):

        async def handle_async(request: HttpRequest) -> HttpResponseBase:
            refusal = await sync_to_async(_admit)(request) if request.path.startswith(_API) else None
            response: HttpResponseBase = refusal or await get_response(request)
            return response

        return handle_async  # type: ignore[return-value]  # Django calls either kind

    def handle(request: HttpRequest) -> HttpResponseBase:
        refusal = _admit(request) if request.path.startswith(_API) else None
        return refusal or get_response(request)

    return handle
