"""Findings as a CSV file, for people who mend their files in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any, Final

from anneal.datasets.errors import problem_text

_COLUMNS: Final = ("severity", "code", "file", "row", "column", "value", "message")
# What a spreadsheet takes for a formula (OWASP, "CSV Injection"); an apostrophe in front makes it a text.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def header_line() -> str:
    """The names of the columns."""
    return _line(_COLUMNS)


def finding_line(problem: Mapping[str, Any]) -> str:
    """One finding, in the language of the request."""
    told = {**problem, "message": problem_text(problem["code"], problem["params"])}
    return _line([_cell(told[name]) for name in _COLUMNS])


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _line(cells: Iterable[object]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()
