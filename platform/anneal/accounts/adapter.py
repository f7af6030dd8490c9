"""What allauth asks us about accounts."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter

from anneal.accounts.letters import CODE, KNOWN, letter_ask
from anneal.accounts.passwords import password_check
from anneal.common.smtp import has_mail_server

_LETTERS: Final = {
    "account/email/email_confirmation_signup": CODE,
    "account/email/email_confirmation": CODE,
    "account/email/account_already_exists": KNOWN,
}


class AccountAdapter(DefaultAccountAdapter):
    """Allauth's behaviour, with our words about passwords, and the display name taken from the address until the person gives one."""

    def clean_password(self, password: str, user: Any = None) -> str:
        password_check(password, user)
        return password

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In our words, by the mail worker: the web process has no way out. What is no business of ours is not sent."""
        kind = _LETTERS.get(template_prefix)
        if kind is not None and has_mail_server():
            letter_ask(kind=kind, email=email, code=context.get("code", ""))

    def save_user(self, request: Any, user: Any, form: Any, commit: bool = True) -> Any:
        user = super().save_user(request, user, form, commit=False)
        if not user.name:
            user.name = user.email.split("@", 1)[0][:150]
        if commit:
            user.save()
        return user
