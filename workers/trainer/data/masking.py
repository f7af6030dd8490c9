"""Hides some words of a text, to be found again (Devlin et al. 2019, arXiv:1810.04805, section 3.1 and appendix A.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workers.trainer.data.draws import uniform
from workers.trainer.data.encoded import IGNORED, Encoded, IntArray, Ragged
from workers.trainer.fingerprint import derived_seed

WORDS, LABELS = "words", "labels"
# The word of tokens that no text has written.
NO_WORD = -1
# Of the chosen tokens, 80 % become the mask, 10 % any token, and 10 % stay as they are.
_MASKED, _REPLACED = 0.8, 0.9


@dataclass(frozen=True)
class Masking:
    """`share` of the tokens of a row are hidden, whole words together; `any_ids` are what a token may be replaced by."""

    share: float
    mask_id: int
    any_ids: IntArray

    def hidden(self, encoded: Encoded, *, seed: int, epoch: int) -> Encoded:
        """Rows with some of their words hidden, and beside them the labels: the true id where one is hidden.

        Which words is a function of seed, epoch, row and place. `encoded` has beside it the number of the word that each token belongs
        to, `NO_WORD` for those that no text has written. At least one word of a row is hidden.
        """
        ids, words = encoded.ids, encoded.beside[WORDS].values
        row = np.repeat(np.arange(len(ids)), ids.lengths)
        place = np.arange(len(ids.values)) - np.repeat(ids.offsets[:-1], ids.lengths)
        is_hidden = self._chosen(row, place, words, key=derived_seed(seed, "masked words", epoch))
        fate = uniform(derived_seed(seed, "fates of masked words", epoch), row, place)
        other = uniform(derived_seed(seed, "words in place of masked ones", epoch), row, place)
        seen = ids.values.copy()
        seen[is_hidden & (fate < _MASKED)] = self.mask_id
        is_replaced = is_hidden & (fate >= _MASKED) & (fate < _REPLACED)
        seen[is_replaced] = self.any_ids[(other[is_replaced] * len(self.any_ids)).astype(np.int64)]
        labels = np.where(is_hidden, ids.values, IGNORED)
        others = {name: ragged for name, ragged in encoded.beside.items() if name != WORDS}
        return replace(encoded, ids=ids.with_values(seen), beside={**others, LABELS: Ragged(labels, ids.offsets)})

    def _chosen(
        self, row: IntArray, place: IntArray, words: IntArray, *, key: int
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Words in an order drawn for each row, as many as come nearest to the share."""
        is_written = words >= 0
        is_first = is_written & ((place == 0) | (np.roll(words, 1) != words))
        first = np.flatnonzero(is_first)
        word = np.cumsum(is_first) - 1
        sizes = np.bincount(word[is_written], minlength=len(first))
        rows = row[first]
        order = np.lexsort((uniform(key, rows, place[first]), rows))
        after = np.cumsum(sizes[order])
        starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
        before_row = np.repeat((after - sizes[order])[starts], np.diff(starts, append=len(order)))
        num_written = np.bincount(row[is_written], minlength=int(row.max(initial=-1)) + 1)[rows[order]]
        middle = after - before_row - sizes[order] / 2
        is_taken = middle <= np.maximum(1, self.share * num_written)
        is_taken[starts] = True
        taken = np.zeros(len(first), dtype=np.bool_)
        taken[order] = is_taken
        chosen = np.zeros(len(words), dtype=np.bool_)
        chosen[is_written] = taken[word[is_written]]
        return chosen
