"""Near copies among many texts: MinHash of shingles with banding, and the exact Jaccard similarity of what it proposes.

Broder 1997, "On the resemblance and containment of documents", for the signatures; Leskovec, Rajaraman & Ullman, "Mining of Massive
Datasets", section 3.4, for the bands. Shingles are runs of characters, four of them, or two where most are Chinese, Japanese or Korean
characters, of which each says about as much as half a word. 20 bands of 5 rows propose a pair of similarity 0.75 with a chance of 99 %
and one of 0.4 with a chance of 19 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workers.doctor.scripts import is_wide

LONGEST = 5000
"""Characters of a text that are looked at."""
LEAST_SIMILARITY = 0.75
_BANDS, _ROWS = 20, 5
_LATIN, _WIDE = 4, 2
_CHARACTERS_AT_ONCE = 2**20
_LARGEST_BUCKET = 24
# What the signatures estimate is off by 0.04 (one standard deviation at 100 hashes), so this loses next to nothing.
_LEAST_ESTIMATE = LEAST_SIMILARITY - 0.15

Words = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]


class Pair(NamedTuple):
    """Two texts by position, `first` before `second`, and how alike they are (0 to 1)."""

    first: int
    second: int
    similarity: float


def near_pairs(texts: Sequence[str], *, seed: int) -> list[Pair]:
    """Pairs of texts with a Jaccard similarity of at least `LEAST_SIMILARITY`, in order."""
    if len(texts) < 2:  # noqa: PLR2004 - a pair
        return []
    signatures = _signatures(texts, seed)
    proposed = _proposed(signatures)
    estimates = _estimates(signatures, proposed)
    proposed = proposed[estimates >= _LEAST_ESTIMATE]
    sets: dict[int, frozenset[int]] = {}

    def shingles(index: int) -> frozenset[int]:
        if index not in sets:
            sets[index] = shingle_set(texts[index])
        return sets[index]

    found = []
    for first, second in proposed.tolist():
        similarity = jaccard(shingles(first), shingles(second))
        if similarity >= LEAST_SIMILARITY:
            found.append(Pair(first, second, similarity))
    return found


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    shared = len(one & other)
    return shared / max(1, len(one) + len(other) - shared)


def shingle_set(text: str) -> frozenset[int]:
    values, _ = _shingles([text])
    return frozenset(values.tolist())


def _shingles(texts: Sequence[str]) -> tuple[Words, IntArray]:
    return hashed_runs(texts, np.array([_WIDE if is_wide(text) else _LATIN for text in texts]))


def hashed_runs(texts: Sequence[str], widths: IntArray) -> tuple[Words, IntArray]:
    """Hashes of all runs of `widths` characters (one width a text, four at most), text after text, and where those of each begin.

    Of a text that is shorter the whole is its one run.
    """
    cut = [text[:LONGEST] for text in texts]
    lengths = np.array([len(text) for text in cut])
    codes = np.frombuffer("".join(text + "\0" * _LATIN for text in cut).encode("utf-32-le", "surrogatepass"), np.uint32)
    begins = np.concatenate([[0], np.cumsum(lengths + _LATIN)[:-1]])
    counts = np.maximum(1, lengths - widths + 1)
    offsets = np.concatenate([[0], np.cumsum(counts)[:-1]])
    places = np.arange(counts.sum()) + np.repeat(begins - offsets, counts)
    width_of = np.repeat(widths, counts)
    values = np.zeros(len(places), dtype=np.uint64)
    for step in range(_LATIN):
        taken = np.where(step < width_of, codes[places + step], 0).astype(np.uint64)
        values = _mixed(values * np.uint64(0x100000001B3) + taken)
    return values, offsets


def _mixed(values: Words) -> Words:
    """A bijection that scatters neighbours (the finaliser of MurmurHash3)."""
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return values ^ (values >> np.uint64(29))


def _signatures(texts: Sequence[str], seed: int) -> npt.NDArray[np.uint32]:
    draw = np.random.default_rng(seed)
    factors = draw.integers(1, 2**63, size=_BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
    addends = draw.integers(0, 2**63, size=_BANDS * _ROWS, dtype=np.uint64)
    signatures = np.empty((len(texts), _BANDS * _ROWS), dtype=np.uint32)
    for start, stop in _blocks(texts):
        values, offsets = _shingles(texts[start:stop])
        for number, (factor, addend) in enumerate(zip(factors, addends, strict=True)):
            hashed = ((values * factor + addend) >> np.uint64(32)).astype(np.uint32)
            signatures[start:stop, number] = np.minimum.reduceat(hashed, offsets)
    return signatures


def _blocks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start, size = 0, 0
    for index, text in enumerate(texts):
        size += min(len(text), LONGEST) + _LATIN
        if size > _CHARACTERS_AT_ONCE:
            yield start, index + 1
            start, size = index + 1, 0
    if start < len(texts):
        yield start, len(texts)


def _proposed(signatures: npt.NDArray[np.uint32]) -> IntArray:
    """Pairs that agree in all rows of some band, each once. Of a crowded bucket neighbours stand for all: what is alike stays connected."""
    found: list[IntArray] = []
    num_texts = len(signatures)
    for band in range(_BANDS):
        keys = np.zeros(num_texts, dtype=np.uint64)
        for row in range(_ROWS):
            keys = _mixed(keys * np.uint64(0x100000001B3) + signatures[:, band * _ROWS + row].astype(np.uint64))
        order = np.argsort(keys, kind="stable")
        same = keys[order][1:] == keys[order][:-1]
        found.append(_packed(order[:-1][same], order[1:][same], num_texts))
        reach = same
        for distance in range(2, _LARGEST_BUCKET):
            reach = reach[:-1] & same[distance - 1 :]
            if not reach.any():
                break
            found.append(_packed(order[:-distance][reach], order[distance:][reach], num_texts))
    packed = np.unique(np.concatenate(found))
    return np.stack([packed // num_texts, packed % num_texts], axis=1)


def _packed(some: IntArray, others: IntArray, num_texts: int) -> IntArray:
    return np.minimum(some, others) * num_texts + np.maximum(some, others)


def _estimates(signatures: npt.NDArray[np.uint32], pairs: IntArray) -> npt.NDArray[np.float64]:
    found = np.empty(len(pairs))
    for start in range(0, len(pairs), 50_000):
        some = pairs[start : start + 50_000]
        found[start : start + 50_000] = (signatures[some[:, 0]] == signatures[some[:, 1]]).mean(axis=1)
    return found
