"""Names under which browsers keep what they download."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*]+")
_NAME_LENGTH = 80


def filename_stem(name: str, otherwise: str) -> str:
    """A customer's name as the beginning of a file's, without what means something to a file system."""
    return _UNSAFE.sub("-", unicodedata.normalize("NFC", name))[:_NAME_LENGTH].strip(" .-") or otherwise


def content_disposition(filename: str, otherwise: str) -> str:
    """RFC 6266: an ASCII name for every client, the real one for those that read `filename*`."""
    ascii_name = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", ascii_name).strip("-.") or otherwise
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
