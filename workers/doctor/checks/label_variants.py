"""Labels that differ in case, spaces, width or the sign between words alone: one class learnt as two.

A sign before a number (`-1`) and signs between digits (`1.5`) are no such sign: they make another number.

`merge_labels` gives all of them the most frequent spelling, the first in the alphabet at a tie.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from workers.doctor.checks.rare_classes import classes_of
from workers.doctor.found import Found, Suspect, cells_set
from workers.doctor.materials import Materials
from workers.doctor.normal import normalised

_BETWEEN_WORDS = re.compile(
    r"""(?![\s_]+-\d)                                  # a sign of the number behind it
    (?: (?<=[^\W\d_]) [\s_\-./]+ (?=[^\W_])          # behind a letter, before one or a digit
      | (?<=\d)       [\s_\-./]+ (?=[^\W\d_]) )       # between a digit and a letter""",
    re.VERBOSE,
)
_MOST_NAMED = 20


def examine(materials: Materials) -> Found | None:
    counts = Counter(name for row in range(len(materials)) for name in classes_of(materials, row))
    spellings: dict[str, list[str]] = defaultdict(list)
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        spellings[_BETWEEN_WORDS.sub(" ", normalised(name)).strip(" _")].append(name)
    renamed = {variant: first for first, *variants in spellings.values() for variant in variants}
    if not renamed:
        return None
    rows = [row for row in range(len(materials)) if not renamed.keys().isdisjoint(classes_of(materials, row))]
    role = materials.target_role
    cells = materials.rows.cells[role]
    rename = _renamer(role, renamed)
    return Found(
        severity="error",
        suspects=[_suspect(row, classes_of(materials, row), renamed, counts) for row in rows],
        params={"variants": len(renamed), "names": dict(list(renamed.items())[:_MOST_NAMED])},
        fixes={"merge_labels": cells_set(materials.rows, {row: {role: rename(cells[row])} for row in rows})},
    )


def _suspect(row: int, names: set[str], renamed: dict[str, str], counts: Counter[str]) -> Suspect:
    name = min(name for name in names if name in renamed)
    return Suspect(row, 1 / counts[name], {"label": name, "suggested": renamed[name]})


def _renamer(role: str, renamed: dict[str, str]) -> Callable[[Any], Any]:
    def of_name(name: str) -> str:
        return renamed.get(name, name)

    if role == "label":
        return of_name
    if role == "labels":
        return lambda labels: list(dict.fromkeys(of_name(str(label)) for label in labels))
    return lambda tags: [f"{tag[:2]}{of_name(tag[2:])}" for tag in map(str, tags)]
