"""What follows from the words of tagged rows: their vectors in context, and probabilities of every type of span for each of them.

A word is read by the base model where that knows the script, in its sentence, and by its letters and those of its neighbours; without a
base model by letters alone. Types are judged and not tags: where one span ends and the next of its type begins no probe of words can say.
"""

# ruff: noqa: N806 - capital suffixes name the axes of an array: W word, C channel

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.tags import OUTSIDE, is_tag, types_of
from workers.doctor.confident import Confident
from workers.doctor.cross_validation import out_of_fold_probabilities
from workers.doctor.found import NotPossibleError
from workers.doctor.judged import FEWEST_ROWS, BoolArray, FloatArray, confident_classes, learnt_from, refuse_many
from workers.doctor.ngrams import ngram_vectors
from workers.doctor.rows import IntArray

if TYPE_CHECKING:
    from workers.doctor.materials import Materials

MOST_WORDS = 40_000
MOST_WORDS_OF_ROW = 128
_CHANNELS = 64


class JudgedWords:
    """Words of a seeded sample of rows, one after the other, row after row: of each its row and its place there."""

    def __init__(self, materials: Materials) -> None:
        self._materials = materials
        self._seed = materials.plan.seed

    @cached_property
    def rows(self) -> list[int]:
        """Those whose tags are whole, in order. Raises NotPossibleError where they are too few to judge by."""
        tokens, tags = (self._materials.rows.cells[role] for role in ("tokens", "tags"))
        chosen, words = [], 0
        for row in self._materials.judged.drawn:
            if len(tokens[row]) != len(tags[row]) or not all(map(is_tag, tags[row])):
                continue
            words += min(len(tokens[row]), MOST_WORDS_OF_ROW)
            if words > MOST_WORDS:
                break
            chosen.append(row)
        if len(chosen) < FEWEST_ROWS:
            raise NotPossibleError("too_few_rows")
        return sorted(chosen)

    @cached_property
    def _sentences(self) -> list[list[str]]:
        tokens = self._materials.rows.cells["tokens"]
        return [[str(word) for word in tokens[row]][:MOST_WORDS_OF_ROW] for row in self.rows]

    @cached_property
    def _in_context(self) -> list[FloatArray] | None:
        """Of each row the vectors of its words as far as the base model reads; None where there is none that can."""
        folder = self._materials.plan.base_model
        if folder is None or not self._materials.judged.uses_base_model:
            return None
        from workers.doctor.embedding import word_embeddings  # noqa: PLC0415 - letters should not wait for transformers

        cache = self._materials.plan.cache
        found = word_embeddings(
            self._sentences,
            folder=Path(folder),
            tokenizer=self._materials.tokenizer,
            cache=None if cache is None else Path(cache),
            progress=lambda done, total: self._materials.progress("embeddings", done, total),
        )
        return [vectors.astype(np.float32) for vectors in found]

    @cached_property
    def _lengths(self) -> list[int]:
        """How many words of each row are judged."""
        return [len(words) for words in (self._sentences if self._in_context is None else self._in_context)]

    @cached_property
    def row_of(self) -> IntArray:
        return np.repeat(np.array(self.rows, dtype=np.int64), self._lengths)

    @cached_property
    def place_of(self) -> IntArray:
        return np.concatenate([np.arange(length, dtype=np.int64) for length in self._lengths])

    @cached_property
    def _features(self) -> FloatArray:
        """Of each word its vector in context, its letters, and those of the words before and after it."""
        self._materials.progress("ngrams", 0, len(self.row_of))
        words = [word for words, length in zip(self._sentences, self._lengths, strict=True) for word in words[:length]]
        known = {word: number for number, word in enumerate(sorted(set(words)))}
        letters = ngram_vectors(list(known), channels=_CHANNELS, seed=self._seed)
        own_WC = letters[[known[word] for word in words]]
        is_first = self.place_of == 0
        before_WC = np.where(is_first[:, None], 0, np.roll(own_WC, 1, axis=0))
        after_WC = np.where(np.roll(is_first, -1)[:, None], 0, np.roll(own_WC, -1, axis=0))
        parts = [own_WC, before_WC, after_WC]
        if self._in_context is not None:
            parts.append(np.concatenate(self._in_context))
        return np.concatenate(parts, axis=1)

    @cached_property
    def types(self) -> list[str]:
        """What a word may be of: nothing, or one of the types in alphabetical order."""
        tags = self._materials.rows.cells["tags"]
        return [OUTSIDE, *types_of(sorted({tag for row in self.rows for tag in tags[row]}))]

    @cached_property
    def given(self) -> IntArray:
        """The position in `types` of each word's type."""
        numbers = {name: number for number, name in enumerate(self.types)}
        tags = self._materials.rows.cells["tags"]
        return np.array(
            [
                numbers[tag if tag == OUTSIDE else tag[2:]]
                for row, length in zip(self.rows, self._lengths, strict=True)
                for tag in tags[row][:length]
            ],
            dtype=np.int64,
        )

    @cached_property
    def _is_train(self) -> BoolArray:
        return learnt_from(self._materials, self.row_of)

    @cached_property
    def probabilities(self) -> FloatArray:
        """(words, types), of probes that have not seen the row. Raises NotPossibleError."""
        if len(self.types) < 2:  # noqa: PLR2004 - nothing beside what is of no type
            raise NotPossibleError("one_class")
        refuse_many(len(self.types))
        return out_of_fold_probabilities(
            self._features,
            self.given,
            self._materials.first_alike[self.row_of],
            self._is_train,
            num_labels=len(self.types),
            seed=self._seed,
            progress=lambda done, total: self._materials.progress("probe", done, total),
        )

    @cached_property
    def probe_accuracy(self) -> float:
        """How often the probe says the given type of a word that it has not seen. Raises NotPossibleError."""
        return float((self.probabilities.argmax(axis=1) == self.given).mean())

    @cached_property
    def confident(self) -> Confident:
        """Raises NotPossibleError, also for a probe that says more about itself than about the tags."""
        return confident_classes(self.probabilities, self.given, self._is_train, accuracy=self.probe_accuracy)
