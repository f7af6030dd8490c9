"""What each database role may do, asked of a real server."""

import psycopg
import pytest
from psycopg import sql

from deploy.local import roles
from deploy.local.home import LocalError
from deploy.local.postgres import Postgres

pytestmark = pytest.mark.slow
PASSWORDS = {role: f"secret'of {role}" for role in roles.ROLES}


@pytest.fixture
def admin_url(made_home):
    server = Postgres(made_home)
    server.start()
    yield server.admin_url
    server.stop()


@pytest.fixture
def urls(admin_url):
    return roles.bootstrap(admin_url, PASSWORDS, include_template=True)


def _one(url, statement, *parameters):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement, parameters or None).fetchone()


def test_roles_have_exactly_the_promised_attributes(urls, admin_url):
    with psycopg.connect(admin_url) as connection:
        found = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
            " FROM pg_roles WHERE rolname LIKE 'anneal_%%' AND rolname <> 'anneal_admin' ORDER BY 1"
        ).fetchall()

    assert found == [
        ("anneal_owner", True, False, False, False, True, False),
        ("anneal_service", True, False, False, False, False, False),
        ("anneal_web", True, False, False, False, False, False),
    ]


def test_bootstrap_can_be_repeated_with_new_passwords(urls, admin_url):
    changed = roles.bootstrap(admin_url, dict.fromkeys(roles.ROLES, "another"))

    assert _one(changed.web, "SELECT current_user") == ("anneal_web",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(urls.web)


@pytest.mark.parametrize("role", ["web", "service"])
def test_rows_can_be_changed_and_tables_cannot(urls, role):
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE things (id serial, n int)")
    with psycopg.connect(getattr(urls, role), autocommit=True) as connection:
        connection.execute("INSERT INTO things (n) VALUES (1), (2)")
        connection.execute("UPDATE things SET n = 3 WHERE n = 2")
        connection.execute("DELETE FROM things WHERE n = 1")
        assert connection.execute("SELECT n FROM things").fetchall() == [(3,)]
        for forbidden in (
            "TRUNCATE things",
            "ALTER TABLE things DISABLE ROW LEVEL SECURITY",
            "DROP TABLE things",
            "CREATE TABLE mine (n int)",
            "CREATE SCHEMA mine",
            "CREATE TEMPORARY TABLE mine (n int)",
            "CREATE DATABASE mine",
            "CREATE ROLE mine",
            "SET ROLE anneal_owner",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)


def test_row_security_binds_the_web_role_and_a_forcing_owner(urls):
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE secrets (tenant int)")
        owner.execute("ALTER TABLE secrets ENABLE ROW LEVEL SECURITY")
        owner.execute("INSERT INTO secrets VALUES (1)")
        owner.execute("ALTER TABLE secrets FORCE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY service ON secrets TO anneal_service USING (true)")

    # The owner may become anneal_service, but as itself must not see through that role's policy.
    for url, num_rows in ((urls.owner, 0), (urls.web, 0), (urls.service, 1)):
        assert _one(url, "SELECT count(*) FROM secrets") == (num_rows,)


def test_databases_of_a_test_run_inherit_the_privileges(urls):
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("CREATE DATABASE test_anneal")
    in_tests = roles.url_for(urls.owner, database="test_anneal", user=roles.OWNER, password=PASSWORDS[roles.OWNER])
    with psycopg.connect(in_tests, autocommit=True) as owner:
        owner.execute("CREATE TABLE things (n int)")
        owner.execute("SET ROLE anneal_web")
        owner.execute("INSERT INTO things VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("TRUNCATE things")


def test_strangers_may_not_connect(urls, admin_url):
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE stranger LOGIN PASSWORD 'x'")

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(roles.url_for(admin_url, database="anneal", user="stranger", password="x"))


def test_administrator_of_a_managed_server_needs_no_superuser(admin_url):
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE managed LOGIN CREATEROLE CREATEDB PASSWORD 'x'")
    managed = roles.url_for(admin_url, database="postgres", user="managed", password="x")

    urls = roles.bootstrap(managed, PASSWORDS)
    urls = roles.bootstrap(managed, PASSWORDS)

    assert _one(urls.service, "SELECT current_database()") == ("anneal",)


def test_administrator_without_the_right_is_told_so(admin_url):
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE weak LOGIN PASSWORD 'x'")

    with pytest.raises(LocalError, match="may create roles and databases"):
        roles.bootstrap(roles.url_for(admin_url, database="postgres", user="weak", password="x"), PASSWORDS)


@pytest.mark.parametrize("power", ["SUPERUSER", "BYPASSRLS"])
def test_powerful_web_role_is_refused(admin_url, power):
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE anneal_web {}").format(sql.SQL(power)))

    with pytest.raises(LocalError, match="ALTER ROLE anneal_web NOSUPERUSER NOBYPASSRLS"):
        roles.bootstrap(admin_url, PASSWORDS)


def test_unreachable_server_is_named():
    with pytest.raises(LocalError, match="Cannot reach the Postgres server"):
        roles.bootstrap("postgresql://a:b@127.0.0.1:1/postgres", PASSWORDS)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p@h:5432/x?sslmode=require", "postgresql://w:a%2Fb@h:5432/anneal?sslmode=require"),
        ("postgresql://u:p%40@[::1]:5/x", "postgresql://w:a%2Fb@[::1]:5/anneal"),
        ("postgresql://h/x", "postgresql://w:a%2Fb@h/anneal"),
    ],
)
def test_url_for_keeps_the_server_and_its_options(url, expected):
    assert roles.url_for(url, database="anneal", user="w", password="a/b") == expected
