"""Says that a body was not waited for any longer, which the web server found out before a thread was taken (`anneal.config.pace`)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.deprecation import MiddlewareMixin

from anneal.common.api.exceptions import error_body
from anneal.common.errors import AnnealError

_RETRY_AFTER_S = 5
_STATUSES = {"request.too_slow": 408, "server.busy": 503}


class RefusedBodyMiddleware(MiddlewareMixin):
    """The line is closed afterwards, since the rest of the body would still come."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        """Django's hook."""
        code = request.META.get("asgi.scope", {}).get("anneal.refused_body")
        if code is None:
            return None
        error = AnnealError(code, status=_STATUSES[code], params={"seconds": _RETRY_AFTER_S})
        headers = {"Connection": "close", "Retry-After": str(_RETRY_AFTER_S)}
        return JsonResponse(error_body(error, request), status=error.status, headers=headers)
