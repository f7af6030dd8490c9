"""Text that went through the wrong encoding. `repair` brings back what comes back exactly; what is lost is only shown."""

from __future__ import annotations

from workers.doctor.found import Found, Suspect, cells_set
from workers.doctor.materials import Materials
from workers.doctor.mending import is_refused, mended
from workers.doctor.mistaken_encoding import num_lost, repairs


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    num_repairable = 0
    repaired = {}
    for role in materials.text_roles:
        for row, text in enumerate(materials.texts(role)):
            if text.isascii() or row in suspects:
                continue
            edits, lost = repairs(text), num_lost(text)
            if edits:
                suspects[row] = Suspect(
                    row, 1.0, {"kind": "repairable", "suggested": edits[0].by[:80]}, (role, edits[0].start)
                )
            elif lost:
                suspects[row] = Suspect(row, 0.5, {"kind": "lost", "places": lost}, (role, 0))
    for row, suspect in suspects.items():
        if suspect.note["kind"] == "repairable" and (cells := mended(materials, row, repairs)):
            num_repairable += 1
            if not is_refused(materials, row, cells):
                repaired[row] = cells
    if not suspects:
        return None
    return Found(
        severity="warning",
        suspects=list(suspects.values()),
        params={
            "repairable": num_repairable,
            "lost": len(suspects) - num_repairable,
            "left": num_repairable - len(repaired),
        },
        fixes={"repair": cells_set(materials.rows, repaired)},
    )
