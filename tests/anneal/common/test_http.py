"""The error shape, paging and idempotency, over HTTP."""

from __future__ import annotations

import pytest
from django.test import override_settings

from anneal.accounts.models import ApiKey
from anneal.common.models import IdempotencyRecord
from tests.support.people import Api, person_join

pytestmark = pytest.mark.django_db


def test_every_refusal_has_the_one_shape(owner):
    answers = [
        Api().get("/members"),
        owner.api.get("/nothing/here"),
        owner.api.request("PUT", "/members"),
        owner.api.request("POST", "/tenants", b"{not json"),
        owner.api.request("POST", "/tenants", b"x", content_type="text/plain"),
        owner.api.post("/tenants", {"name": ""}),
        owner.api.post("/tenants", {"name": ["a list"]}),
        owner.api.post("/tenants", [1, 2]),
        owner.api.post("/tenants", {"name": "nul \x00 inside"}),
        owner.api.get("/members?cursor=nonsense"),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 405, 400, 415, 400, 400, 400, 400, 400]
    for answer in answers:
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "param", "details", "request_id"}
        assert error["message"]
        assert error["request_id"] == answer["X-Request-ID"]


DEEP = b"[" * 100_000
UNREADABLE = {
    "deep": (DEEP, 400, "64"),
    "deep, but read": (b'{"name": ' + b"[" * 70 + b"]" * 70 + b"}", 400, "64"),
    "half a character": (rb'{"name": "\ud800"}', 400, "half a character"),
    "half a character as a name": (rb'{"\udfff": 1}', 400, "half a character"),
    "too large": (b'{"name": "' + b"a" * 2**20 + b'"}', 413, "1048576"),
    "not a number": (b'{"name": NaN}', 400, "NaN"),
}


@pytest.mark.parametrize(("body", "status", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_taken_is_refused_in_words(owner, body, status, words):
    answer = owner.api.request("POST", "/tenants", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (
        status,
        "request.too_large" if status == 413 else "request.malformed",
    )
    assert words in error["message"]


def test_whole_characters_of_two_halves_are_taken(owner):
    answer = owner.api.request("POST", "/tenants", rb'{"name": "\ud83d\ude00 \u4f60"}')
    assert (answer.status_code, answer.json()["name"]) == (201, "😀 你")


@pytest.mark.parametrize("body", [DEEP, rb'{"email": "\ud800", "password": "x"}'], ids=["deep", "half a character"])
@pytest.mark.parametrize("page", ["login", "signup", "password/request"])
def test_strangers_are_refused_in_words_too(client, page, body):
    answer = client.post(f"/_allauth/browser/v1/auth/{page}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "request.malformed")


@pytest.mark.parametrize("page", ["login", "signup"])
def test_who_signs_in_while_the_cache_is_away_is_told_to_wait(client, page):
    away = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    with override_settings(CACHES=away, ACCOUNT_RATE_LIMITS={"login": "5/m/ip", "signup": "5/m/ip"}):
        body = {"email": "a@example.com", "password": "a long enough one"}
        answer = client.post(f"/_allauth/browser/v1/auth/{page}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "server.unavailable")
    assert answer["Retry-After"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/jobs", "/api/v1/nothing", "/openai"])
def test_an_address_of_programs_that_does_not_exist_is_said_so_in_json(client, method, path):
    answer = client.generic(method, path, b"{}", content_type="application/json", headers={"Accept": "text/html"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "page.not_found")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_clients_of_the_openai_dialect_are_answered_in_its_form(client, method):
    answer = client.generic(method, "/openai/v1/models", b"{}", content_type="application/json")
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("invalid_request_error", "unknown_url")
    assert f"{method} /openai/v1/models" in error["message"]


def test_request_id_of_the_caller_is_kept_when_well_formed(owner):
    assert owner.api.get("/tenant", X_Request_ID="my-trace-0001")["X-Request-ID"] == "my-trace-0001"
    assert owner.api.get("/tenant", X_Request_ID="bad\tid")["X-Request-ID"].startswith("req_")


def test_pages_follow_each_other_without_gap_or_repeat(owner):
    from anneal.tenants.roles import Role

    people = {person_join(owner.tenant_id, Role.VIEWER).user.email for _ in range(6)} | {owner.user.email}
    seen, cursor = [], ""
    while cursor is not None:
        page = owner.api.get(f"/members?limit=3&cursor={cursor}").json()
        seen += [row["user"]["email"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert len(seen) == 7
    assert set(seen) == people


def test_list_of_members_asks_a_fixed_number_of_queries(owner, django_assert_max_num_queries):
    from anneal.tenants.roles import Role

    for _ in range(8):
        person_join(owner.tenant_id, Role.VIEWER)
    with django_assert_max_num_queries(14):
        owner.api.get("/members")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "1e3"])
def test_bad_limit_is_named(owner, limit):
    error = owner.api.get(f"/members?limit={limit}").json()["error"]
    assert (error["code"], error["param"]) == ("request.bad_limit", "limit")


def test_failed_request_leaves_no_half_written_rows(owner):
    answer = owner.api.post("/api-keys", {"name": "ok", "role": "viewer", "expires_at": "2001-01-01T00:00:00Z"})
    assert answer.status_code == 400
    with owner.scope():
        assert ApiKey.objects.count() == 0
        assert IdempotencyRecord.objects.count() == 0


def test_page_and_health_are_open_and_the_page_sets_the_token():
    assert Api().get("//healthz").json() == {"status": "ok"}
    assert Api().get("//readyz").json() == {"status": "ok"}
    assert Api().get("//some/deep/link").status_code in {200, 503}


def test_schema_is_openapi_3_1_and_describes_every_address():
    schema = Api().get("//api/v1/schema").json()
    assert schema["openapi"].startswith("3.1")
    assert "/api/v1/members/{id}" in schema["paths"]
    assert "MemberPage" in schema["components"]["schemas"]
