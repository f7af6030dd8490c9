"""Tables as workbooks of Excel (XLSX), made while their rows come: nothing waits for the last row, and none is kept.

A workbook is a ZIP archive of XML (ECMA-376, part 1). Libraries that write one build it on the disk first; these parts can be sent at once.
Texts stand in their cells as inline strings, which no program takes for formulas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from string import ascii_uppercase
from typing import Final
from xml.sax.saxutils import escape

MAX_ROWS: Final = 1_048_576
"""Of one sheet."""
MAX_CHARACTERS: Final = 32_767
"""Of one cell, in units of UTF-16."""

_MAX_SIZE: Final = 2**28
"""Characters of one sheet. Whatever they are, its part stays below the size from which on ZIP needs records that Excel takes for damage."""

Cell = str | float | None

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_LINKS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MEDIA: Final = "application/vnd.openxmlformats-"
# What XML has no place for is written as `_x000D_`; a text that looks like that already is kept apart by its own first character.
_UNSPEAKABLE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def workbook_parts(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, max_rows: int = MAX_ROWS
) -> Iterator[tuple[str, Iterator[str]]]:
    """The parts of the archive, each to be used up before the next is asked for. Rows that a sheet has no place for go on in further ones.

    `name`: of the first sheet.
    """
    yield (
        "[Content_Types].xml",
        iter(
            (
                (
                    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
                    f'<Default Extension="rels" ContentType="{_MEDIA}package.relationships+xml"/>'
                    f'<Default Extension="xml" ContentType="{_MEDIA}officedocument.spreadsheetml.worksheet+xml"/>'
                    f'<Override PartName="/xl/workbook.xml" ContentType="{_MEDIA}officedocument.spreadsheetml.sheet.main+xml"/>'
                    "</Types>"
                ),
            )
        ),
    )
    yield "_rels/.rels", _links([("officeDocument", "xl/workbook.xml")])
    coming = iter(rows)
    sheets: list[str] = []
    first: list[Sequence[Cell]] = []
    while not sheets or (first := list(islice(coming, 1))):
        sheets.append(f"{name} {len(sheets) + 1}" if sheets else name)
        yield f"xl/worksheets/sheet{len(sheets)}.xml", _sheet(chain([header], first, coming), max_rows)
    yield (
        "xl/_rels/workbook.xml.rels",
        _links([("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]),
    )
    named = "".join(
        f'<sheet name="{escape(sheet)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, start=1)
    )
    workbook = f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{named}</sheets></workbook>'
    yield "xl/workbook.xml", iter((workbook,))


def is_too_long(cell: Cell) -> bool:
    """Whether a cell of a workbook has no place for it."""
    return (
        isinstance(cell, str) and len(cell) > MAX_CHARACTERS // 2 and len(cell.encode("utf-16-le")) > 2 * MAX_CHARACTERS
    )


def _links(targets: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    for number, (kind, target) in enumerate(targets, start=1):
        yield f'<Relationship Id="rId{number}" Type="{_LINKS}/{kind}" Target="{target}"/>'
    yield "</Relationships>"


def _sheet(rows: Iterable[Sequence[Cell]], max_rows: int) -> Iterator[str]:
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
    size = 0
    for number, row in enumerate(rows, start=1):
        cells = (
            _cell(f"{letter}{number}", cell)
            for letter, cell in zip(ascii_uppercase, row, strict=False)
            if cell is not None
        )
        text = f'<row r="{number}">{"".join(cells)}</row>'
        yield text
        size += len(text)
        if number >= max_rows or size >= _MAX_SIZE:
            break
    yield "</sheetData></worksheet>"


def _cell(place: str, cell: str | float) -> str:
    if not isinstance(cell, str):
        return f'<c r="{place}"><v>{cell!r}</v></c>'
    text = escape(_UNSPEAKABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", cell))
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
