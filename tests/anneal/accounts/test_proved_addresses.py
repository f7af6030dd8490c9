"""Where there is a mail server, whoever comes in has shown that their address is theirs, and nobody learns who has an account."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from anneal.accounts.letters import AccountLetter
from anneal.accounts.models import User
from anneal.common.outbox import outbox_relay
from anneal.tenants.tasks import send_account_letter
from tests.support.mail_server import MailServer, mail_server, words_of
from tests.support.people import PASSWORD, Api

pytestmark = pytest.mark.django_db
_AUTH = "/_allauth/browser/v1/auth"


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    with mail_server() as running:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"smtp_url": running.url})
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
        yield running


def _send(client: Client, path: str, language: str = "en", **body: str):
    headers = {"Accept-Language": language}
    return client.post(f"{_AUTH}{path}", json.dumps(body), content_type="application/json", headers=headers)


def _deliver() -> list[dict[str, str]]:
    """Do what the mail worker does; the messages there were."""
    sent: list[dict[str, str]] = []
    outbox_relay(lambda topic, payload: sent.append(payload) if topic == "mail.account" else None)
    for payload in sent:
        send_account_letter(**payload)
    return sent


def _code(server: MailServer) -> str:
    return re.findall(r"^\S+-?\S+$", words_of(server.letters[-1]).split("\n\n")[1])[0]


def _pending(answer) -> list[str]:
    return [flow["id"] for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]


def test_whoever_signs_up_comes_in_by_a_code_that_was_mailed(server):
    client = Client()
    signed = _send(client, "/signup", "zh-CN", email="new@example.com", password="a long enough one")
    assert (signed.status_code, _pending(signed)) == (401, ["verify_email"])
    assert client.get("/api/v1/session").json()["user"] is None
    [message] = _deliver()
    assert "new@example.com" not in json.dumps(message)
    [letter] = server.letters
    assert letter["To"] == "new@example.com"
    assert "验证码" in words_of(letter)
    assert _send(client, "/email/verify", key="wrong").status_code == 400
    assert _send(client, "/email/verify", key=_code(server)).status_code == 200
    assert client.get("/api/v1/session").json()["user"]["email"] == "new@example.com"
    assert EmailAddress.objects.get(email="new@example.com").verified


def test_signing_up_answers_alike_whether_or_not_somebody_has_the_address(server, owner):
    answers = [
        _send(Client(), "/signup", email=email, password="a long enough one")
        for email in (owner.user.email, "new@example.com")
    ]
    told = [(answer.status_code, {**answer.json(), "meta": None}) for answer in answers]
    assert told[0] == told[1]
    _deliver()
    known, new = server.letters
    assert "already" in known["Subject"]
    assert "code" in new["Subject"]
    assert owner.user.check_password(PASSWORD)


def test_whoever_signed_up_before_there_was_a_mail_server_proves_it_at_the_next_sign_in(server, owner):
    EmailAddress.objects.filter(user=owner.user).update(verified=False)
    client = Client()
    assert _pending(_send(client, "/login", email=owner.user.email, password=PASSWORD)) == ["verify_email"]
    _deliver()
    assert _send(client, "/email/verify", key=_code(server)).status_code == 200


def test_an_invitation_is_not_accepted_by_an_address_that_is_not_proved(server, owner, stranger):
    made = owner.api.post("/invitations", {"email": stranger.user.email, "role": "admin"}).json()
    token = made["accept_url"].rpartition("/")[2]
    EmailAddress.objects.filter(user=stranger.user).update(verified=False)
    # Signed in since before: sign-in would have asked for the code.
    refused = stranger.api.post("/invitations/accept", {"token": token})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "invitation.unproved_address")
    EmailAddress.objects.filter(user=stranger.user).update(verified=True)
    assert stranger.api.post("/invitations/accept", {"token": token}).status_code == 200


def test_without_a_mail_server_an_invitation_needs_no_proof(owner, stranger):
    made = owner.api.post("/invitations", {"email": stranger.user.email, "role": "viewer"}).json()
    EmailAddress.objects.filter(user=stranger.user).update(verified=False)
    token = made["accept_url"].rpartition("/")[2]
    assert stranger.api.post("/invitations/accept", {"token": token}).status_code == 200


def test_another_address_that_is_proved_does_not_count(server, owner, stranger):
    made = owner.api.post("/invitations", {"email": stranger.user.email, "role": "viewer"}).json()
    EmailAddress.objects.filter(user=stranger.user).update(verified=False)
    EmailAddress.objects.create(user=stranger.user, email="other@example.com", verified=True)
    answer = stranger.api.post("/invitations/accept", {"token": made["accept_url"].rpartition("/")[2]})
    assert answer.status_code == 403


def test_a_letter_that_is_too_old_or_sealed_by_somebody_else_is_not_sent(server, settings):
    client = Client()
    _send(client, "/signup", email="new@example.com", password="a long enough one")
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = -1
    [message] = _deliver()
    send_account_letter(sealed="nonsense")
    assert server.letters == []
    assert AccountLetter.opened(message["sealed"]).email == "new@example.com"
    assert User.objects.filter(email="new@example.com").exists()
    assert Api().get("/tenant").status_code == 401
