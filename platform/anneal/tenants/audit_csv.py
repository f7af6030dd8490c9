"""The audit log as a CSV file, in the language of the request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from anneal.common.csv_lines import csv_line
from anneal.tenants.audit_actions import action_text
from anneal.tenants.models import AuditEntry

_COLUMNS = ("time", "person", "api_key", "action", "words", "target", "target_name", "data")


def audit_csv(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """The names of the columns, then a line for each of `entries`, whose actors are named."""
    yield csv_line(_COLUMNS)
    for entry in entries:
        yield csv_line(
            [
                entry.created_at.isoformat(),
                entry.actor_user.shown_email if entry.actor_user else entry.actor_user_id and str(entry.actor_user_id),
                entry.actor_api_key_name,
                entry.action,
                action_text(entry.action),
                entry.target,
                entry.target_name,
                json.dumps(entry.data, ensure_ascii=False, sort_keys=True),
            ]
        )
