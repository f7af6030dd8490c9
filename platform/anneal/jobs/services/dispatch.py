"""Who goes next, decided as late as possible: there are never more wake messages than free slots (RELIABILITY 2.6).

A tenant's score is what it has used of the machines lately (fading), plus what its unfinished jobs are expected to cost still (the
entry penalty, so that a hundred submissions at once do not outrun the statistics), over its weight, minus an ageing term. The lowest
score goes first; within a tenant the oldest job does. Jobs that a quota keeps in the queue (`services.quotas`) are passed over; a claim
looks at quotas once more, since hints may come late.
"""

from __future__ import annotations

import math
from typing import Any, Final

import structlog
from django.db import connection

from anneal.common.outbox import outbox_put
from anneal.common.tenancy import service_scope
from anneal.jobs.services.workers import slots_total
from anneal.jobs.timing import timing
from anneal.plans.kinds import HOUR_S, QuotaKind
from anneal.plans.selectors import quotas_granted

log = structlog.get_logger(__name__)
# A second of waiting outweighs a second of use, so nobody waits for ever behind tenants that have used little.
_AGEING: Final = 1.0

# Every value is a parameter. `busy` are leased jobs and hints given lately; `place` is a job's place among its tenant's.
_CANDIDATES: Final = """
WITH quota AS (
    SELECT * FROM unnest(%(tenant_ids)s::uuid[], %(running)s::float8[], %(worked_s)s::float8[]) AS q (tenant_id, running, worked_s)
), busy AS (
    SELECT tenant_id, estimated_s,
           greatest(0, estimated_s - coalesce(extract(epoch FROM now() - started_at), 0)) AS outstanding_s,
           state <> 'queued' AS is_leased
    FROM jobs_job
    WHERE state IN ('starting', 'running', 'finalizing')
       OR (state = 'queued' AND dispatched_at > now() - make_interval(secs => %(redispatch_s)s))
), load AS (
    SELECT tenant_id, count(*) AS num_busy, sum(outstanding_s) AS outstanding_s FROM busy GROUP BY tenant_id
), waiting AS (
    SELECT j.id, j.tenant_id, j.estimated_s, j.queued_at, coalesce(q.running, %(usual_running)s) AS max_running,
           row_number() OVER (PARTITION BY j.tenant_id ORDER BY j.queued_at, j.id) AS place,
           sum(j.estimated_s) OVER (PARTITION BY j.tenant_id ORDER BY j.queued_at, j.id) - j.estimated_s AS ahead_s
    FROM jobs_job j
    LEFT JOIN quota q ON q.tenant_id = j.tenant_id
    LEFT JOIN jobs_job search ON search.id = j.search_of_id
    LEFT JOIN jobs_workedmonth m ON m.tenant_id = j.tenant_id AND m.month = date_trunc('month', now() AT TIME ZONE 'UTC')
    WHERE j.state = 'queued' AND j.desired = 'run'
      AND (j.dispatched_at IS NULL OR j.dispatched_at <= now() - make_interval(secs => %(redispatch_s)s))
      AND (coalesce(j.started_at, search.started_at) IS NOT NULL
           OR coalesce(m.seconds, 0) < coalesce(q.worked_s, %(usual_worked_s)s))
)
SELECT w.id, w.estimated_s
FROM waiting w
LEFT JOIN load l ON l.tenant_id = w.tenant_id
LEFT JOIN jobs_tenantshare s ON s.tenant_id = w.tenant_id
WHERE w.place + coalesce(l.num_busy, 0) <= w.max_running
ORDER BY (coalesce(s.used_s, 0) * power(0.5, coalesce(extract(epoch FROM now() - s.used_at), 0) / %(half_life_s)s)
          + coalesce(l.outstanding_s, 0) + w.ahead_s) / coalesce(s.weight, 1)
         - %(ageing)s * extract(epoch FROM now() - w.queued_at),
         w.queued_at, w.id
LIMIT %(limit)s
"""
_BUSY: Final = """
SELECT count(*), count(*) FILTER (WHERE estimated_s > %(short_s)s) FROM jobs_job
WHERE state IN ('starting', 'running', 'finalizing')
   OR (state = 'queued' AND dispatched_at > now() - make_interval(secs => %(redispatch_s)s))
"""
_LOOK_AHEAD: Final = 50


def dispatch_tick() -> int:
    """Give hints for as many queued jobs as slots are free; returns how many. Two dispatchers may tick at once."""
    with service_scope(), connection.cursor() as cursor:
        # Held to the end of the transaction, so that two dispatchers never count the same slot as free.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('anneal.dispatch'))")
        num_slots = slots_total()
        cursor.execute(_BUSY, {"short_s": timing().short_job_s, "redispatch_s": timing().redispatch_s})
        num_busy, num_long = cursor.fetchone()
        num_free = num_slots - num_busy
        if num_free <= 0:
            return 0
        # With several slots, one of them is the lane of short jobs: long ones never fill them all.
        num_long_free = num_slots - 1 - num_long if num_slots > 1 else num_free
        chosen = []
        for job_id, estimated_s in _candidates(num_free):
            is_long = estimated_s > timing().short_job_s
            if is_long and num_long_free <= 0:
                continue
            num_long_free -= is_long
            chosen.append(job_id)
            if len(chosen) == num_free:
                break
        # In the order in which a wish locks the trials of a search, so that nobody waits for each other in a circle.
        cursor.execute("SELECT id FROM jobs_job WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [chosen])
        for job_id in chosen:
            cursor.execute("UPDATE jobs_job SET dispatched_at = now() WHERE id = %s AND state = 'queued'", [job_id])
            if cursor.rowcount:
                outbox_put("jobs.wake", job_id=job_id)
    if chosen:
        log.info("jobs.dispatched", num_jobs=len(chosen), num_free=num_free)
    return len(chosen)


def _quotas() -> dict[str, Any]:
    """Of tenants with quotas of their own, and of everybody else: jobs at once, and seconds of work in a month."""
    running, hours = quotas_granted(QuotaKind.RUNNING_JOBS), quotas_granted(QuotaKind.COMPUTE_HOURS)
    tenant_ids = sorted(running.own.keys() | hours.own.keys())
    return {
        "tenant_ids": tenant_ids,
        "running": [_amount(running.of(tenant_id)) for tenant_id in tenant_ids],
        "worked_s": [_amount(hours.of(tenant_id)) * HOUR_S for tenant_id in tenant_ids],
        "usual_running": _amount(running.usual),
        "usual_worked_s": _amount(hours.usual) * HOUR_S,
    }


def _amount(granted: float | None) -> float:
    return math.inf if granted is None else granted


def _candidates(num_free: int) -> list[tuple[str, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "redispatch_s": timing().redispatch_s,
                "half_life_s": timing().half_life_s,
                **_quotas(),
                "ageing": _AGEING,
                "limit": num_free + _LOOK_AHEAD,
            },
        )
        return list(cursor.fetchall())
