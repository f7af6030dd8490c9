"""Celery's entry points. A message is a hint: an id that is unknown, done or taken means there is nothing to do."""

from __future__ import annotations

from celery import shared_task

from anneal.common.crews import HEAVY, REMOVALS
from anneal.common.hints import with_id
from anneal.common.removing import removal_do
from anneal.jobs.services.previews import preview_make
from anneal.jobs.services.walking import store_walk
from anneal.tenants.services.closing import tenant_purge


@shared_task(name="previews.make")
def make(preview_id: str, **_newer: object) -> None:
    """Find out what a model would read."""
    with_id(preview_make, preview_id, unreadable="preview.bad_message", crew=HEAVY)


@shared_task(name="store.remove")
def remove(work_id: str, **_newer: object) -> None:
    """Remove from the store what nobody needs any more."""
    with_id(removal_do, work_id, unreadable="store.bad_message", crew=REMOVALS)


@shared_task(name="store.walk")
def walk(work_id: str, **_newer: object) -> None:
    """Go through a tenant's objects for those that no row names."""
    with_id(store_walk, work_id, unreadable="store.bad_message", crew=REMOVALS)


@shared_task(name="store.purge")
def purge(work_id: str, **_newer: object) -> None:
    """Remove everything of an organisation that is gone for good."""
    with_id(tenant_purge, work_id, unreadable="store.bad_message", crew=REMOVALS)
