"""Rows to judge by that stand, exactly or almost, in an earlier split: figures on them flatter.

`drop` takes them out of the held-out split, which makes it smaller and honest. `move_to_train` keeps near copies as training rows; exact
ones would only be duplicates there, and go. So does a row that is nearly one that stays held out: in training it would leak into that one.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from workers.contract.changes import RowChange
from workers.doctor.copies import Copy
from workers.doctor.found import Found, NotPossibleError, Suspect, dropped
from workers.doctor.materials import Materials
from workers.doctor.rows import SPLITS, TRAIN

_MANY = 0.01


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    best: dict[int, Copy] = {}
    for pair in _across(materials):
        if pair.row not in best or pair.similarity > best[pair.row].similarity:
            best[pair.row] = pair
    if not best:
        return None
    num_held_out = int((rows.split_of != TRAIN).sum())
    held_back = _alike_held_out(materials, best)
    moved = [
        RowChange(id=int(rows.ids[row]), action="drop")
        if best[row].similarity >= 1.0 or int(materials.first_alike[row]) in held_back
        else RowChange(id=int(rows.ids[row]), action="move", split="train")
        for row in sorted(best)
    ]
    return Found(
        severity="error" if len(best) > _MANY * num_held_out else "warning",
        suspects=[
            Suspect(
                row,
                pair.similarity,
                {
                    "same_as": int(rows.ids[pair.other]),
                    "stands_in": rows.split(pair.other),
                    "similarity": round(pair.similarity, 3),
                },
            )
            for row, pair in best.items()
        ],
        params={
            "exact": sum(pair.similarity >= 1.0 for pair in best.values()),
            "near": sum(pair.similarity < 1.0 for pair in best.values()),
            "held_out": num_held_out,
            **{split: sum(rows.split(row) == split for row in best) for split in SPLITS[1:]},
            "moved": sum(change.action == "move" for change in moved),
        },
        fixes={"drop": dropped(rows, best), "move_to_train": moved},
    )


def _alike_held_out(materials: Materials, leaving: Collection[int]) -> set[int]:
    """Texts (by their first rows) that are alike one of a row that stays held out when `leaving` are gone."""
    first = materials.first_alike
    staying = {int(first[row]) for row in np.flatnonzero(materials.rows.split_of != TRAIN) if int(row) not in leaving}
    found = set(staying)
    for pair in (*materials.copies.links, *_alike_in_meaning(materials)):
        one, other = int(first[pair.row]), int(first[pair.other])
        if one in staying:
            found.add(other)
        if other in staying:
            found.add(one)
    return found


def _alike_in_meaning(materials: Materials) -> list[Copy]:
    try:
        return materials.judged.alike
    except NotPossibleError:
        return []


def _across(materials: Materials) -> list[Copy]:
    found = list(materials.copies.across_splits())
    split_of, first = materials.rows.split_of, materials.first_alike
    for pair in _alike_in_meaning(materials):
        later, earlier = sorted((pair.row, pair.other), key=lambda row: (-split_of[row], row))
        if split_of[later] != split_of[earlier] and first[later] != first[earlier]:
            found.append(Copy(later, earlier, pair.similarity))
    return found
