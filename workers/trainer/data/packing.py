"""Rows whose tokens are predicted one after another, and what predicting each of them counts.

Texts of any length become blocks of one length: nothing is padded but the last block, nothing is cut off. Neighbouring blocks share one
token: the last of a block is the first of the next. So every token of the stream but its very first is predicted exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workers.trainer.data.encoded import Encoded, Ragged, stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCUMENTS, POSITIONS, WEIGHTS = "documents", "positions", "weights"


def pack(documents: Ragged, *, block_length: int, is_separate: bool) -> Encoded:
    """The documents in their order, each with its own beginning and end, as rows of at most `block_length` tokens.

    Beside the tokens stand the number of their document, and what predicting them counts: nothing for the first of a block. With
    `is_separate`, also their position in their document as far as it lies in this block; a document's first token then counts nothing,
    since there is nothing to predict it from.
    """
    num_tokens = len(documents.values)
    starts = np.arange(0, max(1, num_tokens - 1), block_length - 1)
    ends = np.minimum(starts + block_length, num_tokens)
    offsets, token = stretches(starts, ends - starts)
    document = np.repeat(np.arange(len(documents)), documents.lengths)[token]
    weights = np.ones(len(token), dtype=np.float32)
    weights[offsets[:-1]] = 0
    beside = {DOCUMENTS: Ragged(document, offsets)}
    if is_separate:
        block_start = np.repeat(starts, ends - starts)
        first = documents.offsets[document]
        weights[token == first] = 0
        beside[POSITIONS] = Ragged(token - np.maximum(first, block_start), offsets)
    beside[WEIGHTS] = Ragged(weights, offsets)
    return Encoded(ids=Ragged(documents.values[token], offsets), beside=beside)


def rows_of_ids(rows: Sequence[Sequence[int]], *, first: Sequence[int] | None = None) -> Encoded:
    """Ready-made token ids as rows; in row i the tokens from `first[i]` count, without `first` all but the first."""
    starts = [1] * len(rows) if first is None else first
    weights = [np.arange(len(row)) >= max(1, start) for row, start in zip(rows, starts, strict=True)]
    return Encoded(ids=Ragged.of(rows), beside={WEIGHTS: Ragged.of(weights, dtype=np.float32)})
