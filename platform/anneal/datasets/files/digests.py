"""64-bit digests of texts, a block at a time: what decides in which split a row lands. Blind to case and white space.

Texts become rows of 64-bit words, padded with zeros. Each word is multiplied, folded and multiplied again with odd numbers of its place;
the sum of these and of the text's length is mixed by the finalizer of MurmurHash3 (Austin Appleby, public domain). A word of zeros adds
nothing, so that padding does not count. Long texts stand for their BLAKE2b digests, which keeps the rows short.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from anneal.datasets.files.flat import bytes_of, offsets_of, replaced

VERSION = 2
"""Of the digests. Another number divides the same rows otherwise: versions made before keep their splits, new ones are divided anew."""

Digests = npt.NDArray[np.uint64]

_LONGEST = 512
_WIDTHS = (64, 128, _LONGEST)
_WORD = 8
_SPACED = bytes(ord(" ") if octet < ord("\x7f") and chr(octet).isspace() else octet for octet in range(256))
"""Bytes with a space for any white space of ASCII."""
_MAY_FOLD = r"[^\x00-\x7f\x{2010}-\x{2027}\x{3001}-\x{a63f}\x{ac00}-\x{d7a3}\x{ff01}-\x{ff20}\x{1f300}-\x{1faff}]"
"""Characters beyond ASCII but those of Chinese, Japanese and Korean, usual signs and emoji, which have no case and are no white space."""
_FINAL = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_FOLD, _FINAL_FOLD = np.uint64(32), np.uint64(33)


def texts_digest(seed: int) -> Callable[[Sequence[str] | pa.Array], Digests]:
    """A function from texts to their digests."""
    drawn = hashlib.shake_256(seed.to_bytes(8, "little")).digest(2 * _LONGEST + _WORD)
    odd = np.frombuffer(drawn, "<u8") | np.uint64(1)
    first, second = odd[: _LONGEST // _WORD], odd[_LONGEST // _WORD : -1]

    def digests(texts: Sequence[str] | pa.Array) -> Digests:
        alike = _alike(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string()))
        lengths = np.diff(offsets_of(alike))
        found = np.empty(len(alike), np.uint64)
        least = -1
        for width in _WIDTHS:
            chosen = np.flatnonzero((lengths > least) & (lengths <= width))
            least = width
            if len(chosen):
                some = alike if len(chosen) == len(alike) else alike.take(pa.array(chosen))
                words = _words(some, width)
                places = words.shape[1]
                found[chosen] = _added(words, first[:places], second[:places])
        found += (lengths + 1).astype(np.uint64) * odd[-1]
        return _mixed(found)

    return digests


def _words(texts: pa.Array, width: int) -> npt.NDArray[np.uint64]:
    """One row of words for each text, in this machine's byte order whatever it is."""
    padded = pc.ascii_rpad(texts, width, padding="\0")
    return bytes_of(padded).view("<u8").reshape(len(texts), width // _WORD)


def _added(words: npt.NDArray[np.uint64], first: Digests, second: Digests) -> Digests:
    products = words * first
    products ^= products >> _FOLD
    products *= second
    sums: Digests = products.sum(axis=1, dtype=np.uint64)
    return sums


def _mixed(found: Digests) -> Digests:
    for factor in _FINAL:
        found ^= found >> _FINAL_FOLD
        found *= factor
    found ^= found >> _FINAL_FOLD
    return found


def _alike(texts: pa.Array) -> pa.Array:
    """The texts in lower case with single spaces, those of more than `_LONGEST` bytes as digests."""
    odd = _odd(texts)
    lower = pc.ascii_lower(texts)
    if len(odd):
        lower = replaced(lower, odd, _folded(lower.take(pa.array(odd))))
    long = np.flatnonzero(np.diff(offsets_of(lower)) > _LONGEST)
    if not len(long):
        return lower
    condensed = [hashlib.blake2b(text.encode()).hexdigest() for text in lower.take(pa.array(long)).to_pylist()]
    return replaced(lower, long, pa.array(condensed, pa.string()))


def _folded(texts: pa.Array) -> pa.Array:
    """Texts in lower case with single spaces; ASCII letters of what is given are small."""
    single = _single_spaced(texts)
    others = np.flatnonzero(pc.invert(pc.string_is_ascii(texts)).to_numpy(zero_copy_only=False))
    may_fold = pc.match_substring_regex(texts.take(pa.array(others)), _MAY_FOLD).to_numpy(zero_copy_only=False)
    others = others[may_fold]
    if not len(others):
        return single
    folded = [" ".join(text.split()).casefold() for text in texts.take(pa.array(others)).to_pylist()]
    return replaced(single, others, pa.array(folded, pa.string()))


def _single_spaced(texts: pa.Array) -> pa.Array:
    """Texts with one space where they have white space of ASCII, and none around them."""
    data, offsets = np.frombuffer(bytes_of(texts).tobytes().translate(_SPACED), np.uint8), offsets_of(texts)
    is_kept = data != ord(" ")
    is_kept[:-1] |= is_kept[1:]  # of each run of white space the last
    places = np.concatenate([np.zeros(1, np.int32), np.cumsum(is_kept, dtype=np.int32)])[offsets - offsets[0]]
    buffers = [None, pa.py_buffer(places), pa.py_buffer(data[is_kept])]
    return pc.ascii_trim(pa.Array.from_buffers(pa.string(), len(texts), buffers), characters=" ")


def _odd(texts: pa.Array) -> npt.NDArray[np.int64]:
    """Positions of texts that are more than ASCII with single spaces inside; a few others may be among them."""
    data, offsets = bytes_of(texts), offsets_of(texts)
    if not len(data):
        return np.empty(0, np.int64)
    blank = data <= ord(" ")
    span = ord("~") - ord(" ")
    is_odd = data - np.uint8(ord(" ")) > span  # What is less than a space becomes greater than all others.
    is_odd[1:] |= blank[1:] & blank[:-1]
    filled = np.flatnonzero(np.diff(offsets))
    starts, ends = offsets[filled] - offsets[0], offsets[filled + 1] - offsets[0]
    is_odd[starts] |= blank[starts]
    is_odd[ends - 1] |= blank[ends - 1]
    return filled[np.logical_or.reduceat(is_odd, starts)]


def among(values: npt.NDArray[Any], known: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """For each number whether it is among known ones, which are sorted: nothing is built of them, however often they are asked."""
    if not len(known):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[places] == values
    return found
