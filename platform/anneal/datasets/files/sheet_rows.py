"""A process of its own that writes one sheet of a spreadsheet as JSON lines `[row, [cells]]`, and says on stdout what it found.

The library that knows the formats of spreadsheets reads them whole into memory, and a small file can ask for any amount of it: a cell in
the last corner of a sheet is enough. So that happens here, with a limit on memory, away from the worker. Imports nothing of ours.

Run as: python sheet_rows.py SPREADSHEET TARGET MAX_BYTES [SHEET]
"""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

_CPU_S = 300
_EXACT = 2**53
_CONTENT = "content.xml"
_BESIDE_CONTENT = ("mimetype", "META-INF/manifest.xml")
# Elements of a text in an OpenDocument sheet that the library leaves out, so that words run together.
_WHITE = re.compile(rb"<text:(tab|line-break)(?:\s[^<>]*)?(?:/>|>\s*</text:\1\s*>)")
_WHITE_AS = {b"tab": b"\t", b"line-break": b"\n"}
_PIECE = 2**20


def main(path: str, target: str, max_bytes: str, chosen: str | None = None) -> dict[str, Any]:
    """What is said of the spreadsheet: `error`, or its sheets, the sheet that was written and how many rows and merged cells it has."""
    resource.setrlimit(resource.RLIMIT_AS, (int(max_bytes), int(max_bytes)))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    # By its content alone: a name may say anything, and a copy of the file may have none.
    with _opened(Path(path), Path(target).parent) as file, CalamineWorkbook.from_filelike(file) as book:
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if chosen is not None and chosen not in book.sheet_names:
            return {"error": "unknown", "sheets": visible}
        name = chosen if chosen is not None else _largest(book, visible)
        if name is None:
            return {"error": "empty", "sheets": visible}
        sheet = book.get_sheet_by_name(name)
        with Path(target).open("w", encoding="utf-8", newline="\n") as out:
            num_rows = 0
            for number, cells in _rows(sheet):
                out.write(json.dumps([number, cells], ensure_ascii=False, separators=(",", ":")) + "\n")
                num_rows += 1
        merged = len(sheet.merged_cell_ranges or ())
    return {"sheets": visible, "sheet": name, "num_rows": num_rows, "merged": merged}


def _opened(path: Path, folder: Path) -> IO[bytes]:
    """The file; of an OpenDocument sheet a copy of what the library reads, with its tabs and line breaks as characters."""
    if not zipfile.is_zipfile(path):
        return path.open("rb")
    with zipfile.ZipFile(path) as archive:
        if _CONTENT not in archive.namelist():
            return path.open("rb")
        copy = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - whoever asked for it closes it
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for name in _BESIDE_CONTENT:
                if name in archive.namelist():
                    out.writestr(name, archive.read(name))
            with archive.open(_CONTENT) as source, out.open(_CONTENT, "w", force_zip64=True) as changed:
                held = b""
                while piece := source.read(_PIECE):
                    held += piece
                    end = _end_of_whole(held)
                    changed.write(_WHITE.sub(_character, held[:end]))
                    held = held[end:]
                changed.write(_WHITE.sub(_character, held))
    copy.seek(0)
    return copy


def _end_of_whole(text: bytes) -> int:
    """Where the last element begins, of which the end may not be there yet."""
    end = text.rfind(b"<")
    if text[end + 1 : end + 2] in {b"", b"/"}:
        end = text.rfind(b"<", 0, max(end, 0))
    return max(end, 0)


def _character(element: re.Match[bytes]) -> bytes:
    return _WHITE_AS[element[1]]


def _largest(book: CalamineWorkbook, names: list[str]) -> str | None:
    """The sheet with the most rows; the first of several."""
    if len(names) <= 1:
        return names[0] if names else None
    return max(names, key=lambda name: book.get_sheet_by_name(name).height)


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """(row, cells) of every row that is not empty."""
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(value) for value in values]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield number, cells


def _cell(value: Any) -> Any:
    """Whole numbers without a point, dates as ISO 8601 writes them."""
    if value is None or value == "":
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value if isinstance(value, str | int) else str(value)


def run(arguments: list[str]) -> dict[str, Any]:
    """`main`, with what can go wrong as an answer. Panics of the library are no Exceptions."""
    try:
        return main(*arguments)
    except PasswordError:
        return {"error": "protected"}
    except MemoryError:
        return {"error": "too_large"}
    except CalamineError as error:
        return {"error": "damaged", "reason": str(error)}
    except BaseException as error:  # noqa: BLE001 - pyo3's PanicException; the process ends anyway
        is_size = "capacity overflow" in str(error)
        return {"error": "too_large"} if is_size else {"error": "damaged", "reason": str(error)}


if __name__ == "__main__":
    json.dump(run(sys.argv[1:]), sys.stdout)
