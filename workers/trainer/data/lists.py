"""Rows that hold several sequences of the same kind, any number each: the candidates of a query.

In an `Encoded` such a row is its sequences laid end to end, and a companion says of every token which of them it belongs to, so that a
row stays one thing that is sorted by length, batched and given to a replica whole. The model reads them apart again.
"""

# ruff: noqa: N803, N806, N815 - capital suffixes name the axes of a tensor: B row, N place in a row, S sequence of any row, T token

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from workers.trainer.data.encoded import SEQUENCE, Batch, Encoded, Ragged

if TYPE_CHECKING:
    from workers.trainer.data.encoded import IntArray
    from workers.trainer.data.tokens import Tokens


def end_to_end(tokens: Tokens, sizes: IntArray, *, has_types: bool = False) -> Encoded:
    """Rows of `sizes[i]` sequences each, taken in order from `tokens`."""
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    offsets = tokens.ids.offsets[bounds]
    places = np.concatenate([np.arange(1, size + 1) for size in sizes])
    ids = Ragged(values=tokens.ids.values, offsets=offsets)
    beside = {SEQUENCE: ids.with_values(np.repeat(places, tokens.ids.lengths))}
    if has_types:
        beside["types"] = ids.with_values(tokens.types.values)
    return Encoded(ids=ids, beside=beside, cuts=tokens.cuts.grouped(bounds))


def only(encoded: Encoded, places: IntArray) -> Encoded:
    """The rows with one of their sequences, that at `places[i]` (from 0), each."""
    if SEQUENCE not in encoded.beside:
        return replace(encoded, others={name: only(other, places) for name, other in encoded.others.items()})
    companion = encoded.beside[SEQUENCE]
    is_kept = companion.values == np.repeat(places + 1, companion.lengths)
    offsets = np.concatenate([[0], np.cumsum(is_kept)])[companion.offsets]

    def kept(ragged: Ragged) -> Ragged:
        return Ragged(ragged.values[is_kept], offsets)

    beside = {name: kept(ragged) for name, ragged in encoded.beside.items()}
    beside[SEQUENCE] = Ragged(np.ones(int(offsets[-1]), dtype=np.int64), offsets)
    return Encoded(ids=kept(encoded.ids), beside=beside)


def counts(encoded: Encoded) -> IntArray:
    """How many sequences each row has laid end to end, be it in its own tokens or in those of another sequence."""
    for found in (encoded, *encoded.others.values()):
        if SEQUENCE in found.beside:
            companion = found.beside[SEQUENCE]
            last: IntArray = companion.values[companion.offsets[1:] - 1]
            return last
    return np.ones(len(encoded), dtype=np.int64)


@dataclass(frozen=True)
class Apart:
    """The sequences of a batch as a rectangle of their own: `row_S` and `place_S` (from 0) say where each belongs."""

    ids_ST: torch.Tensor
    mask_ST: torch.Tensor | None
    types_ST: torch.Tensor | None
    row_S: torch.Tensor
    place_S: torch.Tensor
    num_rows: int

    def gathered(self, values_S: torch.Tensor) -> torch.Tensor:
        """One value for each sequence as (rows, places); zero where a row has no more sequences."""
        out_BN = values_S.new_zeros(self.num_rows, int(self.place_S.max()) + 1)
        return out_BN.index_put((self.row_S, self.place_S), values_S)

    def is_there(self) -> torch.Tensor:
        """(rows, places): whether the row has a sequence at this place."""
        return self.gathered(torch.ones_like(self.row_S)) > 0


def apart(batch: Batch) -> Apart:
    """The sequences that `end_to_end` joined."""
    sequence_BT = batch.beside[SEQUENCE]
    is_token_BT = sequence_BT > 0
    most = int(sequence_BT.max()) + 1
    row_B1 = torch.arange(len(batch), device=sequence_BT.device).unsqueeze(1)
    # Tokens of a sequence follow each other, so a change of row or sequence is where one ends.
    keys_S, lengths_S = torch.unique_consecutive((row_B1 * most + sequence_BT)[is_token_BT], return_counts=True)
    starts_S = lengths_S.cumsum(0) - lengths_S
    column_T = torch.arange(int(lengths_S.max()), device=sequence_BT.device)
    is_token_ST = column_T < lengths_S.unsqueeze(1)
    position_ST = (starts_S.unsqueeze(1) + column_T) * is_token_ST
    types_BT = batch.beside.get("types")
    return Apart(
        # What stands behind a sequence's end is masked, so any token will do there.
        ids_ST=batch.ids_BT[is_token_BT][position_ST],
        mask_ST=None if bool(is_token_ST.all()) else is_token_ST,
        types_ST=None if types_BT is None else types_BT[is_token_BT][position_ST],
        row_S=keys_S // most,
        place_S=keys_S % most - 1,
        num_rows=len(batch),
    )
