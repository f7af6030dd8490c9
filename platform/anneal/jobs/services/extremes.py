"""Which points of a curve stand out: the lowest and the highest of every stretch of steps, marked while a job runs.

A long curve is drawn from these alone, a thirtieth of its points (`jobs.series`). `Job.marked_seq` says up to where they are
marked; whoever reads takes later points besides, so that nothing waits for a mark. Marks follow from the points of whole stretches and
from nothing else: marked again, after a killed attempt or a value that was told anew, they come out the same.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from anneal.jobs.series import STRETCH

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper
    from psycopg import Cursor

EVERY: Final = 256
"""Ticks of a job's clock from one marking to the next: what a reader finds unmarked at most."""

_TOLD = """
SELECT name, min(step) AS first, max(step) AS last FROM jobs_metric
WHERE job_id = %(job)s AND seq > %(after)s GROUP BY name
"""
# One curve after the other: a join of all would let the planner choose a way over every point of the job.
_MARK = """
UPDATE jobs_metric SET is_extreme = NOT is_extreme
WHERE job_id = %(job)s AND name = %(name)s AND step = ANY (ARRAY(
    SELECT step FROM (
        SELECT step, is_extreme,
               row_number() OVER (PARTITION BY step / %(stretch)s ORDER BY value, step) = 1
               OR row_number() OVER (PARTITION BY step / %(stretch)s ORDER BY value DESC, step) = 1 AS stands_out
        FROM jobs_metric
        WHERE job_id = %(job)s AND name = %(name)s
          AND step BETWEEN %(first)s / %(stretch)s * %(stretch)s AND (%(last)s / %(stretch)s + 1) * %(stretch)s - 1
    ) judged WHERE is_extreme <> stands_out
))
"""


def extremes_mark(cursor: CursorWrapper | Cursor[Any], *, job_id: uuid.UUID, after: int, seq: int) -> None:
    """Mark stretches of which points were told after the tick `after`. All is marked up to `seq` then. The job's row is locked."""
    job: dict[str, Any] = {"job": job_id, "stretch": STRETCH}
    cursor.execute(_TOLD, {**job, "after": after})
    for name, first, last in cursor.fetchall():
        cursor.execute(_MARK, {**job, "name": name, "first": first, "last": last})
    cursor.execute("UPDATE jobs_job SET marked_seq = %(seq)s WHERE id = %(job)s", {**job, "seq": seq})


def stretch_mark(cursor: CursorWrapper | Cursor[Any], *, job_id: uuid.UUID, name: str, step: int) -> None:
    """Mark the stretch of one curve in which `step` lies, of which points were taken away. The job's row is locked."""
    job: dict[str, Any] = {"job": job_id, "stretch": STRETCH}
    cursor.execute(_MARK, {**job, "name": name, "first": step, "last": step})
