"""A walk from a messy file to a clean version: findings, a fix, what it changed, and back again."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.local.demo import SAMPLES
from deploy.local.stack import Stack
from tests.support.walker import SHOTS, Walker, begin_organisation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EXAMINED_S = 120_000
NUM_TRAIN = 420
NUM_TEST = 60
NUM_REPEATED = 14
NUM_LEAKED = 9
ADDRESSES = ("ada.byron@example.com", "mei.lin@example.com", "o.ruiz@example.org")


def _rows(name: str, count: int) -> list[list[str]]:
    with (SAMPLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [[row["text"], row["label"]] for row in csv.DictReader(file)][:count]


def _write(path: Path, rows: list[list[str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *rows])
    return str(path)


def messy_files(folder: Path) -> list[str]:
    """Sound rows with what goes wrong in real tables: repeated and leaked rows, two spellings of a label, addresses, wrong labels."""
    train, test = _rows("train", NUM_TRAIN), _rows("test", NUM_TEST)
    for place in range(0, 40, 4):
        train[place][1] = train[place][1].replace("_", " ").title()
    for place in range(100, 112, 3):
        train[place][1] = "close_account" if train[place][1] != "close_account" else "discount_code"
    for place, address in zip((21, 57, 203), ADDRESSES, strict=True):
        train[place][0] += f" You can reach me at {address}."
    repeated = [list(row) for row in train[200 : 200 + NUM_REPEATED]]
    leaked = [list(row) for row in train[300 : 300 + NUM_LEAKED]]
    return [_write(folder / "train.csv", [*train, *repeated]), _write(folder / "test.csv", [*test, *leaked])]


@pytest.fixture(scope="module")
def examined(chromium: Browser, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Walker:
    """A dataset that the doctor has looked at, open at what it found."""
    walker = Walker(chromium, stack.url)
    page = walker.page
    begin_organisation(page, "nora@example.com", "Northwind Support")

    page.goto("/datasets/new")
    files = messy_files(tmp_path_factory.mktemp("messy"))
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_text("Uploaded", exact=True)).to_have_count(len(files), timeout=30_000)
    page.get_by_label("Name").fill("Support requests")
    page.get_by_role("button", name="Create dataset").click()
    page.get_by_role("button", name="Confirm and check all rows").click(timeout=60_000)
    expect(page.get_by_role("tab", name=re.compile("Doctor"))).to_be_visible(timeout=60_000)
    walker.dataset_url = page.url
    page.get_by_role("tab", name=re.compile("Doctor")).click()
    expect(page.get_by_role("heading", name="What was checked")).to_be_visible(timeout=EXAMINED_S)
    return walker


def _finding(page: Page, title: str):
    return page.get_by_role("article", name=title, exact=True)


def _picture(page: Page, name: str) -> None:
    """What a reader of the documentation sees: a window's height, not the whole page."""
    page.set_viewport_size({"width": 1280, "height": 1100})
    page.screenshot(path=SHOTS / f"{name}.png", animations="disabled")
    page.set_viewport_size({"width": 1280, "height": 900})


def _findings_name_what_was_planted(examined: Walker) -> None:
    page = examined.page
    for title in (
        "Labels in several spellings",
        "Test rows that stand in training",
        "Exact duplicates",
        "Personal data",
    ):
        expect(_finding(page, title)).to_be_visible()
    expect(_finding(page, "Exact duplicates").get_by_text(f"{NUM_REPEATED} rows", exact=True)).to_be_visible()
    _finding(page, "Personal data").get_by_role("button", name=re.compile("example")).click()
    expect(_finding(page, "Personal data").locator("mark", has_text="@example.").first).to_be_visible()
    examined.check("doctor-page")
    page.evaluate("scrollTo(0, 0)")
    _picture(page, "doctor")
    page.get_by_role("link", name="Support requests").or_(page.get_by_role("tab", name="Overview")).last.click()
    expect(page.get_by_text(re.compile("The data doctor found"))).to_be_visible()
    examined.check("dataset-overview")
    assert examined.problems == []


def _rows_are_chosen_from_the_map(examined: Walker) -> None:
    page = examined.page
    page.goto(f"{examined.dataset_url}?tab=doctor")
    picture = page.get_by_role("application")
    picture.scroll_into_view_if_needed()
    page.get_by_text("Lasso", exact=True).click()
    box = picture.bounding_box()
    assert box is not None
    left, top, right, bottom = (
        box["x"] + box["width"] * 0.3,
        box["y"] + box["height"] * 0.15,
        box["x"] + box["width"] * 0.52,
        box["y"] + box["height"] * 0.6,
    )
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=8)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"^\d+ rows? selected$"))).to_be_visible()
    page.get_by_role("button", name="Show them").click()
    expect(page.get_by_role("group", name="Selected rows")).to_be_visible()
    examined.check("map-page")
    page.get_by_role("heading", name="Difficulty map").evaluate("heading => heading.scrollIntoView()")
    _picture(page, "map")
    page.get_by_role("button", name="Clear the selection").click()
    assert examined.problems == []


def _a_fix_makes_a_version_that_can_be_looked_into(examined: Walker) -> None:
    page = examined.page
    merge = _finding(page, "Labels in several spellings").get_by_role("button", name=re.compile("Merge spellings"))
    merge.click()
    page.get_by_role("dialog").get_by_role("button", name="Make v2").click()
    expect(page.get_by_text("Version 2:")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="See what changed").click()
    expect(page.get_by_role("heading", name="From v1 to v2")).to_be_visible()
    expect(page.locator("ins, del").first.or_(page.get_by_text("after", exact=True).first)).to_be_visible()
    examined.check("diff-page")
    page.evaluate("scrollTo(0, 0)")
    _picture(page, "diff")
    assert examined.problems == []


def _an_edit_waits_through_a_reload_and_joins_the_next_version(examined: Walker) -> None:
    page = examined.page
    page.goto(f"{examined.dataset_url}?tab=rows")
    page.get_by_role("button", name=re.compile("^Drop row ")).first.click()
    page.get_by_role("button", name=re.compile("^Edit row ")).first.click()
    page.get_by_role("textbox", name="Text", exact=True).fill("Where is the parcel that I ordered last week?")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.reload()
    expect(page.get_by_text("2 pending changes")).to_be_visible()
    examined.check("dataset-rows")
    page.get_by_role("button", name="Make version").click()
    expect(page.get_by_text("Version 3:")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("1 row removed and 1 row changed")).to_be_visible()
    expect(page.get_by_text("2 pending changes")).to_be_hidden()
    assert examined.problems == []


def _undo_goes_back_to_the_version_before(examined: Walker) -> None:
    page = examined.page
    page.get_by_role("tab", name=re.compile("Versions")).click()
    page.get_by_role("button", name="Undo v3").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Restored from v2")).to_be_visible(timeout=60_000)
    examined.check("dataset-versions")
    with page.expect_download(timeout=30_000) as waiting:
        page.get_by_role("button", name="Export v4").click()
        page.get_by_role("menuitem", name="CSV").first.click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"PK")
    assert examined.problems == []


def _rows_that_are_looked_at_become_a_version(examined: Walker) -> None:
    page = examined.page
    page.get_by_role("tab", name=re.compile("Rows")).click()
    page.get_by_role("textbox", name="Texts longer than, characters").fill("40")
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ rows$"))).to_be_visible()
    examined.check("dataset-filter")
    page.get_by_role("button", name="Make a version of these rows").click()
    expect(page.get_by_role("dialog").get_by_text(re.compile("v5 will have"))).to_be_visible()
    examined.check("dataset-filter-dialog")
    page.get_by_role("dialog").get_by_role("button", name="Make v5").click()
    expect(page.get_by_text("Version 5:")).to_be_visible(timeout=60_000)
    assert examined.problems == []


def _a_file_brings_further_rows(examined: Walker, folder: Path) -> None:
    page = examined.page
    page.get_by_role("link", name="Add rows from a file").click()
    good = _write(folder / "more.csv", [[f"a further question, number {n}", "track_order"] for n in range(20)])
    other = _write(folder / "other.csv", [["x", "y"]])
    Path(other).write_text("body,topic\na question,track_order\n", encoding="utf-8")
    page.locator("input[type=file]").set_input_files([good, other])
    expect(page.get_by_role("combobox", name="Text in other.csv")).to_have_value("body")
    expect(page.get_by_role("combobox", name="Label in other.csv")).to_have_value("topic")
    expect(page.get_by_text("Uploaded", exact=True)).to_have_count(2, timeout=30_000)
    examined.check("dataset-append")
    page.get_by_role("button", name="Remove other.csv").click()
    page.get_by_role("button", name="Add the rows and make v6").click()
    expect(page.get_by_text("Version 6:")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("list", name="20 added")).to_be_visible()
    examined.check("dataset-appended")
    assert examined.problems == []


def _another_dataset_is_merged_in(examined: Walker, folder: Path) -> None:
    page = examined.page
    page.goto("/datasets/new")
    rows = [[f"where is parcel {n} for so long", ("lost_parcel", "track_order")[n % 2]] for n in range(40)]
    page.locator("input[type=file]").set_input_files(_write(folder / "autumn.csv", rows))
    expect(page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Create dataset").click()
    page.get_by_role("button", name="Confirm and check all rows").click(timeout=60_000)
    expect(page.get_by_role("tab", name=re.compile("Rows"))).to_be_visible(timeout=60_000)
    page.goto(examined.dataset_url)
    page.get_by_role("button", name="Dataset actions").click()
    page.get_by_role("menuitem", name="Merge with another dataset").click()
    page.get_by_role("combobox", name="Dataset", exact=True).click()
    page.get_by_role("option", name="autumn").click()
    expect(page.get_by_text("1 label is new here: lost_parcel")).to_be_visible()
    examined.check("dataset-merge")
    page.get_by_role("button", name="Merge and make v7").click()
    expect(page.get_by_text("Version 7:")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("With autumn v1.")).to_be_visible()
    expect(page.get_by_role("list", name="40 added")).to_be_visible()
    examined.check("dataset-merged")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Version 8, as v6 was:")).to_be_visible(timeout=60_000)
    assert examined.problems == []


def test_a_messy_file_becomes_a_clean_version(examined, tmp_path):
    """Step by step: each goes on where the one before stopped."""
    _findings_name_what_was_planted(examined)
    _rows_are_chosen_from_the_map(examined)
    _a_fix_makes_a_version_that_can_be_looked_into(examined)
    _an_edit_waits_through_a_reload_and_joins_the_next_version(examined)
    _undo_goes_back_to_the_version_before(examined)
    _rows_that_are_looked_at_become_a_version(examined)
    _a_file_brings_further_rows(examined, tmp_path)
    _another_dataset_is_merged_in(examined, tmp_path)


def test_tabs_hold_in_another_dress(examined, chromium, stack):
    options = {"locale": "zh-CN", "width": 360, "dark": True}
    other = Walker(chromium, stack.url, state=examined.context.storage_state(), **options)
    try:
        for tab in ("overview", "rows", "doctor", "versions"):
            other.page.goto(f"{examined.dataset_url}?tab={tab}")
            other.page.wait_for_load_state("networkidle")
            other.check(f"dataset-{tab}-chinese-phone-dark")
        assert other.problems == []
    finally:
        other.context.close()
