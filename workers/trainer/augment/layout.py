"""Where the words of training rows begin and which tokens are marks: what edits and cutoffs must respect."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.tags import OUTSIDE
from workers.trainer.augment.edits import MARK, NOT_WHOLE, Slot
from workers.trainer.data.encoded import IGNORED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.augment.pieces import BoolArray, Pieces
    from workers.trainer.data.encoded import Encoded, IntArray

LABELS = "labels"


@dataclass(frozen=True)
class Tags:
    """What the label numbers of a tagging task mean."""

    names: tuple[str, ...]

    @property
    def outside(self) -> int:
        return self.names.index(OUTSIDE)

    def kind(self, number: int) -> str:
        """The type of the span, empty outside of any."""
        return "" if self.names[number] == OUTSIDE else self.names[number][2:]

    def is_inside(self, number: int) -> bool:
        return self.names[number].startswith("I-")

    def begin(self, kind: str) -> int:
        return self.names.index(f"B-{kind}")


@dataclass(frozen=True)
class Layout:
    """Token by token over all rows: `is_start` where a word (or a span of tagged words) begins, `is_mark` where no text is."""

    is_start: BoolArray
    is_mark: BoolArray
    tags: Tags | None

    @classmethod
    def of(cls, encoded: Encoded, pieces: Pieces, tags: Tags | None) -> Layout:
        """`encoded` has the ids that `pieces` is about."""
        ids, offsets = encoded.ids.values, encoded.ids.offsets
        if tags is not None:
            return cls._of_tagged(encoded, pieces, tags)
        is_mark = pieces.is_mark[ids]
        is_after_mark = np.ones(len(ids), dtype=np.bool_)
        is_after_mark[1:] = is_mark[:-1]
        is_after_mark[offsets[:-1][encoded.ids.lengths > 0]] = True
        return cls(is_start=~is_mark & (pieces.begins[ids] | is_after_mark), is_mark=is_mark, tags=None)

    @classmethod
    def _of_tagged(cls, encoded: Encoded, pieces: Pieces, tags: Tags) -> Layout:
        """The words are those of the data, whatever the tokenizer makes of them; words of one span are one slot."""
        is_start = np.zeros(len(encoded.ids.values), dtype=np.bool_)
        is_mark = np.ones(len(encoded.ids.values), dtype=np.bool_)
        for row in range(len(encoded)):
            labels, ids, first = encoded.beside[LABELS].row(row), encoded.ids.row(row), int(encoded.ids.offsets[row])
            firsts = np.flatnonzero(labels != IGNORED)
            if not len(firsts):
                continue
            written = np.flatnonzero(~pieces.is_mark[ids])
            end = max(int(firsts[-1]), int(written[-1]) if len(written) else 0) + 1
            is_mark[first + int(firsts[0]) : first + end] = False
            before = ""
            for place in firsts.tolist():
                kind = tags.kind(int(labels[place]))
                is_start[first + place] = not (kind and kind == before and tags.is_inside(int(labels[place])))
                before = kind
        return cls(is_start=is_start, is_mark=is_mark, tags=tags)

    def slots(self, encoded: Encoded, row: int) -> list[Slot]:
        """The row as marks and words, in their order."""
        part = slice(int(encoded.ids.offsets[row]), int(encoded.ids.offsets[row + 1]))
        ids, is_mark = encoded.ids.values[part], self.is_mark[part]
        bounds = [*np.flatnonzero(self.is_start[part] | is_mark).tolist(), len(ids)]
        labels = encoded.beside[LABELS].row(row) if self.tags is not None else None
        slots: list[Slot] = []
        text, is_between = -1, True
        for start, end in itertools.pairwise(bounds):
            if is_mark[start]:
                slots.append(Slot(start, end, MARK))
                is_between = True
                continue
            text += is_between
            is_between = False
            kind = self.tags.kind(int(labels[start])) if self.tags is not None and labels is not None else ""
            slots.append(Slot(start, end, text, word=int(ids[start]) if end == start + 1 else NOT_WHOLE, kind=kind))
        return slots

    def flat(self, slots: Sequence[Slot], labels: IntArray | None) -> Flat:
        """The slots laid end to end; `labels` are those of the row as it was."""
        source: list[int] = []
        ids: dict[int, int] = {}
        new_labels: dict[int, int] = {}
        before = ""
        for slot in slots:
            place = len(source)
            source.extend(range(slot.start, slot.end))
            if slot.new is not None:
                ids[place] = slot.new
            if self.tags is not None and labels is not None:
                if slot.is_inserted:
                    new_labels[place] = self.tags.outside
                elif slot.kind and slot.kind == before and self.tags.is_inside(int(labels[slot.start])):
                    # A span that begins with I- would be read as the end of the one it now stands behind.
                    new_labels[place] = self.tags.begin(slot.kind)
            before = slot.kind
        return Flat(source, ids, new_labels)


@dataclass(frozen=True)
class Flat:
    """A changed row: for each of its tokens the place in the old row that it goes by, and by place what differs from that."""

    source: list[int]
    ids: dict[int, int]
    labels: dict[int, int]
