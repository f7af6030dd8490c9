"""Celery's entry points. A message is a hint: an id that is unknown, done or taken means there is nothing to do."""

from __future__ import annotations

from celery import shared_task

from anneal.common.hints import with_id
from anneal.tenants.services.mail import mail_send


@shared_task(name="mail.send")
def send(mail_id: str, **_newer: object) -> None:
    """Send an e-mail."""
    with_id(mail_send, mail_id, unreadable="mail.bad_message")
