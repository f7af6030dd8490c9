"""Blocks hold every token, predict every token once, and know which text each belongs to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.trainer.data.encoded import Ragged
from workers.trainer.data.packing import DOCUMENTS, POSITIONS, WEIGHTS, pack

DOCUMENT_LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=12)


def numbered(lengths: list[int]) -> Ragged:
    """Documents whose tokens are the numbers 0, 1, 2 … of the whole stream."""
    ends = np.cumsum(lengths)
    return Ragged.of([np.arange(end - length, end) for end, length in zip(ends, lengths, strict=True)])


@given(lengths=DOCUMENT_LENGTHS, block_length=st.integers(8, 24))
def test_every_token_but_the_first_is_predicted_once(lengths: list[int], block_length: int) -> None:
    blocks = pack(numbered(lengths), block_length=block_length, is_separate=False)
    assert blocks.ids.lengths.max() <= block_length
    predicted = blocks.ids.values[blocks.beside[WEIGHTS].values > 0]
    assert sorted(predicted.tolist()) == list(range(1, sum(lengths)))
    assert set(blocks.ids.values.tolist()) == set(range(sum(lengths)))
    # Only the last block is shorter than the others.
    assert set(blocks.ids.lengths[:-1].tolist()) <= {block_length}


@given(lengths=DOCUMENT_LENGTHS, block_length=st.integers(8, 24))
def test_separate_texts_predict_every_token_but_the_first_of_each(lengths: list[int], block_length: int) -> None:
    documents = numbered(lengths)
    blocks = pack(documents, block_length=block_length, is_separate=True)
    counts = blocks.beside[WEIGHTS].values > 0
    assert sorted(blocks.ids.values[counts].tolist()) == sorted(
        set(range(sum(lengths))) - set(documents.offsets[:-1].tolist())
    )
    for row in range(len(blocks)):
        ids, positions = blocks.ids.row(row), blocks.beside[POSITIONS].row(row)
        owners = blocks.beside[DOCUMENTS].row(row)
        for document in np.unique(owners):
            mine = owners == document
            assert positions[mine].tolist() == list(range(int(mine.sum())))
            assert set(ids[mine].tolist()) <= set(documents.row(int(document)).tolist())


@pytest.mark.parametrize("length", [1, 2])
def test_shortest_streams_are_one_block(length: int) -> None:
    blocks = pack(numbered([length]), block_length=8, is_separate=False)
    assert len(blocks) == 1
    assert blocks.beside[WEIGHTS].values.tolist() == [0.0, 1.0][:length]
