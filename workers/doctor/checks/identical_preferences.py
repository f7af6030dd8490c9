"""Pairs of answers of which one is preferred and which are the same: there is nothing to prefer."""

from __future__ import annotations

from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials
from workers.doctor.normal import normalised


def examine(materials: Materials) -> Found | None:
    if "chosen" not in materials.rows.cells:
        return None
    pairs = zip(materials.texts("chosen"), materials.texts("rejected"), strict=True)
    suspects = [
        Suspect(row, float(one == other))
        for row, (one, other) in enumerate(pairs)
        if normalised(one) == normalised(other)
    ]
    if not suspects:
        return None
    return Found(
        severity="error",
        suspects=suspects,
        params={"share": round(len(suspects) / len(materials), 4)},
        fixes={"drop": dropped(materials.rows, [suspect.row for suspect in suspects])},
    )
