"""Findings as a CSV file, for people who mend their files in a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anneal.common.csv_lines import csv_line
from anneal.datasets.errors import problem_text

_COLUMNS: Final = ("severity", "code", "file", "row", "column", "value", "message")


def header_line() -> str:
    """The names of the columns."""
    return csv_line(_COLUMNS)


def finding_line(problem: Mapping[str, Any]) -> str:
    """One finding, in the language of the request."""
    told = {**problem, "message": problem_text(problem["code"], problem["params"])}
    return csv_line(told[name] for name in _COLUMNS)
