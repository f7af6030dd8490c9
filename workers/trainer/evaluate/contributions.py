"""What single words did to an answer: how much it would have changed without them.

Words are left out one by one (erasure; Li et al. 2016, arXiv:1612.08220), which asks nothing of a model but answers and is in the
unit of the answer. Words of one meaning can stand in for each other, so that leaving out one of them may show little. Words that an
answer is made of, a span or a passage, stay: without them there is nothing to be asked about. It costs about as much as asking once more
about all held-out rows, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from workers.contract.results import WordWeight
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.data.tokens import Tokeniser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from tokenizers import Encoding

    from workers.contract.results import Mistake
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks._sequence import SequenceTask

    Score = Callable[[torch.Tensor, IntArray], FloatArray]
    """From outputs (rows, labels) and the place of each row's mistake in the list to the number that is explained."""

MOST_PIECES: Final = 40
"""Longer texts are taken apart in so many pieces of several words."""
_FEWEST_TOKENS: Final = 20_000
_MOST_TOKENS: Final = 200_000
_SMALLEST_SHARE: Final = 0.05
"""Words that did less than this share of what the strongest did are not worth a mark."""


@dataclass(frozen=True)
class Piece:
    """Neighbouring words of one text: their tokens in its sequence, and their letters in the text `part`, 0 or 1."""

    part: int
    first: int
    behind: int
    start: int
    end: int


def explained(
    run: Run, task: SequenceTask, mistakes: Sequence[Mistake], *, positions: IntArray, whole: FloatArray, score: Score
) -> tuple[Mistake, ...]:
    """As `weighed`, for tasks about whole texts; `score` makes outputs of the model into the number that is explained."""
    texts = [[run.data.held_out[role][i] for i in positions] for role in task.text_roles]
    return weighed(
        run,
        mistakes,
        run.encoded["held_out"].select(positions),
        [joined_words(words) for words in words_together(run, *texts)],
        whole=whole,
        score=lambda without, which: score(task.answer(run.engine, without), which),
    )


def weighed(
    run: Run,
    mistakes: Sequence[Mistake],
    rows: Encoded,
    pieces: Sequence[Sequence[Piece]],
    *,
    whole: FloatArray,
    score: Callable[[Encoded, IntArray], FloatArray],
) -> tuple[Mistake, ...]:
    """The mistakes about `rows`, from the first on as many with their words as there is time for.

    `whole` is the number of each that a word adds to, and `score` finds it for rows without a piece, given the place of each one's mistake
    in the list; a negative weight spoke against the answer.
    """
    found = _affordable(rows, _askable(rows, pieces), budget=_budget(run.encoded["held_out"]))
    which = np.array([number for number, of_row in enumerate(found) for _ in of_row], dtype=np.int64)
    if not len(which):
        return tuple(mistakes)
    without = _without(rows, [(number, piece) for number, of_row in enumerate(found) for piece in of_row])
    weights = whole[which] - score(without, which)
    return tuple(
        mistake.model_copy(update={"words": _worth_a_mark(mistake, of_row, weights[which == number])})
        for number, (mistake, of_row) in enumerate(zip(mistakes, found, strict=True))
    )


def _budget(held_out: Encoded) -> int:
    """Tokens that may be asked about."""
    return int(np.clip(held_out.lengths.sum(), _FEWEST_TOKENS, _MOST_TOKENS))


def words_together(run: Run, *texts: Sequence[str]) -> list[list[Piece]]:
    """Of texts, or of pairs that are read as one sequence."""
    inputs = list(texts[0]) if len(texts) == 1 else list(zip(*texts, strict=True))
    encodings = Tokeniser(run.tokenizer).encodings(inputs, max_length=run.plan.max_length)
    return [words_of(encoding) for encoding in encodings]


def words_apart(run: Run, first: Sequence[str], second: Sequence[str]) -> list[list[Piece]]:
    """Of pairs whose texts are read on their own."""
    return [
        [*own, *(replace(word, part=1) for word in other)]
        for own, other in zip(words_together(run, first), words_together(run, second), strict=True)
    ]


def words_of(encoding: Encoding) -> list[Piece]:
    words, texts, offsets = encoding.word_ids, encoding.sequence_ids, encoding.offsets
    found = []
    for (part, word), tokens in groupby(range(len(words)), key=lambda token: (texts[token], words[token])):
        if part is None or word is None:
            continue
        inside = list(tokens)
        start, end = offsets[inside[0]][0], offsets[inside[-1]][1]
        if start < end:
            found.append(Piece(part, inside[0], inside[-1] + 1, start, end))
    return found


def joined_words(words: Sequence[Piece], asked: IntArray | None = None) -> list[Piece]:
    """As many pieces as may be, of neighbouring words of one text. Words with tokens that are `asked` about are in none of them."""
    size = -(-len(words) // MOST_PIECES) or 1
    found = []
    for (_, stays), group in groupby(words, key=lambda word: (word.part, _holds(word, asked))):
        of_text = [] if stays else list(group)
        for at in range(0, len(of_text), size):
            first, last = of_text[at], of_text[min(at + size, len(of_text)) - 1]
            found.append(Piece(first.part, first.first, last.behind, first.start, last.end))
    return found


def _holds(word: Piece, asked: IntArray | None) -> bool:
    return asked is not None and bool(asked[word.first : word.behind].any())


def _askable(rows: Encoded, pieces: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """Without those that are all there is of a sequence: tokenizers of some families put nothing around a text."""
    lengths = [rows.ids.lengths, *(other.ids.lengths for other in rows.others.values())]

    def leaves_something(number: int, piece: Piece) -> bool:
        return bool(piece.behind - piece.first < lengths[piece.part if rows.others else 0][number])

    return [[piece for piece in found if leaves_something(number, piece)] for number, found in enumerate(pieces)]


def _affordable(rows: Encoded, pieces: Sequence[Sequence[Piece]], *, budget: int) -> list[Sequence[Piece]]:
    """From the first row on, until the tokens that are asked about are too many; the rest has none."""
    costs = np.cumsum(rows.lengths * np.array([len(found) for found in pieces], dtype=np.int64))
    return [found if cost <= budget else [] for found, cost in zip(pieces, costs, strict=True)]


def _without(rows: Encoded, pieces: Sequence[tuple[int, Piece]]) -> Encoded:
    """Each row once for each of its pieces, without it: the second text is a sequence of its own, or follows the first."""
    own = [(number, piece if piece.part == 0 else None) for number, piece in pieces]
    other = [(number, piece if piece.part == 1 else None) for number, piece in pieces]
    return replace(
        _left(rows, own if rows.others else pieces),
        others={name: _left(found, other) for name, found in rows.others.items()},
    )


def _left(rows: Encoded, pieces: Sequence[tuple[int, Piece | None]]) -> Encoded:
    def left(ragged: Ragged) -> Ragged:
        return Ragged.of(
            [
                ragged.row(number) if piece is None else np.delete(ragged.row(number), slice(piece.first, piece.behind))
                for number, piece in pieces
            ],
            dtype=ragged.values.dtype,
        )

    return Encoded(ids=left(rows.ids), beside={name: left(ragged) for name, ragged in rows.beside.items()})


def _worth_a_mark(mistake: Mistake, pieces: Sequence[Piece], weights: FloatArray) -> tuple[WordWeight, ...]:
    """What is shown of the text and did something."""
    shown = (len(mistake.text), len(mistake.text_b or ""))
    least = _SMALLEST_SHARE * np.abs(weights).max(initial=0.0)
    return tuple(
        WordWeight(
            part=("text", "text_b")[piece.part], start=piece.start, end=piece.end, weight=round(float(weight), 4)
        )
        for piece, weight in zip(pieces, weights, strict=True)
        if abs(weight) > least and piece.end <= shown[piece.part]
    )
