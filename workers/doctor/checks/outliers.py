"""Rows that lie far from everything else: the mean distance to the nearest neighbours against what is usual in this version."""

from __future__ import annotations

import numpy as np

from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials

# In robust standard deviations (1.4826 times the median absolute deviation) above the median.
_FAR = 4.0
_ROBUST = 1.4826
_SMALLEST_SPREAD = 1e-3


def examine(materials: Materials) -> Found | None:
    judged = materials.judged
    distances = judged.distances
    middle = float(np.median(distances))
    spread = max(_SMALLEST_SPREAD, _ROBUST * float(np.median(np.abs(distances - middle))))
    far = np.flatnonzero(distances > middle + _FAR * spread)
    if not len(far):
        return None
    suspects = [
        Suspect(
            int(judged.rows[place]),
            round(float(distances[place]), 5),
            {"deviations": round((float(distances[place]) - middle) / spread, 1)},
        )
        for place in far
    ]
    return Found(
        severity="info",
        suspects=suspects,
        params={"judged": len(judged.rows), "usual_distance": round(middle, 4), "vectors": judged.vectors_are},
        fixes={"drop": dropped(materials.rows, [suspect.row for suspect in suspects])},
    )
