"""DRF's authentication: takes the actor that the middleware found; a session must prove with a token that it is no forgery."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from anneal.common.errors import AnnealError
from anneal.tenants.actor import Actor


class ActorAuthentication(BaseAuthentication):
    """`request.user` is the Django user (or None), `request.auth` the Actor."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        actor = getattr(request._request, "actor", None)  # noqa: SLF001 - DRF offers no public way to the Django request
        if isinstance(actor, AnnealError):
            raise actor
        if actor is None:
            return None
        if actor.api_key_id is None:
            try:
                SessionAuthentication().enforce_csrf(request)
            except PermissionDenied as error:
                raise AnnealError("auth.csrf", status=403) from error
        return request._request.user, actor  # noqa: SLF001 - see above

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        return "Bearer"


class PersonAuthentication(BaseAuthentication):
    """The signed-in person, whatever tenant the request names. For reads only: it looks for no token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        user = request._request.user  # noqa: SLF001 - see above
        return (user, None) if user.is_authenticated else None
