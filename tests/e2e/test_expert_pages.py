"""The expert's card in a browser: sources behind marks, advice first, a drawing, a question back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Open, accessible, ask, card_of, fits, picture
from prentice.ask.pipeline import Prentice

KNOWS = "How do I explain an anti-reflective coating to a patient?"
PRISM = "What prism if a −6.00 wearer looks 5 mm below the centre?"
LACKS = "What prism if a −6.00 wearer looks below the centre?"
URGENT = "I suddenly see flashes and a lot of new floaters. What should I do?"
PERSONAL = "Do I have glaucoma?"
BOTH = "How many open orders do we have and what usually causes remakes?"
UNKNOWN = "What is the capital of France?"


pytestmark = pytest.mark.timeout(300)  # the first question waits for the audit's patterns to be compiled


@pytest.fixture(scope="module", autouse=True)
def awake(demo: Prentice) -> None:
    """The corpus is opened once, before anybody waits for it."""
    demo.ask(KNOWS, demo.registry.scope("harbour-optics"))


def test_a_mark_shows_its_passage_to_the_pointer_and_keeps_it_with_a_click(opened: Open) -> None:
    page = opened()
    ask(page, KNOWS)
    card = page.locator(".card.knowledge")
    mark, passage = card.locator(".cite").first, card.locator(".passage")
    expect(mark).to_have_accessible_name("Source 1")
    expect(mark).to_have_attribute("aria-expanded", "false")
    mark.hover()
    expect(passage).to_be_visible()
    expect(passage.locator("blockquote")).to_have_text(mark.get_attribute("data-quote") or "?")
    expect(passage.locator(".title")).to_have_text(card.locator(".sources .title").first.inner_text())
    passage.hover()  # the pointer may travel into it
    page.wait_for_timeout(400)
    expect(passage).to_be_visible()
    page.mouse.move(2, 2)
    expect(passage).to_be_hidden()
    mark.click()
    page.mouse.move(2, 2)
    page.wait_for_timeout(400)
    expect(passage).to_be_visible()
    expect(mark).to_have_attribute("aria-expanded", "true")
    accessible(page)
    picture(page, "expert-passage-1280-light")
    page.locator(".sentence").first.click(position={"x": 2, "y": 2})
    expect(passage).to_be_hidden()


def test_the_keyboard_opens_a_passage_and_escape_closes_it(opened: Open) -> None:
    page = opened()
    ask(page, KNOWS)
    mark, passage = page.locator(".cite").nth(1), page.locator(".passage")
    page.locator(".cite").first.focus()
    page.keyboard.press("Tab")
    expect(mark).to_be_focused()
    expect(passage).to_be_visible()
    page.keyboard.press("Escape")
    expect(passage).to_be_hidden()
    expect(mark).to_be_focused()
    page.keyboard.press("Space")
    expect(passage).to_be_visible()
    page.keyboard.press("Enter")
    expect(passage).to_be_hidden()
    assert "#" not in page.url


def test_a_touch_shows_a_passage_within_a_telephones_width(opened: Open) -> None:
    page = opened(width=320)
    ask(page, KNOWS)
    for place in range(page.locator(".cite").count()):
        page.locator(".cite").nth(place).click()
        expect(page.locator(".passage")).to_be_visible()
        fits(page)
        page.keyboard.press("Escape")
    page.locator(".cite").first.click()
    picture(page, "expert-passage-320-light")


def test_sources_are_a_list_without_a_script(opened: Open) -> None:
    page = opened(script=False, path=f"/?tenant=harbour-optics&q={KNOWS.replace(' ', '+')}")
    assert page.locator(".sources li blockquote").first.is_visible()
    page.locator(".cite").first.click()
    assert "#s-" in page.url
    picture(page, "expert-no-script-1280-light")


def test_the_answer_is_read_out_and_copied_without_the_numbers_of_its_sources(opened: Open) -> None:
    page = opened()
    ask(page, KNOWS)
    told = page.locator(".stages").text_content() or ""
    assert told.split(". ")[0] in page.locator(".sentence").first.inner_text()
    assert not any(letter.isdigit() for letter in told.split(".")[0])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1] " in copied


def test_a_calculation_shows_its_formula_and_a_drawing_whose_arrow_points_down(opened: Open) -> None:
    page = opened()
    ask(page, PRISM)
    card = page.locator(".card.calculation")
    assert card.locator(".sentence strong").inner_text() == "3.00 Δ base down"
    assert "P = c × F = 0.5 cm × 6.00 D = 3.00 Δ" in card.locator(".steps").inner_text()
    assert "Prentice's rule" in card.locator(".worked dl").inner_text()
    drawing = card.get_by_role("img", name="The base of the prism")
    expect(drawing).to_be_visible()
    for line in drawing.locator("line.arrow").all():
        assert float(line.get_attribute("y2") or 0) > float(line.get_attribute("y1") or 0)
    card.get_by_text("How this was worked out").click()
    assert "Calculator" in card.locator(".working").inner_text()
    assert "SELECT" not in card.inner_text()


def test_a_value_that_is_missing_is_asked_for_and_answered_in_place(opened: Open) -> None:
    page = opened()
    ask(page, LACKS)
    field = page.locator(".value input[name=q]")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_name("How far below the optical centre does the wearer look, in mm?")
    accessible(page)
    picture(page, "expert-question-back-1280-light")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    card = card_of(page, "5")
    assert "3.00 Δ base down" in card.inner_text()


def test_a_value_is_answered_without_a_script_too(opened: Open) -> None:
    page = opened(script=False, path=f"/?tenant=harbour-optics&q={LACKS.replace(' ', '+')}")
    page.fill(".value input[name=q]", "5 mm")
    page.locator(".value button").click()
    assert "3.00 Δ base down" in page.inner_text(".card")


def test_advice_that_cannot_wait_stands_first_in_a_plain_box(opened: Open) -> None:
    page = opened()
    ask(page, URGENT)
    card = page.locator(".card.knowledge")
    box = card.get_by_role("region", name="Seek care now")
    expect(box).to_be_visible()
    expect(box.get_by_role("heading", name="Seek care now")).to_be_visible()
    assert box.locator(".cite").count() == 0
    first = card.locator(".sentence").first.evaluate("p => p.closest('.urgent') !== null")
    assert first
    red = box.evaluate(
        "b => { const c = getComputedStyle(b); return [c.borderTopColor, c.backgroundColor, c.color]; }"
    )
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert red == [ink, "rgba(0, 0, 0, 0)", ink]
    assert (page.locator(".stages").text_content() or "").startswith("Seek care now:")


def test_a_question_of_two_halves_shows_each_with_its_evidence(opened: Open) -> None:
    page = opened()
    ask(page, BOTH)
    card = page.locator(".card.compound")
    halves = card.locator(".half")
    expect(halves).to_have_count(2)
    assert halves.nth(0).locator(".cite").count() == 0
    assert halves.nth(1).locator(".cite").count() >= 1
    assert halves.nth(1).locator(".sources").count() == 1
    card.get_by_text("How this was worked out").click()
    assert "SELECT" in card.locator(".working .sql").inner_text()
    assert "Passages" in card.locator(".working").inner_text()


def test_what_is_not_known_is_said_and_has_no_sources(opened: Open) -> None:
    page = opened()
    ask(page, UNKNOWN)
    assert page.locator(".card.refusal").count() == 1
    assert page.locator(".sources").count() == 0


def _working(page: Page) -> None:
    ask(page, KNOWS)
    page.get_by_text("How this was worked out").click()


def _asked(question: str) -> Callable[[Page], None]:
    return lambda page: ask(page, question)


STATES: dict[str, Callable[[Page], None]] = {
    "knowledge": _asked(KNOWS),
    "calculation": _asked(PRISM),
    "axis": _asked("Transpose −2.00 +1.00 x 30"),
    "decentration": _asked("Decentration for a 52-18 frame with a PD of 62?"),
    "resolved": _asked("Resolve 5 Δ base 45"),
    "urgent": _asked(URGENT),
    "personal": _asked(PERSONAL),
    "compound": _asked(BOTH),
    "working": _working,
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_card_is_accessible_and_stays_within_its_width(opened: Open, width: int, theme: str) -> None:
    page = opened(width=width, theme=theme)
    for name, reach in STATES.items():
        page.goto("/?tenant=harbour-optics")
        reach(page)
        picture(page, f"expert-{name}-{width}-{theme}")
        fits(page)
        accessible(page)
