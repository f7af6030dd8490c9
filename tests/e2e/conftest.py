"""The whole of Anneal on this machine, as `make demo` runs it, and a real Chromium in front of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from deploy.local.home import temporary_home
from deploy.local.install import find_chromium
from deploy.local.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
# What a page owes at once may take long where a whole suite shares two cores. Playwright's own patience is 5 s.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless browser that speaks to nobody but us.

    It ends with its module: Playwright runs an event loop in this thread, and Django refuses the database to whoever is inside one.
    """
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium fonts-wqy-microhei, or set CHROMIUM_PATH")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=quiet)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """All processes, on data of their own; each module has people and organisations of its own in it.

    The frontend must be built; `make test` sees to it.
    """
    if not (ROOT / "frontend" / "dist" / "index.html").is_file():
        pytest.fail("frontend/dist is missing: run `npm ci && npm run build` in frontend/ (make test does)")
    with contextlib.ExitStack() as undo:
        with _without("PUBLIC_URL", "ALLOWED_HOSTS", "ANNEAL_DATA_DIR", "DATABASE_URL", "REDIS_URL"):
            made = Stack(undo.enter_context(temporary_home()), say=lambda _: None)
            undo.callback(made.stop)
            made.start_services()
        made.migrate()
        made.start_processes()
        made.supervisor.wait_ready("web", "dispatcher", "background", "gpu", "model-server")
        yield made


@contextlib.contextmanager
def _without(*names: str) -> Iterator[None]:
    """An environment without these variables, which are those of the test run's own servers."""
    given = {name: os.environ.pop(name, None) for name in names}
    try:
        yield
    finally:
        os.environ.update({name: value for name, value in given.items() if value is not None})
