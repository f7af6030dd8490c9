"""A link for a new password that is used twice at the same time: a double click, or somebody who reads along."""

from __future__ import annotations

import threading

from django.db import connection

from anneal.accounts.models import User
from anneal.accounts.password_links import link_address
from tests.support.people import Api, person_found


def test_of_two_who_use_a_link_at_once_one_is_refused(committed_db):
    person = person_found("hasty")
    secret = link_address(User.objects.get(id=person.user.id)).partition("#")[2]
    start = threading.Barrier(2)
    answers: list[int] = []

    def submit(password: str) -> None:
        start.wait()
        try:
            body = {"secret": secret, "password": password}
            answers.append(Api().post("/password-links/use", body).status_code)
        finally:
            connection.close()

    both = [threading.Thread(target=submit, args=(f"{word} and four words",)) for word in ("pepper", "cumin")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [204, 404]
