"""Set-up of the whole suite: servers on first use, settings, people, and a closed network."""

from __future__ import annotations

import atexit
import gc
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_GIVEN = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
_DATA = Path(tempfile.mkdtemp(prefix="anneal-test-"))
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
# Placeholders until `servers` knows the real addresses: most trainer tests never need a database.
os.environ.update(
    {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "MODEL_SERVER_TOKEN": secrets.token_urlsafe(24),
        "MODEL_SERVER_URL": "http://127.0.0.1:1",
        "PUBLIC_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "ANNEAL_DATA_DIR": str(_DATA),
        "DJANGO_SETTINGS_MODULE": "anneal.config.settings",
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
)

import django
import pytest

django.setup()

from tests.support.database import TestServers, empty_tables, run_database

SHARED_DATA = Path(os.environ.get("ANNEAL_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector need not go through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def servers() -> Iterator[TestServers]:
    """Postgres and Redis of this run."""
    from django.conf import settings

    with run_database(_GIVEN) as found:
        from urllib.parse import unquote, urlsplit

        parts = urlsplit(found.owner_url)
        settings.DATABASES["default"].update(
            NAME=parts.path.lstrip("/"),
            USER=unquote(parts.username or ""),
            PASSWORD=unquote(parts.password or ""),
            HOST=parts.hostname,
            PORT=str(parts.port),
            OPTIONS={
                **settings.TCP_PATIENCE,
                "options": "-c role=anneal_web -c statement_timeout=60s -c lock_timeout=30s",
            },
        )
        os.environ["REDIS_URL"] = found.redis_url
        yield found


@pytest.fixture(scope="session")
def django_db_setup(servers: TestServers, django_db_blocker: Any) -> Iterator[None]:
    """Replaces pytest-django's: the database exists and is migrated; tests act in it as the web role."""
    from django.db import connections

    with django_db_blocker.unblock():
        connections["default"].close()
        connections["default"].settings_dict.update(_database_settings())
    yield
    with django_db_blocker.unblock():
        connections["default"].close()


def _database_settings() -> dict[str, Any]:
    from django.conf import settings

    return dict(settings.DATABASES["default"])


@pytest.fixture
def committed_db(servers: TestServers, django_db_setup: None, django_db_blocker: Any) -> Iterator[TestServers]:
    """Real commits, for tests with several connections or processes; every table is emptied afterwards."""
    from django.db import connection

    with django_db_blocker.unblock():
        connection.close()
        try:
            yield servers
        finally:
            connection.close()
            empty_tables(servers)


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the loopback is reachable, so that no test depends on what is outside."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if self.family in {socket.AF_INET, socket.AF_INET6} and host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {host}; only the loopback is open")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def _plain_settings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fast password hashes, no rate limits, caches in memory; nothing else differs from production."""
    from django.test import override_settings

    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ACCOUNT_RATE_LIMITS=False,
        RATE_LIMITS={},
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    ):
        yield


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """The language of a test's last request stays in force in its thread: Django sets it for each request and leaves it there."""
    from django.utils import translation

    yield
    translation.deactivate()


@pytest.fixture
def data_dir() -> Path:
    """The data folder of this run's settings."""
    return _DATA


@pytest.fixture
def owner(db: None) -> Any:
    """The owner of a tenant."""
    from tests.support.people import person_found

    return person_found("owner")


@pytest.fixture
def stranger(db: None) -> Any:
    """The owner of another tenant."""
    from tests.support.people import person_found

    return person_found("stranger")


@pytest.fixture
def viewer(owner: Any) -> Any:
    """Somebody who may only look, in the owner's tenant."""
    from anneal.tenants.roles import Role
    from tests.support.people import person_join

    return person_join(owner.tenant_id, Role.VIEWER)


@pytest.fixture
def member(owner: Any) -> Any:
    """Somebody who may work, in the owner's tenant."""
    from anneal.tenants.roles import Role
    from tests.support.people import person_join

    return person_join(owner.tenant_id, Role.MEMBER)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real data sets are not at {SHARED_DATA}; set ANNEAL_SHARED_DATA to their folder")
    return SHARED_DATA
