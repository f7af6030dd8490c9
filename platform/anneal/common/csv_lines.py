"""Lines of CSV files that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

# What a spreadsheet takes for a formula (OWASP, "CSV Injection"; ASVS 5.0, 1.2.10); an apostrophe in front makes it a text.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")


def csv_line(cells: Iterable[object], *, delimiter: str = ",") -> str:
    """One line with its end. No text in it is taken for a formula, and numbers are left alone; None is empty."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
