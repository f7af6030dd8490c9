"""From a cell to a text: numbers keep the look that people gave them."""

from __future__ import annotations

import math
from typing import Any


class NotTextError(ValueError):
    """The value is a list, an object or something else that is no text."""


class NotANumberValueError(ValueError):
    """The value is NaN or infinite."""


def text_of(value: Any) -> str | None:
    """The text of a cell; None when it is empty. Raises NotTextError or NotANumberValueError."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotANumberValueError
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    raise NotTextError


def value_text(value: Any) -> str | None:
    """Any cell as something to show."""
    try:
        return text_of(value)
    except ValueError:
        return str(value)
