"""Names of people, told by a tagger of the customer's own: texts -> where names stand in them.

A text falls into the words of the tagger's tokenizer, as where the tagger is served, and the first piece of a word decides for all of it.
What the tagger does not read at once is read in windows that overlap; a word is judged where most is known of what stands around it.
Texts that stand twice are read once. Of more than can be read in a reasonable time so many are drawn, and `Names` says how many.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, L label

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import transformers
from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import AutoModelForTokenClassification

from workers.contract.doctor import NamesModel
from workers.contract.results import MODEL_MANIFEST, ModelManifest
from workers.contract.tags import OUTSIDE, is_tag, spans_of
from workers.doctor.embedding import in_batches
from workers.doctor.found import NotPossibleError

Place = tuple[int, int]
"""Where something begins and ends in a text."""

_TASK = "token_classification"
_TEXTS_AT_ONCE = 2048
_MOST_OVERLAP = 64
# Characters times weights beside those of the vocabulary: some ten minutes of two cores, 24 million characters for MiniLM.
_MOST_WORK = 25 * 10**13
_LETTER = re.compile(r"[^\W\d_]")
# Words of the training data go on where a tokenizer ends one: Jean-Luc, O'Brien, J.K. A genitive is no part of a name.
_GOES_ON = re.compile(r"(?:[-‐'’]\w{2,}|(?<=\b\w)\.\w\b)+")
_AFTER_INITIAL = re.compile(r"(?<=\b\w)\.\s?")


@dataclass(frozen=True)
class Names:
    """Where names stand, by text; texts without any are left out. `num_read` of `num_texts` different texts with letters were read."""

    places: Mapping[str, tuple[Place, ...]]
    num_texts: int
    num_read: int

    def of(self, text: str) -> tuple[Place, ...]:
        return self.places.get(text, ())

    def of_lines(self, texts: Iterable[str]) -> list[Place]:
        """In several texts that follow each other on lines of their own."""
        found, at = [], 0
        for text in texts:
            found += [(at + start, at + end) for start, end in self.of(text)]
            at += len(text) + 1
        return found


def names_read(texts: Iterable[str], model: NamesModel, *, seed: int, progress: Callable[[int, int], None]) -> Names:
    """Raises NotPossibleError `names_model_gone` or `names_model_damaged`."""
    if model.folder is None:
        raise NotPossibleError("names_model_gone")
    tagger = _opened(Path(model.folder), frozenset(model.types))
    known = [text for text in dict.fromkeys(texts) if _LETTER.search(text)]
    chosen = sorted(_drawn(known, _MOST_WORK // tagger.num_weights, seed=seed), key=len)
    places: dict[str, tuple[Place, ...]] = {}
    for start in range(0, len(chosen), _TEXTS_AT_ONCE):
        progress(start, len(chosen))
        some = chosen[start : start + _TEXTS_AT_ONCE]
        places |= {text: found for text, found in zip(some, tagger.names(some), strict=True) if found}
    return Names(places, num_texts=len(known), num_read=len(chosen))


def _drawn(texts: Sequence[str], most_characters: int, *, seed: int) -> list[str]:
    """All of them, or a seeded sample with about as many characters."""
    if sum(map(len, texts)) <= most_characters:
        return list(texts)
    order = np.random.default_rng(seed).permutation(len(texts))
    lengths = np.cumsum([len(texts[number]) for number in order])
    return [texts[number] for number in order[: int(np.searchsorted(lengths, most_characters)) + 1]]


class _Word(NamedTuple):
    """`piece` is its first, counted without what is put around texts."""

    piece: int
    start: int
    end: int


class _Window(NamedTuple):
    """Pieces of a text from `begin` on."""

    text: int
    begin: int
    ids: list[int]


@dataclass(frozen=True)
class _Tagger:
    """`before` and `after` are put around every text; `room` is left for its pieces."""

    network: Any
    tokenizer: Tokenizer
    tags: tuple[str, ...]
    before: list[int]
    after: list[int]
    room: int

    @property
    def num_weights(self) -> int:
        """Beside those of the vocabulary."""
        vocabulary = int(self.network.get_input_embeddings().weight.numel())
        return max(1, sum(int(weights.numel()) for weights in self.network.parameters()) - vocabulary)

    def names(self, texts: Sequence[str]) -> list[tuple[Place, ...]]:
        found = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        windows = [window for number, one in enumerate(found) for window in self._windows(number, one.ids)]
        if not windows:
            return [() for _ in texts]  # The tokenizer makes nothing of any of them.
        tags_of: dict[int, list[tuple[int, list[int]]]] = {}
        for window, tags in zip(windows, self._tags(windows), strict=True):
            tags_of.setdefault(window.text, []).append((window.begin, tags))
        return [
            tuple(self._places(text, _words_of(one), tags_of.get(number, [])))
            for number, (text, one) in enumerate(zip(texts, found, strict=True))
        ]

    def _windows(self, text: int, ids: list[int]) -> list[_Window]:
        overlap = min(_MOST_OVERLAP, self.room // 2)
        begins = range(0, max(1, len(ids) - overlap), self.room - overlap)
        return [_Window(text, begin, ids[begin : begin + self.room]) for begin in begins if ids]

    def _tags(self, windows: Sequence[_Window]) -> list[list[int]]:
        """Of every piece of each the number of its tag."""
        order = sorted(range(len(windows)), key=lambda number: len(windows[number].ids))
        ids = [[*self.before, *windows[number].ids, *self.after] for number in order]

        def best(logits_BTL: torch.Tensor, _mask: torch.Tensor | None, batch: slice) -> torch.Tensor:
            best_BT = logits_BTL.argmax(-1)
            return torch.cat([best_T[: len(row)] for best_T, row in zip(best_BT, ids[batch], strict=True)])

        flat = torch.cat(in_batches(self.network, ids, best)).tolist()
        ends = np.cumsum([0, *map(len, ids)]).tolist()
        found: list[list[int]] = [[] for _ in windows]
        for number, (start, end) in zip(order, pairwise(ends), strict=True):
            found[number] = flat[start + len(self.before) : end - len(self.after)]
        return found

    def _places(self, text: str, words: Sequence[_Word], windows: Sequence[tuple[int, list[int]]]) -> list[Place]:
        said = [self.tags[_tag_of(word.piece, windows)] for word in words]
        found: list[Place] = []
        for span in spans_of(said):
            start, end = words[span.start].start, words[span.end - 1].end
            more = _GOES_ON.match(text, end)
            end = more.end() if more else end
            if found and start <= _reach(text, found[-1][1]):
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((start, end))
        return found


def _reach(text: str, end: int) -> int:
    """How far a name that ends there is one with the next: not at all, but for the dot and the space after an initial."""
    more = _AFTER_INITIAL.match(text, end)
    return more.end() if more else end - 1


def _words_of(encoding: Any) -> list[_Word]:
    words: list[_Word] = []
    before = None
    for piece, (word, (start, end)) in enumerate(zip(encoding.word_ids, encoding.offsets, strict=True)):
        if word is not None and word == before:
            words[-1] = words[-1]._replace(end=end)
        elif word is not None:
            words.append(_Word(piece, start, end))
        before = word
    return words


def _tag_of(piece: int, windows: Sequence[tuple[int, list[int]]]) -> int:
    """As the window says that has the most pieces on either side of this one; where a text begins or ends, nothing is missing."""
    if len(windows) == 1:
        return windows[0][1][piece]
    last = windows[-1][0]

    def around(window: tuple[int, list[int]]) -> float:
        begin, tags = window
        return min(
            piece - begin if begin else float("inf"), begin + len(tags) - 1 - piece if begin != last else float("inf")
        )

    begin, tags = max((one for one in windows if one[0] <= piece < one[0] + len(one[1])), key=around)
    return tags[piece - begin]


def _opened(folder: Path, types: frozenset[str]) -> _Tagger:
    """Raises NotPossibleError. Tags that are no names are as if they were outside."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        manifest = ModelManifest.model_validate_json((folder / MODEL_MANIFEST).read_bytes())
        network = AutoModelForTokenClassification.from_pretrained(
            folder, trust_remote_code=False, use_safetensors=True, local_files_only=True, dtype=torch.float32
        ).eval()
    except (OSError, ValueError, SafetensorError) as error:
        raise NotPossibleError("names_model_damaged") from error
    tokenizer = _tokenizer(folder)
    labels = tuple(network.config.id2label[number] for number in range(network.config.num_labels))
    tags = tuple(tag if is_tag(tag) and tag[2:] in types else OUTSIDE for tag in labels)
    around = tokenizer.encode("a")
    is_text = [not special for special in around.special_tokens_mask]
    room = manifest.max_length - is_text.count(False)
    if manifest.task != _TASK or manifest.labels != labels or set(tags) == {OUTSIDE} or room < 1 or True not in is_text:
        raise NotPossibleError("names_model_damaged")
    begin, end = is_text.index(True), len(is_text) - is_text[::-1].index(True)
    return _Tagger(network, tokenizer, tags, before=around.ids[:begin], after=around.ids[end:], room=room)


def _tokenizer(folder: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises nothing narrower
        raise NotPossibleError("names_model_damaged") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
