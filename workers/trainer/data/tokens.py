"""Turns texts into token ids once, and keeps them: as one flat array with offsets, without padding.

The result is cached by the digest of what it depends on (tokenizer, texts), so that a resumed run does not
tokenise again.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tokenizers import Tokenizer

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tokens:
    """`ids[offsets[i]:offsets[i + 1]]` are the tokens of row i; `num_truncated` rows were cut."""

    ids: IntArray
    offsets: IntArray
    num_truncated: int = 0

    @property
    def lengths(self) -> IntArray:
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def select(self, rows: IntArray) -> Tokens:
        return _flat([self.ids[self.offsets[row] : self.offsets[row + 1]] for row in rows])

    def mapped(self, ids: IntArray) -> Tokens:
        """The same rows under other ids, as the compact vocabulary numbers them."""
        return Tokens(ids=ids, offsets=self.offsets, num_truncated=self.num_truncated)


def tokenise(tokenizer: Tokenizer, texts: Sequence[str], *, cache: Path | None = None) -> Tokens:
    """Tokens of all texts, special tokens included, nothing cut; from the cache folder when this was done before."""
    path = None if cache is None else cache / f"tokens-{_digest(tokenizer, texts)}.safetensors"
    found = None if path is None else _load(path)
    if found is not None:
        return found
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokens = _flat([encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))])
    if path is not None:
        _save(path, tokens)
    return tokens


def cut(tokens: Tokens, tokenizer: Tokenizer, texts: Sequence[str], *, max_length: int) -> Tokens:
    """The same rows, none longer than `max_length`; the tokenizer itself cuts, so that closing tokens stay."""
    too_long = np.flatnonzero(tokens.lengths > max_length)
    if not len(too_long):
        return tokens
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=max_length)
    shortened = tokenizer.encode_batch_fast([texts[i] for i in too_long.tolist()])
    tokenizer.no_truncation()
    rows = np.split(tokens.ids, tokens.offsets[1:-1])
    for position, encoding in zip(too_long, shortened, strict=True):
        rows[position] = np.array(encoding.ids, dtype=np.int64)
    return replace(_flat(rows), num_truncated=len(too_long))


def _flat(rows: Sequence[Sequence[int] | IntArray]) -> Tokens:
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(ids) for ids in rows], out=offsets[1:])
    return Tokens(ids=np.concatenate([np.asarray(ids, dtype=np.int64) for ids in rows]), offsets=offsets)


def _digest(tokenizer: Tokenizer, texts: Sequence[str]) -> str:
    tokenizer.no_truncation()
    tokenizer.no_padding()
    digest = hashlib.sha256(tokenizer.to_str().encode())
    digest.update(f"/{len(texts)}/".encode())
    for text in texts:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]


def _load(path: Path) -> Tokens | None:
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError):
        return None
    return Tokens(ids=arrays["ids"], offsets=arrays["offsets"])


def _save(path: Path, tokens: Tokens) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    save_file({"ids": tokens.ids, "offsets": tokens.offsets}, unfinished)
    unfinished.replace(path)
