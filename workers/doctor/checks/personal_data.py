"""Addresses, numbers of people and of their accounts, and keys. `mask` puts the kind in their place, over whole tokens."""

from __future__ import annotations

from collections import Counter

from workers.doctor.found import Found, Suspect, cells_set, dropped
from workers.doctor.materials import Materials
from workers.doctor.mending import mended
from workers.doctor.personal import GRAVE, KINDS, masks, personal_data


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    hits: Counter[str] = Counter()
    for role in materials.text_roles:
        for row, text in enumerate(materials.texts(role)):
            found = personal_data(text)
            if not found:
                continue
            kinds = [hit.kind for hit in found]
            hits.update(kinds)
            score = sum(3.0 if kind in GRAVE else 1.0 for kind in kinds)
            if row not in suspects or score > suspects[row].score:
                suspects[row] = Suspect(
                    row, score, {"kind": kinds[0], "kinds": sorted(set(kinds)), "role": role}, (role, found[0].start)
                )
    if not suspects:
        return None
    masked = {row: cells for row in suspects if (cells := mended(materials, row, masks))}
    return Found(
        severity="error" if any(hits[kind] for kind in GRAVE) else "warning",
        suspects=list(suspects.values()),
        params={**{kind: hits[kind] for kind in KINDS}, "places": hits.total()},
        fixes={"mask": cells_set(materials.rows, masked), "drop": dropped(materials.rows, suspects)},
    )
