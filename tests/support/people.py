"""Two tenants and their people: what almost every test needs, since a promise holds for one tenant and against the other."""

from __future__ import annotations

import json
import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from anneal.accounts.models import User
from anneal.accounts.services import api_key_create, user_create
from anneal.common.ids import uuid7
from anneal.common.tenancy import tenant_scope
from anneal.tenants.models import Membership
from anneal.tenants.roles import Role
from anneal.tenants.services import tenant_create

PASSWORD = "correct horse battery"


class Api:
    """A client of `/api/v1`, signed in as a person or with a key. Answers are Django test responses with `.json()`."""

    def __init__(self, *, user: User | None = None, key: str | None = None, tenant_id: uuid.UUID | None = None) -> None:
        self.client = Client()
        self.headers: dict[str, str] = {}
        if user:
            self.client.force_login(user)
        if key:
            self.headers["Authorization"] = f"Bearer {key}"
        if tenant_id:
            self.headers["X-Tenant"] = str(tenant_id)

    def request(
        self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str
    ) -> Any:
        """Send `body` (JSON unless bytes) to `path`, which is below /api/v1 unless it begins with //."""
        url = path[1:] if path.startswith("//") else f"/api/v1{path}"
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, url, data, content_type=content_type, headers={**self.headers, **named})

    def get(self, path: str, **headers: str) -> Any:
        return self.request("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.request("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.request("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.request("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.request("DELETE", path, **headers)


@dataclass
class Person:
    """Somebody with a role in one tenant."""

    user: User
    tenant_id: uuid.UUID
    role: Role
    api: Api = field(init=False)

    def __post_init__(self) -> None:
        self.api = Api(user=self.user, tenant_id=self.tenant_id)

    def scope(self) -> AbstractContextManager[None]:
        """The tenant's scope, to look at rows below HTTP."""
        return tenant_scope(self.tenant_id)

    def key(self, role: Role = Role.MEMBER) -> Api:
        """A client with a fresh API key of this tenant."""
        with self.scope():
            _, key = api_key_create(name="test", role=role.value, created_by_id=self.user.id, expires_at=None)
        return Api(key=key)


def person_found(name: str) -> Person:
    """A new person who founds a tenant of their own."""
    user = user_create(email=f"{name}-{uuid7().hex[-12:]}@example.com", password=PASSWORD, name=name)
    membership = tenant_create(name=f"{name} & Co", owner_id=user.id)
    return Person(user, membership.tenant_id, Role.OWNER)


def person_join(tenant_id: uuid.UUID, role: Role) -> Person:
    """A new person who belongs to an existing tenant."""
    user = user_create(email=f"{role.value}-{uuid7().hex[-12:]}@example.com", password=PASSWORD, name=role.value)
    with tenant_scope(tenant_id):
        Membership.objects.create(user=user, role=role.value)
    return Person(user, tenant_id, role)
