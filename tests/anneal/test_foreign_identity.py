"""Every address × every method × every wrong identity: refused, and nothing of the tenant's rows changes or shows.

The list of addresses is read from the URL configuration, so a new endpoint is in this matrix the moment it exists. It fails until
`tests/support/world.py` knows a real id for each of its path parameters and, for methods that take a body, a valid body: a refusal must
come from the identity, not from a body that would have been refused anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from anneal.common.models import TenantOwned
from anneal.common.tenancy import service_scope
from anneal.tenants.roles import Role
from tests.support.people import Api, Person, person_found, person_join
from tests.support.world import BODIES, OPEN, QUERIES, World, world_build

pytestmark = pytest.mark.django_db

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


@dataclass(frozen=True)
class Address:
    """One URL pattern of the API and the methods that its view handles."""

    route: str
    methods: tuple[str, ...]

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)

    @property
    def names_a_row(self) -> bool:
        return bool(self.parameters) or self.route in QUERIES

    def path(self, world: World) -> str:
        path = "//" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(world.ids[match[1]]), self.route)
        return f"{path}?{QUERIES[self.route].format(**world.ids)}" if self.route in QUERIES else path


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith(("api/", "downloads/")):
            view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
            methods = [name for name in _METHODS if (view is None and name == "GET") or hasattr(view, name.lower())]
            yield Address(route, tuple(methods))


ADDRESSES = sorted(set(_walk(get_resolver().url_patterns)), key=lambda address: address.route)
CALLS = [(address, method) for address in ADDRESSES for method in address.methods if address.route not in OPEN]


@pytest.fixture
def world(owner) -> World:
    return world_build(owner)


def _checksum(owner: Person) -> dict[str, Any]:
    """A digest of every row of the tenant, by table. `last_used_at` of keys is left out: looking at a key is noted."""
    found = {}
    # As the services: rows of one member are hidden from everybody else of the web.
    with service_scope(), connection.cursor() as cursor:
        for model in apps.get_models():
            if issubclass(model, TenantOwned):
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT count(*), md5(string_agg((to_jsonb(t) - 'last_used_at')::text, '' ORDER BY id)) FROM {table} t "  # noqa: S608
                    "WHERE tenant_id = %s",
                    [owner.tenant_id],
                )
                found[table] = cursor.fetchone()
    return found


def _identities(owner: Person) -> dict[str, Api]:
    stranger = person_found("stranger")
    ex_key = owner.key(Role.ADMIN)
    with owner.scope(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_apikey SET expires_at = %s", [timezone.now()])
    return {
        "nobody": Api(),
        "stranger": stranger.api,
        "stranger who names the tenant": Api(user=stranger.user, tenant_id=owner.tenant_id),
        "stranger's key": stranger.key(Role.ADMIN),
        "stranger's key that names the tenant": _naming(stranger.key(Role.ADMIN), owner),
        "expired key": ex_key,
        "nonsense key": Api(key="ann_live_nonsense"),
    }


def _naming(api: Api, owner: Person) -> Api:
    api.headers["X-Tenant"] = str(owner.tenant_id)
    return api


def _send(api: Api, address: Address, method: str, world: World) -> Any:
    body = BODIES.get((method, address.route))
    return api.request(method, address.path(world), body(world) if callable(body) else body)


def test_every_address_is_classified():
    unknown = {name for address, _ in CALLS for name in address.parameters} - set(World.PARAMETERS)
    assert not unknown, f"tests/support/world.py must build something for the path parameters {sorted(unknown)}"
    bodiless = [
        f"{method} {address.route}"
        for address, method in CALLS
        if method in {"POST", "PUT", "PATCH"} and (method, address.route) not in BODIES
    ]
    assert not bodiless, f"tests/support/world.py needs a valid body (or None) for {bodiless}"
    assert len(CALLS) > 25


def test_wrong_identities_are_refused_and_change_and_see_nothing(owner, world):
    identities = _identities(owner)
    before = _checksum(owner)
    markers = [str(value) for value in world.secrets()]
    problems = []
    for address, method in CALLS:
        for name, api in identities.items():
            answer = _send(api, address, method, world)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            where = f"{method} {address.route} as {name}: {answer.status_code}"
            if address.names_a_row and answer.status_code not in {401, 403, 404}:
                problems.append(f"{where}, expected 401, 403 or 404")
            if name in {"nobody", "expired key", "nonsense key"} and answer.status_code not in {401, 403, 404}:
                problems.append(f"{where}, expected 401")
            if answer.status_code >= 500:
                problems.append(f"{where}, a server error")
            problems += [f"{where}, shows {marker}" for marker in markers if marker.encode() in content]
    assert not problems, "\n".join(problems)
    assert _checksum(owner) == before


def test_foreign_and_missing_ids_answer_alike(owner, world):
    stranger = person_found("stranger")
    missing = World.missing()
    for address, method in CALLS:
        if not address.names_a_row or "token" in address.parameters:
            continue
        foreign_answer, missing_answer = (_send(stranger.api, address, method, which) for which in (world, missing))
        assert foreign_answer.status_code == missing_answer.status_code, f"{method} {address.route}"
        if foreign_answer.content:
            codes = [answer.json()["error"]["code"] for answer in (foreign_answer, missing_answer)]
            assert codes[0] == codes[1], f"{method} {address.route}"


def test_viewer_changes_nothing(owner, world):
    viewer = person_join(owner.tenant_id, Role.VIEWER)
    before = _checksum(owner)
    for address, method in CALLS:
        if method in {"GET", "HEAD"} or (method, address.route) in World.VIEWER_MAY:
            continue
        answer = _send(viewer.api, address, method, world)
        assert answer.status_code in {401, 403, 404}, (
            f"{method} {address.route}: {answer.status_code} {answer.content[:200]}"
        )
    assert _checksum(owner) == before


@pytest.mark.parametrize(
    "bad_id", ["not-a-uuid", "01890000-0000-7000-8000-00000000000g", "1", "%00", "null", "[]", "a" * 300]
)
def test_malformed_ids_are_not_found(owner, bad_id):
    for address, method in CALLS:
        if address.parameters:
            path = "//" + re.sub(r"<[^>]+>", bad_id, address.route)
            answer = owner.api.request(method, path, b"{}")
            assert answer.status_code in {401, 403, 404, 405}, f"{method} {path}: {answer.status_code}"
