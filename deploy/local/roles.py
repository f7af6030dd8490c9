"""Database roles and the privileges they hold: the one place that says who may do what.

`anneal_owner` owns the schema and migrates; `anneal_web` and `anneal_service` read and write rows and own nothing, so
that row-level security binds them. Run against any server with `python -m deploy.local.roles` (see `main`).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from deploy.local.home import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DATABASE = "anneal"
OWNER = "anneal_owner"
WEB = "anneal_web"
SERVICE = "anneal_service"
ROLES = (OWNER, WEB, SERVICE)
_PER_GRANT_INHERITANCE = 16_00_00
Statement = sql.SQL | sql.Composed


@dataclass(frozen=True)
class DatabaseUrls:
    """How each role reaches the database."""

    owner: str
    web: str
    service: str


def role_sql(verifiers: Mapping[str, str], server_version: int) -> Iterator[Statement]:
    """Statements for the server: create missing roles and set their passwords (given as SCRAM verifiers)."""
    for role in ROLES:
        yield sql.SQL(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name})"
            " THEN CREATE ROLE {role}; END IF; END $$"
        ).format(name=sql.Literal(role), role=sql.Identifier(role))
        may_create = "CREATEDB" if role == OWNER else "NOCREATEDB"
        yield sql.SQL("ALTER ROLE {} LOGIN NOINHERIT NOCREATEROLE {} PASSWORD {}").format(
            sql.Identifier(role), sql.SQL(may_create), sql.Literal(verifiers[role])
        )
    # The owner may take on the others' roles (tests do, to prove the policies), but as itself it must not see through
    # policies that are theirs: hence no inheritance. Before Postgres 16, NOINHERIT above says that alone.
    yield sql.SQL("GRANT {} TO {}").format(_names(WEB, SERVICE), sql.Identifier(OWNER)) + sql.SQL(
        " WITH INHERIT FALSE, SET TRUE" if server_version >= _PER_GRANT_INHERITANCE else ""
    )
    # On a managed server the administrator is no superuser and needs to be a member of a role to give it a database.
    yield sql.SQL(
        "DO $$ BEGIN IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        " AND current_user <> {name} THEN EXECUTE format('GRANT %I TO %I', {name}, current_user); END IF; END $$"
    ).format(name=sql.Literal(OWNER))


def database_sql() -> Iterator[Statement]:
    """Statements inside the database: who may enter, and that only the owner may make tables."""
    yield sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE))
    yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(DATABASE), _names(WEB, SERVICE))
    yield sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(_names(WEB, SERVICE))


def default_privileges_sql() -> Iterator[Statement]:
    """Statements inside a database: what is allowed on tables that the owner makes later. Not TRUNCATE."""
    default = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} ").format(sql.Identifier(OWNER))
    yield default + sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}").format(_names(WEB, SERVICE))
    yield default + sql.SQL("GRANT USAGE, SELECT ON SEQUENCES TO {}").format(_names(WEB, SERVICE))
    yield default + sql.SQL("REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    yield default + sql.SQL("GRANT EXECUTE ON FUNCTIONS TO {}").format(_names(WEB, SERVICE))


def bootstrap(admin_url: str, passwords: Mapping[str, str], *, include_template: bool = False) -> DatabaseUrls:
    """Make roles and database on the server of `admin_url` what this module says; safe to repeat.

    `include_template` gives databases made later (those of a test run) the same default privileges.
    Raises LocalError when the administrator may not do this or an existing role may do too much.
    """
    try:
        with psycopg.connect(admin_url, autocommit=True, connect_timeout=10) as connection:
            encrypt = connection.pgconn.encrypt_password
            verifiers = {
                role: encrypt(passwords[role].encode(), role.encode(), b"scram-sha-256").decode() for role in ROLES
            }
            for statement in role_sql(verifiers, connection.info.server_version):
                connection.execute(statement)
            _refuse_powerful_roles(connection)
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not exists:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )
        _execute(admin_url, DATABASE, [*database_sql(), *default_privileges_sql()])
        if include_template:
            _execute(admin_url, "template1", default_privileges_sql())
    except psycopg.errors.InsufficientPrivilege as error:
        raise LocalError(
            f"DATABASE_URL must name a role that may create roles and databases: {str(error).splitlines()[0]}"
        ) from error
    except psycopg.OperationalError as error:
        raise LocalError(f"Cannot reach the Postgres server of DATABASE_URL: {str(error).splitlines()[0]}") from error
    return urls(admin_url, passwords)


def urls(server_url: str, passwords: Mapping[str, str]) -> DatabaseUrls:
    """The addresses of the three roles on the server of `server_url`."""
    owner, web, service = (
        url_for(server_url, database=DATABASE, user=role, password=passwords[role]) for role in ROLES
    )
    return DatabaseUrls(owner=owner, web=web, service=service)


def url_for(url: str, *, database: str, user: str | None = None, password: str = "") -> str:
    """The same server, another database and, when given, another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    who = f"{quote(user, safe='')}:{quote(password, safe='')}" if user else parts.netloc.rpartition("@")[0]
    scheme = "postgresql" if parts.scheme == "postgres" else parts.scheme
    return urlunsplit((scheme, f"{who}@{place}" if who else place, f"/{quote(database)}", parts.query, ""))


def _execute(admin_url: str, database: str, statements: Iterable[Statement]) -> None:
    with psycopg.connect(url_for(admin_url, database=database), autocommit=True, connect_timeout=10) as connection:
        for statement in statements:
            connection.execute(statement)


def _names(*roles: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(role) for role in roles)


def _refuse_powerful_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    row = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls) ORDER BY 1", [list(ROLES)]
    ).fetchone()
    if row:
        raise LocalError(
            f"Role {row[0]} is a superuser or bypasses row-level security, so tenants would see each other's rows. "
            f"Run: ALTER ROLE {row[0]} NOSUPERUSER NOBYPASSRLS"
        )


def main() -> int:
    """Bootstrap the server of DATABASE_ADMIN_URL with the passwords of the environment (docker compose does this)."""
    names = {OWNER: "DATABASE_OWNER_PASSWORD", WEB: "DATABASE_WEB_PASSWORD", SERVICE: "DATABASE_SERVICE_PASSWORD"}
    missing = [name for name in ["DATABASE_ADMIN_URL", *names.values()] if not os.environ.get(name)]
    if missing:
        sys.stderr.write(f"Set {', '.join(missing)} in the environment.\n")
        return 2
    try:
        bootstrap(os.environ["DATABASE_ADMIN_URL"], {role: os.environ[name] for role, name in names.items()})
    except LocalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Roles {', '.join(ROLES)} and database {DATABASE} are in place.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
