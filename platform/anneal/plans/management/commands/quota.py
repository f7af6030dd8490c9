"""`manage.py quota ORGANISATION`: what an organisation may have, shown or changed by whoever runs the installation."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError
from psycopg.errors import InsufficientPrivilege

from anneal.common.tenancy import service_scope, tenant_scope
from anneal.plans.kinds import QuotaKind
from anneal.plans.selectors import QuotaUse, amount_text, quota_list
from anneal.plans.services import quota_grant, quota_take_back
from anneal.tenants.selectors import tenants_called

if TYPE_CHECKING:
    from anneal.tenants.models import Tenant

_NONE: Final = "none"
_USUAL: Final = "usual"


def _amount(written: str) -> float | str:
    if written in {_NONE, _USUAL}:
        return written
    try:
        amount = float(written)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < math.inf:
        raise argparse.ArgumentTypeError(f"give a number from 0 on, '{_NONE}' or '{_USUAL}', not {written!r}")
    return amount


class Command(BaseCommand):
    help = "Show what an organisation may have and uses; with options, change it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its id, or its whole name")
        for kind in QuotaKind:
            parser.add_argument(
                f"--{kind.replace('_', '-')}",
                type=_amount,
                metavar="N",
                help=f"a number, '{_NONE}' for no limit, '{_USUAL}' for what the settings give everybody",
            )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        wanted = {kind: options[kind] for kind in QuotaKind if options[kind] is not None}
        running = wanted.get(QuotaKind.RUNNING_JOBS)
        if isinstance(running, float) and (running < 1 or running % 1):
            raise CommandError("--running-jobs: give a whole number from 1 on; jobs would wait for ever otherwise.")
        try:
            with service_scope(), tenant_scope(_tenant(options["organisation"]).id):
                for kind, amount in wanted.items():
                    _change(kind, amount)
                lines = [_line(use) for use in quota_list()]
        except ProgrammingError as error:
            if not isinstance(error.__cause__, InsufficientPrivilege):
                raise
            raise CommandError(
                "This login may not serve every organisation: run the command where the dispatcher runs "
                "(docs/deployment.md, Quotas)."
            ) from error
        self.stdout.write("\n".join(lines))


def _tenant(called: str) -> Tenant:
    found = tenants_called(called)
    if not found:
        raise CommandError(
            f"No organisation has the id or the name {called!r}. Write the whole name, as people see it."
        )
    if len(found) > 1:
        ids = ", ".join(str(tenant.id) for tenant in found)
        raise CommandError(f"{len(found)} organisations are called {called!r}; name one by its id: {ids}")
    return found[0]


def _change(kind: QuotaKind, amount: float | str) -> None:
    if amount == _USUAL:
        quota_take_back(kind=kind)
    else:
        quota_grant(kind=kind, amount=None if isinstance(amount, str) else amount)


def _line(use: QuotaUse) -> str:
    limit = "no limit" if use.limit is None else f"of {amount_text(use.limit)}"
    return f"{use.kind.value:<14} {amount_text(use.used)} {limit}"
