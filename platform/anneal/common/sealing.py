"""Secrets that customers lend us for a while, unreadable in the database: sealed by a key that only the processes' SECRET_KEY gives.

A seal is for one purpose and one place; what was sealed for another does not open. Changing SECRET_KEY makes every seal unreadable.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class BrokenSealError(Exception):
    """The text was sealed with another SECRET_KEY, for another purpose, or was changed."""


def seal(value: dict[str, Any], *, purpose: str) -> str:
    """`value` as text that only `unseal` with the same purpose can read (Fernet: AES-128-CBC and HMAC-SHA256)."""
    return _fernet(purpose).encrypt(json.dumps(value).encode()).decode()


def unseal(sealed: str, *, purpose: str) -> dict[str, Any]:
    """What was sealed. Raises BrokenSealError."""
    try:
        value: dict[str, Any] = json.loads(_fernet(purpose).decrypt(sealed.encode()))
    except InvalidToken as error:
        raise BrokenSealError(purpose) from error
    return value


def _fernet(purpose: str) -> Fernet:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"anneal.sealing/{purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derivation.derive(settings.SECRET_KEY.encode())))
