"""Celery's entry points. A message is a hint: an id that is unknown, done or taken means there is nothing to do."""

from __future__ import annotations

import uuid

import structlog
from celery import shared_task

from anneal.jobs.services.previews import preview_make

log = structlog.get_logger(__name__)


@shared_task(name="previews.make")
def make(preview_id: str, **_newer: object) -> None:
    """Find out what a model would read."""
    try:
        parsed = uuid.UUID(preview_id)
    except (ValueError, AttributeError, TypeError):
        log.warning("preview.bad_message", preview_id=str(preview_id)[:100])
        return
    preview_make(parsed)
