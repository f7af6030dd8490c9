"""Celery's entry points. A message is a hint: an id that is unknown, done or taken means there is nothing to do."""

from __future__ import annotations

from celery import shared_task

from anneal.common.crews import HEAVY
from anneal.common.hints import with_id
from anneal.jobs.services.previews import preview_make


@shared_task(name="previews.make")
def make(preview_id: str, **_newer: object) -> None:
    """Find out what a model would read."""
    with_id(preview_make, preview_id, unreadable="preview.bad_message", crew=HEAVY)
