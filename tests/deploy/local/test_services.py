"""Services together: shared by several processes, or given from outside."""

import psycopg
import pytest
import redis

from deploy.local import roles
from deploy.local.environment import environments
from deploy.local.home import Home
from deploy.local.postgres import Postgres
from deploy.local.services import Services, shared_services

pytestmark = pytest.mark.slow


def test_last_user_of_shared_services_stops_them(made_home):
    server = Postgres(made_home)
    with shared_services(made_home, {}):
        with (
            shared_services(Home(made_home.path), {}) as inner,
            psycopg.connect(inner.database.owner) as connection,
        ):
            assert connection.execute("SELECT current_user").fetchone() == ("anneal_owner",)
        assert server.pid is not None
    assert server.pid is None


def test_servers_given_from_outside_are_used_and_left_running(made_home, tmp_path):
    outside = Services(made_home, {})
    given = outside.start(for_tests=True)
    try:
        variables = {"DATABASE_URL": outside.postgres.admin_url, "REDIS_URL": given.redis_url}
        services = Services(Home(tmp_path / ".anneal"), variables)
        endpoints = services.start()
        services.stop()

        with psycopg.connect(endpoints.database.web) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("anneal_web",)
        with redis.Redis.from_url(endpoints.redis_url) as client:
            assert client.ping()
        assert not (tmp_path / ".anneal" / "postgres").exists()
    finally:
        outside.stop()


def test_each_process_gets_its_own_role_and_no_more(made_home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://administrator:secret@db/postgres")
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    with shared_services(made_home, {}) as endpoints:
        made = environments(made_home, endpoints, web_port=8123, model_server_port=8124)

    for role, variables in ((roles.OWNER, made.owner), (roles.WEB, made.web), (roles.SERVICE, made.service)):
        assert variables["DATABASE_URL"].startswith(f"postgresql://{role}:")
    assert not {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"} & made.model_server.keys()
    assert made.web["PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert made.web["OMP_WAIT_POLICY"] == "PASSIVE"
    assert made.service["MODEL_SERVER_TOKEN"] == made.model_server["MODEL_SERVER_TOKEN"]
