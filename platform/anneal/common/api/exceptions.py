"""The one error shape: `{"error": {code, message, param, details, request_id}}`."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.utils.deprecation import MiddlewareMixin
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.response import Response

from anneal.common.errors import AnnealError, Detail
from anneal.common.texts import text

log = structlog.get_logger(__name__)
_RETRY_AFTER_S = 5
_UNAVAILABLE = 503
_OPENAI = "/openai/"


def error_body(error: AnnealError, request: Any) -> dict[str, Any]:
    """The body for one error."""
    return {
        "error": {
            "code": error.code,
            "message": error.message,
            "param": error.param,
            "details": [detail.as_json() for detail in error.details],
            "request_id": getattr(request, "request_id", None),
        }
    }


def exception_handler(raised: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. None (a bug of ours) goes on to Django, is logged with its traceback and answered by `server_error`."""
    error = as_anneal_error(raised)
    if error is None:
        return None
    request = context["request"]
    return Response(
        error_body(error, getattr(request, "_request", request)), status=error.status, headers=error.headers
    )


def as_anneal_error(raised: Exception) -> AnnealError | None:  # noqa: C901, PLR0911 - one line for each kind of refusal
    """Translate what Django and DRF raise; None for anything that is not a refusal."""
    match raised:
        case AnnealError():
            return raised
        case exceptions.ValidationError():
            details = _details(raised.detail)
            return AnnealError("request.invalid", param=details[0].param if details else None, details=details)
        case exceptions.ParseError():
            return AnnealError("request.malformed", params={"reason": _malformed(raised)})
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return AnnealError("auth.required", status=401, headers={"WWW-Authenticate": "Bearer"})
        case exceptions.MethodNotAllowed():
            return AnnealError(
                "request.method_not_allowed", status=405, params={"method": str(raised.args[0]) if raised.args else ""}
            )
        case exceptions.UnsupportedMediaType():
            return AnnealError(
                "request.unsupported_media_type",
                status=415,
                params={"media_type": str(raised.args[0]) if raised.args else "", "accepted": "application/json"},
            )
        case exceptions.NotAcceptable():
            return AnnealError("request.not_acceptable", status=406)
        case exceptions.NotFound() | Http404():
            return AnnealError("page.not_found", status=404)
        case OperationalError() | PoolTimeout() | RedisError():
            log.warning("server.unavailable", error=str(raised))
            return AnnealError(
                "server.unavailable",
                status=_UNAVAILABLE,
                headers={"Retry-After": str(_RETRY_AFTER_S)},
                params={"seconds": _RETRY_AFTER_S},
            )
        case DataError():
            return AnnealError("request.invalid")
        case _:
            return None


class OutageMiddleware(MiddlewareMixin):
    """A database or a cache that cannot be reached is said so outside of DRF as well: by who signs people in, by streams."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Django's hook."""
        error = as_anneal_error(exception)
        if error is None or error.status != _UNAVAILABLE:
            return None
        return JsonResponse(error_body(error, request), status=error.status, headers=error.headers)


def _malformed(raised: exceptions.ParseError) -> str:
    """Why a body could not be read, in our words where DRF passes on what Python says in English."""
    match raised.__context__:
        case json.JSONDecodeError(lineno=line, colno=column):
            return text("request.malformed_json", line=line, column=column)
        case UnicodeDecodeError(start=start):
            return text("request.malformed_encoding", position=start + 1)
        case ValueError():
            return text("request.malformed_number")
        case _:
            return str(raised.detail)


def _details(detail: Any, path: str | None = None) -> list[Detail]:
    """Flatten DRF's nested findings into one line each, with dotted field paths."""
    if isinstance(detail, dict):
        found = []
        for name, inner in detail.items():
            here = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            found += _details(inner, here)
        return found
    if isinstance(detail, list):
        if any(isinstance(inner, dict) for inner in detail):
            return [line for index, inner in enumerate(detail) for line in _details(inner, f"{path or ''}[{index}]")]
        return [line for inner in detail for line in _details(inner, path)]
    return [Detail(code=getattr(detail, "code", "invalid"), message=str(detail), param=path)]


def _plain(code: str, status: int, request: HttpRequest, **params: object) -> JsonResponse:
    return JsonResponse(error_body(AnnealError(code, params=params), request), status=status)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """handler404. Clients of the OpenAI dialect read errors in its form alone."""
    if request.path.startswith(_OPENAI):
        error = {
            "message": f"{text('page.not_found')} ({request.method} {request.path[:200]})",
            "type": "invalid_request_error",
            "param": None,
            "code": "unknown_url",
        }
        return JsonResponse({"error": error}, status=404)
    return _plain("page.not_found", 404, request)


def server_error(request: HttpRequest) -> JsonResponse:
    """handler500."""
    return _plain("server.error", 500, request)


def csrf_failure(request: HttpRequest, reason: str = "") -> JsonResponse:
    """CSRF_FAILURE_VIEW."""
    log.info("csrf.refused", reason=reason)
    return JsonResponse(
        {
            "error": {
                "code": "auth.csrf",
                "message": text("auth.csrf"),
                "param": None,
                "details": [],
                "request_id": getattr(request, "request_id", None),
            }
        },
        status=403,
    )
