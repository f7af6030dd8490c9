"""The built page for every address that is not the API's; its own router does the rest."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from anneal.common.texts import text


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponseBase:  # noqa: ARG001 - Django's signature
    """index.html, never cached, so that a deployment reaches every tab at its next load."""
    index = settings.ENVIRONMENT.frontend_dir / "index.html"
    if not index.is_file():
        return HttpResponse(text("page.not_built"), status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def nothing(request: HttpRequest, **_: object) -> HttpResponseBase:  # noqa: ARG001 - Django's signature
    """An address of a library that is not offered: answered as one that does not exist."""
    raise Http404
