"""Sheets of spreadsheets (XLSX, XLS, ODS): written out once by a process with bounded memory, then read like any other file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from anneal.datasets.files.choices import Choices
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import Reading, Source
from anneal.datasets.files.values import text_of

MAX_MEMORY_BYTES = 280 * 2**20
_TIMEOUT_S = 240
_POLL_S = 0.5
_ROWS_COMPARED = 200
_NAMED_SHARE = 0.6


def sheet_write(
    source: Source, reading: Reading, folder: Path, choices: Choices, log: ProblemLog, tick: Callable[[], None]
) -> tuple[Reading, Source]:
    """Write the sheet to be read into `folder`: its reading without columns, and the file of its rows. Raises UnreadableError."""
    target = folder / f"{source.path.name}.rows"
    told = _asked(source.path, target, choices.sheet, tick)
    if "error" in told:
        raise UnreadableError(_refusal(source, told, choices))
    if told["num_rows"] == 0:
        raise UnreadableError(Problem("data:no_rows", file=source.name))
    if told["merged"]:
        log.add(Problem("data:merged_cells", "warning", file=source.name, params={"found": told["merged"]}))
    others = [name for name in told["sheets"] if name != told["sheet"]]
    if others and choices.sheet is None:
        params = {"sheet": shown(told["sheet"]), "others": ", ".join(map(shown, others[:10]))}
        log.add(Problem("data:sheet_chosen", "warning", file=source.name, params=params))
    found = replace(
        reading, encoding="utf-8", sheet=told["sheet"], sheets=tuple(told["sheets"]), sheet_column=choices.sheet_column
    )
    rows = Source(target, source.name)
    if choices.has_header is False:
        return replace(found, has_header=False), rows
    header_row = choices.header_row or _header_row(rows)
    above = sum(1 for _ in _lines(rows, until=header_row))
    if above and choices.header_row is None:
        counts = {"count": above, "row": header_row}
        log.add(Problem("data:title_rows", "warning", file=source.name, row=header_row, params=counts))
    return replace(found, header_row=header_row), rows


def _asked(path: Path, target: Path, sheet: str | None, tick: Callable[[], None]) -> dict[str, Any]:
    program = Path(__file__).with_name("sheet_rows.py")
    command = [sys.executable, str(program), str(path), str(target), str(MAX_MEMORY_BYTES)]
    with subprocess.Popen(
        [*command, *([sheet] if sheet is not None else [])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONIOENCODING": "utf-8"},
    ) as process:
        try:
            out = _waited_for(process, tick)
        finally:
            process.kill()
    return json.loads(out) if out and process.returncode == 0 else {"error": "too_large"}


def _waited_for(process: subprocess.Popen[bytes], tick: Callable[[], None]) -> bytes:
    """What the process said; nothing when it takes too long."""
    for _ in range(int(_TIMEOUT_S / _POLL_S)):
        try:
            return process.communicate(timeout=_POLL_S)[0]
        except subprocess.TimeoutExpired:
            tick()
    return b""


def _refusal(source: Source, told: dict[str, Any], choices: Choices) -> Problem:
    params: dict[str, Any] = {}
    match told["error"]:
        case "too_large":
            code = "data:sheet_too_large"
        case "protected":
            code = "data:sheet_protected"
        case "unknown":
            code = "data:sheet_unknown"
            params = {"sheet": shown(choices.sheet or ""), "sheets": ", ".join(map(shown, told["sheets"][:20]))}
        case "empty":
            code = "data:no_rows"
        case _:
            code = "data:spreadsheet"
            params = {"reason": shown(told.get("reason", "").replace(str(source.path), source.name))}
    return Problem(code, file=source.name, params=params)


def _header_row(rows: Source) -> int:
    """The first row that is about as full as most rows are; titles above a table fill fewer cells."""
    first = list(islice(_lines(rows), _ROWS_COMPARED))
    filled = [(number, sum(cell is not None for cell in cells)) for number, cells in first]
    counts = Counter(count for _, count in filled)
    usual = max(counts, key=lambda count: (counts[count], count))
    return next((number for number, count in filled if count >= max(1, usual * _NAMED_SHARE)), filled[0][0])


def _lines(rows: Source, *, until: int | None = None) -> Iterator[tuple[int, list[Any]]]:
    with rows.path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            number, cells = json.loads(line)
            if until is not None and number >= until:
                return
            yield number, cells


class SheetReader:
    """One pass over the rows of a sheet that `sheet_write` wrote. Lines are rows of the sheet."""

    def __init__(self, source: Source, reading: Reading, log: ProblemLog) -> None:
        self._source = source
        self._reading = reading
        self._log = log
        self.bytes_read = 0

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        reading = self._reading
        own = reading.columns if reading.sheet_column is None else reading.columns[:-1]
        wanted = [own.index(column) if column in own else -1 for column in columns]
        begin = (self._reading.header_row or 0) if self._reading.has_header else 0
        with self._source.path.open("rb") as file:
            for line in file:
                self.bytes_read += len(line)
                number, cells = json.loads(line)
                if number > begin:
                    cells = cells[: len(own)] + [None] * (len(own) - len(cells))
                    yield number, [reading.sheet if index < 0 else cells[index] for index in wanted]

    def header(self) -> list[str]:
        """Names of the columns, as wide as the widest row; last that of the sheet's name. Columns beyond the names have none."""
        names: list[str] = []
        width = 0
        for number, cells in _lines(self._source):
            width = max(width, len(cells))
            if number == self._reading.header_row:
                names = [text_of(cell) or "" for cell in cells]
        sheet = [] if self._reading.sheet_column is None else [self._reading.sheet_column]
        if not self._reading.has_header:
            return numbered(width) + sheet
        return names + [""] * (width - len(names)) + sheet


def numbered(width: int) -> list[str]:
    """Names for columns that have none."""
    return [f"column {position}" for position in range(1, width + 1)]
