"""A cell that holds a list: as a list, or as its JSON text, since CSV has no other way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anneal.datasets.files.kinds.column import BAD
from anneal.datasets.files.problems import Findings
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS
from anneal.datasets.files.values import json_value, size_of


def list_of(
    value: Any,
    line: int,
    column: str,
    findings: Findings,
    *,
    otherwise: Callable[[str], list[str]] | None = None,
) -> Any:
    """The parts of a list. `otherwise` takes a text that is no JSON list apart. `BAD` when it was reported here."""
    parts = value
    if isinstance(value, str):
        parts = _json_list(value)
        if parts is None and otherwise is not None:
            parts = otherwise(value)
    if not isinstance(parts, list):
        findings.bad("data:not_a_list", line, column, value=value)
        return BAD
    if size_of(parts) > MAX_FIELD_CHARACTERS:
        findings.bad("data:field_too_long", line, column, limit=MAX_FIELD_CHARACTERS)
        return BAD
    return parts


def _json_list(text: str) -> list[Any] | None:
    if not text.lstrip().startswith("["):
        return None
    try:
        found = json_value(text.strip())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None
