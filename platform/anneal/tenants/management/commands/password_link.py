"""`manage.py password_link EMAIL`: a link to set a new password, for operators whose installation sends no e-mails."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from anneal.accounts.password_links import link_address, link_hours
from anneal.accounts.selectors import user_active


class Command(BaseCommand):
    help = "Print a link by which a person sets a new password. Hand it to them alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address that they sign in with")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        user = user_active(email=options["email"])
        if user is None:
            raise CommandError(f"Nobody who may sign in has the address {options['email']}. Check its spelling.")
        self.stdout.write(link_address(user))
        self.stderr.write(f"It works once, for {link_hours()} hours. Hand it to {user.email} alone.")
