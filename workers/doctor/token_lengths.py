"""How many tokens texts have, and what the limit of each base model would cut off.

Of conversations and preferences the tokens of a template's own words are not counted, so that every figure is the least that it can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from workers.contract.doctor import LengthBin, LengthLimit, LengthsEvent
from workers.doctor.materials import Materials
from workers.doctor.rows import IntArray

_MOST_ROWS: Final = 20_000
_MOST_CHARACTERS: Final = 20_000_000
_AT_ONCE: Final = 1000
_NUM_BINS: Final = 24
# Where the longest text has more times the tokens of the usual one, bins of one width would put nearly all into the first.
_FAR: Final = 6
_STEPS: Final = (1, 2, 5)
_JOINED: Final = {
    "pair_classification": (("text_a", "text_b"),),
    "pair_regression": (("text_a", "text_b"),),
    "preference": (("prompt", "chosen"), ("prompt", "rejected"), ("prompt", "completion")),
}


def sequences(materials: Materials) -> Sequence[tuple[str, ...]]:
    """Roles that are read as one sequence; elsewhere every text is one of its own."""
    known = _JOINED.get(materials.rows.task, tuple((role,) for role in materials.text_roles))
    return [roles for roles in known if set(roles) <= set(materials.text_roles)]  # of the form that the rows have


def lengths_measure(materials: Materials) -> LengthsEvent:
    """Raises NotPossibleError where there is nothing to count tokens with."""
    tokenizer = materials.tokenizer
    rows = _sample(materials)
    counts = [_counted(materials, tokenizer, roles, rows) for roles in sequences(materials)]
    longest = np.max(counts, axis=0)
    total = max(1, int(np.sum(counts)))
    return LengthsEvent(
        bins=_bins(longest),
        limits=tuple(
            LengthLimit(
                max_tokens=limit,
                num_rows=int((longest > limit).sum()),
                share_of_tokens=round(float(np.maximum(np.array(counts) - limit, 0).sum()) / total, 4),
            )
            for limit in materials.plan.limits
        ),
        num_counted=len(rows),
        num_rows=len(materials),
    )


def _sample(materials: Materials) -> IntArray:
    """Rows that are spread evenly over the version, so few that counting them takes seconds."""
    count = len(materials)
    characters = sum(sum(map(len, materials.texts(role))) for roles in sequences(materials) for role in roles)
    most = min(_MOST_ROWS, int(count * _MOST_CHARACTERS / max(characters, 1)), count)
    return np.linspace(0, count - 1, max(most, 1)).astype(np.int64)


def _counted(materials: Materials, tokenizer: Any, roles: Sequence[str], rows: IntArray) -> IntArray:
    special = tokenizer.num_special_tokens_to_add(is_pair=len(roles) > 1)
    counts = np.full(len(rows), special, dtype=np.int64)
    for role in roles:
        texts = materials.texts(role)
        for start in range(0, len(rows), _AT_ONCE):
            some = [texts[row] for row in rows[start : start + _AT_ONCE].tolist()]
            encoded = tokenizer.encode_batch_fast(some, add_special_tokens=False)
            counts[start : start + len(some)] += [len(one) for one in encoded]
            materials.progress("tokens", start, len(rows))
    return counts


def _bins(lengths: IntArray) -> tuple[LengthBin, ...]:
    edges = _edges(int(lengths.min()), int(np.median(lengths)), int(lengths.max()))
    counts, _ = np.histogram(lengths, edges)
    return tuple(
        LengthBin(low=low, high=high, num_rows=count)
        for low, high, count in zip(edges, edges[1:], counts.tolist(), strict=False)
    )


def _edges(shortest: int, usual: int, longest: int) -> list[int]:
    """At most 24 bins of one round width, or of widths that grow alike where few texts are far longer than the others."""
    if longest <= _FAR * max(usual, 1):
        width = next(
            step * 10**power
            for power in range(10)
            for step in _STEPS
            if longest // (step * 10**power) - shortest // (step * 10**power) < _NUM_BINS
        )
        return list(range(shortest // width * width, longest + width + 1, width))
    return sorted(set(np.geomspace(max(shortest, 1), longest + 1, _NUM_BINS + 1).round().astype(int).tolist()))
