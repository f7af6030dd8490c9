"""How many tokens texts have, how many of them the base model does not know, and what the limit of each base model would cut off.

Of conversations and preferences the tokens of a template's own words are not counted, so that every figure is the least that it can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from workers.contract.doctor import LengthBin, LengthLimit, LengthsEvent
from workers.doctor.rows import IntArray

if TYPE_CHECKING:
    from workers.doctor.materials import Materials

_MOST_ROWS: Final = 20_000
_MOST_CHARACTERS: Final = 20_000_000
_AT_ONCE: Final = 1000
_NUM_BINS: Final = 24
# Where the longest text has more times the tokens of the usual one, bins of one width would put nearly all into the first.
_FAR: Final = 6
_STEPS: Final = (1, 2, 5)
# Of tokenizers whose model does not say its name; one of bytes may have it and never use it.
_UNKNOWN: Final = "<unk>"
_JOINED: Final = {
    "pair_classification": (("text_a", "text_b"),),
    "pair_regression": (("text_a", "text_b"),),
    "preference": (("prompt", "chosen"), ("prompt", "rejected"), ("prompt", "completion")),
}


@dataclass(frozen=True)
class Counted:
    """Tokens of some rows, a sample that is spread evenly where there are many."""

    rows: IntArray
    lengths: tuple[IntArray, ...]
    """Of every sequence that a row is read as, with the tokens that the base model puts around it."""
    tokens: IntArray
    """Of all texts of a row."""
    unknown: IntArray
    """Those among them that stand for what the tokenizer has no token for; a tokenizer of bytes has one for everything."""


def sequences(materials: Materials) -> Sequence[tuple[str, ...]]:
    """Roles that are read as one sequence; elsewhere every text is one of its own."""
    known = _JOINED.get(materials.rows.task, tuple((role,) for role in materials.text_roles))
    return [roles for roles in known if set(roles) <= set(materials.text_roles)]  # of the form that the rows have


def tokens_count(materials: Materials) -> Counted:
    """Raises NotPossibleError where there is nothing to count tokens with."""
    tokenizer = materials.tokenizer
    rows = _sample(materials)
    unknown_id = tokenizer.token_to_id(getattr(tokenizer.model, "unk_token", None) or _UNKNOWN)
    tokens, unknown = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    lengths = []
    for roles in sequences(materials):
        of_sequence = np.full(len(rows), tokenizer.num_special_tokens_to_add(is_pair=len(roles) > 1), np.int64)
        for role in roles:
            counts, unknown_counts = _counted(materials, tokenizer, unknown_id, role, rows)
            of_sequence += counts
            tokens += counts
            unknown += unknown_counts
        lengths.append(of_sequence)
    return Counted(rows, tuple(lengths), tokens, unknown)


def lengths_measure(materials: Materials) -> LengthsEvent:
    """Raises NotPossibleError where there is nothing to count tokens with."""
    counted = materials.counted
    longest = np.max(counted.lengths, axis=0)
    total = max(1, int(np.sum(counted.lengths)))
    return LengthsEvent(
        bins=_bins(longest),
        limits=tuple(
            LengthLimit(
                max_tokens=limit,
                num_rows=int((longest > limit).sum()),
                share_of_tokens=round(float(np.maximum(np.array(counted.lengths) - limit, 0).sum()) / total, 4),
            )
            for limit in materials.plan.limits
        ),
        num_counted=len(counted.rows),
        num_rows=len(materials),
    )


def _sample(materials: Materials) -> IntArray:
    """Rows that are spread evenly over the version, so few that counting them takes seconds."""
    count = len(materials)
    characters = sum(sum(map(len, materials.texts(role))) for roles in sequences(materials) for role in roles)
    most = min(_MOST_ROWS, int(count * _MOST_CHARACTERS / max(characters, 1)), count)
    return np.linspace(0, count - 1, max(most, 1)).astype(np.int64)


def _counted(
    materials: Materials, tokenizer: Any, unknown_id: int | None, role: str, rows: IntArray
) -> tuple[IntArray, IntArray]:
    """The tokens of a column, and those that are unknown."""
    counts, unknown = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    texts = materials.texts(role)
    for start in range(0, len(rows), _AT_ONCE):
        some = [texts[row] for row in rows[start : start + _AT_ONCE].tolist()]
        encoded = tokenizer.encode_batch_fast(some, add_special_tokens=False)
        place = slice(start, start + len(some))
        counts[place] = [len(one) for one in encoded]
        if unknown_id is not None:
            unknown[place] = [one.ids.count(unknown_id) for one in encoded]
        materials.progress("tokens", start, len(rows))
    return counts, unknown


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
