"""Postgres keeps tenants apart, whatever the code above it does."""

from __future__ import annotations

import uuid

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from anneal.common.models import TenantOwned
from anneal.common.startup import database_role_problems
from anneal.common.tenancy import NoTenantError, identity_scope, service_scope, tenant_scope
from anneal.tenants.models import Invitation, Membership, Tenant

pytestmark = pytest.mark.django_db

# Tables without a tenant, each with the reason why its rows are no customer's secret from another customer.
_SHARED_TABLES = {
    "accounts_user": "a person may belong to several tenants; reached through memberships",
    "tenants_tenant": "its own policies: a tenant sees itself, a person the ones they belong to",
    "common_outboxentry": "topics and ids; the web role may only add",
    "common_storework": "prefixes of the store; the web role may only add",
    "jobs_worker": "machines, not customers; the web role has no access",
    "django_migrations": "Django's own",
    "django_content_type": "Django's own",
    "django_session": "looked up by its random key only",
    "auth_group": "unused table of Django",
    "auth_group_permissions": "unused table of Django",
    "auth_permission": "unused table of Django",
    "account_emailaddress": "allauth: addresses of a person",
    "account_emailconfirmation": "allauth: looked up by its random key only",
    "mfa_authenticator": "allauth: second factors of a person",
    "usersessions_usersession": "allauth: sessions of a person",
}


def _query(sql: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def test_every_table_is_tenant_owned_with_forced_security_or_listed_with_a_reason():
    tables = _query(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, "
        "EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
    )
    for name, is_forced, has_tenant in tables:
        if has_tenant:
            assert is_forced, f"{name}: add row_security({name!r}) to the migration that creates it"
        else:
            assert name in _SHARED_TABLES, (
                f"{name} has no tenant_id: make it TenantOwned, or list it here with the reason"
            )


def test_every_tenant_policy_has_the_one_shape():
    rows = _query(
        "SELECT tablename, qual, with_check FROM pg_policies WHERE policyname = 'tenant' AND tablename <> 'tenants_tenant'"
    )
    assert {row[0] for row in rows} == {
        model._meta.db_table for model in apps.get_models() if issubclass(model, TenantOwned)
    }
    for table, qual, with_check in rows:
        assert qual == with_check, table
        assert "tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid" in qual, table


def test_every_reference_between_tenant_tables_carries_the_tenant():
    plain = _query(
        "SELECT r.conrelid::regclass::text, r.conname FROM pg_constraint r "
        "WHERE r.contype = 'f' AND array_length(r.conkey, 1) = 1 "
        "AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = r.conrelid AND a.attname = 'tenant_id') "
        "AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = r.confrelid AND a.attname = 'tenant_id')"
    )
    assert plain == [], "use db_constraint=False and composite_fk(...): a plain key could point into another tenant"


def test_nothing_is_visible_without_a_tenant(owner):
    for table in (
        "tenants_membership",
        "tenants_tenant",
        "tenants_auditentry",
        "accounts_apikey",
        "tenants_invitation",
    ):
        assert _query(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608 - names from the line above
    with pytest.raises(NoTenantError):
        Membership.objects.count()


def test_raw_sql_of_one_tenant_neither_sees_nor_changes_another(owner, stranger):
    with tenant_scope(owner.tenant_id):
        assert _query("SELECT count(*) FROM tenants_membership WHERE tenant_id = %s", stranger.tenant_id) == [(0,)]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tenants_membership SET role = 'viewer' WHERE tenant_id = %s", [stranger.tenant_id])
            assert cursor.rowcount == 0
            cursor.execute("DELETE FROM tenants_membership WHERE tenant_id = %s", [stranger.tenant_id])
            assert cursor.rowcount == 0
            cursor.execute("UPDATE tenants_tenant SET name = 'taken' WHERE id = %s", [stranger.tenant_id])
            assert cursor.rowcount == 0


def test_rows_cannot_be_written_into_another_tenant(owner, stranger):
    for statement in (
        "INSERT INTO tenants_auditentry (id, tenant_id, action, target, data) VALUES (gen_random_uuid(), %s, 'x', 'x', '{}')",
        "UPDATE tenants_membership SET tenant_id = %s",
    ):
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            transaction.atomic(),
            tenant_scope(owner.tenant_id),
        ):
            _query(statement, stranger.tenant_id)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE tenants_membership",
        "ALTER TABLE tenants_membership DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON tenants_membership",
        "CREATE TABLE mine (id int)",
        "UPDATE tenants_auditentry SET action = 'nothing'",
        "DELETE FROM tenants_auditentry",
        "SELECT * FROM common_outboxentry",
        "SELECT * FROM common_storework",
        "DELETE FROM common_storework",
    ],
)
def test_web_role_lacks_dangerous_privileges(owner, statement):
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        tenant_scope(owner.tenant_id),
    ):
        _query(statement)


def test_scopes_do_not_nest_across_tenants(owner, stranger):
    with tenant_scope(owner.tenant_id), pytest.raises(NoTenantError), tenant_scope(stranger.tenant_id):
        raise AssertionError("entered")


def test_leaving_a_scope_leaves_nothing_behind(owner):
    with tenant_scope(owner.tenant_id):
        assert Tenant.objects.count() == 1
    assert _query("SELECT coalesce(current_setting('app.tenant', true), ''), current_user") == [("", "anneal_web")]
    with service_scope():
        assert _query("SELECT current_user") == [("anneal_service",)]
    assert _query("SELECT current_user") == [("anneal_web",)]


def test_service_sees_every_tenant_and_then_one(owner, stranger):
    with service_scope():
        assert Membership.objects.filter(tenant_id__in=[owner.tenant_id, stranger.tenant_id]).count() == 2
        with tenant_scope(owner.tenant_id):
            assert Membership.objects.count() == 1


def test_identity_shows_own_memberships_only(owner, stranger):
    with identity_scope(user_id=owner.user.id):
        assert [row.tenant_id for row in Membership.objects.all()] == [owner.tenant_id]
        assert [row.id for row in Tenant.objects.all()] == [owner.tenant_id]
    with identity_scope(user_id=uuid.uuid4()):
        assert Membership.objects.count() == 0


def test_invitation_is_visible_only_to_its_token(owner):
    owner.api.post("/invitations", {"email": "someone@example.com", "role": "viewer"})
    with identity_scope(user_id=owner.user.id):
        assert Invitation.objects.count() == 0


def test_startup_accepts_this_role_and_refuses_the_owner():
    assert database_role_problems() == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE anneal_owner")
    problems = database_role_problems()
    assert any("owns table tenants_membership" in problem for problem in problems)
