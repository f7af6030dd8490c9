"""From a cell to a text, a list or another value: numbers keep the look that people gave them, and JSON is read as JSON says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn


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


def value_shown(value: Any) -> str:
    """Any cell as something to show: lists and objects as JSON."""
    if isinstance(value, list | dict):
        try:
            return json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            return str(type(value).__name__)
    return str(value)


def value_text(value: Any) -> str | None:
    """Any cell as something to show; None when it is empty."""
    try:
        return text_of(value)
    except ValueError:
        return value_shown(value)


def is_blank(value: Any) -> bool:
    """Whether there is nothing in a cell."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def size_of(value: Any) -> int:
    """About how many characters a cell has, to bound what is kept in memory."""
    if value.__class__ is str:
        return len(value)
    if isinstance(value, list):
        return 8 + sum(map(size_of, value))
    if isinstance(value, dict):
        return 16 + sum(map(size_of, value)) + sum(map(size_of, value.values()))
    return 8


def encodes(text: str) -> bool:
    """Whether it is made of whole characters: JSON can write half of one."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def strings_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from strings_in(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from strings_in(part)


class NotJsonNumberError(ValueError):
    """NaN, Infinity, or a number too large to be one."""


class DuplicateKeyError(ValueError):
    """An object has a key twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _refuse_constant(name: str) -> NoReturn:
    raise NotJsonNumberError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Python keeps the last of two equal keys, which can turn a label around without a word."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        raise DuplicateKeyError(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return found


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)


def json_value(text: str) -> Any:
    """A JSON text as a value. Raises ValueError (NotJsonNumberError, DuplicateKeyError, JSONDecodeError …) or RecursionError."""
    return _decoder.decode(text)


def json_value_at(text: str, position: int) -> tuple[Any, int]:
    """The JSON value that begins at a position, and where it ends. Raises as `json_value` does."""
    return _decoder.raw_decode(text, position)
