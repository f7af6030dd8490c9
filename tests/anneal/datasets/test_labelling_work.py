"""Labelling with real commits and several connections: nobody is handed what another one is just being handed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import OperationalError, connection

from anneal.common.tenancy import tenant_scope
from anneal.datasets.models import LabelSession
from anneal.datasets.selectors import label_session_rows
from anneal.datasets.services.labelling import rows_hand_out
from anneal.tenants.roles import Role
from tests.anneal.datasets.steps import versioned


def _session(owner, **values):
    dataset = versioned(owner)
    answer = owner.api.post(f"/datasets/{dataset['id']}/label-sessions", {"name": "n", **values})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_who_asks_while_rows_are_handed_out_waits_for_the_commit(committed_db):
    from tests.support.people import person_found

    owner = person_found("owner")
    session_id = _session(owner, num_rows=5)
    refusals = []

    def second() -> None:
        try:
            with owner.scope():
                LabelSession.objects.select_for_update(nowait=True).get(id=session_id)
        except OperationalError as error:
            refusals.append(str(error))
        finally:
            connection.close()

    with tenant_scope(owner.tenant_id):
        session = label_session_rows().get(id=session_id)
        assert len(rows_hand_out(session=session, user_id=owner.user.id, count=3).rows) == 3
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert refusals, "the session is not locked, so the second one may be handed the same rows"
    assert "could not obtain lock" in refusals[0]


def test_people_who_ask_at_once_are_handed_different_rows(committed_db):
    from tests.support.people import person_found, person_join

    owner = person_found("owner")
    session_id = _session(owner, num_rows=20)
    people = [owner, *(person_join(owner.tenant_id, Role.MEMBER) for _ in range(3))]

    def handed(person) -> list[int]:
        try:
            answer = person.api.get(f"/label-sessions/{session_id}/next?count=5").json()
            return [entry["row"]["id"] for entry in answer["data"]]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        rows = [row for found in pool.map(handed, people) for row in found]
    assert len(rows) == len(set(rows)) == 20
