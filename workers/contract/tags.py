"""Tags of tokens in the IOB2 scheme, and the spans that they mean, in the way of the CoNLL-2003 evaluation.

A span begins at B-, and also at an I- that does not continue a span of its type, since models (and some corpora) write such tags
(`conlleval`, Tjong Kim Sang & De Meulder 2003; seqeval's default mode).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

OUTSIDE = "O"


class Span(NamedTuple):
    """`tokens[start:end]` is of this type."""

    type: str
    start: int
    end: int


def is_tag(tag: str) -> bool:
    """Whether it is O, B-TYPE or I-TYPE."""
    return tag == OUTSIDE or (tag[:2] in {"B-", "I-"} and len(tag) > 2)  # noqa: PLR2004 - the prefix, and a type after it


def types_of(tags: Sequence[str]) -> list[str]:
    """Types that occur in a list of distinct tags, in alphabetical order."""
    return sorted({tag[2:] for tag in tags if tag != OUTSIDE})


def spans_of(tags: Sequence[str]) -> list[Span]:
    """The spans that a reader of the tags would see, in their order."""
    found: list[Span] = []
    open_type, start = "", 0
    for position, tag in enumerate([*tags, OUTSIDE]):
        prefix, kind = (tag[0], tag[2:]) if tag != OUTSIDE else (OUTSIDE, "")
        if open_type and (prefix != "I" or kind != open_type):
            found.append(Span(open_type, start, position))
            open_type = ""
        if kind and not open_type:
            open_type, start = kind, position
    return found
