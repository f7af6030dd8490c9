"""Calls are counted by address, by person or key, and by tenant; one too many waits, and a Redis that is away stops nobody."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading

import pytest
import redis
from django.conf import settings
from django.test import override_settings

from anneal.common.errors import AnnealError
from anneal.common.rate_limits import Rate, RateCounter, address_group
from tests.support.people import Api, person_join

NOBODY = "redis://127.0.0.1:1/0"
# Slow enough that nothing comes back while a test runs.
THREE = Rate(3, 3600)


def _limited(redis_url, **limits):
    return override_settings(
        RATE_LIMITS=limits, ENVIRONMENT=settings.ENVIRONMENT.model_copy(update={"redis_url": redis_url})
    )


@pytest.fixture
def who():
    """A name, or an address, that nobody had before."""
    return f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"


def _statuses(api, address, times):
    api.client.defaults["REMOTE_ADDR"] = address
    return [api.get("/tenant").status_code for _ in range(times)]


def test_one_call_too_many_waits_and_says_for_how_long(servers, owner, who):
    with _limited(servers.redis_url, caller=THREE):
        assert _statuses(owner.api, who, 3) == [200, 200, 200]
        refused = owner.api.get("/tenant", Accept_Language="zh-CN")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (429, "rate_limit.caller")
    assert 1190 <= int(refused["Retry-After"]) <= 1200
    assert refused["Retry-After"] in error["message"]
    assert "请求" in error["message"]
    assert error["request_id"]


def test_a_key_and_its_maker_and_other_people_are_counted_apart(servers, owner, stranger, who):
    key = owner.key()
    with _limited(servers.redis_url, caller=THREE):
        assert _statuses(owner.api, who, 4)[-1] == 429
        assert _statuses(key, who, 4) == [200, 200, 200, 429]
        assert _statuses(stranger.api, who, 1) == [200]


def test_a_tenant_is_counted_whoever_of_it_calls(servers, owner, stranger, who):
    colleague = person_join(owner.tenant_id, owner.role)
    with _limited(servers.redis_url, tenant=THREE):
        assert _statuses(owner.api, who, 2) == [200, 200]
        assert _statuses(colleague.api, who, 2) == [200, 429]
        assert colleague.api.get("/tenant").json()["error"]["code"] == "rate_limit.tenant"
        assert _statuses(stranger.api, who, 1) == [200]


def test_an_address_is_counted_whoever_calls_from_it(servers, owner, stranger, who):
    with _limited(servers.redis_url, address=THREE):
        assert _statuses(owner.api, who, 2) == [200, 200]
        # Another address of the same network.
        assert _statuses(stranger.api, who.replace("::1", "::2"), 2) == [200, 429]
        assert stranger.api.get("/tenant").json()["error"]["code"] == "rate_limit.address"
        assert _statuses(stranger.api, f"10.{who.count('a')}.0.{secrets.randbelow(250)}", 1) == [200]


def test_bad_keys_are_counted_harder_and_a_good_one_beside_them_works(servers, owner, who):
    key = owner.key()
    with _limited(servers.redis_url, refused=THREE):
        assert _statuses(Api(key="ann_live_nothing"), who, 4) == [401, 401, 401, 429]
        assert _statuses(key, who, 4) == [200] * 4
        assert _statuses(owner.api, who, 1) == [200]


@pytest.mark.django_db
def test_addresses_without_sign_in_are_counted_too(servers, who):
    stranger = Api()
    stranger.client.defaults["REMOTE_ADDR"] = who
    with _limited(servers.redis_url, address=Rate(1, 3600)):
        answers = [stranger.post("/invitations/look", {"token": "x"}).status_code for _ in range(2)]
    assert answers == [404, 429]


@pytest.mark.parametrize("kind", ["caller", "address", "refused"])
def test_nobody_is_stopped_by_a_redis_that_is_away(owner, who, kind):
    with _limited(NOBODY, **{kind: Rate(1, 3600)}):
        assert _statuses(owner.api, who, 3) == [200] * 3
        assert _statuses(Api(key="ann_live_nothing"), who, 3) == [401] * 3


def test_a_redis_that_says_nothing_is_not_asked_by_every_call():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        counter = RateCounter(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        for _ in range(20):
            counter.take({"caller": THREE}, {"caller": "a"})
        silent.setblocking(False)
        asked = []
        with contextlib.suppress(BlockingIOError):
            while True:
                asked.append(silent.accept()[0])
        for connection in asked:
            connection.close()
    assert 1 <= len(asked) <= 2


def test_counting_begins_anew_where_redis_was_emptied(servers, who):
    counter = RateCounter(servers.redis_url)
    counter.take({"caller": Rate(1, 3600)}, {"caller": who})
    client = redis.Redis.from_url(servers.redis_url)
    client.script_flush()
    client.delete(f"anneal:rate:caller:{who}")
    counter.take({"caller": Rate(1, 3600)}, {"caller": who})
    with pytest.raises(AnnealError, match=r"rate_limit\.caller"):
        counter.take({"caller": Rate(1, 3600)}, {"caller": who})


def test_calls_at_the_same_instant_are_all_counted(servers, who):
    counter = RateCounter(servers.redis_url)
    passed, start = [], threading.Barrier(8)

    def call():
        start.wait()
        for _ in range(10):
            try:
                counter.take({"caller": Rate(25, 3600)}, {"caller": who})
                passed.append(1)
            except AnnealError:
                pass

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 25


def test_what_is_refused_counts_for_nobody(servers, who):
    counter = RateCounter(servers.redis_url)
    limits = {"caller": Rate(5, 3600), "tenant": Rate(1, 3600)}
    for tenant, is_refused in (("a", False), ("a", True), ("a", True), ("b", False), ("c", False)):
        callers = {"caller": who, "tenant": f"{who}{tenant}"}
        if is_refused:
            with pytest.raises(AnnealError, match=r"rate_limit\.tenant"):
                counter.take(limits, callers)
        else:
            counter.take(limits, callers)
    for _ in range(2):
        counter.take(limits, {"caller": who})
    with pytest.raises(AnnealError, match=r"rate_limit\.caller"):
        counter.take(limits, {"caller": who})


def test_used_calls_come_back_evenly(servers, who):
    counter, rate = RateCounter(servers.redis_url), {"caller": Rate(4, 3600)}
    client = redis.Redis.from_url(servers.redis_url)
    key = f"anneal:rate:caller:{who}"
    for _ in range(4):
        counter.take(rate, {"caller": who})
    # A quarter of an hour later, to the counter, is when the bucket is empty a quarter of an hour sooner.
    client.set(key, int(client.get(key)) - 900 * 10**6, keepttl=True)
    counter.take(rate, {"caller": who})
    with pytest.raises(AnnealError) as refused:
        counter.take(rate, {"caller": who})
    assert 890 <= int(refused.value.headers["Retry-After"]) <= 900
    assert 0 < client.ttl(key) <= 3600


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_whom_an_address_stands_for(address, group):
    assert address_group(address) == group
