"""Tables as spreadsheets of OpenDocument (ODS), made while their rows come, as `workbook` makes those of Excel.

All sheets stand in one part (OpenDocument 1.2, part 1). A text is a paragraph for each of its lines, in which spaces that would not count
have an element of their own. Not every program reads that of a tab: a text with one, or a carriage return, is the value of its cell too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from anneal.datasets.workbook import MAX_ROWS, Cell

MAX_SIZE: Final = 2**29 - 2**20
"""Characters of all rows. Whatever they are, their part stays below the size from which on ZIP needs records that few programs know."""

_MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_URN: Final = "urn:oasis:names:tc:opendocument:xmlns"
_UNSPEAKABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPACES: Final = re.compile(r"^ +| {2,}| +$")
_ENTITIES: Final = {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def open_document_parts(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, max_rows: int = MAX_ROWS
) -> Iterator[tuple[str, Iterator[str]]]:
    """See `workbook_parts`. The first part is not to be compressed (OpenDocument 1.2, part 3, 3.3)."""
    yield "mimetype", iter((_MEDIA_TYPE,))
    yield "content.xml", _content(name, header, iter(rows), max_rows)
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in (("/", _MEDIA_TYPE), ("content.xml", "text/xml"))
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{_URN}:manifest:1.0" manifest:version="1.2">{entries}</manifest:manifest>'
    )
    yield "META-INF/manifest.xml", iter((_HEAD + manifest,))


def is_unspeakable(cell: Cell) -> bool:
    """Whether a text has characters that XML has no place for."""
    return isinstance(cell, str) and _UNSPEAKABLE.search(cell) is not None


def row_of(cells: Sequence[Cell]) -> str:
    """A row of a sheet."""
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"


def _content(name: str, header: Sequence[str], rows: Iterator[Sequence[Cell]], max_rows: int) -> Iterator[str]:
    spaces = " ".join(f'xmlns:{one}="{_URN}:{one}:1.0"' for one in ("office", "table", "text"))
    yield f'{_HEAD}<office:document-content {spaces} office:version="1.2"><office:body><office:spreadsheet>'
    sheets = 0
    first: list[Sequence[Cell]] = []
    while not sheets or (first := list(islice(rows, 1))):
        sheets += 1
        yield f"<table:table table:name={quoteattr(f'{name} {sheets}' if sheets > 1 else name)}>"
        yield from map(row_of, islice(chain([header], first, rows), max_rows))
        yield "</table:table>"
    yield "</office:spreadsheet></office:body></office:document-content>"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if not isinstance(cell, str):
        return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'
    value = f" office:string-value={quoteattr(cell, _ENTITIES)}" if "\t" in cell or "\r" in cell else ""
    lines = "".join(f"<text:p>{_line(line)}</text:p>" for line in cell.split("\n"))
    return f'<table:table-cell office:value-type="string"{value}>{lines}</table:table-cell>'


def _line(line: str) -> str:
    spaced = _SPACES.sub(lambda found: f'<text:s text:c="{len(found[0])}"/>', escape(line, {"\r": "&#13;"}))
    return spaced.replace("\t", "<text:tab/>")
