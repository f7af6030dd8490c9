"""Leases that ran out, and waits that are over.

Careful in both directions: a dead worker's job is picked up, and a sick database does not make a hundred healthy jobs look
dead (RELIABILITY 2.4).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from anneal.common.isolation import each
from anneal.common.tenancy import service_scope
from anneal.jobs.models import Job
from anneal.jobs.services.leases import attempt_end
from anneal.jobs.services.moves import job_lock, job_move, search_lock, wish_apply
from anneal.jobs.timing import timing
from workers.contract.states import LEASED, Desired, State

log = structlog.get_logger(__name__)
_MANY: Final = 4
_SHARE: Final = 0.3
_LEASED: Final = [state.value for state in LEASED]


@dataclass
class Reaper:
    """What one reaper remembers: since when it has seen the database in health, and since when it holds back."""

    clock: Callable[[], float] = time.monotonic
    _healthy_since: float | None = None
    _seen_at: float | None = None
    _server_started: datetime | None = None
    _holding_since: float | None = field(default=None)

    def database_failed(self) -> None:
        """The database did not answer: every lease gets a whole lease of grace from when it does again."""
        self._healthy_since = None

    def tick(self) -> int:
        """End leases that ran out; returns how many. Raises django.db.Error when the database does not answer.

        A lease that cannot be ended is logged, and neither keeps the others nor counts as an outage.
        """
        try:
            with service_scope():
                self._look_at_server()
                expired = self._expired()
        except Exception:
            self.database_failed()
            raise
        return each(expired, _expire, event="lease.not_ended")

    def _look_at_server(self) -> None:
        now = self.clock()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_postmaster_start_time()")
            (started,) = cursor.fetchone()
        # A gap means that this process itself stood still, so it cannot know how the database was meanwhile.
        has_gap = self._seen_at is not None and now - self._seen_at > timing().lease_s / 2
        if self._healthy_since is None or started != self._server_started or has_gap:
            self._healthy_since = now
        self._server_started = started
        self._seen_at = now

    def _expired(self) -> list[object]:
        if self._healthy_since is None or self.clock() - self._healthy_since < timing().lease_s:
            return []
        leased = Job.objects.filter(state__in=_LEASED)
        expired = list(leased.filter(lease_until__lt=Now()).values_list("id", flat=True))
        num_leased = leased.count()
        if num_leased >= _MANY and len(expired) > _SHARE * num_leased:
            self._holding_since = self.clock() if self._holding_since is None else self._holding_since
            if self.clock() - self._holding_since < timing().hold_s:
                log.error("leases.expired_together", num_expired=len(expired), num_leased=num_leased)
                return []
        else:
            self._holding_since = None
        return list(expired)


def _expire(job_id: object) -> int:
    with service_scope():
        search_lock(job_id)  # type: ignore[arg-type]  # a UUID, as listed
        # A row that somebody holds just now is not dead; the next tick looks again.
        job = (
            Job.objects.select_for_update(skip_locked=True)
            .filter(Q(id=job_id, state__in=_LEASED, lease_until__lt=Now()))
            .first()
        )
        if job is None:
            return 0
        log.warning("lease.expired", job_id=str(job.id), attempt=job.attempt, worker_id=str(job.worker_id))
        attempt_end(job=job, code="worker:lost", params={"worker_id": str(job.worker_id)})
    return 1


def retries_due() -> int:
    """Queue again what has waited long enough, and end or park waiting jobs as wished; returns how many."""
    with service_scope():
        waiting = Job.objects.filter(
            Q(state=State.RETRY_WAIT.value, not_before__lte=Now())
            | (Q(state__in=[State.QUEUED.value, State.RETRY_WAIT.value]) & ~Q(desired=Desired.RUN.value))
        )
        job_ids = list(waiting.values_list("id", flat=True)[:100])
    return each(job_ids, _retry, event="job.not_queued_again")


def _retry(job_id: object) -> int:
    with service_scope():
        job = job_lock(job_id, states={State.QUEUED, State.RETRY_WAIT})  # type: ignore[arg-type]  # a UUID, as listed
        if job is None or wish_apply(job):
            return 0 if job is None else 1
        if job.state != State.RETRY_WAIT:
            return 0
        job_move(job=job, to=State.QUEUED, reason="worker:retry")
    return 1
