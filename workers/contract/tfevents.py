"""Curves as an event file of TensorBoard: records of TFRecord around messages of tensorflow.Event.

Of both formats only this much is needed: a record is its length, a checksum of the length, the message and a checksum of the message;
a message is a time, a step and one named scalar (tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

# Castagnoli's polynomial, bits reversed (RFC 3720, B.4).
_POLYNOMIAL = 0x82F63B78
_VERSION = b"brain.Event:2"

Point = tuple[str, int, float]
"""Name, step and value."""


def file_name(run: str) -> str:
    """TensorBoard looks for this in the name."""
    return f"events.out.tfevents.0.{run}"


def event_file(points: Iterable[Point]) -> Iterator[bytes]:
    """The file, a record at a time. When a step was made is not recorded: the time of a point is its step."""
    yield _record(_bytes(3, _VERSION))
    for name, step, value in points:
        scalar = _bytes(1, name.encode()) + bytes([2 << 3 | 5]) + struct.pack("<f", value)
        yield _record(_double(1, float(step)) + _number(2, step) + _bytes(5, _bytes(1, scalar)))


def _record(message: bytes) -> bytes:
    length = struct.pack("<Q", len(message))
    return length + struct.pack("<I", _masked_crc(length)) + message + struct.pack("<I", _masked_crc(message))


def _double(field: int, value: float) -> bytes:
    return bytes([field << 3 | 1]) + struct.pack("<d", value)


def _number(field: int, value: int) -> bytes:
    return bytes([field << 3]) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _table() -> list[int]:
    found = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ _POLYNOMIAL * (value & 1)
        found.append(value)
    return found


_TABLE = _table()


def _masked_crc(data: bytes) -> int:
    """CRC-32C, rotated and moved by a constant, as TFRecord wants it."""
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF
