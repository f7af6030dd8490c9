"""Training rows that differ from pass to pass, with answers that stay right: other words, edits of words, hidden tokens, mixed rows.

Everything random is a function of (seed, pass, row), so that a run that continues sees what it would have seen. Sources and advice are in
docs/augmentation.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.augment.edits import WordEditor
from workers.trainer.augment.layout import LABELS, Layout, Tags
from workers.trainer.augment.mixing import with_partners
from workers.trainer.augment.near import near_words
from workers.trainer.augment.pieces import Pieces
from workers.trainer.data.draws import uniform
from workers.trainer.data.encoded import HIDDEN, IGNORED, Ragged, stretches
from workers.trainer.fingerprint import derived_seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.spec import Augmentation, TokenCutoff, WordEdits
    from workers.trainer.augment.near import NearWords
    from workers.trainer.augment.pieces import BoolArray
    from workers.trainer.data.encoded import Encoded, IntArray
    from workers.trainer.vocabulary import CompactVocabulary

# Vocabularies are in the order of frequency in what the base model has read: the first words carry grammar and little meaning, as do
# words that stand in most rows, and embeddings of the last ones were hardly learnt.
_GRAMMAR = 150
_MOST_KNOWN = 20_000
_COMMON = 0.5
_FEWEST_ROWS = 2


@dataclass(frozen=True)
class Reworded:
    """The training rows in other words, and which of them have some."""

    encoded: Encoded
    layout: Layout
    is_other: BoolArray

    @classmethod
    def of(cls, encoded: Encoded, is_other: Sequence[bool], pieces: Pieces) -> Reworded:
        return cls(encoded, Layout.of(encoded, pieces, None), np.array(is_other, dtype=np.bool_))

    def put_into(self, encoded: Encoded, layout: Layout, rows: IntArray) -> tuple[Encoded, Layout]:
        """The training rows, some of them in other words where they have them."""
        is_put = np.zeros(len(encoded), dtype=np.bool_)
        is_put[rows] = self.is_other[rows]
        behind = np.where(is_put, encoded.ids.offsets[-1], 0)
        starts = np.where(is_put, self.encoded.ids.offsets[:-1], encoded.ids.offsets[:-1]) + behind
        lengths = np.where(is_put, self.encoded.ids.lengths, encoded.ids.lengths)
        offsets, source = stretches(starts, lengths)

        def merged(own: Any, other: Any) -> Any:
            return np.concatenate([own, other])[source]

        return (
            replace(
                encoded,
                ids=Ragged(merged(encoded.ids.values, self.encoded.ids.values), offsets),
                beside={
                    name: Ragged(merged(ragged.values, self.encoded.beside[name].values), offsets)
                    for name, ragged in encoded.beside.items()
                },
            ),
            Layout(
                is_start=merged(layout.is_start, self.layout.is_start),
                is_mark=merged(layout.is_mark, self.layout.is_mark),
                tags=None,
            ),
        )


@dataclass(frozen=True)
class Augmenter:
    """Of one set of training rows; ids are those of the rows that it is given (the base model's until `compacted`)."""

    spec: Augmentation
    layout: Layout
    editor: WordEditor | None
    mask_id: int | None
    max_length: int
    reworded: Reworded | None = None

    @property
    def changes_tokens(self) -> bool:
        """Whether the tokens of a row differ from pass to pass, and not its answer alone."""
        return any(part is not None for part in (self.spec.words, self.spec.cutoff, self.spec.back_translation))

    @property
    def mixes(self) -> bool:
        """Whether what a row teaches depends on the rows beside it."""
        return self.spec.mixup is not None

    @property
    def new_ids(self) -> IntArray:
        """Tokens that may come into rows which do not have them."""
        near = [] if self.editor is None else [*self.editor.synonyms.values(), *self.editor.relatives.values()]
        masks = [] if self.mask_id is None else [self.mask_id]
        other = [] if self.reworded is None else [self.reworded.encoded.ids.values]
        return np.unique(np.concatenate([np.array(masks, dtype=np.int64), *near, *other]))

    @property
    def notes(self) -> list[Warned]:
        """What the customer should know."""
        found = []
        words = self.spec.words
        asked = words is not None and {"replace", "insert"} & set(words.kinds)
        if asked and self.editor is not None and not self.editor.synonyms and not self.editor.relatives:
            found.append(
                Warned(
                    code="augmentation:no_near_words",
                    message="No word of the training rows has a near one in the base model's embedding table, so none is replaced or "
                    "inserted.",
                )
            )
        if self.reworded is not None and not self.reworded.is_other.any():
            found.append(
                Warned(
                    code="augmentation:no_other_words",
                    message="No training row has come back from translation in other words, so all are read as they are.",
                )
            )
        return found

    def compacted(self, vocabulary: CompactVocabulary) -> Augmenter:
        """For rows under the ids of this vocabulary, which has all of `new_ids`."""

        def compact(near: NearWords) -> NearWords:
            return {int(vocabulary.number([word])[0]): vocabulary.number(ids) for word, ids in near.items()}

        editor = self.editor
        if editor is not None:
            editor = replace(editor, synonyms=compact(editor.synonyms), relatives=compact(editor.relatives))
        mask_id = None if self.mask_id is None else int(vocabulary.number([self.mask_id])[0])
        reworded = self.reworded
        if reworded is not None:
            reworded = replace(reworded, encoded=vocabulary.compact(reworded.encoded))
        return replace(self, editor=editor, mask_id=mask_id, reworded=reworded)

    def rows_of_epoch(self, encoded: Encoded, *, seed: int, epoch: int) -> Encoded:
        """The training rows as one pass sees them."""
        layout = self.layout
        if self.reworded is not None and self.spec.back_translation is not None:
            share = self.spec.back_translation.rows
            chosen = _chosen_rows(len(encoded), share, seed=seed, what="rows in other words", epoch=epoch)
            encoded, layout = self.reworded.put_into(encoded, layout, chosen)
        is_mark = layout.is_mark
        if self.editor is not None:
            encoded, is_mark = self._edited(encoded, layout, self.editor, seed=seed, epoch=epoch)
        if self.spec.cutoff is not None:
            encoded = self._cut(encoded, is_mark, self.spec.cutoff, seed=seed, epoch=epoch)
        if self.spec.mixup is not None:
            encoded = with_partners(encoded, self.spec.mixup.alpha, seed=seed, epoch=epoch)
        return encoded

    def _edited(
        self, encoded: Encoded, layout: Layout, editor: WordEditor, *, seed: int, epoch: int
    ) -> tuple[Encoded, BoolArray]:
        """Rows with changed words, and where they have marks."""
        offsets = encoded.ids.offsets
        labels = encoded.beside[LABELS] if layout.tags is not None else None
        chosen = set(
            _chosen_rows(len(encoded), editor.edits.rows, seed=seed, what="changed rows", epoch=epoch).tolist()
        )
        key = derived_seed(seed, "changed words", epoch)
        sources: list[IntArray] = []
        ids: dict[int, int] = {}
        new_labels: dict[int, int] = {}
        length = 0
        for row in range(len(encoded)):
            start, end = int(offsets[row]), int(offsets[row + 1])
            source = np.arange(start, end)
            if row in chosen:
                slots = editor.edited(
                    layout.slots(encoded, row), room=self.max_length - (end - start), random=_generator(key, row)
                )
                flat = layout.flat(slots, None if labels is None else labels.row(row))
                source = start + np.array(flat.source, dtype=np.int64)
                ids |= {length + place: number for place, number in flat.ids.items()}
                new_labels |= {length + place: number for place, number in flat.labels.items()}
            sources.append(source)
            length += len(source)
        source = np.concatenate(sources)
        moved = np.zeros(len(sources) + 1, dtype=np.int64)
        np.cumsum([len(part) for part in sources], out=moved[1:])
        beside = {name: Ragged(ragged.values[source], moved) for name, ragged in encoded.beside.items()}
        if labels is not None:
            beside[LABELS] = Ragged(_patched(beside[LABELS].values, new_labels), moved)
        edited = replace(encoded, ids=Ragged(_patched(encoded.ids.values[source], ids), moved), beside=beside)
        return edited, layout.is_mark[source]

    def _cut(self, encoded: Encoded, is_mark: BoolArray, cutoff: TokenCutoff, *, seed: int, epoch: int) -> Encoded:
        """A run of tokens of a text is hidden; hidden tokens are asked for no tag. Something of every text stays seen."""
        offsets = encoded.ids.offsets
        is_hidden = np.zeros(len(encoded.ids.values), dtype=np.bool_)
        labels = encoded.beside[LABELS].values if self.layout.tags is not None else None
        key = derived_seed(seed, "hidden tokens", epoch)
        for row in _chosen_rows(len(encoded), cutoff.rows, seed=seed, what="cut rows", epoch=epoch).tolist():
            start, end = int(offsets[row]), int(offsets[row + 1])
            part = _run_of_tokens(is_mark[start:end], cutoff.share, _generator(key, row))
            if part is None:
                continue
            hidden = slice(start + part.start, start + part.stop)
            if labels is not None and not _is_asked_beside(labels[start:end], part):
                continue
            is_hidden[hidden] = True
        beside = dict(encoded.beside)
        if labels is not None:
            beside[LABELS] = Ragged(np.where(is_hidden, IGNORED, labels), offsets)
        if cutoff.hide == "attention":
            return replace(encoded, beside={**beside, HIDDEN: Ragged(is_hidden, offsets)})
        ids = encoded.ids.values.copy()
        ids[is_hidden] = self.mask_id
        return replace(encoded, ids=Ragged(ids, offsets), beside=beside)


def build_augmenter(
    spec: Augmentation | None,
    encoded: Encoded,
    *,
    in_other_words: tuple[Encoded, Sequence[bool]] | None = None,
    tokenizer: Any,
    table: torch.Tensor,
    labels: tuple[str, ...],
    max_length: int,
) -> Augmenter | None:
    """For training rows in the base model's ids; `table` are its input embeddings. None where nothing is asked.

    `in_other_words` are the same rows as translation gave them back, and in which of them that changed something.

    Raises JobError `spec:unsupported` where tokens are to be hidden and the tokenizer has no token for that.
    """
    if spec is None:
        return None
    pieces = Pieces.of(tokenizer)
    hides = spec.cutoff is not None and spec.cutoff.hide == "mask"
    if hides and tokenizer.mask_token_id is None:
        raise JobError(
            "spec:unsupported",
            "The base model has no token that stands for a hidden one; set augmentation.cutoff.hide to attention.",
            field="augmentation.cutoff.hide",
        )
    return Augmenter(
        spec=spec,
        layout=Layout.of(encoded, pieces, Tags(labels) if LABELS in encoded.beside else None),
        editor=None if spec.words is None else _editor(spec.words, encoded, pieces, table),
        mask_id=tokenizer.mask_token_id if hides else None,
        max_length=max_length,
        reworded=None if in_other_words is None else Reworded.of(*in_other_words, pieces),
    )


def _editor(edits: WordEdits, encoded: Encoded, pieces: Pieces, table: torch.Tensor) -> WordEditor:
    if not {"replace", "insert"} & set(edits.kinds):
        return WordEditor(edits, {}, {})
    rows = table.detach().float().cpu().numpy()
    known = np.flatnonzero(pieces.is_word)
    known = known[known < len(rows)]
    row = np.repeat(np.arange(len(encoded)), encoded.ids.lengths)
    found = np.unique(np.stack([row, encoded.ids.values]), axis=1)[1]
    own, num_rows = np.unique(found, return_counts=True)
    is_word = np.isin(own, known)
    is_common = (num_rows > _COMMON * len(encoded)) | np.isin(own, known[:_GRAMMAR])
    words = own[is_word & ~is_common]
    return WordEditor(
        edits,
        synonyms=near_words(rows, words, known[_GRAMMAR:_MOST_KNOWN]) if "replace" in edits.kinds else {},
        relatives=near_words(rows, words, own[is_word & (num_rows >= _FEWEST_ROWS)]) if "insert" in edits.kinds else {},
    )


def _chosen_rows(num_rows: int, share: float, *, seed: int, what: str, epoch: int) -> IntArray:
    return np.flatnonzero(uniform(derived_seed(seed, what, epoch), np.arange(num_rows)) < share)


def _generator(key: int, row: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=(key << 64) | row))


def _run_of_tokens(is_mark: BoolArray, share: float, random: np.random.Generator) -> slice | None:
    """A part of one of the texts between marks, never all of it; None where there is nothing to hide."""
    free = np.flatnonzero(~is_mark)
    if not len(free):
        return None
    picked = int(random.integers(len(free)))
    texts = np.split(free, np.flatnonzero(np.diff(free) > 1) + 1)
    text = next(text for text in texts if text[0] <= free[picked] <= text[-1])
    length = min(max(1, round(share * len(text))), len(text) - 1)
    if not length:
        return None
    start = int(text[0]) + int(random.integers(len(text) - length + 1))
    return slice(start, start + length)


def _is_asked_beside(labels: IntArray, part: slice) -> bool:
    """Whether a tag is asked for outside of the part."""
    is_asked = labels != IGNORED
    is_asked[part] = False
    return bool(is_asked.any())


def _patched(values: IntArray, new: dict[int, int]) -> IntArray:
    """`values` is a copy already."""
    if new:
        values[list(new)] = list(new.values())
    return values
