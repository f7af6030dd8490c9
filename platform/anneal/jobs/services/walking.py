"""Objects in the store that no row names, left by workers that were killed or had lost their lease: a day later they go.

Every tenant's objects are gone through once a day. The store is listed before rows are read, and what nothing names a day after it came
never gets a name. Nobody else's objects are touched: those of tenants that the database does not know, and those in other places.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Final

import structlog
from django.utils import timezone

from anneal.common.models import StoreWork
from anneal.common.removing import StoreWorking
from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.services.leftovers import STORED_IN, named_of_datasets
from anneal.jobs.models import Checkpoint, Job
from anneal.registry.selectors import keys_of_jobs
from anneal.tenants.selectors import tenant_ids
from workers.contract.states import TERMINAL

log = structlog.get_logger(__name__)
_EVERY: Final = timedelta(days=1)
_OLD: Final = timedelta(days=1)
_AT_ONCE: Final = 1000


def walks_plan() -> int:
    """Have the objects of every tenant gone through; returns of how many for the first time. Runs in `service_scope`."""
    planned = set(StoreWork.objects.filter(kind="walk").values_list("prefix", flat=True))
    new = [StoreWork(kind="walk", prefix=str(tenant_id)) for tenant_id in tenant_ids() if str(tenant_id) not in planned]
    StoreWork.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def store_walk(work_id: uuid.UUID) -> None:
    """Go through the objects of one tenant. Does nothing when somebody is at it."""
    with service_scope():
        work = StoreWorking.claim(StoreWork.objects.filter(id=work_id, kind="walk"))
    if work is None:
        return
    with work.to_its_end(tenant_id=work.row.prefix):
        with work.moving():
            num_removed = sum(_walk(work, place, named) for place, named in _named_in().items())
        if num_removed:
            log.info("store.orphans_removed", tenant_id=work.row.prefix, num_removed=num_removed)
        work.rest(_EVERY)


def _named_in() -> dict[str, Callable[[Collection[str]], set[str]]]:
    """Who knows what rows name, for each place below a tenant."""
    return {**dict.fromkeys(STORED_IN, named_of_datasets), "jobs": _named_of_jobs}


def _walk(work: StoreWorking, place: str, named: Callable[[Collection[str]], set[str]]) -> int:
    tenant_id, num_removed = work.row.prefix, 0
    for keys in _parts(store().list_keys(f"{tenant_id}/{place}", before=timezone.now() - _OLD)):
        with service_scope(), tenant_scope(uuid.UUID(tenant_id)):
            work.renew()
            kept = named(keys)
        for key in keys:
            if key not in kept:
                store().delete(key)
        num_removed += len(keys) - len(kept)
    return num_removed


def _parts(keys: Iterator[str]) -> Iterator[list[str]]:
    while part := list(islice(keys, _AT_ONCE)):
        yield part


def _named_of_jobs(keys: Collection[str]) -> set[str]:
    """Those of a tenant's `keys` below `jobs` that rows name, or that a job at work may name yet."""
    places = {key: place for key in keys if (place := _place_of(key)) is not None}
    ids = {job_id for job_id, _ in places.values()}
    at_work = Job.objects.filter(id__in=ids).exclude(state__in=[state.value for state in TERMINAL])
    attempts = dict(at_work.values_list("id", "attempt"))
    checkpoints = Checkpoint.objects.filter(job_id__in=ids, gone_at__isnull=True).values_list("files", flat=True)
    named = {file["key"] for files in checkpoints for file in files} | keys_of_jobs(ids)
    return {
        key
        for key, (job_id, attempt) in places.items()
        if key in named or (job_id in attempts and attempt >= attempts[job_id])
    }


def _place_of(key: str) -> tuple[uuid.UUID, int] | None:
    """The job and the attempt that an object is of."""
    with suppress(ValueError, IndexError):
        _, _, job_id, attempt = key.split("/")[:4]
        return uuid.UUID(job_id), int(attempt)
    return None
