"""A real Chromium before the real application. Everything it complains about fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from people import COOKIE, SignedIn, signed_in
from playwright.sync_api import Browser, Page, sync_playwright
from web.live import live

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.settings import Settings

OUTPUT = Path(__file__).parents[1] / "output"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture(scope="session")
def address(demo: Prentice, session_settings: Settings) -> Iterator[str]:
    with live(create_app(session_settings, engine=demo)) as url:
        yield url


@pytest.fixture(scope="session")
def owner(demo: Prentice) -> SignedIn:
    """The owner of both practices."""
    return signed_in(demo)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "Chromium is not installed: make browser"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield chromium
        chromium.close()


class Seen:
    """What happened in a page that must not: messages on the console, errors, requests to elsewhere."""

    def __init__(self, page: Page, address: str) -> None:
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()
        page.on("console", lambda message: self.complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.complaints.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda request: self._left(request.url, address))

    def _left(self, url: str, address: str) -> None:
        if not url.startswith((f"{address}/", "blob:", "data:")):
            self.complaints.append(f"a request to {url}")

    def nothing(self) -> None:
        left = [c for c in self.complaints if not any(known in c for known in self.expected)]
        assert left == []


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, address: str, owner: SignedIn) -> Iterator[Open]:
    """`opened(width=1280, theme="light", script=True)` gives a page of a browser that knows nothing yet."""
    contexts: list[Any] = []
    watching: list[Seen] = []

    def open_page(
        width: int = 1280,
        theme: str = "light",
        script: bool = True,
        path: str = "/?tenant=harbour-optics",
        expected: tuple[str, ...] = (),
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=theme,  # type: ignore[arg-type]
            java_script_enabled=script,
            permissions=["clipboard-read", "clipboard-write"],
            base_url=address,
        )
        context.add_cookies([{"name": COOKIE, "value": owner.token, "url": address}])
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watching.append(Seen(page, address))
        watching[-1].expected = expected
        page.goto(path)
        return page

    yield open_page
    for seen in watching:
        seen.nothing()
    for context in contexts:
        context.close()


def ask(page: Page, question: str) -> None:
    """Type a question and wait for its card."""
    page.fill("#question", question)
    page.keyboard.press("Enter")
    card_of(page, question)


def card_of(page: Page, question: str) -> Any:
    """The card of a question, once it is there."""
    found = page.locator(".thread .card").filter(has=page.get_by_role("heading", name=question, exact=True))
    found.first.wait_for()
    return found.first


def accessible(page: Page) -> None:
    """No violation of WCAG 2.2 A and AA, nor of axe's good practice."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
    assert [(v["id"], [node["html"][:160] for node in v["nodes"]]) for v in found] == []


def fits(page: Page) -> None:
    """Nothing sticks out to the right."""
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]


def picture(page: Page, name: str) -> None:
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png", full_page=True)
