"""Arrow's columns of texts as the flat memory that they are: one run of bytes, and where each text begins in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Octets = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


def offsets_of(texts: pa.Array) -> npt.NDArray[np.int32]:
    """Where each text begins in the column's buffer, and where the last one ends."""
    buffer = texts.buffers()[1]
    if buffer is None or not len(texts):
        return np.zeros(1, np.int32)
    return np.frombuffer(buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]


def bytes_of(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """The bytes of all texts, one after the other."""
    offsets, buffer = offsets_of(texts), texts.buffers()[2]
    if buffer is None:
        return np.zeros(0, np.uint8)
    return np.frombuffer(buffer, np.uint8)[offsets[0] : offsets[-1]]


def texts_between(
    data: bytes, starts: Places, ends: Places, instead: tuple[Places, pa.Array] | None = None
) -> pa.Array:
    """The texts that stand in UTF-8 bytes between places, in order and apart from each other.

    `instead` are the numbers of some, and other texts for them.
    """
    edges = np.empty(2 * len(starts) + 1, np.int32)
    edges[0:-1:2] = starts
    edges[1::2] = ends
    edges[-1] = len(data)
    # Every second text of this is what stands between two others.
    all_of = pa.Array.from_buffers(pa.string(), 2 * len(starts), [None, pa.py_buffer(edges), pa.py_buffer(data)])
    order = np.arange(0, 2 * len(starts), 2)
    if instead is not None:
        order[instead[0]] = len(all_of) + np.arange(len(instead[0]))
        all_of = pa.concat_arrays([all_of, instead[1]])
    return pc.take(all_of, pa.array(order), boundscheck=False)


def is_utf8(data: bytes, size: int) -> bool:
    """Whether the first bytes of some are whole characters of UTF-8."""
    whole = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, size], np.int32)), pa.py_buffer(data)]
    )
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def texts_of(values: Sequence[Any]) -> pa.Array | None:
    """Cells as a column of texts; None when one is no text, or not whole characters."""
    if any(value.__class__ is not str for value in values):
        return None
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return None


def plain(texts: pa.Array) -> pa.Array:
    """A column without nulls as if it had been made from a list: no map of them, nothing before it."""
    if pa.types.is_string(texts.type) and (texts.offset or texts.buffers()[0] is not None):
        return pa.Array.from_buffers(
            texts.type,
            len(texts),
            [None, pa.py_buffer(offsets_of(texts) - offsets_of(texts)[0]), pa.py_buffer(bytes_of(texts))],
        )
    return texts


def replaced(texts: pa.Array, positions: Places, values: pa.Array) -> pa.Array:
    """A column with other texts in some places."""
    order = np.arange(len(texts))
    order[positions] = np.arange(len(texts), len(texts) + len(positions))
    return pc.take(pa.concat_arrays([texts, values]), pa.array(order), boundscheck=False)
