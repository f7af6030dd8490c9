"""A browser tab that notes every error that it meets, for walks through the whole of Anneal.

Screenshots go to `test-results/pages`; `ANNEAL_SCREENSHOTS=docs/images` renews those of the README.
"""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.pictures import compare

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / os.environ.get("ANNEAL_SCREENSHOTS", "test-results/pages")
# What axe may not find. Everything is on but nothing is excused.
_SERIOUS = {"minor", "moderate", "serious", "critical"}
_LOOKS = 20
PASSWORD = "a quiet furnace cools"


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
        self.context.set_default_timeout(90_000)  # Three lanes of a suite may share two cores.
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("request", self._guard)
        self.page.on("response", self._watch)

    def _guard(self, request) -> None:
        if not request.url.startswith((self.page.url.split("/", 3)[0], "http://127.0.0.1", "data:", "blob:", "about:")):
            self.problems.append(f"request to another host: {request.url}")

    def _watch(self, response) -> None:
        # A page that asks for what its reader may not have is at fault even if it hides the answer.
        if response.status >= 500 or response.status == 403:
            self.problems.append(f"{response.status} from {response.url}")

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("window.scrollTo(0, 0)")  # What sticks to the window stands at the top of the picture.
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True, animations="disabled")

    def compare(self, name: str, *, without: tuple[str, ...] = ()) -> None:
        """Hold the window against the picture that is kept; what matches a selector of `without` is not looked at.

        What is drawn late, on a busy machine, is waited for: the page has a while to become like its picture.
        """
        SHOTS.mkdir(parents=True, exist_ok=True)
        masks = [self.page.locator(selector) for selector in without]
        # A field that was typed in has been scrolled to, further or less far.
        self.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        browser = self.context.browser
        assert browser is not None
        problem = None
        for _ in range(_LOOKS):
            png = self.page.screenshot(animations="disabled", mask=masks, mask_color="#808080")
            if (problem := compare(browser, name, png, SHOTS)) is None:
                return
            self.page.wait_for_timeout(500)
        self.problems.append(str(problem))

    def check(self, name: str) -> None:
        """Take a picture, and let axe and the width of the page speak."""
        self.shot(name)
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            self.problems.append(f"{name}: wider than the window by {overflow} px")
        # What holds is not told of, element by element: on a long page that takes longer than to look.
        for violation in Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]:
            if violation["impact"] in _SERIOUS:
                where = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
                self.problems.append(f"{name}: {violation['id']} ({violation['help']}): {where}")


def sign_up(page: Page, email: str) -> None:
    """Fill in the form that is open."""
    page.locator("input[type=email]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def begin_organisation(page: Page, email: str, name: str) -> None:
    """A new account and its organisation."""
    page.goto("/sign-up")
    sign_up(page, email)
    page.get_by_label("Organisation name").fill(name)
    page.get_by_role("button", name="Create organisation").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def invite(page: Page, email: str, role: str = "Member") -> str:
    """Invite as a manager who is signed in; the link for whoever is invited."""
    page.goto("/settings")
    page.get_by_label("Invite by email").fill(email)
    if role != "Member":
        members = page.get_by_role("region", name="Members")
        members.get_by_role("combobox", name="Role", exact=True).click()
        page.get_by_role("option", name=role).click()
    page.get_by_role("button", name="Create invitation").click()
    return page.get_by_role("region", name="Invitation link").inner_text()


def join(page: Page, invitation: str, email: str) -> None:
    """Follow an invitation as somebody who has no account yet."""
    page.goto(invitation)
    page.get_by_role("link", name="Create an account").click()
    expect(page.locator("input[type=email]")).to_have_value(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("button", name="Join the organisation").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
