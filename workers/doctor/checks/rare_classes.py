"""Classes with too few training rows to be learnt, and those that only the rows to judge by have. `drop` takes the rows of both out."""

from __future__ import annotations

from collections import Counter, defaultdict

from workers.contract.tags import OUTSIDE
from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials
from workers.doctor.rows import TRAIN

FEWEST = 5
_MOST_NAMED = 20


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    members: dict[str, list[int]] = defaultdict(list)
    for row in range(len(rows)):
        for name in classes_of(materials, row):
            members[name].append(row)
    counts = Counter({name: sum(int(rows.split_of[row]) == TRAIN for row in found) for name, found in members.items()})
    rare = sorted((name for name in members if counts[name] < FEWEST), key=lambda name: (counts[name], name))
    if not rare:
        return None
    suspects = {
        row: Suspect(row, 1 / (1 + counts[name]), {"class": name, "rows": counts[name]})
        for name in reversed(rare)
        for row in members[name]
    }
    return Found(
        severity="error" if counts[rare[0]] == 0 else "warning",
        suspects=list(suspects.values()),
        params={
            "classes": len(rare),
            "unlearnable": sum(counts[name] == 0 for name in rare),
            "fewest": FEWEST,
            "names": {name: counts[name] for name in rare[:_MOST_NAMED]},
        },
        fixes={"drop": dropped(rows, suspects)},
    )


def classes_of(materials: Materials, row: int) -> set[str]:
    """What is learnt from a row's labels: the label, the labels, or the types of its spans."""
    role = materials.target_role
    cell = materials.rows.cells[role][row]
    if role == "label":
        return {str(cell)}
    if role == "labels":
        return {str(label) for label in cell or ()}
    return {str(tag)[2:] for tag in cell or () if tag != OUTSIDE and len(str(tag)) > 2}  # noqa: PLR2004 - the prefix
