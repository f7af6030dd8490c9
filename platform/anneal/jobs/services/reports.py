"""What the supervisor tells about a running attempt: progress, metrics, checkpoints, log. Fenced like everything it writes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from anneal.common.ids import uuid7
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.jobs.models import INFRA_BUDGET, Checkpoint, Job, JobLog
from anneal.jobs.services.extremes import EVERY, extremes_mark
from anneal.jobs.services.leases import StoredFile
from anneal.jobs.services.moves import attempt_lock, job_note, job_tick
from anneal.jobs.services.side_by_side import curve_name, search_hears
from workers.contract.states import Desired

LOG_LINES = 500


@dataclass(frozen=True)
class Point:
    """One value of one curve."""

    name: str
    step: int
    epoch: float
    value: float


def metrics_write(*, job_id: uuid.UUID, attempt: int, points: Sequence[Point], **progress: Any) -> Desired:
    """Store a batch of points and the progress beside it under one tick of the job's clock. Raises LeaseLost.

    A point that stands there already with the same value keeps its place in the stream: a resumed run repeats itself exactly,
    and nobody hears it twice. The curves of a trial that is a job are those of its search.
    """
    with service_scope():
        job = attempt_lock(job_id, attempt)
        job_tick(job, **progress)
        if job.search_of_id is None:
            _upsert(job, job.attempt, points)
        elif (search := search_hears(job)) is not None:
            _upsert(search, job.attempt, [replace(point, name=curve_name(job, point.name)) for point in points])
    return Desired(job.desired)


def phase_write(*, job_id: uuid.UUID, attempt: int, phase: str) -> None:
    """Note among the events what the run begins now. Raises LeaseLost."""
    with service_scope():
        job = attempt_lock(job_id, attempt)
        job_note(job=job, data={"phase": phase}, phase=phase)


def _upsert(job: Job, attempt: int, points: Sequence[Point]) -> None:
    """Points of a locked job, which that attempt tells: its own or, of a search, that of a trial. Extremes are marked now and then, and at
    once where another value stood before.
    """
    latest = {(point.name, point.step): point for point in points}.values()
    if not latest:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO jobs_metric (id, tenant_id, job_id, name, step, epoch, value, attempt, seq)
            SELECT unnest(%(ids)s::uuid[]), %(tenant_id)s, %(job_id)s, unnest(%(names)s::text[]), unnest(%(steps)s::bigint[]),
                   unnest(%(epochs)s::float8[]), unnest(%(values)s::float8[]), %(attempt)s, %(seq)s
            ON CONFLICT (job_id, name, step) DO UPDATE SET
                epoch = EXCLUDED.epoch, value = EXCLUDED.value, attempt = EXCLUDED.attempt, seq = EXCLUDED.seq
            WHERE EXCLUDED.attempt >= jobs_metric.attempt
              AND (EXCLUDED.epoch, EXCLUDED.value) IS DISTINCT FROM (jobs_metric.epoch, jobs_metric.value)
            RETURNING old.seq
            """,
            {
                "ids": [uuid7() for _ in latest],
                "tenant_id": job.tenant_id,
                "job_id": job.id,
                "names": [point.name for point in latest],
                "steps": [point.step for point in latest],
                "epochs": [point.epoch for point in latest],
                "values": [point.value for point in latest],
                "attempt": attempt,
                "seq": job.seq,
            },
        )
        is_told_anew = any(seq is not None for (seq,) in cursor.fetchall())
        if is_told_anew or job.seq - job.marked_seq >= EVERY:
            extremes_mark(cursor, job_id=job.id, after=job.marked_seq, seq=job.seq)


def checkpoint_commit(
    *,
    job_id: uuid.UUID,
    attempt: int,
    step: int,
    epoch: float,
    key_prefix: str,
    files: Sequence[StoredFile],
    manifest_sha256: str,
    is_best: bool,
) -> Desired:
    """Make a stored checkpoint the one that counts. Raises LeaseLost; then its files lie where nobody looks.

    Committed progress fills the budget of retries again.
    """
    with service_scope():
        job = attempt_lock(job_id, attempt)
        columns: dict[str, Any] = {}
        if step > job.committed_step:
            columns = {"committed_step": step, "retries_left": INFRA_BUDGET, "memory_kills": 0}
        job_tick(job, **columns)
        with tenant_scope(job.tenant_id):
            if is_best:
                Checkpoint.objects.filter(job_id=job.id, is_best=True).update(is_best=False)
            Checkpoint.objects.update_or_create(
                job_id=job.id,
                attempt=attempt,
                step=step,
                defaults={
                    "epoch": epoch,
                    "key_prefix": key_prefix,
                    "files": [vars(file) for file in files],
                    "manifest_sha256": manifest_sha256,
                    "size_bytes": sum(file.size_bytes for file in files),
                    "is_best": is_best,
                },
            )
    return Desired(job.desired)


def log_write(*, job_id: uuid.UUID, attempt: int, lines: Sequence[str]) -> None:
    """Keep the last lines that the trainer said. Raises LeaseLost."""
    with service_scope():
        job = attempt_lock(job_id, attempt)
        with tenant_scope(job.tenant_id):
            kept = [line[:2000].replace("\x00", "") for line in lines[-LOG_LINES:]]
            JobLog.objects.update_or_create(job_id=job.id, defaults={"attempt": attempt, "lines": kept})


def checkpoint_prune(*, job_id: uuid.UUID, attempt: int, keep_last: int) -> list[str]:
    """Forget checkpoints that nobody will start from: all but the last few, the best, and those that jobs make models of; returns
    their key prefixes.

    Raises LeaseLost.
    """
    with service_scope():
        job = attempt_lock(job_id, attempt)
        with tenant_scope(job.tenant_id):
            # Whoever takes a checkpoint for a job holds the lock on this one as well.
            is_taken = Exists(Job.objects.filter(delivers_id=OuterRef("id")))
            rows = Checkpoint.objects.filter(job_id=job.id).order_by("-step", "-attempt").annotate(is_taken=is_taken)
            doomed = [
                row
                for row in rows[keep_last:]
                if not row.is_best and row.step != job.committed_step and not row.is_taken
            ]
            Checkpoint.objects.filter(id__in=[row.id for row in doomed]).delete()
    return [row.key_prefix for row in doomed]
