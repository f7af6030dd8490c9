"""Texts without anything to read: blank, of invisible characters, of signs alone, or one letter. Emoji are something to read."""

from __future__ import annotations

import unicodedata
from collections import Counter

from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials
from workers.doctor.normal import visible

_WEIGHT = {"blank": 1.0, "invisible": 0.9, "signs": 0.5, "one_character": 0.3}


def examine(materials: Materials) -> Found | None:
    optional = {column.role for column in materials.rows.columns if column.is_optional}
    worst: dict[int, Suspect] = {}
    for role in materials.text_roles:
        for row, text in enumerate(materials.texts(role)):
            kind = emptiness(text)
            if kind is None or (kind == "blank" and role in optional):
                continue
            if row not in worst or _WEIGHT[kind] > worst[row].score:
                worst[row] = Suspect(row, _WEIGHT[kind], {"kind": kind, "role": role})
    if not worst:
        return None
    counts = Counter(suspect.note["kind"] for suspect in worst.values())
    return Found(
        severity="error" if counts["blank"] + counts["invisible"] else "info",
        suspects=list(worst.values()),
        params={kind: counts[kind] for kind in _WEIGHT},
        fixes={"drop": dropped(materials.rows, worst)},
    )


def emptiness(text: str) -> str | None:
    """What kind of nothing a text is; None for one that says something."""
    if len(text) > 64:  # noqa: PLR2004 - nothing so long is only signs by accident, and most texts end here
        return None if text.strip() else "blank"
    if not text.strip():
        return "blank"
    seen = visible(text)
    if not seen:
        return "invisible"
    # Letters, digits, marks, and symbols other than those of arithmetic (So: emoji).
    if not any(
        unicodedata.category(character)[0] in "LNM" or unicodedata.category(character) == "So" for character in seen
    ):
        return "signs"
    is_word = unicodedata.category(seen[0]) in {"Lo", "So"} or seen.isdigit()
    return "one_character" if len(seen) == 1 and not is_word else None
