"""What single words did to an answer: how much it would have changed without them.

Words are left out one by one (erasure; Li et al. 2016, arXiv:1612.08220), which asks nothing of a model but answers and is in the
unit of the answer. Words of one meaning can stand in for each other, so that leaving out one of them may show little. It costs about
as much as asking once more about all held-out rows, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
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
class _Piece:
    """Neighbouring words of one text: their tokens in the row, and their letters in the text `part`, 0 or 1."""

    part: int
    first: int
    behind: int
    start: int
    end: int


def explained(
    run: Run, task: SequenceTask, mistakes: Sequence[Mistake], *, positions: IntArray, whole: FloatArray, score: Score
) -> tuple[Mistake, ...]:
    """The mistakes about held-out rows at `positions`, from the first on as many with their words as there is time for.

    `whole` is the number of each that a word adds to, and `score` makes outputs of the model into it; a negative weight spoke against the
    answer.
    """
    held_out = run.encoded["held_out"]
    rows = held_out.select(positions)
    pieces = _affordable(rows, _pieces(run, task, positions), budget=_budget(held_out))
    which = np.array([number for number, found in enumerate(pieces) for _ in found], dtype=np.int64)
    if not len(which):
        return tuple(mistakes)
    without = _without(rows, [(number, piece) for number, found in enumerate(pieces) for piece in found])
    weights = whole[which] - score(task.answer(run.engine, without), which)
    return tuple(
        mistake.model_copy(update={"words": _worth_a_mark(mistake, found, weights[which == number])})
        for number, (mistake, found) in enumerate(zip(mistakes, pieces, strict=True))
    )


def _budget(held_out: Encoded) -> int:
    """Tokens that may be asked about."""
    return int(np.clip(held_out.lengths.sum(), _FEWEST_TOKENS, _MOST_TOKENS))


def _pieces(run: Run, task: SequenceTask, positions: IntArray) -> list[list[_Piece]]:
    fields = [[run.data.held_out[role][i] for i in positions] for role in task.text_roles]
    inputs = fields[0] if len(fields) == 1 else list(zip(*fields, strict=True))
    encodings = Tokeniser(run.tokenizer).encodings(inputs, max_length=run.plan.max_length)
    return [_joined(_words(encoding)) for encoding in encodings]


def _words(encoding: Encoding) -> list[_Piece]:
    words, texts, offsets = encoding.word_ids, encoding.sequence_ids, encoding.offsets
    found = []
    for (part, word), tokens in groupby(range(len(words)), key=lambda token: (texts[token], words[token])):
        if part is None or word is None:
            continue
        inside = list(tokens)
        start, end = offsets[inside[0]][0], offsets[inside[-1]][1]
        if start < end:
            found.append(_Piece(part, inside[0], inside[-1] + 1, start, end))
    return found


def _joined(words: list[_Piece]) -> list[_Piece]:
    """As many pieces as may be, of neighbouring words of one text."""
    size = -(-len(words) // MOST_PIECES) or 1
    found = []
    for _, group in groupby(words, key=lambda word: word.part):
        of_text = list(group)
        for at in range(0, len(of_text), size):
            first, last = of_text[at], of_text[min(at + size, len(of_text)) - 1]
            found.append(_Piece(first.part, first.first, last.behind, first.start, last.end))
    return found


def _affordable(rows: Encoded, pieces: list[list[_Piece]], *, budget: int) -> list[list[_Piece]]:
    """From the first row on, until the tokens that are asked about are too many; the rest has none."""
    costs = np.cumsum(rows.lengths * np.array([len(found) for found in pieces], dtype=np.int64))
    return [found if cost <= budget else [] for found, cost in zip(pieces, costs, strict=True)]


def _without(rows: Encoded, pieces: Sequence[tuple[int, _Piece]]) -> Encoded:
    """Each row once for each of its pieces, without it."""

    def left(ragged: Ragged) -> Ragged:
        return Ragged.of(
            [np.delete(ragged.row(number), slice(piece.first, piece.behind)) for number, piece in pieces],
            dtype=ragged.values.dtype,
        )

    return Encoded(ids=left(rows.ids), beside={name: left(ragged) for name, ragged in rows.beside.items()})


def _worth_a_mark(mistake: Mistake, pieces: Sequence[_Piece], weights: FloatArray) -> tuple[WordWeight, ...]:
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
