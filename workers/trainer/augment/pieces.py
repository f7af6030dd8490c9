"""What the tokens of a vocabulary are: beginnings of words, whole words, or marks that no text has written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

BoolArray = npt.NDArray[np.bool_]

# How vocabularies mark a space before a token: byte-level BPE, SentencePiece.
_SPACES = ("Ġ", "▁")
# A single letter of an alphabet says nothing; a Chinese character is a word.
_FEWEST_LETTERS = 2


@dataclass(frozen=True)
class Pieces:
    """By token id. A Chinese or Japanese character begins a word wherever it stands."""

    begins: BoolArray
    """Whether a word begins with it."""
    is_word: BoolArray
    """Whether it can be a word by itself: letters alone, at least two of an alphabet or one Chinese or Japanese character."""
    is_mark: BoolArray
    """Whether it marks the ends of texts and the like. Unknown words and hidden ones are no marks: they stand for words."""

    @classmethod
    def of(cls, tokenizer: Any) -> Pieces:
        names: list[str] = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
        model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
        begins, letters = _read(names, model.get("continuing_subword_prefix") or "", tokenizer)
        is_mark = np.zeros(len(names), dtype=np.bool_)
        special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id, tokenizer.mask_token_id}
        is_mark[sorted(special)] = True
        is_special = np.isin(np.arange(len(names)), tokenizer.all_special_ids)
        return cls(begins=begins, is_word=begins & _are_words(letters) & ~is_special, is_mark=is_mark)


def _read(names: Sequence[str], continuing: str, tokenizer: Any) -> tuple[BoolArray, list[str]]:
    """Which tokens begin a word, and what each writes. Where a vocabulary marks nothing, every token is a word."""
    if continuing:
        return np.array([not name.startswith(continuing) for name in names]), [
            name.removeprefix(continuing) for name in names
        ]
    space = next((mark for mark in _SPACES if any(name.startswith(mark) for name in names)), None)
    if space is None:
        return np.ones(len(names), dtype=np.bool_), list(names)
    letters = [tokenizer.convert_tokens_to_string([name]).strip() for name in names]
    begins = [name.startswith(space) or is_character(text[:1]) for name, text in zip(names, letters, strict=True)]
    return np.array(begins), letters


def _are_words(letters: Sequence[str]) -> BoolArray:
    return np.array([text.isalpha() and (len(text) >= _FEWEST_LETTERS or is_character(text)) for text in letters])


def is_character(text: str) -> bool:
    """Whether it is a Chinese character or a Japanese syllable: scripts that put no spaces between words."""
    return len(text) == 1 and (
        "\u3040" <= text <= "\u30ff" or "\u3400" <= text <= "\u9fff" or "\uf900" <= text <= "\ufaff"
    )
