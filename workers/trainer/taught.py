"""What the loss asks of rows, said by the tasks themselves: for whoever wants to see it without training.

A lesson is read off what the loss reads (labels beside the tokens, the words that a batch is asked for), never worked out a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import torch

from workers.trainer.data.encoded import IGNORED, collate

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.contract.preview import SequenceRole
    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.tasks._language import Asked

# Rows that are asked together; it changes the memory that this takes and nothing else.
_ROWS_AT_ONCE = 64


@dataclass(frozen=True)
class Lesson:
    """Of one sequence of every row, flat as its ids: what a token counts, and the answer that is asked for there, by number.

    `names` are what the answers number; without them they are ids of tokens.
    """

    weights: npt.NDArray[np.float32]
    answers: IntArray
    names: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Part:
    """One sequence of every row, under the name that people know it by; without a lesson it is only read."""

    role: SequenceRole
    encoded: Encoded
    lesson: Lesson | None = None


@dataclass(frozen=True)
class Taught:
    """All sequences of some encoded rows. `origin` says which row of the data each comes from; None where rows are blocks of several."""

    parts: tuple[Part, ...]
    origin: IntArray | None
    loss_over: Literal["tokens", "rows"]
    target: Callable[[int], tuple[str, ...] | None] = lambda _: None
    """What an encoded row as a whole teaches, by its number."""


def asked_lesson(encoded: Encoded, asked: Callable[[Batch], Asked], *, ahead: int) -> Lesson:
    """What `asked` asks for of these rows. A word may be asked for `ahead` places before the token that it is."""
    weights = np.zeros(len(encoded.ids.values), dtype=np.float32)
    answers = np.full(len(encoded.ids.values), IGNORED, dtype=np.int64)
    for start in range(0, len(encoded), _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, len(encoded)))
        found = asked(collate(encoded, rows, pad_id=0, device=torch.device("cpu")))
        places = found.places_N.numpy()
        token = encoded.ids.offsets[rows[places // found.width]] + places % found.width + ahead
        weights[token] = found.weights_N.numpy()
        answers[token] = found.words_N.numpy()
    return Lesson(weights, answers)


def labelled_lesson(labels: IntArray, names: tuple[str, ...]) -> Lesson:
    """Of labels that stand beside the tokens."""
    return Lesson((labels != IGNORED).astype(np.float32), labels, names)
