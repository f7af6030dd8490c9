"""What follows from vectors: copies in meaning, distances, cross-validated probabilities, the map. Of a seeded sample where rows are many.

Vectors are those of the base model where it knows the script of the texts, with those of character n-grams beside them for the probe;
n-grams alone where there is no base model or it does not know the script.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from workers.doctor.confident import Confident, ConfidentSets, confident_label_sets, confident_learning
from workers.doctor.copies import Copy
from workers.doctor.cross_validation import FOLDS, out_of_fold_label_sets, out_of_fold_probabilities
from workers.doctor.found import NotPossibleError
from workers.doctor.neighbours import Neighbourhood, neighbourhood
from workers.doctor.ngrams import ngram_vectors, unit_rows
from workers.doctor.projection import Map, Vectors, to_plane
from workers.doctor.rows import TRAIN, IntArray
from workers.doctor.scripts import script_of
from workers.trainer.environment import num_threads

if TYPE_CHECKING:
    from workers.doctor.materials import Materials

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

_READ_FOR_VECTORS = {"question_answering": ("question",)}
"""Roles that stand for a row where not all of what it asks does."""
MOST_TOKENS_EMBEDDED = 450_000
MOST_ROWS_EMBEDDED = 30_000
MOST_ROWS = 50_000
FEWEST_ROWS = 50
LEAST_ACCURACY = 0.4
"""Of a probe whose doubts about labels are worth hearing."""
LEAST_GAIN = 0.3
"""The share of what the largest class alone gets wrong that such a probe gets right."""
_FEWEST_OF_CLASS = FOLDS
_MOST_CLASSES = 1000
_NEIGHBOURS = 10
_CHANNELS_ALONE, _CHANNELS_BESIDE = 256, 128
LEAST_COSINE = 0.97
_FEWEST_PIECES = 1000
"""Entries of a vocabulary in a script without which a model cannot have read much of it."""
_SCRIPT_SAMPLE = 500


class Judged:
    """`rows` are positions among the rows of the version, in order; everything else is in their order."""

    def __init__(self, materials: Materials) -> None:
        self._materials = materials
        self._seed = materials.plan.seed
        torch.set_num_threads(num_threads())

    @cached_property
    def _roles(self) -> tuple[str, ...]:
        return _READ_FOR_VECTORS.get(self._materials.rows.task, self._materials.asked_roles)

    @cached_property
    def uses_base_model(self) -> bool:
        """Whether there is one that knows the script of most texts."""
        if self._materials.plan.base_model is None:
            return False
        sample = self.drawn[:_SCRIPT_SAMPLE]
        scripts = Counter(script_of(self._materials.texts(self._roles[0])[row]) for row in sample)
        scripts.pop(None, None)
        if not scripts:
            return False
        script = max(scripts, key=lambda name: (scripts[name], str(name)))
        if script == "latin":
            return True
        pieces = self._materials.tokenizer.get_vocab()
        return sum(script_of(piece) == script for piece in pieces) >= _FEWEST_PIECES

    @property
    def probe_reads(self) -> str:
        return "both" if self.uses_base_model else "ngrams"

    @property
    def vectors_are(self) -> Vectors:
        return "base_model" if self.uses_base_model else "ngrams"

    @cached_property
    def drawn(self) -> list[int]:
        """All rows with a text, in drawn order."""
        readable = [row for row, asked in enumerate(self._materials.asked) if any(map(str.isalnum, asked))]
        return [readable[place] for place in np.random.default_rng(self._seed).permutation(len(readable))]

    @cached_property
    def rows(self) -> IntArray:
        """Raises NotPossibleError where they are too few to judge by."""
        chosen = self.drawn[:MOST_ROWS]
        if self.uses_base_model:
            chosen = chosen[:MOST_ROWS_EMBEDDED]
            from workers.doctor.embedding import MOST_TOKENS  # noqa: PLC0415 - n-grams should not wait for transformers

            # A token has about four letters; the budget bounds the time, not exactly.
            sizes = [min(MOST_TOKENS, 3 + len(self._materials.asked[row]) // 4) for row in chosen]
            chosen = chosen[: int(np.searchsorted(np.cumsum(sizes), MOST_TOKENS_EMBEDDED, side="right"))]
        if len(chosen) < FEWEST_ROWS:
            raise NotPossibleError("too_few_rows")
        return np.array(sorted(chosen), dtype=np.int64)

    @cached_property
    def _parts(self) -> tuple[FloatArray, ...]:
        """Vectors of each text of a row, of length 1."""
        return tuple(self._of_role(role) for role in self._roles)

    def _of_role(self, role: str) -> FloatArray:
        column = self._materials.texts(role)
        texts = [column[row] for row in self.rows]
        folder = self._materials.plan.base_model
        if not self.uses_base_model or folder is None:
            return self._ngrams(role)
        from workers.doctor.embedding import embeddings  # noqa: PLC0415 - n-grams should not wait for transformers

        cache = self._materials.plan.cache
        return embeddings(
            texts,
            folder=Path(folder),
            tokenizer=self._materials.tokenizer,
            cache=None if cache is None else Path(cache),
            progress=lambda done, total: self._materials.progress("embeddings", done, total),
        ).astype(np.float32)

    def _ngrams(self, role: str) -> FloatArray:
        self._materials.progress("ngrams", 0, len(self.rows))
        column = self._materials.texts(role)
        texts = [column[row].lower() for row in self.rows]
        channels = _CHANNELS_BESIDE if self.uses_base_model else _CHANNELS_ALONE
        return ngram_vectors(texts, channels=channels, seed=self._seed)

    @cached_property
    def vectors(self) -> FloatArray:
        """One of length 1 for each row."""
        return self._parts[0] if len(self._parts) == 1 else unit_rows(np.concatenate(self._parts, axis=1))

    @cached_property
    def _features(self) -> FloatArray:
        """What a probe reads: the vectors, of pairs also how they differ and agree, and n-grams."""
        parts = list(self._parts)
        if len(parts) == 2:  # noqa: PLR2004 - a pair
            first, second = self._parts
            scale = np.float32(np.sqrt(first.shape[1]))
            parts += [np.abs(first - second), first * second * scale]
        if self.uses_base_model:
            parts += [self._ngrams(role) for role in self._roles]
        return np.concatenate(parts, axis=1)

    @cached_property
    def _neighbourhood(self) -> Neighbourhood:
        return neighbourhood(
            self.vectors,
            count=_NEIGHBOURS,
            least_cosine=LEAST_COSINE,
            progress=lambda done, total: self._materials.progress("neighbours", done, total),
        )

    @cached_property
    def alike(self) -> list[Copy]:
        """Rows that mean almost the same, as a base model reads them. Raises NotPossibleError without one: shingles see letters better."""
        if not self.uses_base_model:
            raise NotPossibleError("no_base_model")
        found = self._neighbourhood
        least = np.full(len(found.pairs), 1.0, dtype=np.float32)
        for part in self._parts:
            least = np.minimum(least, (part[found.pairs[:, 0]] * part[found.pairs[:, 1]]).sum(axis=1))
        return [
            # Never 1: that is said of equal texts alone.
            Copy(int(self.rows[second]), int(self.rows[first]), min(0.999, round(float(cosine), 4)))
            for (first, second), cosine in zip(found.pairs.tolist(), least, strict=True)
            if cosine >= LEAST_COSINE
        ]

    @cached_property
    def distances(self) -> FloatArray:
        """Of each row the mean cosine distance to its nearest neighbours."""
        return np.asarray(1 - self._neighbourhood.similarity.mean(axis=1), dtype=np.float32)

    @cached_property
    def given(self) -> IntArray:
        """The label numbers. Raises NotPossibleError for tasks without."""
        return self._materials.label_numbers[self.rows]

    @cached_property
    def _is_train(self) -> BoolArray:
        """Rows that probes may learn from. Raises NotPossibleError where their texts are too few."""
        return learnt_from(self._materials, self.rows)

    @cached_property
    def probabilities(self) -> FloatArray:
        """(rows, classes), of probes that have not seen the row. Raises NotPossibleError."""
        num_classes = len(self._materials.classes)
        if num_classes < 2:  # noqa: PLR2004 - one label cannot be mistaken for another
            raise NotPossibleError("one_class")
        refuse_many(num_classes)
        return out_of_fold_probabilities(
            self._features,
            self.given,
            self._materials.first_alike[self.rows],
            self._is_train,
            num_labels=num_classes,
            seed=self._seed,
            progress=lambda done, total: self._materials.progress("probe", done, total),
        )

    @cached_property
    def probe_accuracy(self) -> float:
        """How often the probe says the given label of a row that it has not seen. Raises NotPossibleError."""
        return float((self.probabilities.argmax(axis=1) == self.given).mean())

    @cached_property
    def confident(self) -> Confident:
        """Raises NotPossibleError, also for a probe that says more about itself than about the labels."""
        return confident_classes(self.probabilities, self.given, self._is_train, accuracy=self.probe_accuracy)

    @cached_property
    def given_sets(self) -> BoolArray:
        """(rows, labels): the label sets. Raises NotPossibleError where no row has a label."""
        names = {name: number for number, name in enumerate(self._materials.set_names)}
        if not names:
            raise NotPossibleError("no_labels")
        refuse_many(len(names))
        given = np.zeros((len(self.rows), len(names)), dtype=np.bool_)
        for place, row in enumerate(self.rows.tolist()):
            for label in self._materials.label_sets[row]:
                given[place, names[label]] = True
        return given

    @cached_property
    def set_probabilities(self) -> FloatArray:
        """(rows, labels): of each label that a row has it, by probes that have not seen the row. Raises NotPossibleError."""
        return out_of_fold_label_sets(
            self._features,
            self.given_sets,
            self._materials.first_alike[self.rows],
            self._is_train,
            seed=self._seed,
            progress=lambda done, total: self._materials.progress("probe", done, total),
        )

    @cached_property
    def known_labels(self) -> BoolArray:
        """Labels of sets that enough training rows have, and enough have not, and that the probe knows when it sees them."""
        given, share = self.given_sets, self.given_sets.mean(axis=0)
        sizes = self.given_sets[self._is_train].sum(axis=0)
        accuracy = ((self.set_probabilities > 0.5) == given).mean(axis=0)  # noqa: PLR2004 - either way
        is_learnt = np.minimum(sizes, int(self._is_train.sum()) - sizes) >= _FEWEST_OF_CLASS
        return np.asarray(is_learnt & (accuracy >= least_accuracy(np.maximum(share, 1 - share))))

    @cached_property
    def confident_sets(self) -> ConfidentSets:
        """Raises NotPossibleError where the probe knows no label."""
        if not self.known_labels.any():
            raise NotPossibleError("probe_too_weak")
        return confident_label_sets(self.set_probabilities, self.given_sets, trusted_L=self.known_labels)

    @cached_property
    def map(self) -> Map:
        """Raises NotPossibleError for too few rows."""
        try:
            own = self.probabilities[np.arange(len(self.rows)), self.given]
            difficulty: FloatArray | None = 1 - own
            labels: IntArray | None = self.given
        except NotPossibleError:
            difficulty = labels = None
        points, method = to_plane(self.vectors, labels, seed=self._seed)
        return Map(self.rows, points, difficulty, method, self.vectors_are)


def learnt_from(materials: Materials, rows: IntArray) -> BoolArray:
    """Of each of `rows` whether probes may learn from it. Raises NotPossibleError where the texts of those are too few."""
    found = materials.rows.split_of[rows] == TRAIN
    if len(np.unique(materials.first_alike[rows][found])) < FEWEST_ROWS:
        raise NotPossibleError("too_few_rows")
    return np.asarray(found)


def confident_classes(probabilities: FloatArray, given: IntArray, is_train: BoolArray, *, accuracy: float) -> Confident:
    """Confident learning over a probe's (items, classes). Raises NotPossibleError for one that says more about itself than about them."""
    majority = float(np.bincount(given).max()) / len(given)
    if accuracy < max(LEAST_ACCURACY, least_accuracy(majority)):
        raise NotPossibleError("probe_too_weak")
    sizes = np.bincount(given[is_train], minlength=probabilities.shape[1])
    return confident_learning(probabilities, given, trusted_L=sizes >= _FEWEST_OF_CLASS)


def least_accuracy(majority: Any) -> Any:
    """Of a probe that knows more than which answer is the most frequent one, given the share of that."""
    return majority + LEAST_GAIN * (1 - majority)


def refuse_many(num_classes: int) -> None:
    """Raises NotPossibleError."""
    if num_classes > _MOST_CLASSES:
        raise NotPossibleError("too_many_classes")
