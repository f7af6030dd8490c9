"""A browser tab that notes every error that it meets, for walks through the whole of Anneal.

Screenshots go to `test-results/pages`; `ANNEAL_SCREENSHOTS=docs/images` renews those of the README.
"""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / os.environ.get("ANNEAL_SCREENSHOTS", "test-results/pages")
# What axe may not find. Everything is on but nothing is excused.
_SERIOUS = {"minor", "moderate", "serious", "critical"}


class Walker:
    """One browser tab with the errors that it met."""

    def __init__(
        self,
        browser: Browser,
        base_url: str,
        *,
        width: int = 1280,
        dark: bool = False,
        locale: str = "en-US",
        state=None,
    ) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale=locale,
            accept_downloads=True,
            storage_state=state,
        )
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("request", self._guard)
        self.page.on("response", self._watch)

    def _guard(self, request) -> None:
        if not request.url.startswith((self.page.url.split("/", 3)[0], "http://127.0.0.1", "data:", "blob:", "about:")):
            self.problems.append(f"request to another host: {request.url}")

    def _watch(self, response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} from {response.url}")

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True, animations="disabled")

    def check(self, name: str) -> None:
        """Take a picture, and let axe and the width of the page speak."""
        self.shot(name)
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            self.problems.append(f"{name}: wider than the window by {overflow} px")
        for violation in Axe().run(self.page).response["violations"]:
            if violation["impact"] in _SERIOUS:
                where = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
                self.problems.append(f"{name}: {violation['id']} ({violation['help']}): {where}")
