"""Spans from tags, in the way of the CoNLL-2003 evaluation: what a reader of the tags would see as one entity.

A span begins at B-, and also at an I- that does not continue a span of its type, since models (and some corpora) write such tags. Scores
are those of `conlleval` (Tjong Kim Sang & De Meulder 2003) and of seqeval's default mode, which the tests compare with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTSIDE = "O"


class Span(NamedTuple):
    """`tokens[start:end]` is of this type."""

    type: str
    start: int
    end: int


def is_tag(tag: str) -> bool:
    return tag == OUTSIDE or (tag[:2] in {"B-", "I-"} and len(tag) > 2)  # noqa: PLR2004 - the prefix, and a type after it


def spans_of(tags: Sequence[str]) -> list[Span]:
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


def types_of(tags: Sequence[str]) -> list[str]:
    """Types that occur in a list of distinct tags, in alphabetical order."""
    return sorted({tag[2:] for tag in tags if tag != OUTSIDE})
