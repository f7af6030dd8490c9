"""Texts that seem to have been cut: many of one largest length, or an end in the middle of a word where texts end with a sign.

Both are habits of a whole column and can be wrong about a single text, so this is for information and offers to take out only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from workers.doctor.found import Found, Suspect, dropped
from workers.doctor.materials import Materials

_SHORTEST_LIMIT = 60
_FEWEST_AT_LIMIT = 5
_HABIT = 0.8
_FEWEST_TEXTS = 50
_WORD = re.compile(r"[^\W\d_]+")
_END = re.compile(r"[.!?…。！？;；:\"'”’」』)）\]】>~～*]\s*$")
_ROLES_LEFT_OUT = frozenset({"tokens", "question", "query"})


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    limits = {}
    for role in materials.text_roles:
        if role in _ROLES_LEFT_OUT:
            continue
        texts = materials.texts(role)
        limit = _limit(texts)
        if limit is not None:
            limits[role] = limit
            for row, text in enumerate(texts):
                if len(text) == limit and not _END.search(text):
                    suspects.setdefault(row, Suspect(row, 1.0, {"kind": "at_limit", "role": role}, (role, len(text))))
        for row in _in_mid_word(texts):
            suspects.setdefault(row, Suspect(row, 0.5, {"kind": "mid_word", "role": role}, (role, len(texts[row]))))
    if not suspects:
        return None
    counts = Counter(suspect.note["kind"] for suspect in suspects.values())
    return Found(
        severity="info",
        suspects=list(suspects.values()),
        params={"at_limit": counts["at_limit"], "mid_word": counts["mid_word"], "limits": limits},
        fixes={"drop": dropped(materials.rows, suspects)},
    )


def _limit(texts: Sequence[str]) -> int | None:
    """The largest length, when texts pile up at it as they do at none of the ten below it together."""
    lengths = Counter(map(len, texts))
    largest = max(lengths)
    below = sum(lengths[largest - step] for step in range(1, 11))
    if largest < _SHORTEST_LIMIT or lengths[largest] < max(_FEWEST_AT_LIMIT, below):
        return None
    return largest


def _in_mid_word(texts: Sequence[str]) -> list[int]:
    """Rows without an end sign in a column that has them, whose last letters are no word of the column but the beginning of one."""
    open_ended = [row for row, text in enumerate(texts) if text and not _END.search(text)]
    if len(texts) < _FEWEST_TEXTS or len(open_ended) > (1 - _HABIT) * len(texts):
        return []
    words = Counter(word.lower() for text in texts for word in _WORD.findall(text))
    beginnings = {word[:length] for word, count in words.items() if count > 1 for length in range(2, len(word))}
    found = []
    for row in open_ended:
        last = _WORD.findall(texts[row])[-1:]
        if (
            last
            and texts[row].rstrip().endswith(last[0])
            and words[last[0].lower()] == 1
            and last[0].lower() in beginnings
        ):
            found.append(row)
    return found
