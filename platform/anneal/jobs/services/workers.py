"""The machines: who is there and how many jobs each takes. A restarted worker is another one (its id is of the process)."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from anneal.common.tenancy import service_scope
from anneal.jobs.models import Worker
from anneal.jobs.services.leases import channel_free
from anneal.jobs.timing import timing

_FORGOTTEN_AFTER = timedelta(days=1)


def worker_register(*, worker_id: uuid.UUID, host: str, slots: int, queue: str) -> None:
    """A worker is ready for jobs."""
    with service_scope():
        Worker.objects.update_or_create(
            id=worker_id, defaults={"host": host, "slots": slots, "queue": queue, "heartbeat_at": Now()}
        )
        Worker.objects.filter(heartbeat_at__lt=Now() - _FORGOTTEN_AFTER).delete()
        channel_free()


def worker_heartbeat(*, worker_id: uuid.UUID, slots: int) -> None:
    """The worker is still there; with `slots` 0 it takes no new job."""
    with service_scope():
        is_known = Worker.objects.filter(id=worker_id).update(heartbeat_at=Now(), slots=slots)
    if not is_known:
        raise LookupError(f"worker {worker_id} has not registered")


def worker_leave(*, worker_id: uuid.UUID) -> None:
    """The worker stops in an orderly way."""
    with service_scope():
        Worker.objects.filter(id=worker_id).update(slots=0, heartbeat_at=F("heartbeat_at"))


def slots_total() -> int:
    """Slots of the workers that are there. Runs in the service's scope."""
    alive = Worker.objects.filter(heartbeat_at__gt=Now() - timedelta(seconds=timing().worker_gone_s))
    return sum(alive.values_list("slots", flat=True))
