"""Migration operations for tenant-owned tables: row-level security of one shape, composite keys, grants."""

from __future__ import annotations

from django.db.migrations import RunSQL

_TENANT = "tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::uuid)"


def row_security(table: str) -> RunSQL:
    """Enable and force row-level security: the web sees one tenant, the services every tenant, the owner of the table nothing."""
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON {table} TO anneal_web USING ({_TENANT}) WITH CHECK ({_TENANT});
        CREATE POLICY service ON {table} TO anneal_service USING (true) WITH CHECK (true);
        """,
        f"""
        DROP POLICY tenant ON {table};
        DROP POLICY service ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def own_row_policy(table: str, name: str, condition: str) -> RunSQL:
    """A further, read-only policy of the web role for rows found by the caller's own identity (see `identity_scope`)."""
    return RunSQL(
        f"CREATE POLICY {name} ON {table} FOR SELECT TO anneal_web USING ({condition});",
        f"DROP POLICY {name} ON {table};",
    )


def member_rows(table: str) -> RunSQL:
    """Rows of one member each, named by `user_id`: what the web may add for anybody, but see, change and delete in `member_scope` alone."""
    mine = "user_id = (SELECT nullif(current_setting('app.member', true), '')::uuid)"
    commands = ("SELECT", "UPDATE", "DELETE")
    return RunSQL(
        [
            f"CREATE POLICY member_{command.lower()} ON {table} AS RESTRICTIVE FOR {command} TO anneal_web USING ({mine});"
            for command in commands
        ],
        [f"DROP POLICY member_{command.lower()} ON {table};" for command in commands],
    )


def membership_fk(table: str) -> RunSQL:
    """`(tenant_id, user_id)` is a membership, and the row goes when it ends."""
    name = f"{table}_of_member"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, user_id) "
        "REFERENCES tenants_membership (tenant_id, user_id) ON DELETE CASCADE;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def composite_fk(table: str, column: str, target: str, *, on_delete: str = "NO ACTION") -> RunSQL:
    """`(tenant_id, column)` -> `target (tenant_id, id)`: a row can only point to a row of its own tenant."""
    name = f"{table}_{column}_same_tenant"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id) "
        f"ON DELETE {on_delete} DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def revoke(table: str, privileges: str, role: str) -> RunSQL:
    """Take away what a role does not need."""
    return RunSQL(f"REVOKE {privileges} ON {table} FROM {role};", f"GRANT {privileges} ON {table} TO {role};")
