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


@pytest.mark.parametrize(
    ("password", "code", "english", "chinese"),
    [
        ("Zq8-vk", "password_too_short", "at least 10 characters", "至少需要 10 个字符"),
        ("password123", "password_too_common", "guessed first", "常见密码"),
        ("73919284650217", "password_entirely_numeric", "digits alone", "不能全是数字"),
        ("margarethe.lind", "password_too_similar", "too much like your e-mail address", "与您的邮箱地址太相似"),
    ],
)
def test_every_refusal_of_a_password_has_words_at_its_field(password, code, english, chinese):
    for language, words in (("en", english), ("zh-CN", chinese)):
        answer = Client().post(
            f"{_AUTH}/signup",
            {"email": "margarethe.lind@example.com", "password": password},
            content_type="application/json",
            headers={"Accept-Language": language},
        )
        [error] = answer.json()["errors"]
        assert (error["param"], error["code"]) == ("password", code)
        assert words in error["message"]


def test_the_page_learns_from_the_rule_how_long_a_password_must_be():
    least = Client().get("/api/v1/session").json()["password_min_length"]
    for length, status in ((least - 1, 400), (least, 200)):
        body = {"email": f"new{length}@example.com", "password": "vQ7-kz2+pW9!xL4&"[:length]}
        assert _send(Client(), "POST", "/signup", body).status_code == status
