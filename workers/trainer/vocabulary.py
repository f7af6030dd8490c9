"""Keeps only those rows of the embedding table that the data set uses while a run lasts, where the task lets it.

MiniLM's table is half of its weights, but banking77 touches 2,300 of its 30,500 rows. The others get no gradient, and the optimizer
leaves embeddings out of weight decay, so leaving them out of memory, optimizer and checkpoints changes nothing. Where the outputs
are over the vocabulary, every row takes part in every step, and the table stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workers.trainer.data.encoded import Encoded, IntArray


# What families call their table of token embeddings.
_TABLES = ("word_embeddings.weight", "embed_tokens.weight", "wte.weight", "tok_embeddings.weight", "shared.weight")


@dataclass(frozen=True)
class CompactVocabulary:
    """`used[i]` is the base model's id of compact id i, rising; `pad_id` is compact."""

    used: IntArray
    pad_id: int
    is_whole: bool = False

    @classmethod
    def whole(cls, body: Any, *, pad_id: int) -> CompactVocabulary:
        """Every row under its own id."""
        num_rows = body.get_input_embeddings().weight.shape[0]
        return cls(used=np.arange(num_rows), pad_id=pad_id, is_whole=True)

    @classmethod
    def of(cls, splits: Iterable[Encoded], *, pad_id: int, more: Iterable[int] = ()) -> CompactVocabulary:
        """What the rows hold, and `more` that may come into them."""
        ids = [values for encoded in splits for values in encoded.every_id()]
        used = np.unique(np.concatenate([np.array([pad_id, *more], dtype=np.int64), *ids]))
        return cls(used=used, pad_id=int(np.searchsorted(used, pad_id)))

    def compact(self, encoded: Encoded) -> Encoded:
        """The rows under compact ids; every id must be among those used."""
        return encoded if self.is_whole else encoded.with_ids(self.number)

    def number(self, ids: Sequence[int] | IntArray) -> IntArray:
        """Compact ids; every id must be among those used."""
        return np.searchsorted(self.used, ids)

    def shrink(self, body: Any) -> None:
        """Cut the table of token embeddings down to the used rows."""
        if self.is_whole:
            return
        whole = body.get_input_embeddings()
        rows = whole.weight.detach()[torch.from_numpy(self.used)].clone()
        body.set_input_embeddings(nn.Embedding.from_pretrained(rows, freeze=False, padding_idx=self.pad_id))

    def expand_all(
        self, body_weights: dict[str, torch.Tensor], base_weights: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Weights of a body with the whole table in the place of the cut one."""
        if self.is_whole:
            return body_weights
        return {
            name: self.expand(tensor, base_weights[name]) if name.endswith(_TABLES) else tensor
            for name, tensor in body_weights.items()
        }

    def expand(self, rows: torch.Tensor, base_table: torch.Tensor) -> torch.Tensor:
        """The whole table again: the base model's, with the learnt rows written over it."""
        table = base_table.clone()
        table[torch.from_numpy(self.used)] = rows.to(table.dtype)
        return table
