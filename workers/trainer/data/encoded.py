"""A split as the model sees it: flat arrays with offsets, nothing padded, and the rectangles that are cut out of them.

One shape serves every task. `ids` are the tokens of a row; `beside` holds what runs along with them, token by token (types, labels,
weights); `others` are further sequences of the same row (the target of a translation, the rejected answer of a pair); `targets` are
one value or vector for each row.
"""

# ruff: noqa: N815 - capital suffixes name the axes of a tensor: B batch, T token

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workers.contract.events import Warned

IntArray = npt.NDArray[np.int64]
# What stands where a row has ended; every other companion of the tokens is padded with zero.
PADDING = {"labels": -100}
IGNORED = -100
# The other sequence of a row that is to be written when the row is read: a translation, a summary.
TARGET = "target"
# The companion that tells apart several sequences laid end to end in one row, from 1; see `workers.trainer.data.lists`.
SEQUENCE = "sequence"
# The companion that says which tokens something is asked about, above zero, when words around them are left out.
ASKED = "asked"
# The companion that says which tokens nobody attends to, though they have their places.
HIDDEN = "hidden"


def evenly(count: int, most: int) -> IntArray:
    """At most so many of `count` positions, evenly taken, the first and the last among them; ascending."""
    return np.linspace(0, count - 1, min(most, count)).round().astype(np.int64)


def stretches(starts: IntArray, lengths: IntArray) -> tuple[IntArray, IntArray]:
    """Rows that are cut out of one flat array, row i from `starts[i]` on: their offsets, and the place of each of their values in it."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets, np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)


@dataclass(frozen=True)
class Ragged:
    """Rows of different length: `values[offsets[i]:offsets[i + 1]]` is row i."""

    values: npt.NDArray[Any]
    offsets: IntArray

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any] | npt.NDArray[Any]], dtype: npt.DTypeLike = np.int64) -> Ragged:
        offsets = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        arrays = [np.asarray(row, dtype=dtype) for row in rows]
        return cls(values=np.concatenate(arrays) if arrays else np.zeros(0, dtype=dtype), offsets=offsets)

    @property
    def lengths(self) -> IntArray:
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def row(self, number: int) -> npt.NDArray[Any]:
        return self.values[self.offsets[number] : self.offsets[number + 1]]

    def select(self, rows: IntArray) -> Ragged:
        offsets, places = stretches(self.offsets[rows], self.lengths[rows])
        return Ragged(values=self.values[places], offsets=offsets)

    def with_values(self, values: npt.NDArray[Any]) -> Ragged:
        return Ragged(values=values, offsets=self.offsets)


@dataclass(frozen=True)
class Cuts:
    """What the limit of length took from texts: how many tokens of each, and before which of those that are left the first was.

    A row has a number for each of its sequences.
    """

    lost: Ragged
    at: Ragged

    @classmethod
    def of(cls, lost: Sequence[int] | IntArray, at: Sequence[int] | IntArray) -> Cuts:
        """Of rows of one sequence each."""
        offsets = np.arange(len(lost) + 1)
        return cls(*(Ragged(np.asarray(values, dtype=np.int64), offsets) for values in (lost, at)))

    @classmethod
    def at_end(cls, lengths: Sequence[int], limit: int | None, *, num_closing: int = 0) -> Cuts:
        """Of texts of so many tokens that end at the limit, but for closing tokens that stay."""
        whole = np.asarray(lengths, dtype=np.int64)
        left = whole if limit is None else np.minimum(whole, limit)
        return cls.of(whole - left, left - num_closing)

    def grouped(self, offsets: IntArray) -> Cuts:
        """The same sequences as rows of several."""
        return Cuts(Ragged(self.lost.values, offsets), Ragged(self.at.values, offsets))

    def select(self, rows: IntArray) -> Cuts:
        return Cuts(self.lost.select(rows), self.at.select(rows))


@dataclass(frozen=True)
class Encoded:
    """All rows of a split. `num_truncated` of them were cut to the length limit."""

    ids: Ragged
    beside: Mapping[str, Ragged] = field(default_factory=dict)
    others: Mapping[str, Encoded] = field(default_factory=dict)
    targets: Mapping[str, torch.Tensor] = field(default_factory=dict)
    num_truncated: int = 0
    notes: tuple[Warned, ...] = ()
    """What the customer should know of these rows, found while they were encoded."""
    cuts: Cuts | None = None
    """Of texts that may be cut."""

    @property
    def lengths(self) -> IntArray:
        """Tokens of each row, all of its sequences together: what a row costs."""
        return self.ids.lengths + sum((other.lengths for other in self.others.values()), np.zeros(1, dtype=np.int64))

    @property
    def longest(self) -> int:
        """Tokens of the longest single sequence: what a limit of length is about."""
        own = self.ids.lengths
        if SEQUENCE in self.beside:
            of_sequence = self.beside[SEQUENCE].values
            starts = np.flatnonzero(np.diff(of_sequence, prepend=0))
            starts = np.union1d(starts, self.ids.offsets[:-1])
            own = np.diff(np.append(starts, len(of_sequence)))
        return max(int(own.max()), *(other.longest for other in self.others.values()), 0)

    def share_of(self, token: int) -> float:
        """How much of all that is read a token is."""
        parts = [self.ids.values, *(other.ids.values for other in self.others.values())]
        return sum(int((part == token).sum()) for part in parts) / max(1, sum(map(len, parts)))

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, rows: IntArray) -> Encoded:
        return Encoded(
            ids=self.ids.select(rows),
            beside={name: ragged.select(rows) for name, ragged in self.beside.items()},
            others={name: other.select(rows) for name, other in self.others.items()},
            targets={name: target[torch.from_numpy(np.asarray(rows))] for name, target in self.targets.items()},
            num_truncated=self.num_truncated,
            cuts=None if self.cuts is None else self.cuts.select(rows),
        )

    def some(self, most_tokens: int) -> Encoded:
        """Rows evenly taken so that about this many tokens come together; all of them where there are no more."""
        total = int(self.lengths.sum())
        if total <= most_tokens:
            return self
        count = max(1, len(self) * most_tokens // total)
        return self.select(evenly(len(self), count))

    def every_id(self) -> list[IntArray]:
        """The token ids of all sequences."""
        return [self.ids.values, *(values for other in self.others.values() for values in other.every_id())]

    def with_ids(self, change: Callable[[IntArray], IntArray]) -> Encoded:
        """The same rows under other ids, as the compact vocabulary numbers them."""
        return replace(
            self,
            ids=self.ids.with_values(change(self.ids.values)),
            others={name: other.with_ids(change) for name, other in self.others.items()},
        )


@dataclass(frozen=True)
class Batch:
    """Some rows as rectangles. `mask_BT` is None when no row is padded and no token hidden, so that attention needs none."""

    rows: IntArray
    ids_BT: torch.Tensor
    mask_BT: torch.Tensor | None
    beside: dict[str, torch.Tensor]
    others: dict[str, Batch]
    targets: dict[str, torch.Tensor]

    def __len__(self) -> int:
        return len(self.rows)

    def mask(self) -> torch.Tensor:
        """(batch, tokens), ones where a token is, also when nothing is padded."""
        return torch.ones_like(self.ids_BT) if self.mask_BT is None else self.mask_BT


def collate(encoded: Encoded, rows: IntArray, *, pad_id: int, device: torch.device) -> Batch:
    """The rows as rectangles, each as wide as the longest of them."""
    starts = encoded.ids.offsets[rows]
    lengths = encoded.ids.offsets[rows + 1] - starts
    columns = np.arange(int(lengths.max()))
    is_token = columns[None, :] < lengths[:, None]
    positions = np.where(is_token, starts[:, None] + columns[None, :], 0)

    def rectangle(values: npt.NDArray[Any], padding: int) -> torch.Tensor:
        filled = values[positions]
        filled[~is_token] = padding
        return torch.from_numpy(filled).to(device)

    hidden = encoded.beside.get(HIDDEN)
    is_seen = is_token if hidden is None else is_token & ~hidden.values[positions]
    index = torch.from_numpy(np.asarray(rows))
    return Batch(
        rows=rows,
        ids_BT=rectangle(encoded.ids.values, pad_id),
        mask_BT=None if is_seen.all() else torch.from_numpy(is_seen).to(device),
        beside={name: rectangle(ragged.values, PADDING.get(name, 0)) for name, ragged in encoded.beside.items()},
        others={name: collate(other, rows, pad_id=pad_id, device=device) for name, other in encoded.others.items()},
        targets={name: target[index].to(device) for name, target in encoded.targets.items()},
    )
