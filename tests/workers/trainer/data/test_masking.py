"""Which words are hidden: the right share, whole words together, and the same ones for the same seed, pass and row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.trainer.data.draws import uniform
from workers.trainer.data.encoded import IGNORED, Encoded, Ragged
from workers.trainer.data.masking import LABELS, WORDS, Masking

MASK = 1
MASKING = Masking(share=0.15, mask_id=MASK, any_ids=np.arange(2, 500))


def texts(sizes: list[list[int]]) -> Encoded:
    """Rows of words of so many pieces, a special token at each end; ids rise, so that every token can be told."""
    ids, words, number = [], [], 1000
    for row in sizes:
        pieces = [word for word, size in enumerate(row) for _ in range(size)]
        ids.append([2, *range(number, number + len(pieces)), 3])
        words.append([-1, *pieces, -1])
        number += len(pieces)
    return Encoded(ids=Ragged.of(ids), beside={WORDS: Ragged.of(words)})


@given(
    sizes=st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=40), min_size=1, max_size=8),
    epoch=st.integers(-1, 5),
)
def test_whole_words_about_the_share_and_at_least_one(sizes: list[list[int]], epoch: int) -> None:
    rows = texts(sizes)
    hidden = MASKING.hidden(rows, seed=3, epoch=epoch)
    for row, words in enumerate(sizes):
        labels, true = hidden.beside[LABELS].row(row), rows.ids.row(row)
        is_hidden = labels != IGNORED
        assert labels[is_hidden].tolist() == true[is_hidden].tolist()
        assert hidden.ids.row(row)[~is_hidden].tolist() == true[~is_hidden].tolist()
        assert not is_hidden[0]
        assert not is_hidden[-1]
        of_word = rows.beside[WORDS].row(row)
        for word in range(len(words)):
            assert len(set(is_hidden[of_word == word].tolist())) == 1
        assert is_hidden.any()
        wanted = max(1.0, 0.15 * sum(words))
        assert is_hidden.sum() <= wanted + max(words) / 2 or len({*of_word[is_hidden].tolist()}) == 1


def test_a_row_is_hidden_alike_whatever_stands_around_it() -> None:
    one, other = [1, 2, 1, 3, 1, 1, 2, 2, 1, 1], [2] * 30
    alone = MASKING.hidden(texts([one]), seed=7, epoch=2)
    among = MASKING.hidden(texts([one, other, other]), seed=7, epoch=2)
    assert alone.ids.row(0).tolist() == among.ids.row(0).tolist()
    assert alone.beside[LABELS].row(0).tolist() == among.beside[LABELS].row(0).tolist()
    assert among.beside[LABELS].row(1).tolist() != [
        label - 60 if label != IGNORED else IGNORED for label in among.beside[LABELS].row(2)
    ]


def test_passes_and_seeds_hide_other_words() -> None:
    rows = texts([[1] * 60])
    seen = {
        tuple(MASKING.hidden(rows, seed=seed, epoch=epoch).ids.values.tolist())
        for seed in (1, 2)
        for epoch in (-1, 0, 1)
    }
    assert len(seen) == 6


def test_four_fifths_become_the_mask_and_a_tenth_any_word() -> None:
    rows = texts([[1] * 200] * 200)
    hidden = MASKING.hidden(rows, seed=1, epoch=0)
    is_hidden = hidden.beside[LABELS].values != IGNORED
    assert is_hidden.mean() == pytest.approx(0.15, abs=0.003)
    seen, true = hidden.ids.values[is_hidden], rows.ids.values[is_hidden]
    assert np.mean(seen == MASK) == pytest.approx(0.8, abs=0.02)
    assert np.mean(seen == true) == pytest.approx(0.1, abs=0.02)
    replaced = seen[(seen != MASK) & (seen != true)]
    assert len(replaced) / len(seen) == pytest.approx(0.1, abs=0.02)
    assert len(set(replaced.tolist())) > 200
    assert replaced.min() >= 2
    # Hidden words lie anywhere in a row.
    places = np.tile(np.arange(202), 200)[is_hidden]
    assert np.histogram(places, bins=10)[0].min() > 450


def test_draws_are_even_and_belong_to_their_place() -> None:
    a, b = np.repeat(np.arange(100), 100), np.tile(np.arange(100), 100)
    numbers = uniform(5, a, b)
    assert np.histogram(numbers, bins=10, range=(0, 1))[0].min() > 900
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.03
    assert uniform(5, a[37:38], b[37:38])[0] == numbers[37]
    assert not np.array_equal(uniform(5, b, a), numbers)
    assert len(np.unique(numbers)) == 10_000
