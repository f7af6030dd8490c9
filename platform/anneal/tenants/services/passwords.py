"""Writes of people's own passwords: the act stands in the audit log of every organisation that they belong to."""

from __future__ import annotations

import smtplib
import uuid
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import translation

from anneal.accounts.selectors import user_active, users_by_id
from anneal.accounts.services import password_change, password_set_by_link
from anneal.common.errors import AnnealError
from anneal.common.outbox import outbox_put
from anneal.common.smtp import has_mail_server
from anneal.common.tenancy import tenant_scope
from anneal.tenants.actor import Actor
from anneal.tenants.letters import password_link_letter
from anneal.tenants.roles import Role
from anneal.tenants.selectors import memberships_of_user
from anneal.tenants.services import audit_write
from anneal.tenants.services.mail import letter_message, written_to

if TYPE_CHECKING:
    from anneal.accounts.models import User

log = structlog.get_logger(__name__)
_NOBODY = uuid.UUID(int=0)


@transaction.atomic
def account_change_password(*, user_id: uuid.UUID, current: str, new: str) -> User:
    """Change a person's own password. Raises AnnealError about `current_password` or `new_password`."""
    user = password_change(user_id=user_id, current=current, new=new)
    _audit(user, "account.password_changed")
    return user


@transaction.atomic
def account_set_password(*, secret: str, new: str) -> None:
    """Set the password of whoever a link was made for. Raises AnnealError (404, or about `password`)."""
    _audit(password_set_by_link(secret=secret, new=new), "account.password_reset")


@transaction.atomic
def password_link_ask(*, email: str) -> None:
    """Have a link sent to this address, where somebody has it. Takes as long where nobody does: the message is then for nobody.

    Raises AnnealError (409) where no mail can be sent.
    """
    if not has_mail_server():
        raise AnnealError("password_link.no_mail_server", status=409, params={"email": email})
    user = user_active(email=email)
    outbox_put("mail.password_link", user_id=user.id if user else _NOBODY)


def password_link_send(user_id: uuid.UUID) -> None:
    """Send somebody a link, in their language. One that cannot be sent now is not sent later: whoever waits for it asks again."""
    user = users_by_id([user_id]).get(user_id)
    if user is None or not user.is_active or not has_mail_server():
        return
    told = log.bind(user_id=str(user_id))
    with translation.override(written_to(user.language)):
        message = letter_message(password_link_letter(user), to=user.email, message_id=uuid.uuid4())
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        told.warning("password_link.refused", error=type(error).__name__)
    else:
        told.info("password_link.sent")


def _audit(user: User, action: str) -> None:
    for membership in memberships_of_user(user.id):
        with tenant_scope(membership.tenant_id):
            actor = Actor(user.id, None, membership.tenant_id, Role(membership.role))
            audit_write(actor=actor, action=action, target=user.email)
