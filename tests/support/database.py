"""The database of a test run: embedded Postgres (or that of DATABASE_URL), a database of its own, migrated once.

Tests log in as the owner of the schema but act as `anneal_web`, as the web process does; `service_scope()` makes the connection act as
`anneal_service`. So every test runs under the row-level security that customers rely on.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from deploy.local.home import Home
from deploy.local.services import shared_services
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class TestServers:
    """Where the servers of this run are."""

    owner_url: str
    web_url: str
    service_url: str
    redis_url: str

    def environment(self, role: str, data_dir: Path) -> dict[str, str]:
        """Variables for a child process that acts with `role` (web or service) on this run's database."""
        return {
            **os.environ,
            "DATABASE_URL": self.web_url if role == "web" else self.service_url,
            "REDIS_URL": self.redis_url,
            "ANNEAL_DATA_DIR": str(data_dir),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        }


@contextlib.contextmanager
def run_database(given: Mapping[str, str]) -> Iterator[TestServers]:
    """Start the servers and make and migrate this run's database; drop it at the end."""
    name = f"anneal_test_{os.getpid()}"
    with shared_services(Home(ROOT / ".anneal" / "test"), given) as endpoints:
        urls = endpoints.database
        with psycopg.connect(urls.owner, autocommit=True) as connection:
            _drop(connection, name)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template1").format(sql.Identifier(name)))
        servers = TestServers(
            owner_url=_with_database(urls.owner, name),
            web_url=_with_database(urls.web, name),
            service_url=_with_database(urls.service, name),
            redis_url=endpoints.redis_url,
        )
        try:
            _migrate(servers)
            yield servers
        finally:
            with psycopg.connect(urls.owner, autocommit=True) as connection:
                _drop(connection, name)


def empty_tables(servers: TestServers) -> None:
    """Remove every row that tests committed."""
    with psycopg.connect(servers.owner_url, autocommit=True) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
                "AND tablename NOT IN ('django_migrations', 'django_content_type')"
            )
        ]
        connection.execute(
            sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, tables)))
        )


def _migrate(servers: TestServers) -> None:
    environment = {**servers.environment("web", ROOT / ".anneal" / "test" / "data"), "DATABASE_URL": servers.owner_url}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"migrations failed:\n{done.stderr[-4000:]}")


def _drop(connection: psycopg.Connection, name: str) -> None:
    """Sessions that are left are ended. A vacuum that the server began by itself is not the owner's to end; it is over soon."""

    def is_dropped() -> bool:
        try:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            return False
        return True

    until(is_dropped, seconds=60)


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
