"""What is taken as the body of a request: JSON of bounded size and depth, of characters that can be written again."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.deprecation import MiddlewareMixin
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from anneal.common.api.exceptions import as_anneal_error, error_body
from anneal.common.errors import AnnealError
from anneal.common.texts import text

USUAL_BYTES = 2**20
MOST_LEVELS = 64
# Half of a pair of UTF-16, which JSON can spell and UTF-8 cannot.
_ESCAPED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF = re.compile(r"[\ud800-\udfff]")
_ALLAUTH = "/_allauth/"


class JsonParser(BaseParser):
    """As `json_of` reads it. A view that takes more says so by `json_parser`."""

    media_type = "application/json"
    limit_bytes: ClassVar[int] = USUAL_BYTES

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Raises ParseError, and AnnealError `request.too_large` by the announced length before a byte is read."""
        del media_type
        length = str(parser_context["request"].META.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal() or int(length) > self.limit_bytes:
            raise _too_large(self.limit_bytes)
        # Not every body announces its length.
        raw = stream.read(self.limit_bytes + 1)
        if len(raw) > self.limit_bytes:
            raise _too_large(self.limit_bytes)
        return json_of(raw)


def json_parser(limit_bytes: int) -> type[JsonParser]:
    """For a view that takes more than the usual."""
    return type("LargeJsonParser", (JsonParser,), {"limit_bytes": limit_bytes})


def json_of(raw: bytes) -> Any:
    """Raises ParseError: no JSON, NaN and the like, more than `MOST_LEVELS` levels, half a character."""
    try:
        found = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ParseError(text("request.malformed_depth", levels=MOST_LEVELS)) from None
    except ValueError as error:
        raise ParseError(str(error)) from error
    _check(found, with_texts=_ESCAPED_HALF.search(raw) is not None)
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _check(found: Any, *, with_texts: bool) -> None:
    level = [found]
    for _ in range(MOST_LEVELS):
        if with_texts and any(_HALF.search(value) for value in _texts(level)):
            raise ParseError(text("request.malformed_character"))
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise ParseError(text("request.malformed_depth", levels=MOST_LEVELS))


def _inside(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _texts(values: list[Any]) -> Any:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from value


def _too_large(limit_bytes: int) -> AnnealError:
    return AnnealError("request.too_large", status=413, params={"limit_bytes": limit_bytes})


class AllauthBodyMiddleware(MiddlewareMixin):
    """Whoever signs in or up sends JSON too, which allauth reads by itself."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        """Django's hook."""
        if not request.path.startswith(_ALLAUTH) or request.method in {"GET", "HEAD", "OPTIONS"}:
            return None
        try:
            # Its size is Django's to limit: DATA_UPLOAD_MAX_MEMORY_SIZE.
            if request.body:
                json_of(request.body)
        except ParseError as raised:
            error = as_anneal_error(raised)
            return None if error is None else JsonResponse(error_body(error, request), status=error.status)
        return None
