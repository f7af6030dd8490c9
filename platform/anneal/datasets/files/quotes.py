"""How a table writes its quotes, judged by its beginning.

By the rules (RFC 4180) quotes enclose a cell, and one inside is written twice. Some programs write a backslash before it instead, and some
enclose nothing, so that a quote is a character like any other.
"""

from __future__ import annotations

import csv
import io
import re

from anneal.datasets.files.problems import Problem, ProblemLog
from anneal.datasets.files.reading import Quoting, Source

_ROWS_COMPARED = 2000
_EVEN = 0.98
_FEW = 2
_WHOLE = re.compile(r'"(?:[^"]|"")*"')
_OPTIONS: dict[Quoting, dict[str, str | int | bool]] = {
    "doubled": {"strict": True},
    # Files are met with that write both.
    "backslash": {"strict": True, "escapechar": "\\"},
    "none": {"quoting": csv.QUOTE_NONE},
}
_FINDINGS: dict[Quoting, str] = {"backslash": "data:quotes_escaped", "none": "data:quotes_plain"}


def csv_options(quoting: Quoting) -> dict[str, str | int | bool]:
    """What the csv module is told."""
    return _OPTIONS[quoting]


def quoting_of(source: Source, text: str, delimiter: str, log: ProblemLog, *, is_whole: bool) -> Quoting:
    """The way that reads the beginning of a file best: the rules, unless it plainly has another. Not `is_whole`: it breaks off."""
    if '"' not in text or _evenness(text, delimiter, "doubled", is_whole=is_whole) == 1:
        return "doubled"
    found: Quoting = "doubled"
    if '\\"' in text and _evenness(text, delimiter, "backslash", is_whole=is_whole) >= _EVEN:
        found = "backslash"
    elif _are_plain(text, delimiter) and _evenness(text, delimiter, "none", is_whole=is_whole) >= _EVEN:
        found = "none"
    if found != "doubled":
        log.add(Problem(_FINDINGS[found], "warning", file=source.name))
    return found


def _evenness(text: str, delimiter: str, quoting: Quoting, *, is_whole: bool) -> float:
    """Which part of the records has as many cells as the first; 0 where one cannot be read."""
    counts = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **csv_options(quoting)):  # type: ignore[arg-type]  # by name
            if row:
                counts.append(len(row))
            if len(counts) == _ROWS_COMPARED:
                break
    except csv.Error as error:
        if is_whole or "unexpected end" not in str(error) or len(counts) < _FEW:
            return 0.0
    else:
        if not is_whole and len(counts) < _ROWS_COMPARED:
            counts.pop()
    return counts.count(counts[0]) / len(counts) if counts and counts[0] > 1 else 0.0


def _are_plain(text: str, delimiter: str) -> bool:
    """Whether most cells that begin with a quote are not enclosed. One of commas alone may be a mistake in a file that does enclose."""
    cells = [
        cell for line in text.splitlines()[: 10 * _ROWS_COMPARED] for cell in line.split(delimiter) if cell[:1] == '"'
    ]
    odd = sum(_WHOLE.fullmatch(cell) is None for cell in cells)
    return 2 * odd > len(cells) and (odd >= _FEW or delimiter == "\t")
