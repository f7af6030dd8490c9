"""What a process checks before it serves: that the database will keep tenants apart for it."""

from __future__ import annotations

import sys

from django.apps import apps
from django.db import connection

from anneal.common.models import TenantOwned


def database_role_problems() -> list[str]:
    """Why this process's login or schema would not keep tenants apart; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        name, is_super, is_bypassing = cursor.fetchone()
        cursor.execute(
            "SELECT c.relname, pg_has_role(current_user, c.relowner, 'USAGE'), c.relrowsecurity AND c.relforcerowsecurity, "
            "(SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
        )
        tables = {row[0]: row[1:] for row in cursor.fetchall()}
    problems = []
    if is_super or is_bypassing:
        problems.append(
            f"the database role {name!r} bypasses row-level security; log in as anneal_web or anneal_service"
        )
    for model in apps.get_models():
        if not issubclass(model, TenantOwned):
            continue
        table = model._meta.db_table  # noqa: SLF001 - Django's documented model introspection
        if table not in tables:
            problems.append(f"table {table} is missing; run `python manage.py migrate` as the owner")
            continue
        is_owner, is_forced, num_policies = tables[table]
        if is_owner:
            problems.append(f"the database role {name!r} owns table {table}; only migrations run as the owner")
        if not is_forced or not num_policies:
            problems.append(f"table {table} lacks forced row-level security or a policy")
    return problems


def database_role_check() -> None:
    """End the process with a sentence when the database would not keep tenants apart."""
    problems = database_role_problems()
    connection.close()
    if problems:
        sys.exit("Anneal refuses to start:\n" + "\n".join(f"- {problem}" for problem in problems))
