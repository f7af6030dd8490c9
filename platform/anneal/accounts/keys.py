"""The spelling of API keys: `ann_live_<id>_<secret><checksum>`.

Prefix and checksum let scanners find leaked keys without asking us (the scheme that GitHub published in 2021); `_` keeps a double click
selecting the whole. A slow hash would be wasted on 256 random bits, so the digest is plain SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
import zlib
from dataclasses import dataclass

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX = "ann_live_"
_SECRET_LENGTH = 43
_CHECKSUM_LENGTH = 6


@dataclass(frozen=True)
class PresentedKey:
    """A well-formed key: which row to look at and what its digest must be."""

    key_id: uuid.UUID
    secret_sha256: str


def key_generate(key_id: uuid.UUID) -> tuple[str, str]:
    """A new key for the row `key_id`: the whole key, shown once, and the digest to keep."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    body = f"{_PREFIX}{key_id.hex}_{secret}"
    return body + _checksum(body), _digest(secret)


def key_parse(key: str) -> PresentedKey | None:
    """Take a key apart; None when it cannot be one of ours (the checksum catches typing errors without a query)."""
    body, checksum = key[:-_CHECKSUM_LENGTH], key[-_CHECKSUM_LENGTH:]
    key_hex, separator, secret = body.removeprefix(_PREFIX).partition("_")
    if not body.startswith(_PREFIX) or not separator or len(secret) != _SECRET_LENGTH or checksum != _checksum(body):
        return None
    try:
        return PresentedKey(uuid.UUID(hex=key_hex), _digest(secret))
    except ValueError:
        return None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
