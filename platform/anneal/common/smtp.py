"""The mail server of this installation, where it has one."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.mail import get_connection

_PORTS: Final = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
_TIMEOUT_S: Final = 20


def has_mail_server() -> bool:
    """Whether e-mails are sent at all."""
    return settings.ENVIRONMENT.smtp_url is not None


def mail_connection() -> Any:
    """A connection to the server of `SMTP_URL`, opened when something is sent. Whatever goes wrong is an SMTPException or an OSError."""
    parts = urlsplit(str(settings.ENVIRONMENT.smtp_url))
    return get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=parts.scheme == "smtps",
        use_tls=parts.scheme == "smtp",
        timeout=_TIMEOUT_S,
    )
