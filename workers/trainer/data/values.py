"""Checks and converts single values of a file: texts, labels, numbers, lists. Complaints name file, row and column."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from workers.contract.columns import FLAGS, MAX_NUMBER
from workers.contract.reasons import JobError

if TYPE_CHECKING:
    from workers.trainer.data.read import Place

# Characters without width or ink: zero-width spaces and joiners, marks of direction, byte order marks, soft hyphens.
_INVISIBLE = dict.fromkeys((0x00, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF))


def text(value: Any, place: Place) -> str:
    """A string; numbers and booleans in the way Python writes them."""
    if isinstance(value, str):
        found = value
    elif isinstance(value, float) and not math.isfinite(value):
        raise place.damaged(f"holds {value} in column {place.column!r} where a text belongs")
    elif isinstance(value, bool | int | float):
        found = str(value)
    else:
        raise place.damaged(f"holds a {type(value).__name__} in column {place.column!r} where a text belongs")
    try:
        found.encode()
    except UnicodeEncodeError:
        raise place.damaged(f"has half a character (a lone surrogate) in column {place.column!r}") from None
    return found


def label(value: Any, place: Place) -> str:
    """A text that is not empty, without spaces around it. Raises JobError `data:missing_label`."""
    if value is None or _is_nan(value) or not str(value).strip():
        raise missing_label(place)
    return text(value, place).strip()


def missing_label(place: Place) -> JobError:
    return JobError(
        "data:missing_label",
        f"Row {place.row} of {place.file} has no label in column {place.column!r}; label it or remove the row.",
        file=place.file,
        row=place.row,
        column=place.column,
    )


def number(value: Any, place: Place) -> float:
    """A finite number, as a number or as text. Raises JobError `data:missing_label`, `data:damaged`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise missing_label(place)
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise place.damaged(f"has {value!r} in column {place.column!r} where a finite number belongs")
    if abs(found) > MAX_NUMBER:
        raise place.damaged(f"has {value!r} in column {place.column!r}; numbers are at most {MAX_NUMBER:g}")
    return found


def loaded(value: Any) -> Any:
    """What a JSON text stands for (CSV has no other way to hold lists and objects); None for text that is not JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def flag(value: Any, place: Place) -> bool:
    """True or false, also as a number or as one of the words of `FLAGS`. Raises JobError `data:missing_label`, `data:damaged`."""
    if is_blank(value):
        raise missing_label(place)
    found = FLAGS.get(str(value).strip().lower().removesuffix(".0"))
    if found is None:
        raise place.damaged(f"has {value!r} in column {place.column!r} where true or false belongs")
    return found


def listed(value: Any, place: Place) -> list[Any]:
    """A list, as a list or as its JSON text."""
    value = loaded(value)
    if not isinstance(value, list):
        raise place.damaged(f'has no list in column {place.column!r}; write one as JSON, such as ["a", "b"]')
    return value


def texts(value: Any, place: Place) -> tuple[str, ...]:
    """A list of strings."""
    return tuple(text(part, place) for part in listed(value, place))


def is_blank(value: Any) -> bool:
    """Whether there is nothing to read in it."""
    return value is None or _is_nan(value) or (isinstance(value, str) and not value.translate(_INVISIBLE).strip())


def _is_nan(value: Any) -> bool:
    """Not a number, which tables of other programs write where a value is missing."""
    return isinstance(value, float) and math.isnan(value)
