"""Celery's entry points. A message is a hint: an id that is unknown, done or taken means there is nothing to do."""

from __future__ import annotations

import uuid

import structlog
from celery import shared_task

from anneal.tenants.services.mail import mail_send

log = structlog.get_logger(__name__)


@shared_task(name="mail.send")
def send(mail_id: str, **_newer: object) -> None:
    """Send an e-mail."""
    try:
        parsed = uuid.UUID(mail_id)
    except (ValueError, AttributeError, TypeError):
        log.warning("mail.bad_message", mail_id=str(mail_id)[:100])
        return
    mail_send(parsed)
