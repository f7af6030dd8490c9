"""Rows that are almost an earlier row of their split, in letters (shingles) or in meaning (vectors), and answer the same."""

from __future__ import annotations

from collections.abc import Iterator

from workers.doctor.copies import Copy, connected
from workers.doctor.found import Found, NotPossibleError, Suspect, dropped
from workers.doctor.materials import Materials

_MANY = 0.05


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    best: dict[int, Copy] = {}
    pairs = list(_agreeing(materials))
    for pair in pairs:
        for row, other in ((pair.row, pair.other), (pair.other, pair.row)):
            if row not in best or pair.similarity > best[row].similarity:
                best[row] = Copy(row, other, pair.similarity)
    groups = connected(iter(pairs))
    spare = [row for group in groups for row in group if row != _kept(materials, group)]
    if not spare:
        return None
    return Found(
        severity="warning" if len(spare) > _MANY * len(rows) else "info",
        suspects=[
            Suspect(
                row,
                best[row].similarity,
                {"same_as": int(rows.ids[best[row].other]), "similarity": round(best[row].similarity, 3)},
            )
            for row in spare
        ],
        params={
            "groups": len(groups),
            "largest_group": max(map(len, groups)),
            "share": round(len(spare) / len(rows), 4),
        },
        fixes={"keep_one": dropped(rows, spare)},
    )


def _kept(materials: Materials, group: list[int]) -> int:
    """The longest text, which holds most; the first of them."""
    return max(group, key=lambda row: (len(materials.asked[row]), -row))


def _agreeing(materials: Materials) -> Iterator[Copy]:
    return (pair for pair in near_copies(materials) if materials.answer_alike(pair.row, pair.other))


def near_copies(materials: Materials) -> Iterator[Copy]:
    """Near copies of one split, by letters and then by vectors where there are any."""
    yield from materials.copies.within_splits()
    try:
        alike = materials.judged.alike
    except NotPossibleError:
        return
    split_of, first = materials.rows.split_of, materials.first_alike
    for pair in alike:
        if split_of[pair.row] == split_of[pair.other] and first[pair.row] != first[pair.other]:
            yield pair
