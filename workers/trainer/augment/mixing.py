"""Mixes rows in pairs, and their answers alike (Guo et al. 2019, arXiv:1905.08941).

Each row carries its share and a draw for the pass; rows that are computed together are ordered by their draws, and each is mixed with the
one behind it. With whom a row is mixed therefore depends on the batch, how much on seed, pass and row alone.
"""

# ruff: noqa: N806, N815 - capital suffixes name the axes of a tensor: B batch, C channel

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from workers.trainer.data.draws import uniform
from workers.trainer.fingerprint import derived_seed

if TYPE_CHECKING:
    from workers.trainer.data.encoded import Batch, Encoded

_SHARE, _DRAW = "mixing_share", "mixing_draw"


def with_partners(encoded: Encoded, alpha: float, *, seed: int, epoch: int) -> Encoded:
    """The rows with what decides their mixing in this pass."""
    random = np.random.Generator(np.random.Philox(derived_seed(seed, "mixing shares", epoch)))
    share = torch.from_numpy(random.beta(alpha, alpha, len(encoded))).float()
    draw = torch.from_numpy(uniform(derived_seed(seed, "mixing partners", epoch), np.arange(len(encoded))))
    return replace(encoded, targets={**encoded.targets, _SHARE: share, _DRAW: draw})


@dataclass(frozen=True)
class Mixing:
    """Of the rows of a batch: each keeps `share_B` of itself and takes the rest from its partner."""

    share_B: torch.Tensor
    partner_B: torch.Tensor

    @classmethod
    def of(cls, batch: Batch) -> Mixing | None:
        """None where rows are not mixed."""
        if _SHARE not in batch.targets:
            return None
        order_B = batch.targets[_DRAW].argsort()
        partner_B = torch.empty_like(order_B)
        partner_B[order_B] = order_B.roll(-1)
        return cls(batch.targets[_SHARE], partner_B)

    def of_rows(self, values: torch.Tensor) -> torch.Tensor:
        """(batch, …), mixed row by row."""
        share = self.share_B.view(-1, *[1] * (values.ndim - 1)).to(values.dtype)
        return share * values + (1 - share) * values[self.partner_B]
