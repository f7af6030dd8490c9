"""What allauth's sign-up asks besides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from anneal.accounts.models import User
from anneal.accounts.passwords import password_check


class SignUpForm(forms.Form):
    """Compares the password with the address, which allauth does not: it checks each field by itself."""

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().clean() or self.cleaned_data
        if "email" in fields and "password" in fields:
            try:
                password_check(fields["password"], User(email=fields["email"]))
            except ValidationError as refused:
                self.add_error("password", refused)
        return fields

    def signup(self, request: Any, user: User) -> None:
        """Nothing more is kept of a person than allauth keeps."""
