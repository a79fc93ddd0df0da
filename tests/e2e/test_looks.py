"""Every state of the page, at two widths and in both themes: accessible, quiet, within its width.

The pictures in tests/output/ are for looking at.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from e2e.conftest import Open, accessible, ask, fits, picture


def _menu(page: Page) -> None:
    ask(page, "What were our top 3 selling frames last month?")
    page.locator(".chip summary").first.click()


def _working(page: Page) -> None:
    ask(page, "What were our top 3 selling frames last month?")
    page.get_by_text("How this was worked out").click()


def _asked(question: str) -> Callable[[Page], None]:
    return lambda page: ask(page, question)


def _thread(page: Page) -> None:
    ask(page, "What was our revenue last month?")
    ask(page, "and by brand?")


STATES: dict[str, Callable[[Page], None]] = {
    "first": lambda page: page.wait_for_selector("#question"),  # type: ignore[dict-item]
    "ranking": _asked("What were our top 3 selling frames last month?"),
    "chip-menu": _menu,
    "working": _working,
    "trend": _asked("What's my revenue trend?"),
    "breakdown": _asked("Break down revenue by category"),
    "weekdays": _asked("revenue by weekday last month"),
    "shares": _asked("share of revenue by product type by month"),
    "long-table": _asked("Which items are low in stock (less than 10 units)?"),
    "one-figure": _asked("Show me today's revenue"),
    "refusal": _asked("Who are my most frequent patients?"),
    "question-back": _asked("flurb"),
    "thread": _thread,
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_state_is_accessible_and_stays_within_its_width(opened: Open, width: int, theme: str) -> None:
    page = opened(width=width, theme=theme)
    for name, reach in STATES.items():
        page.goto("/?tenant=harbour-optics")
        reach(page)
        picture(page, f"{name}-{width}-{theme}")
        fits(page)
        accessible(page)


def test_failures_are_cards_too(opened: Open) -> None:
    for width, theme in ((360, "dark"), (1280, "light")):
        page = opened(width=width, theme=theme, expected=("422",))
        page.locator("#question").evaluate("box => box.removeAttribute('maxlength')")
        page.fill("#question", "a" * 1001)
        page.keyboard.press("Enter")
        page.wait_for_selector(".card.failure")
        assert "1,001 characters" in page.inner_text(".card.failure .sentence")
        picture(page, f"failure-{width}-{theme}")
        fits(page)
        accessible(page)


def test_the_narrowest_telephone_holds_everything(opened: Open) -> None:
    page = opened(width=320)
    fits(page)
    for question in ("share of revenue by product type by month", "Break down revenue by category"):
        ask(page, question)
        fits(page)
    picture(page, "narrowest-320-light")


def test_letters_twice_the_size_stay_on_the_page(opened: Open) -> None:
    page = opened(width=640)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    ask(page, "What were our top 3 selling frames last month?")
    fits(page)


def test_on_paper_the_answer_stands_alone(opened: Open) -> None:
    page = opened(theme="dark")
    ask(page, "Which items are low in stock (less than 10 units)?")
    page.emulate_media(media="print", color_scheme="light")
    assert not page.locator("form.ask").is_visible()
    assert not page.locator(".history").is_visible()
    assert not page.locator(".take").first.is_visible()
    assert page.locator(".card tbody tr").last.is_visible()  # all rows, folded or not
    picture(page, "paper-1280-light")


def test_every_state_without_a_script_is_accessible(opened: Open) -> None:
    for width in (360, 1280):
        page = opened(width=width, script=False, path="/?tenant=harbour-optics&q=What's my revenue trend?")
        picture(page, f"no-script-{width}-light")
        assert page.locator(".card .chart svg:visible").count() == 1
