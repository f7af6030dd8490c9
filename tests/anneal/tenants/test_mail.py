"""E-mails: in the recipient's language, sent once, and neither a mail server that is away nor Redis loses one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from anneal.accounts.models import User
from anneal.common.outbox import outbox_relay
from anneal.common.tenancy import service_scope
from anneal.tenants.models import Mail, Membership
from anneal.tenants.roles import Role
from anneal.tenants.services.mail import mails_reconcile
from anneal.tenants.services.notifications import notify
from anneal.tenants.tasks import send
from tests.support.mail_server import MailServer, mail_server, words_of
from tests.support.people import Person, person_join

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    """A mail server, and an installation that knows it."""
    with mail_server() as running:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"smtp_url": running.url})
        yield running


def tell(person: Person, name: str = "Intents") -> None:
    with person.scope():
        notify(
            kind="job_failed",
            user_ids=[person.user.id],
            name=name,
            code="reason.training:diverged",
            opens=uuid.UUID(int=7),
        )


def deliver() -> int:
    """What the background worker does with the messages that are out; how many there were."""
    asked: list[str] = []
    outbox_relay(lambda topic, payload: asked.append(payload["mail_id"]) if topic == "mail.send" else None)
    for mail_id in asked:
        send(mail_id)
    return len(asked)


def later(**age: object) -> None:
    """So much time has passed that whatever waits is due."""
    with service_scope():
        Mail.objects.update(lease_until=None, work_asked_at=Now() - timedelta(minutes=1), **age)


def waiting() -> int:
    with service_scope():
        return Mail.objects.count()


def test_a_member_is_written_to_in_their_language_and_can_go_there_from_it(owner, server):
    User.objects.filter(id=owner.user.id).update(language="zh-CN")
    tell(owner, "Intents\r\nBcc: everybody@example.com")
    assert deliver() == 1
    [letter] = server.letters
    assert letter["To"] == owner.user.email
    assert letter["Bcc"] is None
    assert letter["Auto-Submitted"] == "auto-generated"
    words = words_of(letter)
    assert "任务失败：Intents Bcc: everybody@example.com" in words
    assert "请选择更小的学习率" in words
    assert f"http://testserver/jobs/{uuid.UUID(int=7)}?tenant={owner.tenant_id}\n" in words
    assert f"http://testserver/settings/notifications?tenant={owner.tenant_id}\n" in words
    assert waiting() == 0


def test_who_chose_e_mail_alone_has_nothing_in_the_page(owner, server):
    wish = {"kinds": [{"kind": "job_failed", "in_page": False, "by_email": True}], "follows_all_jobs": False}
    assert owner.api.put("/notifications/settings", wish).json()["is_mail_sent"] is True
    tell(owner)
    assert deliver() == 1
    assert "Job failed: Intents" in server.letters[0]["Subject"]
    assert owner.api.get("/notifications").json() == {"data": [], "next_cursor": None, "num_unread": 0}


def test_a_message_that_comes_twice_sends_once(owner, server):
    tell(owner)
    with service_scope():
        mail_id = str(Mail.objects.get().id)
    for _ in range(2):
        send(mail_id)
    for nonsense in ("", "x", str(uuid.uuid4())):
        send(nonsense)
    assert len(server.letters) == 1


def test_another_worker_does_not_send_what_one_is_sending(owner, server):
    tell(owner)
    with service_scope():
        Mail.objects.update(lease_until=Now() + timedelta(seconds=60))
    assert deliver() == 1
    assert (server.letters, waiting()) == ([], 1)


def test_messages_that_redis_lost_are_asked_for_again(owner, server):
    tell(owner)
    outbox_relay(lambda *_: None)
    with service_scope():
        assert mails_reconcile() == 0, "the worker has a moment to come to it"
    later()
    with service_scope():
        assert mails_reconcile() == 1
    assert deliver() == 1
    assert len(server.letters) == 1


@pytest.mark.parametrize(
    "answers", [{"RCPT": "451 later"}, {".": "452 full"}, {"MAIL": "421 busy"}, {"EHLO": "500", "HELO": "500"}]
)
def test_a_server_that_is_not_ready_delays_a_mail(owner, server, answers):
    server.answers = answers
    tell(owner)
    deliver()
    with service_scope():
        mail = Mail.objects.get()
        assert mail.lease_until is not None
        assert timezone.now() + timedelta(seconds=20) < mail.lease_until < timezone.now() + timedelta(hours=2)
        assert mails_reconcile() == 0
    server.answers = {}
    later()
    with service_scope():
        mails_reconcile()
    deliver()
    assert [letter["Message-ID"] for letter in server.letters] == [f"<{mail.id}@testserver>"]
    assert waiting() == 0


def test_a_server_that_is_away_loses_nothing(owner, settings):
    with mail_server() as gone:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"smtp_url": gone.url})
    tell(owner)
    deliver()
    assert waiting() == 1
    later(created_at=timezone.now() - timedelta(days=3))
    with service_scope():
        mails_reconcile()
    deliver()
    assert waiting() == 0, "given up after two days"


def test_an_address_that_does_not_exist_is_not_tried_again(owner, server):
    server.answers = {"RCPT": "550 nobody here"}
    tell(owner)
    deliver()
    assert waiting() == 0


def test_without_a_mail_server_nothing_waits_for_one(owner):
    tell(owner)
    assert waiting() == 0
    assert owner.api.get("/notifications/settings").json()["is_mail_sent"] is False


def test_who_left_is_not_written_to(owner, server):
    member = person_join(owner.tenant_id, Role.MEMBER)
    tell(member)
    with owner.scope():
        membership = Membership.objects.get(user=member.user)
    assert owner.api.delete(f"/members/{membership.id}").status_code == 204
    assert deliver() == 1
    assert server.letters == []


def test_billing_members_are_told_of_their_role(owner, server):
    member = person_join(owner.tenant_id, Role.MEMBER)
    with owner.scope():
        membership = Membership.objects.get(user=member.user)
    owner.api.patch(f"/members/{membership.id}", {"role": "billing"})
    assert deliver() == 1
    assert "You are now: billing." in words_of(server.letters[0])


def test_an_invitation_is_mailed_with_the_link_that_works(owner, stranger, server):
    made = owner.api.post(
        "/invitations", {"email": stranger.user.email, "role": "viewer"}, Accept_Language="zh-CN"
    ).json()
    assert made["is_mailed"] is True
    token = made["accept_url"].rsplit("/", 1)[1]
    with service_scope():
        assert token not in str(list(Mail.objects.values())), "the token rests sealed"
    assert deliver() == 1
    [letter] = server.letters
    assert letter["To"] == stranger.user.email
    words = words_of(letter)
    assert made["accept_url"] in words
    assert "邀请您加入" in words, "whose language nobody knows is written to in that of the inviter"
    assert stranger.api.post("/invitations/accept", {"token": token}).status_code == 200


def test_a_withdrawn_or_replaced_invitation_is_not_mailed(owner, server):
    made = [owner.api.post("/invitations", {"email": "new@example.com", "role": "viewer"}).json() for _ in range(2)]
    assert owner.api.delete(f"/invitations/{made[1]['id']}").status_code == 204
    assert deliver() == 2
    assert (server.letters, waiting()) == ([], 0)


def test_an_invitation_sealed_with_another_key_ends_nothing_but_itself(owner, server, settings):
    owner.api.post("/invitations", {"email": "new@example.com", "role": "viewer"})
    settings.SECRET_KEY = "another" * 10
    assert deliver() == 1
    assert (server.letters, waiting()) == ([], 0)
