"""Addresses, numbers of people and of their accounts, and keys, also in what is told to tools. `mask` puts the kind in their place, over
whole tokens; rows whose answers are the same after that go with it.
"""

from __future__ import annotations

from collections import Counter

from workers.doctor.cells import TEXT_KINDS, told_to_tools
from workers.doctor.found import Found, Suspect, cells_set, dropped
from workers.doctor.materials import Materials
from workers.doctor.mending import is_refused, mended
from workers.doctor.personal import GRAVE, KINDS, masks, personal_data


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    hits: Counter[str] = Counter()
    roles = [role for role, kind in materials.kinds.items() if kind in TEXT_KINDS or kind == "json"]
    for role in roles:
        kind = materials.kinds[role]
        texts = materials.texts(role) if kind in TEXT_KINDS else [""] * len(materials)
        for row, (text, cell) in enumerate(zip(texts, materials.rows.cells[role], strict=True)):
            found = personal_data(text)
            place = found[0].start if found else 0
            found += [hit for told in told_to_tools(kind, cell) for hit in personal_data(told)]
            if not found:
                continue
            kinds = [hit.kind for hit in found]
            hits.update(kinds)
            score = sum(3.0 if kind in GRAVE else 1.0 for kind in kinds)
            if row not in suspects or score > suspects[row].score:
                suspects[row] = Suspect(
                    row, score, {"kind": kinds[0], "kinds": sorted(set(kinds)), "role": role}, (role, place)
                )
    if not suspects:
        return None
    masked = {row: cells for row in suspects if (cells := mended(materials, row, masks, roles=roles, with_tools=True))}
    # Rows that say nothing any more when they are masked go: left alone, they would keep what was to be masked.
    empty = {row for row, cells in masked.items() if is_refused(materials, row, cells)}
    kept = {row: cells for row, cells in masked.items() if row not in empty}
    return Found(
        severity="error" if any(hits[kind] for kind in GRAVE) else "warning",
        suspects=list(suspects.values()),
        params={**{kind: hits[kind] for kind in KINDS}, "places": hits.total(), "mask_drops": len(empty)},
        fixes={
            "mask": [*cells_set(materials.rows, kept), *dropped(materials.rows, sorted(empty))],
            "drop": dropped(materials.rows, suspects),
        },
    )
