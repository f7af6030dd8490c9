"""Label errors of tags: words whose type seems wrong, by confident learning over all words (Wang & Mueller 2022, arXiv:2210.03920).

A word of a span is in question where all of the span is. A row is as suspicious as its most suspicious word, which is what the authors
found best. `drop` takes every suspect out. Nothing is relabelled by itself: of 94 rows that were named among 1,000 of conll2003, 45 of
them with a planted error, 26 were planted ones, so that most suggestions would spoil what was right. Suspects are for people to look at.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from workers.contract.tags import spans_of
from workers.doctor.cells import token_ends
from workers.doctor.found import Found, Suspect, doubted
from workers.doctor.judged_words import JudgedWords
from workers.doctor.materials import Materials


def examine(materials: Materials, least_odds: float) -> Found | None:
    judged = JudgedWords(materials)
    confident = judged.confident
    words: list[int] = []
    suggested: dict[int, dict[int, str]] = defaultdict(dict)
    for word in confident.suspects.tolist():
        counted = confident.counted[word]
        if judged.probabilities[word, counted] < least_odds * confident.self_confidence[word]:
            continue
        words.append(word)
        row = int(judged.row_of[word])
        suggested[row][int(judged.place_of[word])] = judged.types[counted]
    for row, places in suggested.items():
        suggested[row] = of_whole_spans(materials.rows.cells["tags"][row], places)
    worst: dict[int, int] = {}
    for word in words:  # Suspects come with the worst first.
        if int(judged.place_of[word]) in suggested[int(judged.row_of[word])]:
            worst.setdefault(int(judged.row_of[word]), word)
    suspects = []
    for row, word in worst.items():
        tokens, tags = (materials.rows.cells[role][row] for role in ("tokens", "tags"))
        place, counted = int(judged.place_of[word]), int(confident.counted[word])
        start, end = _in_question(tags, suggested[row], place)
        ends = token_ends(tokens)
        begin = ends[start] - len(tokens[start])
        suspects.append(
            Suspect(
                row,
                round(float(confident.margin[word]), 6),
                {
                    "given": judged.types[confident.given[word]],
                    "suggested": judged.types[counted],
                    "confidence": round(float(judged.probabilities[word, counted]), 3),
                    "self_confidence": round(float(confident.self_confidence[word]), 3),
                    "token": place,
                    "words": len(suggested[row]),
                },
                ("tokens", begin),
                ends[end - 1] - begin,
            )
        )
    return doubted(
        materials,
        suspects,
        len(judged.rows),
        {},
        words=len(judged.given),
        probe_accuracy=round(judged.probe_accuracy, 4),
        vectors=materials.judged.probe_reads,
    )


def of_whole_spans(tags: Sequence[str], suggested: Mapping[int, str]) -> dict[int, str]:
    """Without words of a span that is not doubted as a whole: "of" in the name of an office is in doubt wherever it stands."""
    parts = {
        place
        for span in spans_of(tags)
        for place in range(span.start, span.end)
        if not all(word in suggested for word in range(span.start, span.end))
    }
    return {place: name for place, name in suggested.items() if place not in parts}


def _runs(suggested: Mapping[int, str]) -> list[tuple[int, int]]:
    """Where words one after the other, which the same is suggested for, begin and end."""
    steps = itertools.groupby(enumerate(sorted(suggested)), lambda one: (one[1] - one[0], suggested[one[1]]))
    runs = [[place for _, place in group] for _, group in steps]
    return [(places[0], places[-1] + 1) for places in runs]


def _in_question(tags: Sequence[str], suggested: Mapping[int, str], place: int) -> tuple[int, int]:
    """The span that a doubted word is in, or the words that should be one."""
    spans = [(span.start, span.end) for span in spans_of(tags)] + _runs(suggested)
    return next((start, end) for start, end in spans if start <= place < end)
