"""Nothing leaves before commit: messages are rows first, sent by the dispatcher's relay, and may arrive more than once."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Final

import structlog
from django.db import connection
from django.db.models import Count, Q

from anneal.common.models import OutboxEntry
from anneal.common.queues import QUEUES
from anneal.common.tenancy import service_scope

log = structlog.get_logger(__name__)
_HAS_QUEUE: Final = reduce(or_, (Q(topic__startswith=f"{area}.") for area in QUEUES))


def outbox_put(topic: str, **ids: object) -> None:
    """Add a message to the current transaction. `topic` is the Celery task's name; ids become its keyword arguments."""
    payload = json.dumps({name: str(value) for name, value in ids.items()})
    with connection.cursor() as cursor:
        # Not through the ORM, whose INSERT reads the new row back: the web role may add messages but not see any.
        cursor.execute("INSERT INTO common_outboxentry (topic, payload) VALUES (%s, %s::jsonb)", [topic, payload])


def outbox_relay(send: Callable[[str, dict[str, str]], None], *, limit: int = 100) -> int:
    """Send up to `limit` messages in order and delete them; returns how many. Two relays may run at once.

    A crash between sending and committing sends again: receivers look the id up and do nothing twice. What this release knows no queue for
    is left to the dispatcher of the one that put it there (`outbox_strays_tell`).
    """
    with service_scope():
        known = OutboxEntry.objects.filter(_HAS_QUEUE)
        entries = list(known.select_for_update(skip_locked=True).order_by("id")[:limit])
        for entry in entries:
            send(entry.topic, entry.payload)
        OutboxEntry.objects.filter(id__in=[entry.id for entry in entries]).delete()
    return len(entries)


def outbox_strays_tell() -> int:
    """Log which messages wait because this release knows no queue for them; returns how many."""
    with service_scope():
        strays = OutboxEntry.objects.exclude(_HAS_QUEUE).values("topic").annotate(num=Count("id")).order_by("topic")
        for stray in strays:
            log.error("outbox.unknown_topic", topic=stray["topic"], num_waiting=stray["num"])
        return sum(stray["num"] for stray in strays)
