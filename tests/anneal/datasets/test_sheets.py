"""Spreadsheets: the right sheet from the right row, values as they look, and memory that no file can ask for."""

from __future__ import annotations

import io
import zipfile

import pytest

from anneal.datasets.files.choices import Choices
from tests.anneal.datasets.look import look
from tests.anneal.datasets.xlsx import Raw, xlsx_of

HEAD = ["text", "label"]
ROWS = [[f"the parcel number {index} came", "good" if index % 2 else "bad"] for index in range(20)]
DATE = Raw('<c r="@" s="1"><v>45292</v></c>')
MOMENT = Raw('<c r="@" s="1"><v>45292.5</v></c>')
FORMULA = Raw('<c r="@"><f>1+1</f><v>2</v></c>')


def test_sheet_is_read_with_its_rows_numbers():
    found = look(xlsx_of({"Data": [HEAD, *ROWS]}), "a.xlsx")
    assert not found.log.num_problems
    assert found.rows == [dict(zip(HEAD, row, strict=True)) for row in ROWS]
    assert found.only.lines == list(range(2, 22))
    assert (found.reading.format, found.reading.sheet, found.reading.sheets) == ("xlsx", "Data", ("Data",))
    assert found.only.mapping == {"text": "text", "label": "label"}


def test_values_keep_their_look():
    row = [7, 7.5, "00123", 9007199254740991, DATE, MOMENT, FORMULA, True, " padded ", "=1+1"]
    found = look(xlsx_of({"Data": [[f"c{n}" for n in range(len(row))], row]}), "a.xlsx").rows[0]
    assert list(found.values()) == [
        *(7, 7.5, "00123", 9007199254740991, "2024-01-01", "2024-01-01T12:00:00"),
        *(2, True, " padded ", "=1+1"),
    ]


def test_sheet_with_most_rows_is_taken_and_another_can_be_chosen():
    content = xlsx_of({"About": [["made by us"]], "Data": [HEAD, *ROWS], "Old": [HEAD, *ROWS[:3]]})
    found = look(content, "a.xlsx")
    assert (found.reading.sheet, found.reading.sheets) == ("Data", ("About", "Data", "Old"))
    assert found.codes("warning") == ["data:sheet_chosen"]
    chosen = look(content, "a.xlsx", choices=Choices(sheet="Old"))
    assert len(chosen.rows) == 3
    assert chosen.codes("warning") == []
    assert look(content, "a.xlsx", choices=Choices(sheet="Nowhere")).codes() == ["data:sheet_unknown"]


def test_hidden_sheet_is_not_read():
    found = look(xlsx_of({"Data": [HEAD, *ROWS[:2]], "Secret": [HEAD, *ROWS]}, hidden=["Secret"]), "a.xlsx")
    assert (found.reading.sheet, found.reading.sheets) == ("Data", ("Data",))


def test_title_above_the_table_is_left_out_with_a_word():
    content = xlsx_of({"Data": [["Feedback of 2024"], [], [*HEAD, "id"], *([*row, 1] for row in ROWS)]})
    found = look(content, "a.xlsx")
    assert found.reading.header_row == 3
    assert found.reading.columns == ("text", "label", "id")
    assert found.only.lines[0] == 4
    assert found.codes("warning") == ["data:title_rows"]
    assert look(content, "a.xlsx", choices=Choices(header_row=1)).reading.columns == (
        *("Feedback of 2024", "column 2", "column 3"),
    )


def test_sheet_without_names_has_numbered_columns():
    found = look(xlsx_of({"Data": ROWS}), "a.xlsx", choices=Choices(has_header=False))
    assert found.reading.columns == ("column 1", "column 2")
    assert len(found.rows) == 20
    assert found.only.lines[0] == 1


def test_short_and_long_rows_lose_nothing():
    found = look(xlsx_of({"Data": [HEAD, ["a"], ["b", "x", "remark"], ["c", "y"]]}), "a.xlsx")
    assert found.reading.columns == ("text", "label", "column 3")
    assert [list(row.values()) for row in found.rows] == [["a", None, None], ["b", "x", "remark"], ["c", "y", None]]
    assert found.codes("warning") == ["data:empty_column_name"]


def test_merged_cells_are_warned_about():
    assert look(xlsx_of({"Data": [HEAD, *ROWS]}, merged=["A2:A3"]), "a.xlsx").codes("warning") == ["data:merged_cells"]


CORNER = Raw('<c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>')
REFUSED = {
    "far corner": (xlsx_of({"Data": [[CORNER]]}), "data:sheet_too_large"),
    "empty": (xlsx_of({"Data": []}), "data:no_rows"),
    "only names": (xlsx_of({"Data": [HEAD]}), "data:no_rows"),
    "cut": (xlsx_of({"Data": [HEAD, *ROWS]})[:-200], "data:spreadsheet"),
    "no XML": (xlsx_of({"Data": [[Raw("<c r='A1'><v>")]]}), "data:spreadsheet"),
    "old and damaged": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "data:spreadsheet"),
    "all hidden": (xlsx_of({"Data": [HEAD, *ROWS]}, hidden=["Data"]), "data:no_rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_spreadsheet_is_refused_by_name(case):
    content, code = REFUSED[case]
    found = look(content, "a.xlsx")
    assert found.codes() == [code]
    assert not any(file.rows for file in found.files)


@pytest.mark.parametrize(
    ("name", "format_", "first"),
    [
        ("tabulator-py/data__special__table-with-ints-floats-dates.xls", "xls", [2013, 3.3, "2009-08-16"]),
        (
            "tabulator-py/data__special__table-with-ints-floats-dates.ods",
            "ods",
            [2013, 3.3, "2009-08-16", "2009-08-16T05:43:21"],
        ),
        ("tabulator-py/data__special__table-with-booleans.ods", "ods", [1, True]),
    ],
)
def test_other_spreadsheets_are_read(shared_data, name, format_, first):
    path = shared_data / "messy_fixtures" / name
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    found = look(path.read_bytes(), path.name)
    assert found.reading.format == format_
    assert list(found.rows[0].values()) == first


ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:spreadsheet>
<table:table table:name="Data">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"""
ODS_FILES = """<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>"""
ODS_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


@pytest.mark.parametrize("white", ["<text:{}/>", '<text:{} xml:id="x" />', "<text:{}></text:{}>"])
def test_tabs_and_line_breaks_of_open_documents_are_kept(white):
    """The library leaves them out. Many rows, so that elements lie across the pieces in which the file is changed."""
    text = (
        "one"
        + white.replace("{}", "tab")
        + "two"
        + white.replace("{}", "line-break")
        + "three"
        + '<text:s text:c="2"/>four'
    )
    cells = [["text", "label"], *([text + str(index), "good" if index % 2 else "bad"] for index in range(9000))]
    rows = "".join(
        f"<table:table-row>{''.join(ODS_CELL.format(cell) for cell in row)}</table:table-row>" for row in cells
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", ODS_FILES)
        archive.writestr("content.xml", ODS.format(rows=rows))
    found = look(content.getvalue(), "a.ods")
    assert [row["text"] for row in found.rows] == [f"one\ttwo\nthree  four{index}" for index in range(9000)]
