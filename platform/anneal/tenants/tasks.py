"""Celery's entry points. A message is a hint: an id that is unknown, done or taken means there is nothing to do."""

from __future__ import annotations

from celery import shared_task

from anneal.common.hints import with_id
from anneal.tenants.services.mail import account_mail_send, mail_send
from anneal.tenants.services.passwords import password_link_send


@shared_task(name="mail.send")
def send(mail_id: str, **_newer: object) -> None:
    """Send an e-mail."""
    with_id(mail_send, mail_id, unreadable="mail.bad_message")


@shared_task(name="mail.password_link")
def send_password_link(user_id: str, **_newer: object) -> None:
    """Send a link by which somebody sets a new password."""
    with_id(password_link_send, user_id, unreadable="mail.bad_message")


@shared_task(name="mail.account")
def send_account_letter(sealed: str, **_newer: object) -> None:
    """Send a code, or that somebody has an account already. Holds the letter, sealed, since no row does."""
    account_mail_send(sealed)
