"""Pairs out of texts: every token in its place, half of them as written, and the same ones for the same seed, pass and row."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch

from workers.trainer.data.encoded import IGNORED, Encoded, Ragged
from workers.trainer.data.masking import WORDS
from workers.trainer.data.sentence_pairs import (
    PAIR,
    SENTENCES,
    TYPES,
    PairFrame,
    Pairing,
    whole_sentences,
)

FRAME = PairFrame(ids=([1], [2], [3]), types=([0], 0, [0], 1, [1]))


def texts(sizes: list[list[int]]) -> Encoded:
    """Every text of sentences of so many tokens; text i has the ids from 100 * (i + 1)."""
    ids, words, sentences = [], [], []
    for number, lengths in enumerate(sizes):
        count = sum(lengths)
        ids.append([1, *range(100 * (number + 1), 100 * (number + 1) + count), 3])
        words.append([-1, *range(count), -1])
        sentences.append([-1, *np.repeat(np.arange(len(lengths)), lengths).tolist(), -1])
    return Encoded(
        ids=Ragged.of(ids),
        beside={WORDS: Ragged.of(words), SENTENCES: Ragged.of(sentences)},
        targets={"row": torch.arange(len(sizes))},
    )


def halves(pairs: Encoded, row: int) -> tuple[list[int], list[int]]:
    ids = pairs.ids.row(row).tolist()
    middle = ids.index(2)
    return ids[1:middle], ids[middle + 1 : -1]


@pytest.mark.parametrize("kind", ["next", "order"])
def test_half_are_as_written_and_the_others_are_what_their_kind_says(kind: Literal["next", "order"]) -> None:
    encoded = texts([[3, 2, 4]] * 60)
    pairs = Pairing(kind, FRAME, max_length=64).pairs(encoded, seed=5, epoch=1)
    labels = pairs.targets[PAIR].tolist()
    assert 20 < sum(labels) < 40
    divided = set()
    for row, label in enumerate(labels):
        own = encoded.ids.row(row)[1:-1].tolist()
        first, second = halves(pairs, row)
        if label == 0:
            assert first + second == own
            divided.add(len(first))
        elif kind == "order":
            assert second + first == own
        else:
            assert first == own[: len(first)]
            assert second[0] // 100 != own[0] // 100
        types, words = pairs.beside[TYPES].row(row), pairs.beside[WORDS].row(row)
        assert types.tolist() == [0] * (len(first) + 2) + [1] * (len(second) + 1)
        assert (words < 0).tolist() == [number in {1, 2, 3} for number in pairs.ids.row(row).tolist()]
    # Where sentences end, and nowhere else.
    assert divided == {3, 5}


def test_pairs_differ_from_pass_to_pass_and_repeat_for_the_same_one() -> None:
    encoded = texts([[3, 2, 4], [1, 1], [5, 5, 5]] * 5)
    pairing = Pairing("next", FRAME, max_length=64)
    first, again, other = (pairing.pairs(encoded, seed=5, epoch=epoch).ids.values.tolist() for epoch in (1, 1, 2))
    assert first == again != other


def test_a_borrowed_half_is_cut_to_the_limit() -> None:
    encoded = texts([[10, 2], [2, 10]] * 10)
    pairs = Pairing("next", FRAME, max_length=15).pairs(encoded, seed=1, epoch=1)
    assert pairs.ids.lengths.max() == 15
    assert all(len(half) > 0 for row in range(len(pairs)) for half in halves(pairs, row))


def test_rows_of_one_sentence_stay_and_nothing_is_asked_about_them() -> None:
    encoded = texts([[4], [2, 2]])
    pairing = Pairing("order", FRAME, max_length=64)
    pairs = pairing.pairs(encoded, seed=0, epoch=1)
    assert pairs.ids.row(0).tolist() == encoded.ids.row(0).tolist()
    assert [label == IGNORED for label in pairs.targets[PAIR].tolist()] == [True, False]


@pytest.mark.parametrize(("kind", "sizes", "can"), [("order", [[4], [2, 2]], True), ("next", [[4], [2, 2]], False)])
def test_next_needs_another_text(kind: Literal["next", "order"], sizes: list[list[int]], can: bool) -> None:
    assert Pairing(kind, FRAME, max_length=64).can_ask(texts(sizes)) is can
    assert not Pairing(kind, FRAME, max_length=64).can_ask(texts([[4], [2]]))


@pytest.mark.parametrize(
    ("lengths", "room", "found"),
    [
        ([3, 3, 3], 7, [6, 3]),
        ([3, 3], 6, [6]),
        ([2, 15, 2], 6, [2, 6, 6, 5]),
        ([3, 3], None, [6]),
    ],
)
def test_parts_hold_whole_sentences_and_lose_nothing(lengths: list[int], room: int | None, found: list[int]) -> None:
    parts = whole_sentences(np.repeat(np.arange(len(lengths)), lengths), room)
    assert [part.stop - part.start for part in parts] == found
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
