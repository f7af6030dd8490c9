"""Turns texts into token ids once, and keeps them: as flat arrays with offsets, without padding.

The result is cached by the digest of what it depends on (tokenizer, texts), so that a resumed run does not
tokenise again.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from workers.trainer.data.encoded import Cuts, Ragged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tokenizers import Encoding

    from workers.trainer.data.encoded import IntArray


@dataclass(frozen=True)
class Tokens:
    """`types` tell the two texts of a pair apart (0 and 1); `num_truncated` rows were cut."""

    ids: Ragged
    types: Ragged
    num_truncated: int = 0
    cut: Cuts | None = None
    """Where any were."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def cuts(self) -> Cuts:
        return self.cut or Cuts.at_end(self.ids.lengths.tolist(), None)


class Tokeniser:
    """One tokenizer and its cache. Special tokens are added as the base model expects them, and texts that are too long are cut on the
    tokenizer's `truncation_side`.
    """

    def __init__(self, tokenizer: Any, *, cache: Path | None = None) -> None:
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        self._cache = cache
        self._seen: dict[str, Tokens] = {}
        self._plain()

    def texts(
        self, texts: Sequence[str], second: Sequence[str] | None = None, *, max_length: int | None = None
    ) -> Tokens:
        """Tokens of texts, or of pairs of texts, special tokens included, none longer than `max_length`."""
        whole = self._whole(texts, second)
        return whole if max_length is None else self._cut(whole, texts, second, max_length)

    def encodings(
        self, inputs: Sequence[Any], *, is_split: bool = False, special: bool = True, max_length: int | None = None
    ) -> list[Encoding]:
        """What the tokenizers library says of each input, with offsets: for what is said of parts of a text. Not cached."""
        self._plain()
        if max_length is not None:
            self._cut_at(max_length)
        found: list[Encoding] = self._backend.encode_batch(
            list(inputs), is_pretokenized=is_split, add_special_tokens=special
        )
        self._plain()
        return found

    def shortened(self, texts: Sequence[str], *, most_tokens: int) -> tuple[list[str], int]:
        """The texts, those of more tokens cut where their last allowed token ends; and how many were cut."""
        found = self.encodings(texts, special=False)
        cut = [
            text[: encoding.offsets[most_tokens - 1][1]] if len(encoding) > most_tokens else text
            for text, encoding in zip(texts, found, strict=True)
        ]
        return cut, sum(len(encoding) > most_tokens for encoding in found)

    def windows(
        self, first: Sequence[str], second: Sequence[str], *, max_length: int, overlap: int
    ) -> list[list[Encoding]]:
        """Pairs as windows over the second text, each with the whole first text, that share `overlap` tokens."""
        self._backend.enable_truncation(max_length=max_length, stride=overlap, strategy="only_second")
        found = self._backend.encode_batch(_inputs(first, second))
        self._plain()
        return [[encoding, *encoding.overflowing] for encoding in found]

    @property
    def num_special_of_pair(self) -> int:
        """Tokens that are added to a pair of texts."""
        return int(self._backend.num_special_tokens_to_add(is_pair=True))

    @property
    def unknown_id(self) -> int | None:
        """The token in place of what has none. Tokenizers that read bytes have none, even where they name one for other ends."""
        name = getattr(self._backend.model, "unk_token", self.tokenizer.unk_token)
        found: int | None = self._backend.token_to_id(name) if name else None
        return found

    @property
    def num_before_text(self) -> int:
        """Tokens that the tokenizer puts in front of a text."""
        self._plain()
        mask: list[int] = self._backend.encode("a").special_tokens_mask
        return mask.index(0)

    def _cut_at(self, max_length: int) -> None:
        """The tokenizer itself cuts, so that its special tokens stay; of a pair the longer text is cut first."""
        self._backend.enable_truncation(
            max_length=max_length, strategy="longest_first", direction=self.tokenizer.truncation_side
        )

    def _plain(self) -> None:
        self._backend.no_truncation()
        self._backend.no_padding()

    def _whole(self, texts: Sequence[str], second: Sequence[str] | None) -> Tokens:
        digest = self._digest(texts, second)
        if digest not in self._seen:
            self._seen[digest] = self._read(digest) or self._encode(digest, texts, second)
        return self._seen[digest]

    def _encode(self, digest: str, texts: Sequence[str], second: Sequence[str] | None) -> Tokens:
        self._plain()
        tokens = _tokens(self._backend.encode_batch_fast(_inputs(texts, second)))
        self._write(digest, tokens)
        return tokens

    def _cut(self, whole: Tokens, texts: Sequence[str], second: Sequence[str] | None, max_length: int) -> Tokens:
        too_long = np.flatnonzero(whole.ids.lengths > max_length)
        if not len(too_long):
            return whole
        chosen = too_long.tolist()
        self._cut_at(max_length)
        shortened = _tokens(
            self._backend.encode_batch_fast(
                _inputs([texts[i] for i in chosen], None if second is None else [second[i] for i in chosen])
            )
        )
        self._plain()
        cut = Tokens(
            ids=_replaced(whole.ids, chosen, shortened.ids), types=_replaced(whole.types, chosen, shortened.types)
        )
        at = cut.ids.lengths
        if self.tokenizer.truncation_side == "left" and second is None:
            at[chosen] = self.num_before_text  # A text that repeats itself may begin alike without what it has lost.
        else:
            at[chosen] = [_same_beginning(whole.ids.row(i), cut.ids.row(i)) for i in chosen]
        return replace(cut, num_truncated=len(chosen), cut=Cuts.of(whole.ids.lengths - cut.ids.lengths, at))

    def _digest(self, texts: Sequence[str], second: Sequence[str] | None) -> str:
        self._plain()
        digest = hashlib.sha256(self._backend.to_str().encode())
        for column in (texts, second or ()):
            digest.update(f"/{len(column)}/".encode())
            for text in column:
                data = text.encode()
                digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()[:32]

    def _path(self, digest: str) -> Path | None:
        return None if self._cache is None else self._cache / f"tokens-{digest}.safetensors"

    def _read(self, digest: str) -> Tokens | None:
        path = self._path(digest)
        if path is None:
            return None
        try:
            arrays = load_file(path)
        except (OSError, SafetensorError):
            return None
        return Tokens(ids=Ragged(arrays["ids"], arrays["offsets"]), types=Ragged(arrays["types"], arrays["offsets"]))

    def _write(self, digest: str, tokens: Tokens) -> None:
        path = self._path(digest)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".tmp-{os.getpid()}-{path.name}")
        arrays = {"ids": tokens.ids.values, "types": tokens.types.values, "offsets": tokens.ids.offsets}
        save_file(arrays, unfinished)
        unfinished.replace(path)


def _inputs(texts: Sequence[str], second: Sequence[str] | None) -> list[Any]:
    return list(texts) if second is None else list(zip(texts, second, strict=True))


def _tokens(encodings: Sequence[Encoding]) -> Tokens:
    ids = Ragged.of([encoding.ids for encoding in encodings])
    return Tokens(ids=ids, types=ids.with_values(_joined(encoding.type_ids for encoding in encodings)))


def _joined(rows: Iterator[Sequence[int]]) -> Any:
    return np.fromiter((value for row in rows for value in row), dtype=np.int64)


def _same_beginning(whole: IntArray, cut: IntArray) -> int:
    """How many tokens of a cut text come before the first that is lost."""
    is_other = whole[: len(cut)] != cut
    return int(is_other.argmax()) if is_other.any() else len(cut)


def _replaced(whole: Ragged, positions: Sequence[int], shortened: Ragged) -> Ragged:
    rows = [whole.row(i) for i in range(len(whole))]
    for number, position in enumerate(positions):
        rows[position] = shortened.row(number)
    return Ragged.of(rows, dtype=whole.values.dtype)
