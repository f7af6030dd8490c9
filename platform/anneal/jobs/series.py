"""Curves of a job as few points, however many there are.

The database finds them in indexes alone, which hold all that is asked of them. Thinned for the eye, a curve keeps the lowest and the
highest point of each stretch of steps, so that no extreme vanishes; those of a long curve are found among the points that
`services.extremes` has marked and the few that came since. Sampled for a judgement of its noise, a curve keeps points that no value has
chosen.
"""

# ruff: noqa: S608 - queries are put together of constants alone

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.db import connection

from anneal.common.tenancy import current_tenant_id

MIN_POINTS: Final = 4
"""First, last, lowest and highest."""
STRETCH: Final = 64
"""Steps of which the lowest and the highest point are marked. Fewer make more points to read, more help fewer curves."""
_MIN_OF_TRIANGLES = 3
MAX_SEQ: Final = 2**62

Row = tuple[int, float, float, datetime]
"""Step, epoch, value, and when it was told."""

_OF_JOB = "tenant_id = %(tenant)s AND job_id = %(job)s AND seq > %(after)s AND seq <= %(until)s"
# Names come one by one, each with a leap over all points of the one before. Limits that limit nothing keep the planner from joining the
# other way round, which it would try while it knows nothing of a new job: points first, and for each of them the stretch again.
# Marks tell of all points up to their tick, so they are of use to whoever asks from the beginning and at least that far.
_CURVES = f"""
WITH RECURSIVE names (name) AS (
    (SELECT name FROM jobs_metric WHERE tenant_id = %(tenant)s AND job_id = %(job)s ORDER BY name LIMIT 1)
    UNION ALL
    SELECT following.name FROM names CROSS JOIN LATERAL (
        SELECT name FROM jobs_metric WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND name > names.name ORDER BY name LIMIT 1
    ) following
), marks AS MATERIALIZED (
    SELECT marked_seq AS until FROM jobs_job
    WHERE tenant_id = %(tenant)s AND id = %(job)s AND %(by_marks)s AND %(after)s = 0 AND marked_seq BETWEEN 1 AND %(until)s
), ends AS MATERIALIZED (
    SELECT names.name, first.step AS first, last.step AS last, counted.num > %(most)s AS is_long,
           EXISTS (SELECT FROM marks) AND counted.num > %(most)s AND (last.step - first.step) / %(stretches)s >= %(stretch)s AS is_marked
    FROM names
    CROSS JOIN LATERAL (SELECT step FROM jobs_metric WHERE {_OF_JOB} AND name = names.name ORDER BY step LIMIT 1) first
    CROSS JOIN LATERAL (SELECT step FROM jobs_metric WHERE {_OF_JOB} AND name = names.name ORDER BY step DESC LIMIT 1) last
    CROSS JOIN LATERAL (
        SELECT count(*) AS num FROM (SELECT FROM jobs_metric WHERE {_OF_JOB} AND name = names.name LIMIT %(most)s + 1) enough
    ) counted
    WHERE names.name = ANY (%(names)s) OR %(names)s IS NULL
), curves AS MATERIALIZED (
    SELECT *, (last - base) / %(stretches)s / fit * fit + fit AS width FROM (
        SELECT *, CASE WHEN is_marked THEN first / %(stretch)s * %(stretch)s ELSE first END AS base,
               CASE WHEN is_marked THEN %(stretch)s ELSE 1 END AS fit
        FROM ends
    ) fitted
), stretches AS MATERIALIZED (
    SELECT name, base + number * width AS low, base + (number + 1) * width - 1 AS high
    FROM curves, generate_series(0, %(stretches)s - 1) number WHERE is_long AND NOT is_marked
)"""
_POINT = f"SELECT step, epoch, value, created_at FROM jobs_metric WHERE {_OF_JOB}"
_SHORT_CURVES_AND_ENDS = f"""
SELECT curves.name, point.* FROM curves
CROSS JOIN LATERAL ({_POINT} AND name = curves.name ORDER BY step LIMIT %(most)s) point WHERE NOT is_long
UNION ALL
SELECT curves.name, point.* FROM curves
CROSS JOIN LATERAL ({_POINT} AND name = curves.name AND step IN (first, last) ORDER BY step LIMIT 2) point WHERE is_long
UNION"""
# Steps and values of a stretch come as arrays, in which the place of an extreme is found: half the price of reading the stretch twice.
_LOWEST_AND_HIGHEST = """(array_agg(step))[array_position(array_agg(value), min(value))] AS lowest,
               (array_agg(step))[array_position(array_agg(value), max(value))] AS highest"""
_THINNED = f"""{_CURVES}, marked AS (
    SELECT curves.name, (point.step - base) / width AS number, point.step, point.value FROM curves
    CROSS JOIN LATERAL (SELECT step, value FROM jobs_metric WHERE {_OF_JOB} AND name = curves.name AND is_extreme OFFSET 0) point
    WHERE is_marked
    UNION ALL
    SELECT name, (step - base) / width, step, value FROM curves
    JOIN (SELECT name, step, value FROM jobs_metric WHERE {_OF_JOB} AND seq > (SELECT until FROM marks) OFFSET 0) later USING (name)
    WHERE is_marked
), extremes AS MATERIALIZED (
    SELECT stretches.name, found.* FROM stretches
    CROSS JOIN LATERAL (
        SELECT {_LOWEST_AND_HIGHEST}
        FROM jobs_metric WHERE {_OF_JOB} AND name = stretches.name AND step BETWEEN low AND high
    ) found
    UNION ALL
    SELECT name, {_LOWEST_AND_HIGHEST} FROM marked GROUP BY name, number
)
{_SHORT_CURVES_AND_ENDS}
SELECT extremes.name, point.* FROM extremes
CROSS JOIN LATERAL ({_POINT} AND name = extremes.name AND step IN (lowest, highest) ORDER BY step LIMIT 2) point
ORDER BY name, step
"""
_THINNED_WITHIN = _THINNED.replace(_OF_JOB, f"{_OF_JOB} AND step BETWEEN %(low)s AND %(high)s")
_SAMPLED = f"""{_CURVES}
{_SHORT_CURVES_AND_ENDS}
SELECT stretches.name, point.* FROM stretches
CROSS JOIN LATERAL ({_POINT} AND name = stretches.name AND step BETWEEN low AND high ORDER BY step LIMIT 1) point
ORDER BY name, step
"""


def series_thinned(
    job_id: uuid.UUID,
    *,
    max_points: int,
    names: Collection[str] = (),
    after: int = 0,
    until: int = MAX_SEQ,
    within: tuple[int, int] | None = None,
) -> dict[str, list[Row]]:
    """Curve -> at most `max_points` (4 or more) of its points with `after < seq <= until`, in order of steps: all of a short curve; of a
    long one first, last, and the lowest and the highest of each of as many equal stretches of steps. One query.

    `within`, the first and the last step, leaves out what lies beyond; every point between is read then, since what is marked stands out
    of stretches that begin and end elsewhere.
    """
    stretches = (max_points - 2) // 2
    if within is None:
        return _read(_THINNED, job_id, max_points, stretches, names, after, until, by_marks=True)
    return _read(_THINNED_WITHIN, job_id, max_points, stretches, names, after, until, by_marks=False, within=within)


def series_sampled(job_id: uuid.UUID, *, max_points: int) -> dict[str, list[tuple[int, float, float]]]:
    """Curve -> at most `max_points` (4 or more) of its points `(step, epoch, value)` in order of steps: all of a short curve; of a long
    one the first of each of as many equal stretches of steps, and the last. One query, which reads little more than these.
    """
    found = _read(_SAMPLED, job_id, max_points, max_points - 1, (), 0, MAX_SEQ, by_marks=False)
    return {name: [row[:3] for row in rows] for name, rows in found.items()}


def _read(
    sql: str,
    job_id: uuid.UUID,
    most: int,
    stretches: int,
    names: Collection[str],
    after: int,
    until: int,
    *,
    by_marks: bool,
    within: tuple[int, int] = (0, 0),
) -> dict[str, list[Row]]:
    parameters = {
        "tenant": current_tenant_id(),
        "job": job_id,
        "names": list(names) or None,
        "after": after,
        "until": until,
        "most": most,
        "stretches": stretches,
        "stretch": STRETCH,
        "by_marks": by_marks,
        "low": within[0],
        "high": within[1],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Any] = cursor.fetchall()
    return {name: [tuple(row[1:]) for row in of_curve] for name, of_curve in groupby(rows, lambda row: row[0])}


def thinned(points: Sequence[list[float]], max_points: int) -> list[list[float]]:
    """At most `max_points` of the points `[step, epoch, value]`: first, last, and from each bucket between the one that stands out most
    (Largest-Triangle-Three-Buckets, Steinarsson 2013, hdl.handle.net/1946/15343). It keeps the corners of a line that only rises.
    """
    num_points = len(points)
    if num_points <= max_points or max_points < _MIN_OF_TRIANGLES:
        return list(points) if num_points <= max_points else [points[0], points[-1]][:max_points]
    width = (num_points - 2) / (max_points - 2)
    kept = [points[0]]
    for bucket in range(max_points - 2):
        begin, end = int(bucket * width) + 1, int((bucket + 1) * width) + 1
        following = points[end : int((bucket + 2) * width) + 1] or points[-1:]
        mean_step = sum(point[0] for point in following) / len(following)
        mean_value = sum(point[2] for point in following) / len(following)
        kept.append(max(points[begin:end], key=lambda point: _area(kept[-1], point, mean_step, mean_value)))
    return [*kept, points[-1]]


def _area(before: list[float], point: list[float], mean_step: float, mean_value: float) -> float:
    """Twice the area of the triangle from the point kept before over this one to the mean of the next bucket."""
    return abs((before[0] - mean_step) * (point[2] - before[2]) - (before[0] - point[0]) * (mean_value - before[2]))
