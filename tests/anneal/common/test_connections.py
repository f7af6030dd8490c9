"""Connections that many threads share carry nothing from one tenant to the next."""

from __future__ import annotations

import threading

from django.db import connection, connections

from anneal.common.tenancy import tenant_scope
from anneal.jobs.timing import timing
from anneal.tenants.models import AuditEntry
from tests.support.people import person_found


def _leftovers() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 WHERE coalesce(current_setting('app.tenant', true), '') <> ''")
        return cursor.fetchall()


def test_silence_of_the_server_is_noticed_before_a_lease_ends(committed_db):
    with connection.cursor() as cursor:
        known = cursor.connection.info.get_parameters()
    given = [int(known[f"keepalives_{name}"]) for name in ("idle", "interval", "count")]
    assert given[0] + given[1] * given[2] < timing().fence_s
    assert int(known["tcp_user_timeout"]) < 1000 * timing().fence_s
    assert int(known["connect_timeout"]) < timing().heartbeat_s


def test_connections_shared_by_threads_never_show_foreign_rows(committed_db):
    people = [person_found(f"t{index}") for index in range(4)]
    wrong: list[object] = []

    def work(turn: int) -> None:
        try:
            for step in range(25):
                person = people[(turn + step) % len(people)]
                try:
                    with tenant_scope(person.tenant_id):
                        seen = set(AuditEntry.objects.values_list("tenant_id", flat=True))
                        if seen != {person.tenant_id}:
                            wrong.append(seen)
                        if step % 5 == turn % 5:
                            raise RuntimeError("a request that fails in the middle")
                except RuntimeError:
                    wrong.extend(_leftovers())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
