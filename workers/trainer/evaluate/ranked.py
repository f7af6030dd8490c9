"""What evaluations of orders share: the rows that are shown, and where right candidates come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.results import Mistake, RankCount, RankedExample, RankedText, RankingDetails
from workers.trainer.evaluate.mistakes import MOST_MISTAKES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.evaluate.metrics import FloatArray
    from workers.trainer.evaluate.ranks import FirstRight

_RANKS_LISTED = 10
_LONGEST_TEXT = 300


@dataclass(frozen=True)
class RankedRow:
    """A query with its best right candidate, the rank of that, and the candidates that come first."""

    row: int
    query: str
    right: str
    rank: float
    first: Sequence[RankedText]


def worst_first(ranks: FloatArray) -> list[int]:
    """Positions of the rows that are shown."""
    return [int(i) for i in np.argsort(-ranks, kind="stable")[:MOST_MISTAKES]]


def ranking_details(found: FirstRight, examples: Sequence[RankedRow], *, num_candidates: float) -> RankingDetails:
    ranks = np.floor(found.rank()).astype(np.int64)
    listed = [RankCount(rank=rank, count=int((ranks == rank).sum())) for rank in range(1, _RANKS_LISTED + 1)]
    return RankingDetails(
        num_queries=len(found),
        num_candidates=num_candidates,
        ranks=(*listed, RankCount(rank=None, count=int((ranks > _RANKS_LISTED).sum()))),
        examples=tuple(
            RankedExample(
                row=example.row,
                query=cut(example.query),
                right=cut(example.right),
                rank=example.rank,
                first=tuple(text.model_copy(update={"text": cut(text.text)}) for text in example.first),
            )
            for example in examples
        ),
    )


def ranking_mistakes(examples: Sequence[RankedRow]) -> tuple[Mistake, ...]:
    """Rows whose right candidate is not the first."""
    return tuple(
        Mistake(
            row=example.row,
            text=cut(example.query),
            label=cut(example.right),
            predicted=cut(example.first[0].text),
            confidence=None,
        )
        for example in examples
        if example.rank > 1
    )


def cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
