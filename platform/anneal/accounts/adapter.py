"""What allauth asks us about accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter

from anneal.accounts.passwords import password_check


class AccountAdapter(DefaultAccountAdapter):
    """Allauth's behaviour, with our words about passwords, and the display name taken from the address until the person gives one."""

    def clean_password(self, password: str, user: Any = None) -> str:
        password_check(password, user)
        return password

    def save_user(self, request: Any, user: Any, form: Any, commit: bool = True) -> Any:
        user = super().save_user(request, user, form, commit=False)
        if not user.name:
            user.name = user.email.split("@", 1)[0][:150]
        if commit:
            user.save()
        return user
