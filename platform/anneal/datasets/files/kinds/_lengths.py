"""How long things are: median, 95th percentile and maximum, in constant memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_EXACT = 2000
_STEP = 100


def counted(values: pa.Array) -> Iterator[tuple[Any, int]]:
    """Every different value with how often it occurs."""
    counts = pc.value_counts(values)
    return zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)


class Lengths:
    """Counts lengths: exactly where it matters, in steps of a hundred beyond."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._counts: Counter[int] = Counter()
        self._longest = 0

    def see(self, lengths: pa.Array) -> None:
        """Take an array of lengths into account; nulls are left out."""
        found = {length: count for length, count in counted(lengths) if length is not None}
        self._longest = max(self._longest, *found, 0)
        for length, count in found.items():
            self._counts[length if length < _EXACT else length // _STEP * _STEP] += count

    def summary(self) -> dict[str, Any]:
        """`{"p50", "p95", "max", "unit"}`."""
        return {"p50": self._percentile(0.5), "p95": self._percentile(0.95), "max": self._longest, "unit": self._unit}

    def _percentile(self, share: float) -> int:
        total, seen = self._counts.total(), 0
        for length, count in sorted(self._counts.items()):
            seen += count
            if seen >= total * share:
                return length
        return 0
