"""The embedded Valkey on a real process."""

import os
import signal
from pathlib import Path

import pytest
import redis

from deploy.local.home import Home
from deploy.local.redis import Redis

pytestmark = pytest.mark.slow


@pytest.fixture
def server(home):
    running = Redis(home)
    running.start()
    yield running
    running.stop()


def _client(server):
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_keys_stay_when_the_server_is_stopped_and_started(server):
    with _client(server) as client:
        client.set("a", "1")
    server.stop()
    assert server.pid is None

    server.start()

    with _client(server) as client:
        assert client.get("a") == "1"


def test_server_comes_back_after_kill_9(server):
    with _client(server) as client:
        client.set("a", "1")
        client.execute_command("WAITAOF", 1, 0, 5000)
    os.kill(server.pid, signal.SIGKILL)

    server.start()

    with _client(server) as client:
        assert client.get("a") == "1"


def test_running_server_is_reused(server, home):
    again = Redis(Home(home.path))
    again.start()

    assert again.pid == server.pid


def test_queue_settings_are_durable_and_never_evict(server):
    with _client(server) as client:
        assert client.config_get("appendonly")["appendonly"] == "yes"
        assert client.config_get("appendfsync")["appendfsync"] == "everysec"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert client.config_get("bind")["bind"] == "127.0.0.1"


def test_stranger_without_the_password_is_refused(server):
    port = int(server.url.rsplit(":", 1)[1].split("/")[0])
    with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_password_is_not_among_the_arguments(server, home):
    assert home.secret("redis") not in Path(f"/proc/{server.pid}/cmdline").read_text()
