"""E-mails: rows first, sent by the background worker. A mail server that is away delays them, and Redis may lose every message.

A worker that is killed between sending and saying so sends again after its lease: at most that one mail comes twice, with the same
Message-ID, by which most programs show it once.
"""

from __future__ import annotations

import smtplib
import uuid
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone, translation

from anneal.accounts.letters import AccountLetter
from anneal.accounts.selectors import language_of
from anneal.common.leased_work import ask_again
from anneal.common.outbox import outbox_put
from anneal.common.sealing import BrokenSealError, seal, unseal
from anneal.common.smtp import has_mail_server, mail_connection
from anneal.common.tenancy import service_scope
from anneal.common.texts import text
from anneal.tenants.letters import Letter, account_letter, invitation_letter, notification_letter
from anneal.tenants.models import Invitation, Mail

log = structlog.get_logger(__name__)
_LEASE: Final = timedelta(minutes=2)
_FIRST_WAIT: Final = timedelta(seconds=15)
_LONGEST_WAIT: Final = timedelta(hours=1)
_GIVEN_UP_AFTER: Final = timedelta(days=2)
_PURPOSE: Final = "tenants.invitation"
_FOR_GOOD: Final = 500


def mail_ask(mail: Mail) -> None:
    """Have the background worker send it, after commit."""
    outbox_put("mail.send", mail_id=mail.id)


def invitation_mail(*, invitation: Invitation, token: str) -> bool:
    """Send an invitation to its address; whether there is a mail server to do it."""
    if not has_mail_server():
        return False
    mail = Mail.objects.create(
        invitation=invitation,
        sealed=seal({"token": token}, purpose=_PURPOSE),
        language=translation.get_language() or "",
    )
    mail_ask(mail)
    return True


def mails_reconcile(*, limit: int = 100) -> int:
    """Ask again for e-mails that nobody sends; how many. Runs in `service_scope`."""
    return ask_again(Mail.objects.all(), mail_ask, limit=limit)


def mail_send(mail_id: uuid.UUID) -> None:
    """Send an e-mail, once. Does nothing for one that is sent, withdrawn or being sent by another worker."""
    mail = _claim(mail_id)
    if mail is None:
        return None
    told = log.bind(mail_id=str(mail_id), tries=mail.tries)
    try:
        message = _message(mail)
    except BrokenSealError:
        told.warning("mail.unreadable")
        return _end(mail)
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        is_over = _is_for_good(error) or mail.created_at < timezone.now() - _GIVEN_UP_AFTER
        told.warning("mail.given_up" if is_over else "mail.refused", error=type(error).__name__)
        return _end(mail) if is_over else _wait(mail)
    told.info("mail.sent")
    return _end(mail)


def account_mail_send(sealed: str) -> None:
    """Send a letter that a message holds. One that cannot be sent now is not sent later: whoever waits for it asks again."""
    try:
        letter = AccountLetter.opened(sealed)
    except BrokenSealError:
        log.warning("account_mail.unreadable")
        return
    if letter.is_stale or not has_mail_server():
        return
    with translation.override(written_to(letter.language)):
        message = letter_message(account_letter(letter), to=letter.email, message_id=uuid.uuid4())
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        log.warning("account_mail.refused", kind=letter.kind, error=type(error).__name__)


def _claim(mail_id: uuid.UUID) -> Mail | None:
    with service_scope():
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())
        won = Mail.objects.filter(free, id=mail_id).update(lease_until=Now() + _LEASE, tries=F("tries") + 1)
        named = ("tenant", "notification__user", "invitation__invited_by")
        return Mail.objects.select_related(*named).get(id=mail_id) if won else None


def _message(mail: Mail) -> EmailMessage:
    """The mail in the recipient's language. Raises BrokenSealError."""
    if mail.notification is not None:
        to, language = mail.notification.user.email, mail.notification.user.language
    else:
        assert mail.invitation is not None  # noqa: S101 - a constraint of the table
        to = mail.invitation.email
        with service_scope():
            language = language_of(to) or mail.language
    with translation.override(written_to(language)):
        return letter_message(_letter(mail), to=to, message_id=mail.id)


def written_to(language: str) -> str:
    """What Django calls the language of somebody who reads the page in `language`."""
    return "zh-hans" if language.startswith("zh") else "en"


def letter_message(letter: Letter, *, to: str, message_id: uuid.UUID) -> EmailMessage:
    """A letter in its envelope, in the language in force."""
    body = "\n\n".join([*letter.paragraphs, "-- \n" + text("mail.footer", organisation=letter.organisation)])
    host = urlsplit(settings.PUBLIC_URL).hostname
    headers = {"Message-ID": f"<{message_id}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(letter.subject, body, to=[to], headers=headers, connection=mail_connection())


def _letter(mail: Mail) -> Letter:
    if mail.notification is not None:
        return notification_letter(mail.notification, mail.tenant)
    assert mail.invitation is not None  # noqa: S101 - a constraint of the table
    token = unseal(mail.sealed, purpose=_PURPOSE)["token"]
    return invitation_letter(mail.invitation, mail.tenant, token)


def _is_for_good(error: Exception) -> bool:
    """Whether the server will never take this mail. A login that it refuses is the operator's to mend, and worth the wait."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _FOR_GOOD for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= _FOR_GOOD


def _wait(mail: Mail) -> None:
    """Let the reconciler ask again, the later the more often it failed."""
    wait = min(_FIRST_WAIT * 2 ** min(mail.tries, 10), _LONGEST_WAIT)
    with service_scope():
        Mail.objects.filter(id=mail.id, tries=mail.tries).update(lease_until=Now() + wait)


def _end(mail: Mail) -> None:
    with service_scope():
        Mail.objects.filter(id=mail.id, tries=mail.tries).delete()
