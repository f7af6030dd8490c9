"""Spreadsheets written by hand, so that they can hold what no library would write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)


class Raw(str):
    """XML of a cell, to be written as it is; `@` stands for its address."""

    __slots__ = ()


def xlsx_of(
    sheets: Mapping[str, Sequence[Sequence[Any]]], *, merged: Sequence[str] = (), hidden: Sequence[str] = ()
) -> bytes:
    """Rows of every sheet as a spreadsheet. None leaves a cell out."""
    out = io.BytesIO()
    names = list(sheets)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.worksheet+xml"/>'
            for n in range(1, len(names) + 1)
        )
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/'
            f'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{parts}</Types>',
        )
        book.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"{_state(name, hidden)}/>'
            for n, name in enumerate(names, start=1)
        )
        book.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets>{listed}</sheets></workbook>'
        )
        targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)]
        book.writestr("xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")]))
        book.writestr("xl/styles.xml", _STYLES)
        for n, name in enumerate(names, start=1):
            book.writestr(f"xl/worksheets/sheet{n}.xml", _sheet(sheets[name], merged))
    return out.getvalue()


def _state(name: str, hidden: Sequence[str]) -> str:
    return ' state="hidden"' if name in hidden else ""


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{_DOC}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_RELS}">{listed}</Relationships>'


def _sheet(rows: Sequence[Sequence[Any]], merged: Sequence[str]) -> str:
    lines = "".join(
        f'<row r="{n}">{"".join(_cell(value, f"{chr(65 + m)}{n}") for m, value in enumerate(row))}</row>'
        for n, row in enumerate(rows, start=1)
    )
    joined = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    cells = f'<mergeCells count="{len(merged)}">{joined}</mergeCells>' if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData>{cells}</worksheet>'


def _cell(value: Any, address: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.replace("@", address)
    if isinstance(value, bool):
        return f'<c r="{address}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{address}"><v>{value}</v></c>'
    return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
