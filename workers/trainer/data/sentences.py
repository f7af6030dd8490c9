"""Where sentences end, in any language: after a full stop or its like and a space, after a Chinese one, and with a line."""

from __future__ import annotations

import itertools
import re

_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n+")


def sentence_starts(text: str) -> list[int]:
    """Positions of characters at which sentences begin, the first at 0. What lies between two may be blank."""
    return [0, *(match.end() for match in _END.finditer(text))]


def sentences(text: str) -> list[str]:
    """In their order, without the space around them."""
    parts = (text[start:end].strip() for start, end in itertools.pairwise([*sentence_starts(text), len(text)]))
    return [part for part in parts if part]
