"""What values look like: numbers, lists of tags, messages … For guesses only; the checks of the kinds decide."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Literal

from anneal.datasets.files.values import json_value
from workers.contract.columns import FLAGS
from workers.contract.tags import is_tag

Shape = Literal[
    "number", "fraction", "list", "words", "tags", "messages", "answers", "candidates", "object", "json", "flag"
]
_LONGEST_PARSED = 200_000
_SEPARATORS = ",;|、，；/"


def shapes_of(value: Any) -> set[Shape]:
    """Every shape that a value has. A text that is JSON is judged by what it says."""
    if isinstance(value, str):
        text = value.strip()
        if text[:1] in {"[", "{"} and len(text) <= _LONGEST_PARSED:
            try:
                return _of_json(json_value(text))
            except (ValueError, RecursionError):
                return set()
        return _of_text(text)
    return _of_json(value)


def _of_text(text: str) -> set[Shape]:
    try:
        number = float(text)
    except ValueError:
        parts = text.split()
        # One tag alone could be any word with a dash in it.
        if len(parts) > 1 and all(map(is_tag, parts)):
            return {"tags"}
        return {"flag"} if text.lower() in FLAGS else set()
    return _of_number(number)


def _of_number(number: float) -> set[Shape]:
    if isinstance(number, float) and not number.is_integer():
        return {"number", "fraction"}
    return {"number", "flag"} if number in {0, 1} else {"number"}


def _of_json(value: Any) -> set[Shape]:
    if isinstance(value, bool):
        return {"flag"}
    if isinstance(value, int | float):
        return _of_number(value)
    if isinstance(value, dict):
        return {"object", "json", "answers"} if {"text", "answer_start"} <= value.keys() else {"object", "json"}
    if not isinstance(value, list):
        return set()
    return {"json", *_of_list(value)}


def _of_list(parts: list[Any]) -> set[Shape]:
    if all(isinstance(part, str | int | float) for part in parts):
        if parts and all(isinstance(part, str) and is_tag(part) for part in parts):
            return {"list", "tags"}
        return {"list", "words", "candidates"}
    if parts and all(isinstance(part, dict) for part in parts):
        found: set[Shape] = set()
        if all({"role", "content"} <= part.keys() for part in parts):
            found.add("messages")
        if all("answer_start" in part for part in parts):
            found.add("answers")
        elif all(isinstance(part.get("text"), str) for part in parts):
            found.add("candidates")
        return found
    return set()


def separators_in(values: Collection[str]) -> str | None:
    """Characters that seem to separate names in distinct values: splitting at them leaves few parts, each seen again and again."""
    found = "".join(one for one in _SEPARATORS if sum(one in value for value in values) * 20 > len(values))
    if not found:
        return None
    split = re.compile(f"[{re.escape(found)}]").split
    parts = [part.strip() for value in values for part in split(value) if part.strip()]
    names = set(parts)
    is_short = sum(map(len, names)) <= 30 * len(names)  # names, not clauses of a sentence
    return found if is_short and len(names) * 2 <= len(parts) and len(names) < len(values) else None
