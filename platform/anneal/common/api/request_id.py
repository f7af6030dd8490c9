"""Every request has an id; every answer and every log line of it carries the id."""

from __future__ import annotations

import re
from collections.abc import Callable

import structlog
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from anneal.common.ids import uuid7

_ACCEPTED = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


@sync_and_async_middleware
def request_id_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Take a caller's well-formed X-Request-ID or make one."""

    def begin(request: HttpRequest) -> str:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTED.match(given) else f"req_{uuid7().hex}"
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        return request_id

    if iscoroutinefunction(get_response):

        async def handle_async(request: HttpRequest) -> HttpResponseBase:
            request_id = begin(request)
            response: HttpResponseBase = await get_response(request)
            response["X-Request-ID"] = request_id
            return response

        return handle_async  # type: ignore[return-value]  # Django calls either kind

    def handle(request: HttpRequest) -> HttpResponseBase:
        request_id = begin(request)
        response = get_response(request)
        response["X-Request-ID"] = request_id
        return response

    return handle
