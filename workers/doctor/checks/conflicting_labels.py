"""The same text, or almost, with different answers: whatever is learnt from one is unlearnt from the other.

`relabel` gives every row of a text the answer of the strict majority, and leaves texts whose rows are tied as they are, since nothing in
the data says which is right. `drop` takes out all rows that are not of a strict majority.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from workers.doctor.checks.near_duplicates import near_copies
from workers.doctor.copies import Copy, connected
from workers.doctor.found import Found, Suspect, cells_set, dropped
from workers.doctor.materials import Materials

# One word more can turn an answer around ("not"), so that near copies must be nearer than elsewhere.
LEAST_SIMILARITY = 0.9
_MANY = 0.01


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    groups = [group for group in _groups(materials) if _is_torn(materials, group)]
    if not groups:
        return None
    role = materials.target_role
    suspects, relabelled, tied, outvoted = [], {}, [], []
    for group in groups:
        answer = _majority(materials, group)
        votes = Counter(materials.targets[row] for row in group)
        for row in group:
            note: dict[str, Any] = {"same_as": int(rows.ids[next(other for other in group if other != row)])}
            if answer is None:
                tied.append(row)
            elif materials.targets[row] != materials.targets[answer]:
                outvoted.append(row)
                relabelled[row] = {role: rows.cells[role][answer]}
                note["suggested"] = _shown(rows.cells[role][answer])
            suspects.append(Suspect(row, 1 - votes[materials.targets[row]] / len(group), note))
    return Found(
        severity="error" if len(suspects) > _MANY * len(rows) else "warning",
        suspects=suspects,
        params={"texts": len(groups), "tied": len(tied), "left": len(tied)},
        fixes={"relabel": cells_set(rows, relabelled), "drop": dropped(rows, [*tied, *outvoted])},
    )


def _groups(materials: Materials) -> list[list[int]]:
    """Rows that ask the same in any split, and near copies of one split."""
    exact = [Copy(row, first, 1.0) for row, first in enumerate(materials.first_alike.tolist()) if row != first]
    torn: dict[int, list[int]] = defaultdict(list)
    for group in connected(iter(exact)):
        torn[group[0]] = group
    groups = [group for group in torn.values() if _is_torn(materials, group)]
    taken = {row for group in groups for row in group}
    near = [
        pair
        for pair in near_copies(materials)
        if pair.similarity >= LEAST_SIMILARITY
        and materials.contradict(pair.row, pair.other)
        and not {pair.row, pair.other} & taken
    ]
    return [*groups, *connected(iter(near))]


def _is_torn(materials: Materials, group: list[int]) -> bool:
    return any(materials.contradict(group[0], row) for row in group[1:])


def _majority(materials: Materials, group: list[int]) -> int | None:
    """A row with the answer that more than half of the group gives; None without."""
    answer, votes = Counter(materials.targets[row] for row in group).most_common(1)[0]
    return next(row for row in group if materials.targets[row] == answer) if votes * 2 > len(group) else None


def _shown(cell: object) -> str:
    return " ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
