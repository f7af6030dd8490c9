"""Curves thinned for the screen, keeping their shape: Largest-Triangle-Three-Buckets (Steinarsson 2013, hdl.handle.net/1946/15343)."""

from __future__ import annotations

from collections.abc import Sequence

MIN_POINTS = 3


def thinned(points: Sequence[list[float]], max_points: int) -> list[list[float]]:
    """At most `max_points` of the points `[step, epoch, value]`: first, last, and from each bucket between the one that stands out most."""
    num_points = len(points)
    if num_points <= max_points or max_points < MIN_POINTS:
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
