"""Questions about patients on the page: groups alone, by year, and nothing about 1 to 10 people."""

from __future__ import annotations

import re

import pytest
from evaluation.practices import anonymise_demo

from e2e.conftest import OUTPUT, Open, ask
from prentice.ask.pipeline import Prentice
from prentice.settings import Settings


@pytest.fixture(scope="module", autouse=True)
def copied(demo: Prentice, session_settings: Settings) -> None:
    anonymise_demo(demo, session_settings.home)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What percentage of patients in the 40-49 age group purchased progressive lenses?", r"\d+\.\d%"),
        ("How many myopes do we have?", r"There are [\d,]+ myopic patients"),
        ("average spend per patient by age group", r"£\d+"),
        ("patients with dry eye by year", r"2026"),
    ],
)
def test_groups_of_patients_are_told(opened: Open, question: str, told: str) -> None:
    page = opened()
    ask(page, question)
    assert re.search(told, page.inner_text(".card .sentence"))


def test_a_few_people_are_withheld_and_the_page_says_so(opened: Open, demo: Prentice) -> None:
    answer = demo.ask("patients by finding", demo.registry.scope("harbour-optics"))
    few = next(row[0] for row in answer.rows if row[1] is None)
    page = opened()
    ask(page, f"list patients in their 90s with {few}")
    shown = page.inner_text(".card")
    assert "withheld" in shown or "no patients" in shown
    ask(page, "patients by finding")
    card = page.locator(".thread .card").first
    card.get_by_text(re.compile("show all", re.IGNORECASE)).first.click()
    assert "withheld (fewer than 11 people)" in card.inner_text()


def test_a_question_by_month_is_answered_by_year_and_says_why(opened: Open) -> None:
    page = opened()
    ask(page, "how many patients did we see last month")
    assert "Only years exist" in page.inner_text(".card")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_answer_is_photographed(opened: Open, width: int, theme: str) -> None:
    page = opened(width=width, theme=theme)
    ask(page, "myopia by age group")
    OUTPUT.mkdir(exist_ok=True)
    picture = OUTPUT / f"patients-{width}-{theme}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 10_000
