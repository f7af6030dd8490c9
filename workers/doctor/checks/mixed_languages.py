"""Rows in another script, or another language, than nearly all of their column.

Languages are told by stop words, of Latin scripts only; a text of a few words is mostly not told at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials
from workers.doctor.scripts import language_of, script_of

# A column of which more is in another script is meant to be mixed.
_MOST = 0.2
_FEWEST_TOLD = 20


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    columns = {}
    for role in materials.text_roles:
        texts = materials.texts(role)
        scripts = [script_of(text) for text in texts]
        usual = _usual(scripts)
        kinds: Sequence[str | None] = scripts
        others = _others(scripts, usual)
        if usual == "latin":
            languages = [
                language_of(text) if script == "latin" else None for text, script in zip(texts, scripts, strict=True)
            ]
            spoken = _usual(languages)
            others |= _others(languages, spoken)
            kinds = [language or script for language, script in zip(languages, scripts, strict=True)]
            usual = spoken or usual
        for row in others:
            suspects.setdefault(
                row, Suspect(row, float(len(texts[row])), {"is": kinds[row], "usual": usual, "role": role})
            )
        if others:
            columns[role] = usual
    if not suspects:
        return None
    counts = Counter(str(suspect.note["is"]) for suspect in suspects.values())
    return Found(
        severity="info",
        suspects=list(suspects.values()),
        params={
            "usual": columns,
            "others": dict(counts.most_common()),
            "share": round(len(suspects) / len(materials), 4),
        },
        fixes={"drop": dropped(materials.rows, suspects)},
    )


def _usual(kinds: Sequence[str | None]) -> str | None:
    """The kind of nearly all that could be told; None where there is no such kind."""
    told = Counter(kind for kind in kinds if kind is not None)
    if told.total() < _FEWEST_TOLD:
        return None
    kind, count = told.most_common(1)[0]
    return kind if count >= (1 - _MOST) * told.total() else None


def _others(kinds: Sequence[str | None], usual: str | None) -> set[int]:
    return set() if usual is None else {row for row, kind in enumerate(kinds) if kind not in (None, usual)}
