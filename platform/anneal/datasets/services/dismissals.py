"""Findings that somebody put aside on an earlier version: put aside they stay, unless rows have joined that nobody has looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from anneal.datasets.models import DatasetVersion, DoctorFinding
from anneal.datasets.rows import finding_row_ids, row_ids_of


def dismissal_carried(version: DatasetVersion, *, code: str, num_rows: int, rows: Path | None) -> dict[str, Any]:
    """What a finding that is new to this version begins with. `rows` is the doctor's file of rows concerned, None where it has none.

    The newest finding of the same check on an earlier version counts, also where a version between them had none: an undo brings back
    the rows that somebody has looked at. Fewer rows than those are no news. A finding without rows is news when its count has grown.
    """
    earlier = (
        DoctorFinding.objects.select_related("report")
        .filter(report__version__dataset_id=version.dataset_id, report__version__number__lt=version.number, code=code)
        .order_by("-report__version__number")
        .first()
    )
    if earlier is None or earlier.decision != "dismissed":
        return {}
    num_joined = _num_joined(earlier, num_rows, rows)
    if num_joined is None:
        return {}
    if num_joined:
        return {"num_joined": num_joined}
    return {
        "decision": "dismissed",
        "decided_by_id": earlier.decided_by_id,
        "decided_at": earlier.decided_at,
        "is_carried": True,
    }


def dismissal_kept(known: DoctorFinding, *, num_rows: int, rows: Path | None) -> dict[str, Any]:
    """What becomes of a finding that is said anew of the same version, looked at in another way: taken up again where rows have joined."""
    num_joined = _num_joined(known, num_rows, rows) if known.decision == "dismissed" else None
    if not num_joined:
        return {}
    return {
        "decision": "open",
        "decided_by_id": None,
        "decided_at": None,
        "is_carried": False,
        "num_joined": num_joined,
    }


def _num_joined(earlier: DoctorFinding, num_rows: int, rows: Path | None) -> int | None:
    """Rows that the earlier finding has not; None where nobody can tell any more."""
    if rows is None:
        return max(0, num_rows - earlier.num_rows)
    if not earlier.rows_key:
        return None
    try:
        known = finding_row_ids(earlier.rows_key)
    except FileNotFoundError:
        return None
    return int(pc.sum(pc.invert(pc.is_in(row_ids_of(rows), value_set=known))).as_py() or 0)
