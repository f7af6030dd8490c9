"""Puts `request.actor` on every API request: an Actor, None for a stranger, or the refusal to raise when it is first needed."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from anneal.common.errors import AnnealError
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


def _bind(request: HttpRequest, actor: Actor | AnnealError | None) -> None:
    request.actor = actor  # type: ignore[attr-defined]
    if isinstance(actor, Actor):
        structlog.contextvars.bind_contextvars(tenant_id=str(actor.tenant_id), user_id=str(actor.user_id))


@sync_and_async_middleware
def actor_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Resolve the actor before the view; streams are served asynchronously, everything else is not."""
    if iscoroutinefunction(get_response):

        async def handle_async(request: HttpRequest) -> HttpResponseBase:
            if request.path.startswith(_API):
                _bind(request, await sync_to_async(actor_resolve)(request))
            response: HttpResponseBase = await get_response(request)
            return response

        return handle_async  # type: ignore[return-value]  # Django calls either kind

    def handle(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(_API):
            _bind(request, actor_resolve(request))
        return get_response(request)

    return handle
