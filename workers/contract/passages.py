"""Where an answer stands in the text that it is taken from."""

from __future__ import annotations


def nearest_place(context: str, text: str, start: int) -> int | None:
    """Where the text stands in the context, nearest to `start`; None where it does not."""
    if start >= 0 and context.startswith(text, start):
        return start
    before, after = context.rfind(text, 0, max(0, start) + len(text)), context.find(text, max(0, start))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - start)) if places else None
