"""Words for time beyond KPIS.md's table: parts, runs, numbered days and weeks, feasts, comparisons."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prentice.semantic.dates import find_times

TODAY = date(2026, 10, 31)  # a Saturday

DAYS = {
    # days and months as numbers
    "on 3/10": "2026-10-03",
    "between 1/9 and 14/9": "2026-09-01 2026-09-14",
    "1/9-21/9": "2026-09-01 2026-09-21",
    "(1/9-21/9)": "2026-09-01 2026-09-21",
    "1/9/2026-21/9/2026": "2026-09-01 2026-09-21",
    "1/9 - 21/9/2025": "2025-09-01 2025-09-21",
    "20/12 to 5/1": "2025-12-20 2026-01-05",
    "1/11": "2025-11-01",
    "5-10-2026": "2026-10-05",
    "2026/10/05": "2026-10-05",
    "09/2026": "2026-09-01 2026-09-30",
    # days of a month
    "takings 1-14 september": "2026-09-01 2026-09-14",
    "the 1st to the 14th of september last year": "2025-09-01 2025-09-14",
    "3rd and 4th of october": "2026-10-03 2026-10-04",
    "october 5-12": "2026-10-05 2026-10-12",
    "oct 5 to 12, 2025": "2025-10-05 2025-10-12",
    "from 5 october to the 12th": "2026-10-05 2026-10-12",
    "from 28 september to the 3rd": "2026-09-28 2026-10-03",
    "5th oct 25": "2025-10-05",
    "5 october last year": "2025-10-05",
    "october before the 15th": "2026-10-01 2026-10-14",
    "september up to the 20th": "2026-09-01 2026-09-20",
    "september after the 20th": "2026-09-21 2026-09-30",
    "september from the 5th to the 12th": "2026-09-05 2026-09-12",
    "last month after the 20th": "2026-09-21 2026-09-30",
    "on the 15th": "2026-10-15",
    "on the 1st": "2026-10-01",
    "since the 15th": "2026-10-15 2026-10-31",
    "the 3rd of last month": "2026-09-03",
    "the first of the month": "2026-10-01",
    "between the 5th and the 12th of october": "2026-10-05 2026-10-12",
    "between the 5th and the 12th of last month": "2026-09-05 2026-09-12",
    "from the 5th to the 12th": "2026-10-05 2026-10-12",
    # with today
    "last 7 days, including today": "2026-10-25 2026-10-31",
    "past 7 days to today": "2026-10-25 2026-10-31",
    "last 3 weeks up to and including today": "2026-10-05 2026-10-31",
    "last 3 months including this month": "2026-08-01 2026-10-31",
    "last 12 months to date": "2025-10-01 2026-10-31",
    # parts of a period
    "first half of october": "2026-10-01 2026-10-15",
    "2nd half of october 2025": "2025-10-16 2025-10-31",
    "first half of the year": "2026-01-01 2026-06-30",
    "last half of 2025": "2025-07-01 2025-12-31",
    "first month of q3": "2026-07-01 2026-07-31",
    "last month of last year": "2025-12-01 2025-12-31",
    "final quarter of 2025": "2025-10-01 2025-12-31",
    "first quarter of last year": "2025-01-01 2025-03-31",
    "first two weeks of last month": "2026-09-01 2026-09-14",
    "third week of september": "2026-09-15 2026-09-21",
    "last week of september": "2026-09-24 2026-09-30",
    "the first 10 days of the month": "2026-10-01 2026-10-10",
    "last day of last month": "2026-09-30",
    "last 2 days of last week": "2026-10-24 2026-10-25",
    "first nine months of 2026": "2026-01-01 2026-09-30",
    "last 6 months of last year": "2025-07-01 2025-12-31",
    "first monday of september": "2026-09-07",
    "last weekend of september": "2026-09-26 2026-09-27",
    # runs of days beside a day or month
    "in the three months to september": "2026-07-01 2026-09-30",
    "the 12 months to march 2026": "2025-04-01 2026-03-31",
    "the 12 months ended 31 march 2026": "2025-04-01 2026-03-31",
    "the quarter ended 30 september": "2026-07-01 2026-09-30",
    "the 30 days to 15 october": "2026-09-16 2026-10-15",
    "the two weeks after 5 october": "2026-10-06 2026-10-19",
    "the 2 weeks before christmas day": "2025-12-11 2025-12-24",
    "year to end of september": "2026-01-01 2026-09-30",
    "from the start of the year": "2026-01-01 2026-10-31",
    "since the beginning of last month": "2026-09-01 2026-10-31",
    "october 2025 to date": "2025-10-01 2026-10-31",
    "year to date last year": "2025-01-01 2025-10-31",
    "last year to date": "2025-01-01 2025-10-31",
    # weeks
    "week 40": "2026-09-28 2026-10-04",
    "week 45": "2025-11-03 2025-11-09",
    "iso week 40 of 2025": "2025-09-29 2025-10-05",
    "weeks 36 to 39": "2026-08-31 2026-09-27",
    "weeks 36-39 of last year": "2025-09-01 2025-09-28",
    "between week 36 and week 39": "2026-08-31 2026-09-27",
    "week commencing 12 october": "2026-10-12 2026-10-18",
    "week beginning 12/10": "2026-10-12 2026-10-18",
    "week ending 18 october": "2026-10-12 2026-10-18",
    "monday last week": "2026-10-19",
    "monday to wednesday last week": "2026-10-19 2026-10-21",
    "past week": "2026-10-19 2026-10-25",
    "3 days ago": "2026-10-28",
    # named days
    "christmas day": "2025-12-25",
    "boxing day last year": "2025-12-26",
    "new year day": "2026-01-01",
    "new year eve 2024": "2024-12-31",
    "valentine day": "2026-02-14",
    "on halloween": "2026-10-31",
    "last halloween": "2025-10-31",
    "independence day this year": "2026-07-04",
    "4th of july": "2026-07-04",
    "july 4th 2025": "2025-07-04",
    "black friday": "2025-11-28",
    "thanksgiving 2024": "2024-11-28",
    # months, quarters, years
    "jan to sep": "2026-01-01 2026-09-30",
    "jan - mar 2026": "2026-01-01 2026-03-31",
    "q1 q2 2026": "2026-01-01 2026-06-30",
    "q1 to q3 2025": "2025-01-01 2025-09-30",
    "2024-2025": "2024-01-01 2025-12-31",
    "last year in october": "2025-10-01 2025-10-31",
    "over the last year": "2025-01-01 2025-12-31",
    # said twice
    "first three weeks of sept (1/9-21/9)": "2026-09-01 2026-09-21",
    "last month (september)": "2026-09-01 2026-09-30",
    "yesterday, friday 30 october": "2026-10-30",
}


def _found(words: str, *, day_first: bool = True) -> list[tuple[str, str]]:
    mentions = find_times(words, TODAY, day_first=day_first)
    return [(str(m.range.from_), str(m.range.to)) for m in mentions if m.role != "compare"]


@pytest.mark.parametrize(("words", "days"), DAYS.items())
def test_each_phrase_gives_its_days(words: str, days: str) -> None:
    first, *rest = days.split()
    assert _found(words) == [(first, rest[0] if rest else first)]


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("9/1 - 9/15", ("2026-09-01", "2026-09-15")),
        ("from 9/1 to 9/15/2025", ("2025-09-01", "2025-09-15")),
        ("on 12/25", ("2025-12-25", "2025-12-25")),
        ("31/10", ("2026-10-31", "2026-10-31")),
    ],
)
def test_in_the_us_the_month_stands_first(words: str, days: tuple[str, str]) -> None:
    assert _found(words, day_first=False) == [days]


@pytest.mark.parametrize(
    "words",
    ["until the end of last month", "to the end of september", "through september", "up to september"],
)
def test_until_leaves_the_first_day_open(words: str) -> None:
    assert _found(words) == [("None", "2026-09-30")]


@pytest.mark.parametrize(
    ("words", "back"),
    [
        ("the same stretch last year", ("year", 1)),
        ("same two weeks of last year", ("year", 1)),
        ("same spell in last month", ("month", 1)),
        ("this time last year", ("year", 1)),
        ("the corresponding period last year", ("year", 1)),
        ("a year earlier", ("year", 1)),
        ("the year earlier period", ("year", 1)),
        ("12 months ago", ("year", 1)),
        ("two years ago", ("year", 2)),
        ("six weeks earlier", ("week", 6)),
        ("a fortnight ago", ("week", 2)),
    ],
)
def test_a_distance_is_a_comparison(words: str, back: tuple[str, int]) -> None:
    (mention,) = find_times(f"takings vs {words}", TODAY)
    assert (mention.role, mention.back) == ("compare", back)


@pytest.mark.parametrize(
    "words",
    [
        "the first week of q3",
        "the first two weeks of 2026",
        "the second half of q3",
        "the fourth month of q3",
        "every october",
        "each q3",
        "octobers",
        "mon-wed",
        "mon wed",
        "week 53 of 2025",
        "weeks 36 and 39",
        "the 3rd and 5th of october",
        "the year to march 2026",
        "before the 15th",
    ],
)
def test_what_names_no_days_gives_none(words: str) -> None:
    assert find_times(words, TODAY) == []


@pytest.mark.parametrize(
    "words",
    ["1.5/2", "1/67", "20/20", "1/2 price", "2/3 of patients", "6/6 vision", "1/2/3/4", "open 24/7",
     "the 2nd pair discount", "the 5th best brand", "may we see the 10th percentile"],
)  # fmt: skip
def test_other_numbers_are_no_days(words: str) -> None:
    assert find_times(words, TODAY) == []


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("july / august", 2),
        ("july and september", 2),
        ("compare the last 3 months to last year", 2),
        ("compare the last 7 days to today", 2),
        ("compare q1 q2 2026", 2),
        ("first half of october vs second half of september", 2),
        ("jan, feb and march 2025", 3),
    ],
)
def test_two_times_stay_two(words: str, count: int) -> None:
    assert len(find_times(words, TODAY)) == count


def test_a_year_said_at_the_end_of_a_list_holds_for_all_of_it() -> None:
    assert [first[:4] for first, _ in _found("january, february and march 2025")] == ["2025"] * 3
    assert _found("q1 vs q2 2025")[0] == ("2025-01-01", "2025-03-31")
    assert _found("october vs september 2025")[0] == ("2026-10-01", "2026-10-31")


def test_days_said_twice_are_one_mention_with_its_brackets() -> None:
    (mention,) = find_times("frames sold last month (september) by brand", TODAY)
    assert mention.words == "last month (september)"


def test_onwards_belongs_to_the_day_it_starts_from() -> None:
    (mention,) = find_times("takings from september onwards by brand", TODAY)
    assert (mention.role, mention.words) == ("since", "from september onwards")


def test_what_went_through_last_week_is_last_week() -> None:
    assert _found("transactions that went through last week") == [("2026-10-19", "2026-10-25")]


def test_a_day_number_takes_the_latest_month_that_has_it() -> None:
    (mention,) = find_times("on the 31st", date(2026, 10, 5))
    assert mention.range.from_ == date(2026, 8, 31)


_JOINING = [
    "vs",
    "of",
    "and",
    "to",
    "from",
    "before",
    "after",
    "the",
    "every",
    "last",
    "first",
    "days",
    "week",
]
_ODD = ["29/2", "31/9", "0/0", "0", "99", "32nd", "366", ",", "(", ")"]
_WORDS = st.sampled_from(sorted({w for phrase in DAYS for w in phrase.split()} | {*_JOINING, *_ODD}))
_TODAYS = st.dates(date(2001, 1, 1), date(2090, 12, 31))


@settings(max_examples=400)
@given(st.lists(_WORDS, max_size=9).map(" ".join), _TODAYS, st.booleans())
def test_any_words_of_time_give_well_formed_mentions(text: str, today: date, day_first: bool) -> None:
    mentions = find_times(text, today, day_first=day_first)
    end = 0
    for m in mentions:
        assert end <= m.start < m.end <= len(text)
        end = m.end
        if m.range.from_ and m.range.to:
            assert m.range.from_ <= m.range.to
        if m.role in ("range", "since", "all") and m.range.to:
            assert m.range.to <= today
    assert find_times(text.upper(), today, day_first=day_first) == mentions


@given(st.sampled_from(sorted(DAYS)), _TODAYS, st.booleans())
def test_phrases_are_read_on_any_day(words: str, today: date, day_first: bool) -> None:
    for m in find_times(words, today, day_first=day_first):
        if m.range.from_ and m.range.to:
            assert m.range.from_ <= m.range.to
