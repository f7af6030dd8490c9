"""Passwords: changed by who knows theirs, set anew by who holds a link; what ends with the old one, and what nobody can find out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from anneal.accounts.models import User
from anneal.accounts.password_links import link_address
from anneal.common.outbox import outbox_relay
from anneal.config import settings as product
from anneal.tenants.models import AuditEntry
from anneal.tenants.tasks import send_password_link
from tests.support.mail_server import MailServer, mail_server, words_of
from tests.support.people import PASSWORD, Api, Person, person_found

pytestmark = pytest.mark.django_db
_NEW = "vQ7-kz2+pW9!"
_LINK = "http://testserver/password/new#"


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    """A mail server, and an installation that knows it."""
    with mail_server() as running:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"smtp_url": running.url})
        yield running


@pytest.fixture
def limited(settings) -> None:
    """The limits of production."""
    settings.ACCOUNT_RATE_LIMITS = product.ACCOUNT_RATE_LIMITS


def deliver() -> list[str]:
    """What the background worker does with the messages that are out; the topics that there were."""
    asked: list[tuple[str, dict[str, str]]] = []
    outbox_relay(lambda topic, payload: asked.append((topic, payload)))
    for _, payload in asked:
        send_password_link(**payload)
    return [topic for topic, _ in asked]


def secret_of(person: Person) -> str:
    return link_address(User.objects.get(id=person.user.id)).removeprefix(_LINK)


def use(secret: str, password: str = _NEW) -> Any:
    return Api().post("/password-links/use", {"secret": secret, "password": password})


def can_sign_in(person: Person, password: str) -> bool:
    body = {"email": person.user.email, "password": password}
    return Client().post("/_allauth/browser/v1/auth/login", body, content_type="application/json").status_code == 200


def change(person: Person, current: str = PASSWORD, new: str = _NEW) -> Any:
    return person.api.post("/account/password", {"current_password": current, "new_password": new})


def acts(person: Person) -> list[tuple[str, Any]]:
    with person.scope():
        return list(AuditEntry.objects.order_by("id").values_list("action", "actor_user_id"))


def test_a_changed_password_ends_every_other_session_and_no_more(owner):
    other = Api(user=owner.user)
    assert change(owner).status_code == 204
    assert owner.api.get("/members").status_code == 200
    assert other.get("/members").status_code == 401
    assert can_sign_in(owner, _NEW)
    assert not can_sign_in(owner, PASSWORD)
    assert acts(owner)[-1] == ("account.password_changed", owner.user.id)


@pytest.mark.parametrize(
    ("current", "new", "param", "code"),
    [
        ("not this one", _NEW, "current_password", "password.wrong"),
        (PASSWORD, "short", "new_password", "password_too_short"),
        (PASSWORD, "8264915730482", "new_password", "password_entirely_numeric"),
    ],
)
def test_a_change_that_is_refused_says_at_which_field(owner, current, new, param, code):
    answer = change(owner, current, new)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == param
    assert code in {error["code"], *(detail["code"] for detail in error["details"])}
    assert can_sign_in(owner, PASSWORD)
    assert acts(owner)[-1][0] == "tenant.created"


def test_a_password_is_no_likeness_of_the_address(owner):
    assert change(owner, new=owner.user.email).json()["error"]["details"][0]["code"] == "password_too_similar"


def test_current_passwords_are_not_tried_through(owner, limited):
    answers = [change(owner, f"try {number}").status_code for number in range(6)]
    assert answers == [400] * 5 + [429]
    assert change(owner).json()["error"]["code"] == "auth.too_many_tries"


def test_a_key_changes_no_password(owner):
    answer = owner.key().post("/account/password", {"current_password": PASSWORD, "new_password": _NEW})
    assert answer.status_code == 403


def test_a_forgotten_password_is_set_by_the_link_of_a_mail(owner, server):
    User.objects.filter(id=owner.user.id).update(language="zh-CN")
    asked = Api().post("/password-links", {"email": owner.user.email.upper()})
    assert (asked.status_code, asked.json()["valid_hours"]) == (202, 4)
    assert deliver() == ["mail.password_link"]
    [letter] = server.letters
    assert letter["To"] == owner.user.email
    words = words_of(letter)
    assert "4 小时内有效" in words
    secret = next(line for line in words.splitlines() if line.startswith(_LINK)).removeprefix(_LINK)
    assert Api().post("/password-links/look", {"secret": secret}).json() == {"email": owner.user.email}
    assert use(secret).status_code == 204
    assert owner.api.get("/members").status_code == 401, "every session ends"
    assert can_sign_in(owner, _NEW)
    assert acts(owner)[-1] == ("account.password_reset", owner.user.id)


def test_nobody_learns_who_has_an_account(owner, server):
    inactive = person_found("inactive")
    User.objects.filter(id=inactive.user.id).update(is_active=False)
    answers, costs = [], []
    for email in (owner.user.email, inactive.user.email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            answer = Api().post("/password-links", {"email": email})
        answers.append((answer.status_code, answer.content.replace(email.encode(), b"")))
        costs.append(len(queries))
    assert len(set(answers)) == len(set(costs)) == 1
    assert len(deliver()) == 3
    assert [letter["To"] for letter in server.letters] == [owner.user.email]


def test_a_letter_box_is_not_filled(owner, server, limited):
    sent = [Api().post("/password-links", {"email": owner.user.email}).status_code for _ in range(4)]
    unknown = [Api().post("/password-links", {"email": "nobody@example.com"}).status_code for _ in range(4)]
    assert sent == unknown == [202, 202, 202, 429]


def test_a_link_that_is_refused_changes_nothing(owner, stranger, settings):
    secret = secret_of(owner)
    foreign = secret_of(stranger)
    owners, _, token = secret.partition("-")
    mixed = f"{owners}-{foreign.partition('-')[2]}"
    for wrong in (mixed, owners, f"{owners}-", token, f"{secret}0", "nonsense", f"{'0' * 32}-{token}"):
        assert (use(wrong).status_code, use(wrong).json()["error"]["code"]) == (404, "password_link.invalid"), wrong
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert use(secret).status_code == 404, "too old"
    assert can_sign_in(owner, PASSWORD)


def test_a_link_works_once_and_a_bad_password_does_not_use_it_up(owner):
    secret = secret_of(owner)
    refused = use(secret, "short").json()["error"]
    assert (refused["param"], refused["details"][0]["code"]) == ("password", "password_too_short")
    assert use(secret).status_code == 204
    assert use(secret, "another good one").status_code == 404
    assert can_sign_in(owner, _NEW)


def test_a_link_ends_with_the_password_that_it_was_made_for_with_a_sign_in_and_with_the_account(owner, stranger):
    User.objects.filter(id=owner.user.id).update(last_login=timezone.now() - timedelta(hours=1))
    remembered, gone, changed = secret_of(owner), secret_of(stranger), secret_of(stranger)
    assert can_sign_in(owner, PASSWORD)
    assert use(remembered).status_code == 404
    assert change(stranger).status_code == 204
    assert use(changed).status_code == 404
    assert use(gone).status_code == 404
    fresh = secret_of(owner)
    User.objects.filter(id=owner.user.id).update(is_active=False)
    assert use(fresh).status_code == 404


def test_without_a_mail_server_the_operator_makes_the_link(owner):
    answer = Api().post("/password-links", {"email": owner.user.email})
    assert answer.status_code == 409
    assert f"manage.py password_link {owner.user.email}" in answer.json()["error"]["message"]
    assert Api().get("/session").json()["is_mail_sent"] is False
    printed = io.StringIO()
    call_command("password_link", owner.user.email.upper(), stdout=printed, stderr=io.StringIO())
    assert use(printed.getvalue().strip().removeprefix(_LINK)).status_code == 204
    with pytest.raises(CommandError, match="Nobody who may sign in"):
        call_command("password_link", "nobody@example.com")


def test_a_mail_that_cannot_be_sent_shows_its_secret_nowhere(owner, server, caplog):
    server.answers = {"RCPT": "451 later"}
    Api().post("/password-links", {"email": owner.user.email})
    assert deliver() == ["mail.password_link"]
    assert owner.user.id.hex not in caplog.text


@pytest.mark.parametrize("path", ["auth/password/request", "auth/password/reset", "account/password/change"])
def test_passwords_have_no_other_way_in(owner, path):
    body = {"email": owner.user.email, "current_password": PASSWORD, "new_password": _NEW}
    answer = owner.api.post(f"//_allauth/browser/v1/{path}", body)
    assert answer.status_code == 404
    assert can_sign_in(owner, PASSWORD)
