"""Characters that a text may hold and Postgres may not."""

from __future__ import annotations

import re
from typing import Any, Final

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def storable(value: Any) -> Any:
    """A value of JSON whose texts hold U+FFFD where NUL was, or one half of a surrogate pair.

    A model of bytes may write either, and a whole training is worth more than one such character of what it said.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {storable(key): storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return value
