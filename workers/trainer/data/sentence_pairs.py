"""Pairs of stretches of text, of which a model is asked whether they stand as they were written.

`next`: does the second go on with the first, or was it taken from another text (Devlin et al. 2019, arXiv:1810.04805)? `order`: do they
stand in their order, or were they swapped (Lan et al. 2020, arXiv:1909.11942)? Half of the pairs are as written. Which are, and where a
text is divided, is a function of seed, pass and row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from workers.trainer.data.draws import uniform
from workers.trainer.data.encoded import IGNORED, Encoded, Ragged
from workers.trainer.data.masking import WORDS
from workers.trainer.fingerprint import derived_seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.data.encoded import IntArray

SENTENCES, TYPES, PAIR = "sentences", "types", "pair"
"""Beside the tokens: the number of their sentence in its text, -1 for those that no text has written; which of the two stretches they
belong to. A target: 0 for a pair as it was written, 1 for another, `IGNORED` for a row that is no pair.
"""


@dataclass(frozen=True)
class PairFrame:
    """The tokens that a tokenizer puts before, between and after two texts, and the token types of the parts; none where the base model
    knows no types.
    """

    ids: tuple[list[int], list[int], list[int]]
    types: tuple[list[int], int, list[int], int, list[int]] | None

    @classmethod
    def of(cls, tokenizer: Any, *, has_types: bool) -> PairFrame:
        inner = tokenizer.encode("a", add_special_tokens=False)
        pair = tokenizer("a", "a", return_token_type_ids=True)
        ids, types = pair["input_ids"], pair["token_type_ids"]
        first, second = (i for i in range(len(ids)) if ids[i : i + len(inner)] == inner)
        between, after = slice(first + len(inner), second), slice(second + len(inner), None)
        return cls(
            ids=(ids[:first], ids[between], ids[after]),
            types=(types[:first], types[first], types[between], types[second], types[after]) if has_types else None,
        )

    @property
    def num_tokens(self) -> int:
        return sum(map(len, self.ids))


@dataclass(frozen=True)
class _Stretch:
    """Tokens of a text with the numbers of their words."""

    ids: IntArray
    words: IntArray

    def first(self, count: int) -> _Stretch:
        return _Stretch(self.ids[:count], self.words[:count])


@dataclass(frozen=True)
class Pairing:
    """Makes pairs of rows that hold several sentences, none longer than `max_length` tokens; other rows stay as they are."""

    kind: Literal["next", "order"]
    frame: PairFrame
    max_length: int

    def can_ask(self, encoded: Encoded) -> bool:
        """Whether there is anything to ask about these rows: one with two sentences, and for `next` another in another text."""
        texts = encoded.targets["row"].numpy()[_rows_of_several(encoded)]
        return len(np.unique(texts)) >= (2 if self.kind == "next" else 1)

    def pairs(self, encoded: Encoded, *, seed: int, epoch: int) -> Encoded:
        """The rows as one pass sees them, as many and in their order."""
        rows = np.arange(len(encoded))
        where, fate, other = (
            uniform(derived_seed(seed, what, epoch), rows) for what in ("divided texts", "false pairs", "other texts")
        )
        several = _rows_of_several(encoded)
        divided = {int(row): _divided(encoded, int(row), float(where[row])) for row in several}
        found = []
        for row in rows.tolist():
            if row not in divided:
                found.append(_Row.single(encoded, row, self.frame))
                continue
            pair, is_false = divided[row], fate[row] < 0.5  # noqa: PLR2004 - a fair coin
            if is_false and self.kind == "order":
                found.append(_Row.pair(pair[1], pair[0], self.frame, label=1))
            elif is_false and (elsewhere := _elsewhere(encoded, several, row, float(other[row]))) is not None:
                room = self.max_length - self.frame.num_tokens - len(pair[0].ids)
                found.append(_Row.pair(pair[0], divided[elsewhere][1].first(room), self.frame, label=1))
            else:
                found.append(_Row.pair(*pair, self.frame, label=0))
        beside = {WORDS: Ragged.of([row.words for row in found])}
        if self.frame.types is not None:
            beside[TYPES] = Ragged.of([row.types for row in found])
        return Encoded(
            ids=Ragged.of([row.ids for row in found]),
            beside=beside,
            targets={**encoded.targets, PAIR: torch.tensor([row.label for row in found])},
        )


@dataclass(frozen=True)
class _Row:
    ids: Sequence[int] | IntArray
    words: Sequence[int] | IntArray
    types: Sequence[int]
    label: int

    @classmethod
    def pair(cls, first: _Stretch, second: _Stretch, frame: PairFrame, *, label: int) -> _Row:
        before, between, after = frame.ids
        types: list[int] = []
        if frame.types is not None:
            opening, one, middle, two, closing = frame.types
            types = [*opening, *[one] * len(first.ids), *middle, *[two] * len(second.ids), *closing]
        return cls(
            ids=np.concatenate([before, first.ids, between, second.ids, after]),
            words=np.concatenate(
                [[-1] * len(before), first.words, [-1] * len(between), second.words, [-1] * len(after)]
            ),
            types=types,
            label=label,
        )

    @classmethod
    def single(cls, encoded: Encoded, row: int, frame: PairFrame) -> _Row:
        ids = encoded.ids.row(row)
        types = [] if frame.types is None else [frame.types[1]] * len(ids)
        return cls(ids=ids, words=encoded.beside[WORDS].row(row), types=types, label=IGNORED)


def whole_sentences(numbers: IntArray, room: int | None) -> list[slice]:
    """A text in parts of whole sentences, as many as have room in each; a sentence that has no room is cut into parts of its own.

    `numbers` are those of the sentences of its tokens; without `room` it stays whole.
    """
    if room is None or len(numbers) <= room:
        return [slice(0, len(numbers))]
    ends = [*(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    parts: list[slice] = []
    start = 0
    while start < len(numbers):
        fitting = [end for end in ends if start < end <= start + room]
        stop = fitting[-1] if fitting else start + room
        parts.append(slice(start, stop))
        start = stop
    return parts


def _rows_of_several(encoded: Encoded) -> IntArray:
    """Rows with at least two sentences."""
    return np.array([row for row in range(len(encoded)) if len(_boundaries(encoded, row))], dtype=np.int64)


def _boundaries(encoded: Encoded, row: int) -> IntArray:
    """Where in a row a sentence begins that is not its first."""
    numbers = encoded.beside[SENTENCES].row(row)
    return np.flatnonzero((numbers[1:] != numbers[:-1]) & (numbers[1:] >= 0) & (numbers[:-1] >= 0)) + 1


def _divided(encoded: Encoded, row: int, where: float) -> tuple[_Stretch, _Stretch]:
    """The text of a row up to one of its sentences, and from there on."""
    boundaries = _boundaries(encoded, row)
    written = np.flatnonzero(encoded.beside[SENTENCES].row(row) >= 0)
    start, middle, stop = written[0], boundaries[int(where * len(boundaries))], written[-1] + 1
    ids, words = encoded.ids.row(row), encoded.beside[WORDS].row(row)
    return _Stretch(ids[start:middle], words[start:middle]), _Stretch(ids[middle:stop], words[middle:stop])


def _elsewhere(encoded: Encoded, several: IntArray, row: int, drawn: float) -> int | None:
    """One of these rows that is of another text; None where there is none."""
    texts = encoded.targets["row"].numpy()
    others = several[texts[several] != texts[row]]
    return int(others[int(drawn * len(others))]) if len(others) else None
