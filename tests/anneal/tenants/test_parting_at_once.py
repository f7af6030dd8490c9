"""Two owners of one organisation who delete their accounts at the same time: somebody goes on owning it."""

from __future__ import annotations

import threading
import uuid

from django.db import connection

from anneal.tenants.roles import Role
from anneal.tenants.selectors import memberships_of_user
from tests.support.people import PASSWORD, Person, person_found, person_join


def test_of_two_owners_who_go_at_once_one_is_refused(committed_db):
    first = person_found("first")
    second = person_join(first.tenant_id, Role.OWNER)
    start = threading.Barrier(2)
    answers: dict[uuid.UUID, int] = {}

    def go(person: Person) -> None:
        start.wait()
        try:
            answers[person.user.id] = person.api.post("/account/delete", {"password": PASSWORD}).status_code
        finally:
            connection.close()

    both = [threading.Thread(target=go, args=(person,)) for person in (first, second)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers.values()) == [204, 409]
    [left] = [user_id for user_id, status in answers.items() if status == 409]
    assert [membership.role for membership in memberships_of_user(left)] == ["owner"]
