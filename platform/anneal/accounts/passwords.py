"""What a password must be, in our words. The rules themselves are `AUTH_PASSWORD_VALIDATORS`."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from anneal.accounts.models import User
from anneal.common.texts import text


def password_check(password: str, user: User | None = None) -> None:
    """Raise ValidationError with a sentence for each rule that `password` breaks, in the language of the request."""
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise ValidationError(
            [
                ValidationError(text(f"password.{error.code}", **(error.params or {})), code=error.code)
                for error in refused.error_list
            ]
        ) from refused
