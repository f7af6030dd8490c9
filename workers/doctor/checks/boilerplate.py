"""Long passages that many different texts share: a greeting in front, a signature at the end, a notice in the middle.

They carry nothing that tells rows apart and take room from what does. `repair` takes them out of the texts, and leaves rows alone that are
asked about them or differ by nothing else.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from workers.doctor.cells import Edit, edited
from workers.doctor.found import Found, Suspect, cells_set
from workers.doctor.materials import Materials
from workers.doctor.mending import is_answer_cut, is_refused, mended
from workers.doctor.scripts import is_wide

_SHORTEST, _SHORTEST_WIDE = 40, 16
_FEWEST, _FEWEST_SHARE = 10, 0.02
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_MOST_PASSAGES = 50
_MOST_SHOWN = 10


def examine(materials: Materials) -> Found | None:
    suspects: dict[int, Suspect] = {}
    repaired: dict[int, dict[str, Any]] = {}
    passages: Counter[str] = Counter()
    for role in materials.text_roles:
        if materials.kinds[role] == "tokens":
            continue  # Taking tokens out would leave their tags behind.
        texts = materials.texts(role)
        shared = _shared_passages(texts)
        if not shared:
            continue
        pattern = re.compile("|".join(map(re.escape, shared)))
        for row, text in enumerate(texts):
            match = pattern.search(text)
            if match is None or match.group() == text.strip():
                continue
            passages[match.group()] += 1
            suspects.setdefault(
                row, Suspect(row, len(match.group()) / len(text), {"role": role}, (role, match.start()))
            )
            cells = mended(materials, row, lambda part, pattern=pattern: _without(part, pattern), roles=[role])  # type: ignore[misc]
            if cells:
                repaired[row] = {**repaired.get(row, {}), **cells}
    if not suspects:
        return None
    rows_of_repair = {
        row: cells
        for row, cells in repaired.items()
        if not is_answer_cut(materials, row, cells) and not is_refused(materials, row, cells)
    }
    return Found(
        severity="warning" if len(suspects) * 2 > len(materials) else "info",
        suspects=list(suspects.values()),
        params={
            "passages": {passage[:200]: count for passage, count in passages.most_common(_MOST_SHOWN)},
            "share": round(len(suspects) / len(materials), 4),
            "left": len(repaired) - len(rows_of_repair),
        },
        fixes={"repair": cells_set(materials.rows, rows_of_repair)},
    )


def _without(text: str, pattern: re.Pattern[str]) -> list[Edit]:
    """Takes the passages out with the spaces around them; leaves alone what would be nothing without them."""
    edits = []
    for match in pattern.finditer(text):
        start, end = match.span()
        while end < len(text) and text[end].isspace():
            end += 1
        edits.append(Edit(start, end, ""))
    return edits if edited(text, edits).strip() else []


def _shared_passages(texts: Sequence[str]) -> list[str]:
    """The longest first, so that a passage is found before its parts."""
    distinct = sorted({text.strip() for text in texts} - {""})
    fewest = max(_FEWEST, round(_FEWEST_SHARE * len(texts)))
    if len(distinct) < fewest:
        return []
    backwards = sorted(text[::-1] for text in distinct)
    found = set(_beginnings(distinct, fewest))
    found |= {beginning[::-1] for beginning in _beginnings(backwards, fewest)}
    found |= set(_sentences(distinct, fewest))
    whole = {_at_word_ends(passage, distinct) for passage in found}
    return sorted((passage for passage in whole if _is_long(passage)), key=lambda one: (-len(one), one))[
        :_MOST_PASSAGES
    ]


def _beginnings(ordered: Sequence[str], fewest: int) -> Iterator[str]:
    """Of texts in order: what each run of at least `fewest` begins with, where that is long."""
    run = ""
    for first, last in zip(ordered, ordered[fewest - 1 :], strict=False):
        shared = _shared(first, last)
        if not _is_long(shared):
            if run:
                yield run
            run = ""
        elif run and not _is_long(_shared(run, shared)):
            yield run
            run = shared
        else:
            run = _shared(run, shared) if run else shared
    if run:
        yield run


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    for place, (sign, its) in enumerate(zip(one, other, strict=False)):
        if sign != its:
            return one[:place]
    return min(one, other, key=len)


def _sentences(texts: Sequence[str], fewest: int) -> Iterator[str]:
    counts: dict[str, int] = defaultdict(int)
    for text in texts:
        for sentence in {part.strip() for part in _SENTENCE.findall(text)}:
            if _is_long(sentence):
                counts[sentence] += 1
    yield from (sentence for sentence, count in counts.items() if count >= fewest)


def _at_word_ends(passage: str, texts: Sequence[str]) -> str:
    """Cut to whole words where words have spaces between them."""
    if is_wide(passage):
        return passage.strip()
    sample = next((text for text in texts if passage in text), passage)
    start = sample.find(passage)
    before, after = sample[start - 1 : start] if start else " ", sample[start + len(passage) :][:1] or " "
    if before.isalnum() and passage[:1].isalnum():
        passage = passage.partition(" ")[2]
    if after.isalnum() and passage[-1:].isalnum():
        passage = passage.rpartition(" ")[0]
    return passage.strip()


def _is_long(passage: str) -> bool:
    return len(passage) >= (_SHORTEST_WIDE if is_wide(passage) else _SHORTEST)
