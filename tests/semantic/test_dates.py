"""Words for time, row by row of KPIS.md."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prentice.semantic.dates import find_times, like_for_like, other_period

TODAY = date(2026, 10, 31)

ROWS = [
    ("takings today", "2026-10-31", "2026-10-31"),
    ("yesterday", "2026-10-30", "2026-10-30"),
    ("this week", "2026-10-26", "2026-10-31"),
    ("year to date", "2026-01-01", "2026-10-31"),
    ("last week", "2026-10-19", "2026-10-25"),
    ("last month", "2026-09-01", "2026-09-30"),
    ("previous quarter", "2026-07-01", "2026-09-30"),
    ("last year", "2025-01-01", "2025-12-31"),
    ("last 3 months", "2026-07-01", "2026-09-30"),
    ("past 6 weeks", "2026-09-14", "2026-10-25"),
    ("trailing 12 months", "2025-10-01", "2026-09-30"),
    ("last 30 days", "2026-10-01", "2026-10-30"),
    ("in March", "2026-03-01", "2026-03-31"),
    ("in December", "2025-12-01", "2025-12-31"),
    ("in Q3", "2026-07-01", "2026-09-30"),
    ("in Q4", "2026-10-01", "2026-10-31"),
    ("in March 2025", "2025-03-01", "2025-03-31"),
    ("in 2024", "2024-01-01", "2024-12-31"),
    ("Q3 2025", "2025-07-01", "2025-09-30"),
    ("since March", "2026-03-01", "2026-10-31"),
    ("since 2024", "2024-01-01", "2026-10-31"),
    ("between 1 March and 15 April", "2026-03-01", "2026-04-15"),
    ("from March to June 2025", "2025-03-01", "2025-06-30"),
    ("from 1 January 2025 to 31 October 2026", "2025-01-01", "2026-10-31"),
    ("from November 2025 to January", "2025-11-01", "2026-01-31"),
    ("next week", "2026-11-02", "2026-11-08"),
    ("next month", "2026-11-01", "2026-11-30"),
    ("tomorrow", "2026-11-01", "2026-11-01"),
    ("all time", None, "2026-10-31"),
]


@pytest.mark.parametrize(("words", "first", "last"), ROWS)
def test_each_row_of_the_table_gives_its_days(words: str, first: str | None, last: str) -> None:
    (mention,) = find_times(words.lower(), TODAY)
    assert (str(mention.range.from_) if mention.range.from_ else None, str(mention.range.to)) == (first, last)


@pytest.mark.parametrize(("day_first", "expected"), [(True, date(2026, 10, 5)), (False, date(2026, 5, 10))])
def test_the_country_decides_the_order_of_day_and_month(day_first: bool, expected: date) -> None:
    (mention,) = find_times("5/10/2026", TODAY, day_first=day_first)
    assert mention.range.from_ == expected


def test_a_comparison_of_two_months_is_not_a_range_over_both() -> None:
    asked, other = find_times("compare june to july", TODAY)
    assert (asked.range.to, other.range.from_) == (date(2026, 6, 30), date(2026, 7, 1))


def test_what_is_under_way_is_compared_with_as_many_days() -> None:
    today = date(2026, 10, 14)
    (asked,) = find_times("this month", today)
    other, part = other_period(asked.range, asked.unit, None, today)
    assert (other.from_, other.to) == (date(2026, 9, 1), date(2026, 9, 30))
    assert part is not None
    assert part.to == date(2026, 9, 14)
    assert like_for_like(asked.range, asked.unit, part, today) is None


@given(st.text(max_size=80), st.dates(date(2001, 1, 1), date(2090, 12, 31)))
def test_any_text_gives_well_formed_times_within_it(text: str, today: date) -> None:
    lowered = text.lower()
    for mention in find_times(lowered, today):
        assert 0 <= mention.start < mention.end <= len(lowered)
        if mention.range.from_ and mention.range.to:
            assert mention.range.from_ <= mention.range.to


@given(st.sampled_from([w for w, _, _ in ROWS]), st.dates(date(2001, 1, 1), date(2090, 12, 31)))
def test_words_of_the_table_are_read_on_any_day(words: str, today: date) -> None:
    for mention in find_times(words.lower(), today):
        assert (
            mention.range.from_ is None or mention.range.to is None or mention.range.from_ <= mention.range.to
        )
