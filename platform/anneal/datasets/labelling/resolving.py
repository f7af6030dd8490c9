"""From what several people say about a row to the one thing that it becomes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any, Literal

from anneal.datasets.labelling.reviews import review_key
from anneal.datasets.labelling.values import Form

Resolve = Literal["majority", "newest", "adjudicated"]
RESOLVES: tuple[Resolve, ...] = ("majority", "newest", "adjudicated")

Value = dict[str, Any]


def comparable(form: Form, value: Value) -> Any:
    """An answer as something to compare and to count; of texts, however they are spaced."""
    if form == "labels":
        return frozenset(value["labels"])
    if form == "spans":
        return frozenset((span["type"], span["start"], span["end"]) for span in value["spans"])
    if form == "target":
        return " ".join(unicodedata.normalize("NFC", value["target"]).split())
    if form == "answers":
        return frozenset((answer["start"], answer["start"] + len(answer["text"])) for answer in value["answers"])
    if form == "review":
        return review_key(value["review"])
    return value[form]


def is_disputed(form: Form, values: Sequence[Value]) -> bool:
    """Whether people differ."""
    return len({comparable(form, value) for value in values}) > 1


def majority(form: Form, values: Sequence[Value]) -> Value | None:
    """What more than half of the people say; None where nobody has that many.

    Where no whole answer has, labels of a set and spans are each put to the vote, and rows on which none of them wins have no majority:
    that people named different ones does not mean that there are none. Of numbers it is the median. More than half means that two spans
    which overlap never both win, since nobody may give such two.
    """
    if form == "score":
        return {"score": float(median(value["score"] for value in values))}
    (whole, count), *_ = Counter(comparable(form, value) for value in values).most_common(1)
    if count * 2 > len(values):
        return next(value for value in values if comparable(form, value) == whole)
    if form == "labels":
        votes = Counter(label for value in values for label in value["labels"])
        labels = [label for label, count in votes.items() if count * 2 > len(values)]
        return {"labels": labels} if labels else None
    if form == "spans":
        spans = Counter(span for value in values for span in comparable(form, value))
        won = sorted((span for span, count in spans.items() if count * 2 > len(values)), key=lambda span: int(span[1]))
        return {"spans": [{"type": kind, "start": start, "end": end} for kind, start, end in won]} if won else None
    return None
