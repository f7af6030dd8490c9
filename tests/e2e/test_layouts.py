"""Every page of the workbench in every dress and state, on made-up data with the worst of names: nothing is wider than its window, and
axe has nothing to say.

The page as it was built stands before a stand-in for the server (that of `npm run dev:stub`), since what is asked is how pages hold,
whatever comes; that they do what they should is asked of the real server by the walks.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from deploy.local.install import node_path
from tests.support.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
DRESSES: tuple[dict[str, Any], ...] = (
    {"width": 360, "dark": True, "locale": "zh-CN"},
    {"width": 768},
    {"width": 1280, "dark": True},
    {"width": 1920, "locale": "zh-CN"},
)


def made_up(number: int) -> str:
    """The id of a thing in the stand-in's data, `uuid` of `frontend/src/testing/fixtures.ts`."""
    return f"01920000-0000-7000-8000-{number:012}"


_FINISHED, _RUNNING, _HOSTILE, _FAILED = (made_up(number) for number in (30, 31, 32, 33))
_DATASET = f"/datasets/{made_up(10)}"
PAGES = {
    "overview": "/",
    "datasets": "/datasets",
    "datasets-deleted": "/datasets/deleted",
    "dataset-new": "/datasets/new",
    "dataset": _DATASET,
    "dataset-rows": f"{_DATASET}?tab=rows",
    "dataset-doctor": f"{_DATASET}?tab=doctor",
    "dataset-versions": f"{_DATASET}?tab=versions",
    "dataset-mapping": f"/datasets/{made_up(20)}",
    "dataset-hostile": f"/datasets/{made_up(21)}",
    "dataset-failed": f"/datasets/{made_up(22)}",
    "add-rows": f"{_DATASET}/add-rows",
    "merge": f"{_DATASET}/merge",
    "labelling": f"{_DATASET}/labelling",
    **{
        f"labelling-{form}": f"/labelling/{made_up(9001 + number)}"
        for number, form in enumerate(("label", "labels", "spans", "score", "preferred", "target", "answers", "review"))
    },
    "labelling-results": f"/labelling/{made_up(9001)}/results",
    "jobs": "/jobs",
    "jobs-grouped": "/jobs?group=dataset",
    "jobs-archived": "/jobs?archived=true",
    "job-new": "/jobs/new",
    "job-finished": f"/jobs/{_FINISHED}",
    "job-running": f"/jobs/{_RUNNING}",
    "job-hostile": f"/jobs/{_HOSTILE}",
    "job-failed": f"/jobs/{_FAILED}",
    "compare": f"/compare?jobs={_FINISHED},{_RUNNING},{_HOSTILE},{_FAILED}",
    "models": "/models",
    "model": f"/models/{made_up(40)}",
    "models-deleted": "/models/deleted",
    "settings": "/settings",
    "notifications": "/settings/notifications",
    "usage": "/settings/usage",
    "audit-log": "/settings/audit-log",
    "nowhere": "/nowhere",
}
# Of the pages in each dress some are held against pictures; made-up data and a clock that stands still make them the same every time.
PICTURED = {
    360: ("overview", "jobs", "job-finished", "model"),
    768: ("datasets", "job-failed"),
    1280: ("jobs", "job-finished"),
    1920: ("job-running",),
}
NOW = "2026-11-24T09:00:00Z"
TROUBLED = ("overview", "datasets", "dataset", "jobs", "job-finished", "compare", "models", "model")


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    """The address of the page before its stand-in for the server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "node",
        "node_modules/vite/bin/vite.js",
        "preview",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--strictPort",
    ]
    environment = {**os.environ, "PATH": node_path(), "ANNEAL_STUB": "1"}
    vite = subprocess.Popen(command, cwd=FRONTEND, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield _once_answering(f"http://127.0.0.1:{port}", vite)
    finally:
        os.killpg(vite.pid, signal.SIGTERM)
        vite.wait()


def _once_answering(url: str, vite: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 120
    while time.monotonic() < until and vite.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=60).close()  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.2)
        else:
            return url
    pytest.fail(f"Vite does not answer (it ended with {vite.poll()})")


@pytest.mark.parametrize("place", range(len(DRESSES)))
def test_pages_hold_whatever_they_show(chromium: Browser, stand_in: str, place: int) -> None:
    """Each page in two dresses, one of them narrow; the next page in the two others. Those that have pictures in a dress are like them."""
    dress = DRESSES[place]
    walker = Walker(chromium, stand_in, **dress)
    walker.page.clock.set_fixed_time(NOW)
    pictured = PICTURED[dress["width"]]
    try:
        for number, (name, path) in enumerate(PAGES.items()):
            is_worn = number % 2 == place % 2
            if is_worn or name in pictured:
                open_whole(walker.page, path)
            if is_worn:
                walker.check(f"layout-{name}-{dress['width']}")
            if name in pictured:
                walker.compare(f"{name}-{dress['width']}")
        assert walker.problems == []
    finally:
        walker.context.close()


def test_what_lies_over_a_page_holds(chromium: Browser, stand_in: str) -> None:
    """The palette with what can be done there, and its requests as code."""
    walker = Walker(chromium, stand_in, **DRESSES[0])
    page = walker.page
    try:
        for name in ("dataset", "job-finished"):
            open_whole(page, PAGES[name])
            page.keyboard.press("Control+k")
            expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
            walker.check(f"layout-{name}-palette")
            page.keyboard.press("Escape")
            page.get_by_role("button", name="代码: 本页的代码").click()
            expect(page.get_by_role("tabpanel", name="curl")).to_be_visible()
            walker.check(f"layout-{name}-code")
        assert walker.problems == []
    finally:
        walker.context.close()


@pytest.mark.parametrize(
    ("dress", "buttons"),
    [(DRESSES[0], ("删除组织", "注销账号")), (DRESSES[1], ("Delete organisation", "Delete your account"))],
)
def test_what_cannot_be_undone_is_asked_about_in_dialogs_that_hold(
    chromium: Browser, stand_in: str, dress: dict[str, Any], buttons: Sequence[str]
) -> None:
    walker = Walker(chromium, stand_in, **dress)
    page = walker.page
    try:
        open_whole(page, PAGES["settings"])
        for number, name in enumerate(buttons):
            page.get_by_role("button", name=name, exact=True).click()
            expect(page.get_by_role("dialog")).to_be_visible()
            walker.check(f"layout-settings-dialog-{number}-{dress['width']}")
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_be_hidden()
        assert walker.problems == []
    finally:
        walker.context.close()


def _refused(status: int, code: str) -> Callable[[Route], None]:
    error = {"code": code, "message": "Why it was refused.", "param": None, "details": {}, "request_id": "req_made_up"}
    return lambda route: route.fulfill(
        status=status, content_type="application/json", body=json.dumps({"error": error})
    )


@pytest.mark.parametrize(
    ("state", "answer", "dress"),
    [
        ("loading", lambda _: None, DRESSES[0]),
        ("refused", _refused(503, "platform.away"), DRESSES[2]),
        ("missing", _refused(404, "not_found"), DRESSES[0]),
        ("offline", lambda route: route.abort(), DRESSES[1]),
    ],
)
def test_pages_hold_where_nothing_comes(
    chromium: Browser, stand_in: str, state: str, answer: Callable[[Route], None], dress: dict[str, Any]
) -> None:
    walker = Walker(chromium, stand_in, **dress)
    try:
        walker.page.route(re.compile(r"/api/v1/(?!session$)"), answer)
        for name in TROUBLED:
            walker.page.goto(PAGES[name])
            shown = walker.page.get_by_role("main")
            expect(shown.get_by_role("heading").or_(shown.locator("[aria-busy=true]")).first).to_be_visible()
            walker.check(f"layout-{name}-{state}")
        # That the server refuses is what is played here.
        assert [problem for problem in walker.problems if not problem.startswith("503 from ")] == []
    finally:
        walker.context.close()


def open_whole(page: Page, path: str) -> None:
    """Go there, until all that was asked for has come."""
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
