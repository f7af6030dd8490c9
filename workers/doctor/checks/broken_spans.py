"""Tags that are not IOB2: an I- that goes on with nothing, a tag of no known form, tags and tokens of different numbers, empty tokens.

`repair` makes every I- without a beginning a B-, which is what a reader of such tags takes it for (`workers.contract.tags`). What cannot be
mended by that is taken out by `drop`, which takes out all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workers.contract.tags import is_tag
from workers.doctor.found import Found, Suspect, cells_set, dropped
from workers.doctor.materials import Materials
from workers.doctor.normal import visible

_WEIGHT = {"length": 1.0, "unknown_tag": 0.9, "empty_token": 0.7, "no_beginning": 0.5}


def examine(materials: Materials) -> Found | None:
    rows = materials.rows
    suspects, repaired, lost = [], {}, []
    for row, (tokens, tags) in enumerate(zip(rows.cells["tokens"], rows.cells["tags"], strict=True)):
        kind, position = trouble(tokens or (), tags or ())
        if kind is None:
            continue
        suspects.append(Suspect(row, _WEIGHT[kind], {"kind": kind, "token": position}))
        if kind == "no_beginning":
            repaired[row] = {"tags": begun(tags)}
        else:
            lost.append(row)
    if not suspects:
        return None
    counts = Counter(suspect.note["kind"] for suspect in suspects)
    return Found(
        severity="error" if lost else "warning",
        suspects=suspects,
        params={kind: counts[kind] for kind in _WEIGHT},
        fixes={
            "repair": [*cells_set(rows, repaired), *dropped(rows, lost)] if repaired else [],
            "drop": dropped(rows, [suspect.row for suspect in suspects]),
        },
    )


def trouble(tokens: Sequence[str], tags: Sequence[str]) -> tuple[str | None, int]:
    """The worst kind of trouble, and at which token, counted from 0."""
    if len(tokens) != len(tags):
        return "length", min(len(tokens), len(tags))
    for position, tag in enumerate(tags):
        if not is_tag(tag):
            return "unknown_tag", position
    for position, token in enumerate(tokens):
        if not visible(token):
            return "empty_token", position
    for position, tag in enumerate(tags):
        if tag[:1] == "I" and (position == 0 or tags[position - 1][2:] != tag[2:]):
            return "no_beginning", position
    return None, 0


def begun(tags: Sequence[str]) -> list[str]:
    """Every I- without a beginning as a B-."""
    before = ["O", *tags[:-1]]
    return [
        f"B{tag[1:]}" if tag[:1] == "I" and last[2:] != tag[2:] else tag for last, tag in zip(before, tags, strict=True)
    ]
