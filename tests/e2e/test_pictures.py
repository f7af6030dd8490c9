"""The comparison of pictures itself: what it must see, and what it must not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.support.pictures import TOLERATED, difference, shrink

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_PAGE = """<!doctype html><body style="margin: 24px; font: 16px sans-serif">
<h1>Jobs</h1><p>12 jobs ran for 34 minutes</p>
<div style="border: 1px solid #888; padding: 16px; width: 600px">{box}</div><p>{below}</p>{lines}"""
_LINES = "".join(
    f"<p>Customer service intents, run {number}: 94 of 100 rows were answered rightly</p>" for number in range(12)
)
_PLAIN = {"box": "Succeeded", "below": "made at 14:02"}


@pytest.fixture(scope="module")
def window(chromium: Browser) -> Page:
    return chromium.new_page(viewport={"width": 1280, "height": 900})


def _seen(window: Page, **words: str) -> bytes:
    window.set_content(_PAGE.format(lines=_LINES, **{**_PLAIN, **words}))
    browser = window.context.browser
    assert browser is not None
    return shrink(browser, window.screenshot())


def test_another_figure_is_no_other_page(window: Page, chromium: Browser) -> None:
    assert difference(chromium, _seen(window), _seen(window, below="made at 15:47")) <= TOLERATED


@pytest.mark.parametrize("box", ["<br>" * 4, "<b style='background: #c33; display: block; padding: 30px'>Failed</b>"])
def test_what_moves_the_rest_or_changes_its_colour_is_seen(window: Page, chromium: Browser, box: str) -> None:
    assert difference(chromium, _seen(window), _seen(window, box=box)) > TOLERATED


def test_another_size_is_another_picture(window: Page, chromium: Browser) -> None:
    plain = _seen(window)
    window.set_viewport_size({"width": 1280, "height": 800})
    assert difference(chromium, plain, _seen(window)) == 1
