"""The row that an answer is about, for forms whose answers are checked against what the row says."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from anneal.datasets.files.stored import Selection
from anneal.datasets.files.values import size_of
from anneal.datasets.models import DatasetVersion, LabelClaim, LabelSession
from anneal.datasets.rows import SHOWN_CHARACTERS, version_rows

Cells = Mapping[str, Any]

_KEPT_ROWS = 500
_kept: OrderedDict[tuple[uuid.UUID, int], Cells] = OrderedDict()
_lock = threading.Lock()


def row_cells(session: LabelSession, row_id: int, user_id: uuid.UUID | None) -> Cells:
    """The cells of a row of a session.

    Where objects are not on this machine's disk, reading one row fetches whole files. So the rows that the person has before them are read
    along and kept: a version never changes, and a row that was read stays right.
    """
    version = session.version
    with _lock:
        found = _kept.get((version.id, row_id))
    if found is not None:
        return found
    rows = _read(version, {row_id, *_claimed(session, user_id)})
    with _lock:
        for row, cells in rows.items():
            if size_of(dict(cells)) <= SHOWN_CHARACTERS:
                _kept[version.id, row] = cells
        while len(_kept) > _KEPT_ROWS:
            _kept.popitem(last=False)
    return rows[row_id]


def _claimed(session: LabelSession, user_id: uuid.UUID | None) -> Iterable[int]:
    if user_id is None:
        return ()
    return LabelClaim.objects.filter(session_id=session.id, user_id=user_id).values_list("row_id", flat=True)


def _read(version: DatasetVersion, ids: set[int]) -> dict[int, Cells]:
    window = version_rows(version, Selection(ids=frozenset(ids)), order="id", offset=0, limit=len(ids))
    return {row["id"]: row["cells"] for row in window.data}
