"""A network of plain transformers with its tokenizer: texts become sequences, sequences become outputs. What they say is `answers`'."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch.nn.utils.rnn import pad_sequence

# Outputs over a vocabulary are large: a batch holds about so many of them, each of four bytes.
_MOST_OUTPUTS: Final = 2**26


@dataclass(frozen=True)
class Options:
    """What a request asks for besides its questions."""

    top_k: int = 5
    max_new_tokens: int = 128


USUAL: Final = Options()


@dataclass(frozen=True)
class Word:
    """A word that the model sees: its first piece, and its place in the text."""

    piece: int
    start: int
    end: int


@dataclass(frozen=True)
class Encoded:
    """A sequence as the model sees it; `num_tokens` counts what was cut off as well."""

    token_ids: list[int]
    type_ids: list[int]
    num_tokens: int
    text: str = ""
    words: tuple[Word, ...] = ()
    """Of tasks that say something about each."""

    @property
    def is_truncated(self) -> bool:
        return self.num_tokens > len(self.token_ids)


class Network:
    """Not safe for several threads: the engine has one that computes."""

    def __init__(self, model: Any, tokenizer: Any, *, max_length: int) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.max_length = max_length
        self._inputs = set(tokenizer.model_input_names)
        self._device = next(model.parameters()).device
        self._backend = tokenizer.backend_tokenizer

    @property
    def size_bytes(self) -> int:
        return sum(parameter.nbytes for parameter in self.model.parameters())

    # --- from texts to sequences. Every setting is set, since the tokenizer keeps what others have set before.

    def sequences(self, inputs: Sequence[Any], *, is_split: bool = False) -> list[tuple[Any, int]]:
        """Texts or pairs of them, or lists of tokens, each cut where training cut, with the number of its tokens before that."""
        self._backend.no_padding()
        self._backend.enable_truncation(self.max_length, direction=self.tokenizer.truncation_side)
        found = self._backend.encode_batch(list(inputs), is_pretokenized=is_split)
        is_cut = [bool(encoding.overflowing) for encoding in found]
        # What is cut off is counted by not cutting: overflowing pieces of a pair do not add up.
        whole = iter(self.whole([one for one, cut in zip(inputs, is_cut, strict=True) if cut], is_split=is_split))
        return [(one, len((next(whole) if cut else one).ids)) for one, cut in zip(found, is_cut, strict=True)]

    def whole(self, inputs: Sequence[Any], *, is_split: bool = False, special: bool = True) -> list[Any]:
        """The same, as long as they are."""
        self._backend.no_padding()
        self._backend.no_truncation()
        if not inputs:
            return []
        found: list[Any] = self._backend.encode_batch(
            list(inputs), is_pretokenized=is_split, add_special_tokens=special
        )
        return found

    def windows(self, first: str, second: str, *, overlap: int) -> list[Any]:
        """A pair as windows over the second text, each with the whole first text, that share `overlap` tokens."""
        self._backend.no_padding()
        self._backend.enable_truncation(self.max_length, stride=overlap, strategy="only_second")
        found = self._backend.encode(first, second)
        return [found, *found.overflowing]

    @property
    def num_special_of_pair(self) -> int:
        """Tokens that are added to a pair of texts."""
        return int(self._backend.num_special_tokens_to_add(is_pair=True))

    # --- from sequences to outputs

    def forward(self, batch: Sequence[Encoded]) -> Any:
        """Outputs for sequences, padded behind their ends; so give sequences of similar length."""
        padded = {
            "input_ids": self._padded([one.token_ids for one in batch], self.pad_id),
            "token_type_ids": self._padded([one.type_ids for one in batch], 0),
            "attention_mask": self._padded([[1] * len(one.token_ids) for one in batch], 0),
        }
        return self.model(**{name: tensor for name, tensor in padded.items() if name in self._inputs})

    def written(self, prompts: Sequence[Sequence[int]], *, max_new_tokens: int, max_time_s: float) -> list[list[int]]:
        """What follows each prompt, greedily; ids behind an end are whatever fills the row.

        How a text begins and ends is the network's own generation config.
        """
        config = type(self.model.generation_config).from_dict(self.model.generation_config.to_dict())
        config.update(
            do_sample=False,
            num_beams=1,
            max_new_tokens=max_new_tokens,
            max_length=None,
            max_time=max_time_s,
            use_cache=True,
            pad_token_id=self.pad_id,
        )
        # A decoder writes behind the last column, so all prompts end there.
        ids_BT = self._padded(prompts, self.pad_id, side="left")
        mask_BT = self._padded([[1] * len(ids) for ids in prompts], 0, side="left")
        said_BT = self.model.generate(input_ids=ids_BT, attention_mask=mask_BT, generation_config=config)
        rows: list[list[int]] = said_BT[:, ids_BT.shape[1] :].tolist()
        return rows

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end what the model writes."""
        ids = self.model.generation_config.eos_token_id
        return frozenset() if ids is None else frozenset({ids} if isinstance(ids, int) else ids)

    @property
    def pad_id(self) -> int:
        return int(self.tokenizer.pad_token_id or 0)

    @property
    def num_words(self) -> int:
        """Of the vocabulary, as the outputs have it."""
        return int(self.model.config.vocab_size)

    @property
    def most_tokens_of_words(self) -> int:
        """How many tokens a batch may have where each has an output for every word of the vocabulary."""
        return max(1, _MOST_OUTPUTS // self.num_words)

    def _padded(self, rows: Sequence[Sequence[int]], value: int, side: str = "right") -> torch.Tensor:
        tensors = [torch.tensor(list(row), dtype=torch.long) for row in rows]
        padded_BT = pad_sequence(tensors, batch_first=True, padding_value=value, padding_side=side)
        return padded_BT.to(self._device)
