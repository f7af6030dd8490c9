"""`manage.py demo_account`: the person, the organisation and the API key that `make demo` works with."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from anneal.tenants.services import demo_account_ensure


class Command(BaseCommand):
    help = "Make or refresh the demo account and print how to sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default="demo@example.com")
        parser.add_argument("--password", default=None, help="set this password; a random one when left out")
        parser.add_argument("--organisation", default="Demo Company")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """A new API key replaces the one that an earlier call made."""
        password = options["password"] or secrets.token_urlsafe(12)
        tenant_id, key = demo_account_ensure(
            email=options["email"], password=password, organisation=options["organisation"]
        )
        made = {"email": options["email"], "password": password, "tenant_id": str(tenant_id), "api_key": key}
        lines = json.dumps(made) if options["json"] else "\n".join(f"{name}: {value}" for name, value in made.items())
        self.stdout.write(lines)
