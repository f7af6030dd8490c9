"""Rows that are the same as an earlier row of their split but for case, width and spaces."""

from __future__ import annotations

import numpy as np

from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials
from workers.doctor.normal import first_of_equal

# Above this share the copies weigh on what is learnt.
_MANY = 0.02


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    keys = materials.whole_hashes ^ (rows.split_of.astype(np.uint64) << np.uint64(61))
    first = first_of_equal(keys)
    repeated = np.flatnonzero(first != np.arange(len(rows)))
    if not len(repeated):
        return None
    counts = np.bincount(first, minlength=len(rows))
    suspects = [
        Suspect(int(row), float(counts[first[row]]), {"same_as": int(rows.ids[first[row]])}) for row in repeated
    ]
    return Found(
        severity="warning" if len(repeated) > _MANY * len(rows) else "info",
        suspects=suspects,
        params={"texts": len(set(first[repeated].tolist())), "share": round(len(repeated) / len(rows), 4)},
        fixes={"keep_one": dropped(rows, repeated.tolist())},
    )
