"""Database and queue of one machine: embedded ones, or those of DATABASE_URL and REDIS_URL when these are set."""

from __future__ import annotations

import contextlib
import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.local import roles
from deploy.local.postgres import Postgres
from deploy.local.redis import Redis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from deploy.local.home import Home


@dataclass(frozen=True)
class Endpoints:
    """Where the services are, for each database role."""

    database: roles.DatabaseUrls
    redis_url: str


class Services:
    """Starts what is not given from outside, and stops only what it started."""

    def __init__(self, home: Home, variables: Mapping[str, str] | None = None) -> None:
        given = os.environ if variables is None else variables
        self._home = home
        self._database_url = given.get("DATABASE_URL") or None
        self._redis_url = given.get("REDIS_URL") or None
        self.postgres = None if self._database_url else Postgres(home)
        self.redis = None if self._redis_url else Redis(home)

    def start(self, *, outlive_parent: bool = False, for_tests: bool = False) -> Endpoints:
        """Have both running and the database roles in place. Raises LocalError with what to do.

        `for_tests` lets databases made later (a test run makes its own) inherit the privileges of the roles.
        """
        self._home.prepare()
        if self.postgres:
            self.postgres.start(outlive_parent=outlive_parent)
        if self.redis:
            self.redis.start(outlive_parent=outlive_parent)
        admin_url = self.postgres.admin_url if self.postgres else str(self._database_url)
        passwords = {role: self._home.secret(role) for role in roles.ROLES}
        with self._home.lock("roles.lock"):
            database = roles.bootstrap(admin_url, passwords, include_template=for_tests)
        return Endpoints(database=database, redis_url=self.redis.url if self.redis else str(self._redis_url))

    def stop(self) -> None:
        """Stop the embedded ones. Servers given from outside are left alone."""
        if self.redis:
            self.redis.stop()
        if self.postgres:
            self.postgres.stop()


@contextlib.contextmanager
def shared_services(home: Home, variables: Mapping[str, str] | None = None) -> Iterator[Endpoints]:
    """Services that several processes may use at once (test runs side by side): the last one to leave stops them."""
    services = Services(home, variables)
    with home.lock("users.door"):
        users = _join(home)
        endpoints = services.start(outlive_parent=True, for_tests=True)
    try:
        yield endpoints
    finally:
        with home.lock("users.door"), users:
            if _is_last(users):
                services.stop()


def _join(home: Home) -> IO[str]:
    users = (home.path / "users.lock").open("a")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
