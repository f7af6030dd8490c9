"""Signing up, in and out through allauth's headless API, as the page does it."""

from __future__ import annotations

import json

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
_AUTH = "/_allauth/browser/v1/auth"


def _send(client: Client, method: str, path: str, body: dict[str, str] | None = None):
    return client.generic(method, f"{_AUTH}{path}", json.dumps(body or {}), content_type="application/json")


def test_person_signs_up_and_founds_a_tenant():
    client = Client()
    signed = _send(client, "POST", "/signup", {"email": "New@Example.com", "password": "a long enough one"})
    assert signed.status_code == 200, signed.content
    session = client.get("/api/v1/session").json()
    assert (session["user"]["email"], session["user"]["name"], session["tenants"]) == ("new@example.com", "new", [])
    founded = client.post("/api/v1/tenants", {"name": "Newcomers"}, content_type="application/json")
    assert founded.status_code == 201, founded.content
    assert client.get("/api/v1/tenant").json()["name"] == "Newcomers"


def test_signing_out_ends_the_session(owner):
    client = owner.api.client
    assert client.get("/api/v1/session").json()["user"]
    assert _send(client, "DELETE", "/session").status_code == 401
    assert client.get("/api/v1/session").json()["user"] is None
    assert owner.api.get("/tenant").status_code == 401


def test_wrong_password_and_unknown_address_answer_alike(owner):
    wrong = _send(Client(), "POST", "/login", {"email": owner.user.email, "password": "not this one"})
    unknown = _send(Client(), "POST", "/login", {"email": "nobody@example.com", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 400
    assert [error["code"] for error in wrong.json()["errors"]] == [error["code"] for error in unknown.json()["errors"]]


@pytest.mark.parametrize(
    ("email", "password"),
    [("no-address", "a long enough one"), ("a@example.com", "short"), ("a@example.com", "1234567890")],
)
def test_sign_up_names_the_bad_field(email, password):
    answer = _send(Client(), "POST", "/signup", {"email": email, "password": password})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["param"] in {"email", "password"}
