"""Numbers: finite, and not all the same."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.kinds.column import BAD, SPLITS, Blocks, Column
from anneal.datasets.files.problems import Findings, Problem, ProblemLog
from anneal.datasets.files.values import is_blank
from workers.contract.columns import MAX_NUMBER

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_ENDLESS = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_BINS = 20
# So few different whole numbers are more often names of classes than quantities.
_LIKE_LABELS = 2


class NumberColumn(Column):
    arrow = pa.float64()

    def cell(self, value: Any, line: int, findings: Findings) -> Any:
        if is_blank(value):
            findings.bad("data:missing_value", line, self.name)
            return BAD
        found = _number(value)
        if found is None:
            findings.bad("data:not_a_number", line, self.name, value=value)
        elif not math.isfinite(found):
            findings.bad("data:nan_value", line, self.name, value=value)
        elif abs(found) > MAX_NUMBER:
            findings.bad("data:number_too_large", line, self.name, value=value, limit=f"{MAX_NUMBER:g}")
        else:
            return found
        return BAD

    def measure(self, blocks: Blocks) -> dict[str, Any]:
        count, total, squares, low, high = 0, 0.0, 0.0, math.inf, -math.inf
        distinct: set[float] = set()
        for _, numbers in blocks():
            count += len(numbers)
            total += pc.sum(numbers).as_py() or 0.0
            if len(numbers):
                ends = pc.min_max(numbers)
                low, high = min(low, ends["min"].as_py()), max(high, ends["max"].as_py())
                if len(distinct) <= _BINS:
                    distinct.update(pc.unique(numbers).slice(0, _BINS + 1).to_pylist())
        if not count:
            return {"kind": self.kind, "min": None, "max": None, "mean": None, "deviation": None, "histogram": []}
        mean = total / count
        for _, numbers in blocks():
            gap = pc.subtract(numbers, mean)
            squares += pc.sum(pc.multiply(gap, gap)).as_py() or 0.0
        return {
            "kind": self.kind,
            "min": low,
            "max": high,
            "mean": mean,
            "deviation": math.sqrt(squares / count),
            "histogram": _histogram(blocks, low, high, min(_BINS, len(distinct))),
            "num_distinct": len(distinct) if len(distinct) <= _BINS else None,
        }

    def judge(self, statistics: dict[str, Any], num_rows: int, log: ProblemLog) -> None:
        del num_rows
        if statistics["min"] is not None and statistics["min"] == statistics["max"]:
            log.add(Problem("data:single_number", column=self.name, value=f"{statistics['min']:g}"))
        elif statistics.get("num_distinct") == _LIKE_LABELS:
            log.add(Problem("data:label_like_numbers", "warning", column=self.name, params={"found": _LIKE_LABELS}))


def _number(value: Any) -> float | None:
    """A number, also one that is written as text, with a point; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    if isinstance(value, str):
        text = value.strip()
        if _DECIMAL.fullmatch(text) or _ENDLESS.fullmatch(text):
            return float(text)
    return None


def _histogram(blocks: Blocks, low: float, high: float, bins: int) -> list[dict[str, Any]]:
    """Rows of each split by bins of equal width; the last bin has both ends."""
    width = (high - low) / bins
    counts = [dict.fromkeys(SPLITS, 0) for _ in range(bins)]
    for split, numbers in blocks():
        position = pc.floor(pc.divide(pc.subtract(numbers, low), width or 1.0))
        for entry in pc.value_counts(position).to_pylist():
            counts[min(bins - 1, int(entry["values"]))][split] += entry["counts"]
    return [{"low": low + i * width, "high": low + (i + 1) * width, **count} for i, count in enumerate(counts)]
