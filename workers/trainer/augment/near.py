"""Near words without a thesaurus: neighbours in the base model's table of input embeddings.

A model that has read much text keeps words that are used alike close together in its table: on MiniLM the nearest to "movie" are
"movies", "film", "films", to "stolen" "stealing", "theft". Opposites are used alike as well ("good" lies 0.53 from "bad"), which is
why the least cosine is high; it keeps most of them out and cannot keep out all.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: N word, K candidate, C channel

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workers.trainer.data.encoded import IntArray
    from workers.trainer.evaluate.metrics import FloatArray

LEAST_COSINE = 0.55
MOST_NEAR = 5
# Products are rounded before they are compared, so that their last bits, which may differ from run to run, decide nothing.
_DIGITS = 6
_WORDS_AT_ONCE = 256

NearWords = dict[int, "IntArray"]
"""By the id of a word the ids of those that are near it, the nearest first. Words without any are left out."""


def near_words(table: FloatArray, words: IntArray, candidates: IntArray) -> NearWords:
    """For each of `words` up to `MOST_NEAR` of `candidates` (both are ids, rows of `table`) with a cosine of at least `LEAST_COSINE`."""
    if not len(candidates):
        return {}
    candidate_KC = _normalised(table[candidates])
    found: NearWords = {}
    for start in range(0, len(words), _WORDS_AT_ONCE):
        some = words[start : start + _WORDS_AT_ONCE]
        cosine_NK = np.round(_normalised(table[some]) @ candidate_KC.T, _DIGITS)
        cosine_NK[some[:, None] == candidates[None, :]] = -1.0
        for word, cosines in zip(some.tolist(), cosine_NK, strict=True):
            chosen = np.flatnonzero(cosines >= LEAST_COSINE)
            chosen = chosen[np.argsort(-cosines[chosen], kind="stable")][:MOST_NEAR]
            if len(chosen):
                found[word] = candidates[chosen]
    return found


def _normalised(rows: FloatArray) -> FloatArray:
    rows = rows.astype(np.float64)
    lengths: FloatArray = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, np.finfo(np.float64).tiny)
