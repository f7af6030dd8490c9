"""Texts without what nobody means by a difference: width, case and spaces; and what such a text is told apart by."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

HashArray = npt.NDArray[np.uint64]

# Zero-width characters, direction marks and the byte order mark: seen by nobody, and different to a program.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def normalised(text: str) -> str:
    """Full-width letters as half-width ones (NFKC), lower case, every run of spaces as one, nothing invisible."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold().split())


def visible(text: str) -> str:
    """What a reader sees of it, without the spaces around."""
    return _INVISIBLE.sub("", text).strip()


def hashes(texts: Iterable[str]) -> HashArray:
    """64 bits of each text: among a million texts two differing ones meet with a chance of 1 in 37 million."""
    digests = b"".join(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, dtype=np.uint64)


def first_of_equal(keys: HashArray) -> npt.NDArray[np.int64]:
    """For every position the first position that has the same key."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype=np.int64)
