"""Addresses, numbers of people and of their accounts, keys, and names where a model tells them; also in what is told to tools. `mask`
puts the kind in their place, over whole tokens; rows whose answers are the same after that go with it. Where it stands in several columns,
either fix can be made in some of them alone.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from workers.contract.changes import RowChange
from workers.doctor.cells import TEXT_KINDS, Edit, texts_in, told_to_tools
from workers.doctor.found import Found, Suspect, cells_set, dropped
from workers.doctor.materials import Materials
from workers.doctor.mending import is_refused, mended
from workers.doctor.personal import GRAVE, KINDS, NAME, masks, personal_data

_MOST_NAMES = 20


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    hits: Counter[str] = Counter()
    rows_of: dict[str, list[int]] = {}
    roles = materials.told_roles
    for role in roles:
        for row in range(len(materials)):
            found = _found(materials, role, row)
            if not found:
                continue
            rows_of.setdefault(role, []).append(row)
            kinds = [one.kind for one in found]
            hits.update(kinds)
            score = sum(3.0 if kind in GRAVE else 1.0 for kind in kinds)
            if row not in suspects or score > suspects[row].score:
                suspects[row] = Suspect(row, score, _note(role, found), (role, found[0].place))
    if not suspects:
        return None
    mask, num_empty = _masked(materials, suspects, roles)
    choices = [some for size in range(1, len(rows_of)) for some in itertools.combinations(rows_of, size)]
    rows_by_choice = {some: sorted({row for role in some for row in rows_of[role]}) for some in choices}
    return Found(
        severity="error" if any(hits[kind] for kind in GRAVE) else "warning",
        suspects=list(suspects.values()),
        params={
            **{kind: hits[kind] for kind in (*KINDS, *((NAME,) if materials.names else ()))},
            "places": hits.total(),
            "mask_drops": num_empty,
            **_left_unread(materials),
        },
        fixes={"mask": mask, "drop": dropped(materials.rows, suspects)},
        by_columns={
            "mask": {some: _masked(materials, rows, some)[0] for some, rows in rows_by_choice.items()},
            "drop": {some: dropped(materials.rows, rows) for some, rows in rows_by_choice.items()},
        },
    )


class _Seen(NamedTuple):
    """`place` is where it stands in the texts of its cell; 0 for what is told to tools."""

    kind: str
    place: int
    words: str


def _found(materials: Materials, role: str, row: int) -> list[_Seen]:
    kind, cell, names = materials.kinds[role], materials.rows.cells[role][row], materials.names
    seen = []
    if kind in TEXT_KINDS:
        text = materials.texts(role)[row]
        hits = personal_data(text, names.of_lines(texts_in(kind, cell)) if names else ())
        seen += [_Seen(hit.kind, hit.start, text[hit.start : hit.end]) for hit in hits]
    for told in told_to_tools(kind, cell):
        hits = personal_data(told, names.of(told) if names else ())
        seen += [_Seen(hit.kind, 0, told[hit.start : hit.end]) for hit in hits]
    return seen


def _note(role: str, found: Sequence[_Seen]) -> dict[str, Any]:
    """The words of names are said, since no pattern tells where they stand."""
    kinds = sorted({one.kind for one in found})
    note: dict[str, Any] = {"kind": found[0].kind, "kinds": kinds, "role": role}
    names = list(dict.fromkeys(one.words for one in found if one.kind == NAME))
    return {**note, "names": names[:_MOST_NAMES]} if names else note


def _left_unread(materials: Materials) -> dict[str, int]:
    """How many texts were looked through for names, where that is not all of them."""
    names = materials.names
    if names is None or names.num_read == names.num_texts:
        return {}
    return {"names_read": names.num_read, "names_texts": names.num_texts}


def _masked(materials: Materials, rows: Iterable[int], roles: Sequence[str]) -> tuple[list[RowChange], int]:
    """Changes that mask these columns, and how many of them take a row out."""
    names = materials.names

    def edits_of(text: str) -> list[Edit]:
        return masks(text, names.of(text) if names else ())

    masked = {row: cells for row in rows if (cells := mended(materials, row, edits_of, roles=roles, with_tools=True))}
    # Rows that say nothing any more when they are masked go: left alone, they would keep what was to be masked.
    empty = {row for row, cells in masked.items() if is_refused(materials, row, cells)}
    kept = {row: cells for row, cells in masked.items() if row not in empty}
    return [*cells_set(materials.rows, kept), *dropped(materials.rows, empty)], len(empty)
