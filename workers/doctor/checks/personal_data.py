"""Addresses, numbers of people and of their accounts, and keys, also in what is told to tools. `mask` puts the kind in their place, over
whole tokens; rows whose answers are the same after that go with it. Where it stands in several columns, either fix can be made in some of
them alone.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

from workers.contract.changes import RowChange
from workers.doctor.cells import TEXT_KINDS, told_to_tools
from workers.doctor.found import Found, Suspect, cells_set, dropped
from workers.doctor.materials import Materials
from workers.doctor.mending import is_refused, mended
from workers.doctor.personal import GRAVE, KINDS, masks, personal_data


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    hits: Counter[str] = Counter()
    rows_of: dict[str, list[int]] = {}
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
            rows_of.setdefault(role, []).append(row)
            kinds = [hit.kind for hit in found]
            hits.update(kinds)
            score = sum(3.0 if kind in GRAVE else 1.0 for kind in kinds)
            if row not in suspects or score > suspects[row].score:
                suspects[row] = Suspect(
                    row, score, {"kind": kinds[0], "kinds": sorted(set(kinds)), "role": role}, (role, place)
                )
    if not suspects:
        return None
    mask, num_empty = _masked(materials, suspects, roles)
    choices = [some for size in range(1, len(rows_of)) for some in itertools.combinations(rows_of, size)]
    rows_by_choice = {some: sorted({row for role in some for row in rows_of[role]}) for some in choices}
    return Found(
        severity="error" if any(hits[kind] for kind in GRAVE) else "warning",
        suspects=list(suspects.values()),
        params={**{kind: hits[kind] for kind in KINDS}, "places": hits.total(), "mask_drops": num_empty},
        fixes={"mask": mask, "drop": dropped(materials.rows, suspects)},
        by_columns={
            "mask": {some: _masked(materials, rows, some)[0] for some, rows in rows_by_choice.items()},
            "drop": {some: dropped(materials.rows, rows) for some, rows in rows_by_choice.items()},
        },
    )


def _masked(materials: Materials, rows: Iterable[int], roles: Sequence[str]) -> tuple[list[RowChange], int]:
    """Changes that mask these columns, and how many of them take a row out."""
    masked = {row: cells for row in rows if (cells := mended(materials, row, masks, roles=roles, with_tools=True))}
    # Rows that say nothing any more when they are masked go: left alone, they would keep what was to be masked.
    empty = {row for row, cells in masked.items() if is_refused(materials, row, cells)}
    kept = {row: cells for row, cells in masked.items() if row not in empty}
    return [*cells_set(materials.rows, kept), *dropped(materials.rows, empty)], len(empty)
