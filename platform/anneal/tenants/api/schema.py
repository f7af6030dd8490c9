"""Tells the schema how callers say who they are."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ActorScheme(OpenApiAuthenticationExtension):
    target_class = "anneal.tenants.api.authentication.ActorAuthentication"
    name = ["apiKey", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:  # noqa: ARG002 - the library's signature
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key: `ann_live_…`"},
            {"type": "apiKey", "in": "cookie", "name": "anneal_session", "description": "A signed-in browser."},
        ]


class PersonScheme(OpenApiAuthenticationExtension):
    target_class = "anneal.tenants.api.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the library's signature
        return {"type": "apiKey", "in": "cookie", "name": "anneal_session", "description": "A signed-in browser."}
