"""Messages of Celery are hints: they carry the id of a row, and Postgres says what there is to do."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog

from anneal.common.crews import Crew

log = structlog.get_logger(__name__)


def with_id(act: Callable[[uuid.UUID], None], row_id: str, *, unreadable: str, crew: Crew | None = None) -> None:
    """Act on the row that a message names, with a `crew` when it has a thread free.

    What is no id is noted as the event `unreadable`, and nothing is done.
    """
    try:
        parsed = uuid.UUID(row_id)
    except (ValueError, AttributeError, TypeError):
        log.warning(unreadable, row_id=str(row_id)[:100])
        return
    if crew is None:
        act(parsed)
    else:
        crew.run(act, parsed)
