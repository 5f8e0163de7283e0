"""The gallery page in a real browser, as a person uses it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from scripts.setup_browser import ensure_browser

PATIENCE_MS = 30_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, ended afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=ensure_browser(os.environ),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True, slots=True)
class Visit:
    """One tab on the gallery; `faults` collects what went wrong in its scripts."""

    page: Page
    url: str
    faults: list[str]

    @classmethod
    def of(cls, page: Page, url: str) -> Visit:
        """Open the page; everything waits at most half a minute."""
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        page.locator("#network").get_by_text("chain").wait_for()
        return cls(page, url, faults)

    def go(self, place: str) -> None:
        """Show another place of the page, such as `/key` or `/agent/1`."""
        self.page.evaluate("place => { location.hash = place; }", place)

    def connect(self, name: str) -> None:
        """Become a development account (alice, bob ...) or use the wallet of that name."""
        self.page.locator("#wallet").click()
        self.page.locator("dialog").get_by_role("button", name=name).click()
        self.status("Connected")

    def button(self, name: str) -> Locator:
        """A button in the view."""
        return self.page.get_by_role("main").get_by_role("button", name=name)

    def status(self, text: str) -> str:
        """Wait until the page says this; gives the whole line."""
        line = self.page.locator("#status").filter(has_text=text)
        line.wait_for()
        return line.inner_text()

    def alert(self, text: str) -> str:
        """Wait until the page complains about this; gives the whole line."""
        line = self.page.locator("#alert").filter(has_text=text)
        line.wait_for()
        return line.inner_text()

    def text(self) -> str:
        """What the view shows."""
        return self.page.get_by_role("main").inner_text()
