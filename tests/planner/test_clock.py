"""Hours of the day, as whole hours: 16 is 16:00 to 16:59."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.practice import short
from prentice.planner.clock import find_hours


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("after 4pm", (16, 23)),
        ("after 4 pm", (16, 23)),
        ("from 9am", (9, 23)),
        ("past noon", (12, 23)),
        ("since 10 o'clock", (10, 23)),
        ("before 10am", (0, 9)),
        ("before noon", (0, 11)),
        ("before midday", (0, 11)),
        ("until 12pm", (0, 11)),
        ("till midnight", (0, 23)),
        ("by 11:00", (0, 10)),
        ("at 3pm", (15, 15)),
        ("at 12am", (0, 0)),
        ("at noon", (12, 12)),
        ("between 10 and 12 in the morning", (10, 11)),
        ("between 2 and 4pm", (14, 15)),
        ("from 9am to 5pm", (9, 16)),
        ("between 9am and noon", (9, 11)),
        ("from 11:00 to 14:00", (11, 13)),
        ("after about 5 in the evening", (17, 23)),
        ("after 2 in the afternoon", (14, 23)),
        ("between 10pm and midnight", (22, 23)),
    ],
)
def test_words_for_an_hour_give_the_hours_they_mean(text: str, hours: tuple[int, int]) -> None:
    assert [(h.first, h.last) for h in find_hours(text.replace("'", " "))] == [hours]


@pytest.mark.parametrize(
    "text",
    [
        "after 4",  # of anything
        "after 4 days",
        "between 10 and 12",
        "from 1 to 5 units",
        "at 4%",
        "before 2025",
        "at 15pm",  # no such hour
        "after midnight",
        "before 12am",  # nothing is left
        "between 5pm and 4pm",  # the wrong way round
        "between 10am and 10am",
        "after 10:30",  # half hours are not held
        "around 4pm",
    ],
)
def test_what_is_no_whole_hour_or_leaves_none_is_not_read_as_hours(text: str) -> None:
    assert list(find_hours(text)) == []


def test_two_bounds_are_found_each_in_its_place() -> None:
    text = "takings before noon vs after 4pm"
    found = list(find_hours(text))
    assert [h.words for h in found] == ["before noon", "after 4pm"]
    assert [text[h.start : h.end] for h in found] == ["before noon", "after 4pm"]


def test_hours_of_a_question_restrict_it_and_are_no_date() -> None:
    assert short("takings after 4pm last month") == {
        "metrics": "revenue",
        "where": "hour between 16, 23",
        "when": "2026-09-01 to 2026-09-30",
    }


def test_numbers_beside_a_clock_are_not_left_over() -> None:
    assert short("transactions between 9am and 11am in September")["where"] == "hour between 9, 10"


@given(st.text(alphabet="betwnaftrudil 0123456789:pm'ocknidgh-", max_size=40))
def test_hours_found_in_any_text_lie_in_the_day_and_in_the_text(text: str) -> None:
    for h in find_hours(text):
        assert 0 <= h.first <= h.last <= 23
        assert text[h.start : h.end] == h.words
