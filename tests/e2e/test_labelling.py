"""Two people label the same ten rows by keyboard, see how far they agree, and make a version of it, in a real browser."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.local.stack import Stack
from tests.support.walker import SHOTS, Walker, begin_organisation, invite, join

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_TEXTS = {
    "delay": "The parcel should have been here on Monday, and order {number} still says that it is on its way.",
    "refund": "Please send the money for order {number} back; the coat does not fit and I returned it last week.",
}
_SIZES = (360, 768, 1280, 1920)


def _dataset(page: Page, folder: Path) -> str:
    rows = [(text.format(number=1000 + number), label) for number in range(20) for label, text in _TEXTS.items()]
    path = folder / "requests.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    page.goto("/datasets/new")
    page.locator("input[type=file]").set_input_files(str(path))
    expect(page.get_by_text("Uploaded", exact=True)).to_have_count(1, timeout=30_000)
    page.get_by_label("Name").fill("Requests")
    page.get_by_role("button", name="Create dataset").click()
    page.get_by_role("button", name="Confirm and check all rows").click(timeout=60_000)
    expect(page.get_by_text("Ready").first).to_be_visible(timeout=60_000)
    return page.url


def _label(walker: Walker, url: str, keys: str) -> None:
    page = walker.page
    page.goto(url)
    expect(page.get_by_role("button", name="delay")).to_be_visible()
    for done, key in enumerate(keys):
        expect(page.get_by_text(f"{done} rows labelled" if done != 1 else "1 row labelled")).to_be_visible()
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    expect(page.get_by_text("All saved")).to_be_visible()


def _begin(walker: Walker, dataset_url: str) -> str:
    page = walker.page
    page.goto(dataset_url)
    page.get_by_role("link", name="Labelling").click()
    expect(page.get_by_role("heading", name="No labelling yet")).to_be_visible()
    walker.check("labelling-none")
    page.get_by_role("button", name="Begin a session").click()
    page.get_by_label("Name").fill("Second look")
    page.get_by_label("Instructions").fill(
        "A parcel that is late is a delay. Whoever wants money back asks for a refund."
    )
    page.get_by_label("Rows at most").fill("10")
    page.get_by_label("People per row").fill("2")
    walker.check("labelling-start")
    page.get_by_role("dialog").get_by_role("button", name="Begin a session").click()
    page.wait_for_url(re.compile(r"/labelling/[0-9a-f-]{36}$"))
    expect(page.get_by_role("button", name="delay")).to_be_visible()
    for width in _SIZES:
        page.set_viewport_size({"width": width, "height": 800})
        walker.check(f"labelling-{width}")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    return page.url


def _label_away_and_back(walker: Walker) -> None:
    """Two answers without a connection, one of them taken back, and the rest: nothing is lost."""
    page = walker.page
    walker.context.set_offline(True)
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect(page.get_by_text("2 answers are kept in this browser")).to_be_visible()
    walker.check("labelling-offline")
    walker.context.set_offline(False)
    expect(page.get_by_text("All saved")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("1 row labelled")).to_be_visible()
    page.keyboard.press("2")
    for key in "121":
        page.keyboard.press(key)
    expect(page.get_by_text("All saved")).to_be_visible()
    page.screenshot(path=SHOTS / "labelling.png", animations="disabled")
    for key in "21212":
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    expect(page.get_by_text("All saved")).to_be_visible()


def _judge(walker: Walker, results: str) -> None:
    page = walker.page
    page.goto(results)
    expect(page.get_by_text("Cohen’s kappa").first).to_be_visible()
    expect(page.get_by_text("0.800").first).to_be_visible()
    expect(page.locator("article")).to_have_count(1)
    walker.check("labelling-results")
    page.set_viewport_size({"width": 360, "height": 800})
    walker.check("labelling-results-360")
    page.set_viewport_size({"width": 1280, "height": 900})
    choice = page.locator("article").get_by_role("button", name="refund")
    choice.click()
    expect(choice).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Finish and make a version").click()
    page.get_by_role("radio", name="What was decided").check(force=True)
    page.get_by_role("dialog").get_by_role("button", name="Finish and make a version").click()
    expect(page.get_by_text(re.compile("Version v2 was made"))).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="To the dataset").click()
    page.get_by_role("tab", name=re.compile("Versions")).click()
    expect(page.get_by_role("button", name="Compare v2 with v1")).to_be_visible()


def test_two_people_label_agree_and_make_a_version(chromium: Browser, stack: Stack, tmp_path: Path):
    first, second = Walker(chromium, stack.url), Walker(chromium, stack.url, dark=True)
    page = first.page
    begin_organisation(page, "ada.lovelace@example.com", "Ada & Co")
    dataset_url = _dataset(page, tmp_path)
    invitation = invite(page, "grace.murray@example.com")
    session_url = _begin(first, dataset_url)
    _label_away_and_back(first)

    join(second.page, invitation, "grace.murray@example.com")
    second.page.goto(session_url)
    expect(second.page.get_by_role("button", name="delay")).to_be_visible()
    second.check("labelling-dark")
    _label(second, session_url, "2212121212")

    _judge(first, f"{session_url}/results")
    assert "\n".join(first.problems + second.problems) == ""
