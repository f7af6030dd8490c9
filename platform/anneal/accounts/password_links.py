"""Links by which somebody who forgot their password sets a new one.

Nothing of a link is kept: its secret is a signature over the password, the last sign-in and the address of its person. So it works once,
no longer after whoever knows the password has signed in, and for as long as `PASSWORD_RESET_TIMEOUT`.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from anneal.accounts.models import User
from anneal.common.errors import AnnealError


class _Signature(PasswordResetTokenGenerator):
    key_salt = "anneal.accounts.password_links"


_signature = _Signature()


def link_address(user: User) -> str:
    """A new link for `user`. Its secret stands behind the `#`: browsers send that to nobody, so no log has it."""
    return f"{settings.PUBLIC_URL}/password/new#{user.id.hex}-{_signature.make_token(user)}"


def link_hours() -> int:
    """For how long a link works."""
    return int(settings.PASSWORD_RESET_TIMEOUT // 3600)


def link_user(secret: str, *, for_update: bool = False) -> User:
    """Whose link this is; with `for_update`, locked, so that of two who use it at once one is refused. Raises AnnealError (404)."""
    user_hex, _, token = secret.partition("-")
    people = User.objects.select_for_update() if for_update else User.objects.all()
    try:
        user = people.filter(id=uuid.UUID(hex=user_hex), is_active=True).first()
    except ValueError:
        user = None
    if user is None or not _signature.check_token(user, token):
        raise AnnealError("password_link.invalid", status=404)
    return user
