"""The gallery page in a real browser, as a person uses it."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from scripts.setup_browser import ensure_browser
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from zerog.chain.hexes import to_address
from zerog.chain.registry import Deployed, Registry
from zerog.gallery.network import NEEDED
from zerog.types import Json

PATIENCE_MS = 1000 * PATIENCE_SECONDS
NEEDS = """
  const names = ["bytes", "envelope", "viewing", "container", "datatree", "market", "archive"];
  const [B, E, V, C, T, M, A] = await Promise.all(names.map((one) => import(`/js/${one}.js`)));
  const failed = async (work) => {
    try { await work(); return ""; } catch (error) { return error.name; }
  };
"""
"""The modules of the page, by one letter each, and the name of what a piece of work throws."""


def write_registry(home: Path, endpoints: Mapping[str, str]) -> Registry:
    """A registry with the contracts that the page needs, at addresses where nothing is."""
    contracts = {
        name: Deployed(to_address("0x" + f"{at + 1:040x}"), 1, bytes(32), bytes(32))
        for at, name in enumerate(NEEDED)
    }
    registry = Registry(31337, contracts, endpoints)
    registry.save(home)
    return registry


@dataclass(frozen=True, slots=True)
class Served:
    """A gallery's daemon."""

    port: int
    home: Path

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.port}/"

    def get(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask for exactly this path: status, headers by lower-case name, body."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            link.request("GET", path, headers=dict(headers or {}))
            answer = link.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read()
        finally:
            link.close()

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return self.get("/health")[0] == 200
        except OSError:
            return False


@contextmanager
def gallery(home: Path, endpoints: Mapping[str, str]) -> Iterator[Served]:
    """The daemon on a home with a registry and nothing else, ended afterwards."""
    write_registry(home, endpoints)
    served = Served(free_port(), home)
    words = ("-m", "zerog.gallery", "--home", str(home), "--port", str(served.port))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZEROG_")}
    process = subprocess.Popen([sys.executable, *words], env=kept)
    try:
        wait_for(served.is_up, "an answer of the gallery")
        yield served
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


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
        """Open the page; everything waits as long as tests wait."""
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        page.locator("#network").filter(has_text="On ").wait_for()
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


@contextmanager
def lone_page(home: Path) -> Iterator[Page]:
    """The page in a browser, on a network where nothing answers: for its modules alone."""
    nowhere = {"chain": "http://127.0.0.1:1", "indexer": "http://127.0.0.1:2"}
    with gallery(home, nowhere) as served, chromium() as browser:
        tab = browser.new_page()
        tab.goto(served.url)
        yield tab


def run(page: Page, body: str, given: Json = None) -> Json:
    """Run a function body of JavaScript in the page; `given` is its argument, see NEEDS."""
    found: Json = page.evaluate(f"async (given) => {{ {NEEDS} {body} }}", given)
    return found
