"""Changes the words of a row: replaces, inserts, swaps or leaves out (EDA; Wei & Zou 2019, arXiv:1901.11196).

A row is a list of slots: marks, which stay where they are, and words, or spans of tagged words, which move as one. Words stay in their
own text of a pair. No slot with a span is replaced or left out, and nothing is inserted into one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from workers.contract.spec import WordEdits
    from workers.trainer.augment.near import NearWords

MARK = -1
NOT_WHOLE = -1


@dataclass(frozen=True)
class Slot:
    """Tokens `start` to `end` of a row as it was. `text` is the number of the text they belong to, or `MARK`."""

    start: int
    end: int
    text: int
    word: int = NOT_WHOLE
    """The id where the slot is a single whole word."""
    kind: str = ""
    """The type of the span, of a slot that is one."""
    new: int | None = None
    """The id of the word that stands here now, in place of the slot's own or, where `is_inserted`, beside it."""
    is_inserted: bool = False


@dataclass(frozen=True)
class WordEditor:
    """`synonyms` are what a word may be replaced by, `relatives` what may be inserted because of it."""

    edits: WordEdits
    synonyms: NearWords
    relatives: NearWords

    def edited(self, slots: Sequence[Slot], *, room: int, random: np.random.Generator) -> list[Slot]:
        """One of the kinds of edits; `room` tokens may be added at most. Nothing random but by `random`."""
        num_words = sum(slot.text != MARK for slot in slots)
        if not num_words:
            return list(slots)
        count = max(1, round(self.edits.share * num_words))
        kind = self.edits.kinds[int(random.integers(len(self.edits.kinds)))]
        edit: Callable[[list[Slot], int, np.random.Generator], list[Slot]] = {
            "replace": self._with_synonyms,
            "insert": lambda slots, count, random: self._with_relatives(slots, min(count, room), random),
            "swap": _swapped,
            "delete": self._shortened,
        }[kind]
        return edit(list(slots), count, random)

    def _with_synonyms(self, slots: list[Slot], count: int, random: np.random.Generator) -> list[Slot]:
        places = [i for i, slot in enumerate(slots) if not slot.kind and slot.word in self.synonyms]
        for i in random.permutation(len(places))[:count].tolist():
            slot = slots[places[i]]
            near = self.synonyms[slot.word]
            slots[places[i]] = replace(slot, new=int(near[int(random.integers(len(near)))]))
        return slots

    def _with_relatives(self, slots: list[Slot], count: int, random: np.random.Generator) -> list[Slot]:
        known = [slot for slot in slots if not slot.kind and slot.word in self.relatives]
        for _ in range(count if known else 0):
            slot = known[int(random.integers(len(known)))]
            near = self.relatives[slot.word]
            places = [i for i, other in enumerate(slots) if other.text == slot.text]
            place = places[0] + int(random.integers(len(places) + 1))
            slots.insert(place, replace(slot, new=int(near[int(random.integers(len(near)))]), is_inserted=True))
        return slots

    def _shortened(self, slots: list[Slot], count: int, random: np.random.Generator) -> list[Slot]:
        """Every word is left out with the same probability, but for one of each text."""
        del count
        is_kept = (random.random(len(slots)) >= self.edits.share).tolist()
        for text in {slot.text for slot in slots} - {MARK}:
            places = [i for i, slot in enumerate(slots) if slot.text == text]
            is_kept[places[int(random.integers(len(places)))]] = True
        return [slot for slot, kept in zip(slots, is_kept, strict=True) if kept or slot.kind or slot.text == MARK]


def _swapped(slots: list[Slot], count: int, random: np.random.Generator) -> list[Slot]:
    places = [i for i, slot in enumerate(slots) if slot.text != MARK]
    for _ in range(count):
        one = places[int(random.integers(len(places)))]
        others = [i for i in places if slots[i].text == slots[one].text and i != one]
        if others:
            other = others[int(random.integers(len(others)))]
            slots[one], slots[other] = slots[other], slots[one]
    return slots
