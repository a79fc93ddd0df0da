"""Short forms are written out without a change of meaning."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.practice import short
from prentice.planner.short_forms import written_out


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("how'd we do", "how did we do"),
        ("what's the revenue", "what is the revenue"),
        ("which ones didn't sell", "which ones did not sell"),
        ("orders that haven't shipped", "orders that have not shipped"),
        ("we can't tell", "we can not tell"),
        ("it won't sell", "it will not sell"),
        ("we've sold, they're late", "we sold, they late"),
        ("callum's sales", "callum sales"),
        ("opticians' sales", "opticians sales"),
        ("jan thru mar", "jan through mar"),
        ("sales incl. cash", "sales including cash"),
        ("gimme sales", "give me sales"),
        ("teh sales adn orders", "the sales and orders"),
        ("wot did we take", "what did we take"),
        ("no-showed last week", "no show last week"),
        ("dailies and monthlies", "daily lenses and monthly lenses"),
        ("tamsin grey", "tamsin gray"),
        ("sam but for august", "same but for august"),
    ],
)
def test_slips_and_contractions_are_written_out(typed: str, written: str) -> None:
    assert written_out(typed) == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("avg. sale", "average sale"),
        ("sales this yr", "sales this year"),
        ("last 3 mths", "last 3 months"),
        ("last wk", "last week"),
        ("past 2 wks", "past 2 weeks"),
        ("last qtr", "last quarter"),
        ("lst month", "last month"),
        ("prev. month", "previous month"),
        ("w/o exams", "without exams"),
        ("b/w june and july", "between june and july"),
        ("w/c 5 october", "week commencing 5 october"),
        ("appts today", "appointments today"),
        ("txns today", "transactions today"),
        ("rev by brand", "revenue by brand"),
        ("qty sold", "quantity sold"),
        ("per centage of sales", "percentage of sales"),
        ("no. of orders", "number of orders"),
        ("# of orders", "number of orders"),
        ("orders of dr. lindqvist", "orders of lindqvist"),
        ("good morning all, sales today", " sales today"),
    ],
)
def test_shortened_words_are_written_out(typed: str, written: str) -> None:
    assert written_out(typed) == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("thirty five days", "35 days"),
        ("ninety-nine frames", "99 frames"),
        ("a hundred frames", "100 frames"),
        ("two thousand pounds", "2000 pounds"),
        ("3 hundred frames", "300 frames"),
        ("a hundred and five", "a hundred and five"),  # no rule for these: nothing is halved
    ],
)
def test_numbers_in_words_become_digits(typed: str, written: str) -> None:
    assert written_out(typed) == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("sales lastmonth", "sales last month"),
        ("q1-q3 sales", "q1 to q3 sales"),
        ("jan-mar sales", "jan to mar sales"),
        ("weeks of the last 6", "weeks of the last 6 weeks"),
        ("months in the last three", "months of the last three months"),
        ("the quarter that just ended", "last quarter"),
        ("revenue in september vs last", "revenue in september vs the one before"),
        ("the third of october", "3 october"),
        ("october the tenth", "october 10"),
        ("october first week", "october first week"),  # a week, not the 1st
    ],
)
def test_ways_to_say_a_time_become_one_way(typed: str, written: str) -> None:
    assert written_out(typed) == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("leaving frames out of it", "excluding frames"),
        ("brands, largest revenue first", "brands, highest first"),
        ("brands, least first", "brands, lowest first"),
        ("two numbers: revenue and units", ": revenue and units"),
        ("um, revenue", " revenue"),
        ("how many refunds and how much did they come to", "how many refunds and what they came to"),
        ("brands that topped £500", "brands that more than £500"),
        ("brands in order of revenue", "brands ranked by revenue"),
        ("revenue before whole-ticket discounts", "revenue before transaction discounts"),
    ],
)
def test_turns_of_speech_become_plain_ones(typed: str, written: str) -> None:
    assert written_out(typed) == written


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("how'd Aldwych do last mth, rev only", "how did Aldwych do last month, revenue only"),
        ("avg transaction value lst qtr", "average transaction value last quarter"),
        ("no. of appts last wk", "number of appointments last week"),
        ("rev b/w 1 June and 3 July", "revenue between 1 June and 3 July"),
        ("revenue w/o frames last yr", "revenue without frames last year"),
        ("rev Jan-Mar 2026", "revenue from January to March 2026"),
        ("revenue in the past thirty-five days", "revenue in the past 35 days"),
        ("revenue last month leaving frames out", "revenue last month excluding frames"),
        ("brands in order of revenue last month", "brands ranked by revenue last month"),
        ("brands that topped £500 last month", "brands with revenue more than £500 last month"),
        ("revenue the month just gone", "revenue last month"),
        ("Grace's revenue last month", "revenue of Grace last month"),
        ("dailies sold last month", "Daily Lenses sold last month"),
    ],
)
def test_a_short_form_asks_for_the_same_as_the_long_one(said: str, meant: str) -> None:
    assert short(said) == short(meant)


_PIECES = st.sampled_from(
    [
        "how'd we do",
        "what's",
        "didn't",
        "can't",
        "won't",
        "we've",
        "callum's",
        "opticians'",
        "thru",
        "incl.",
        "gimme",
        "teh",
        "nad",
        "wot",
        "rat",
        "dailies",
        "grey",
        "sam but",
        "avg.",
        "yr",
        "mths",
        "mo",
        "wk",
        "qtr",
        "lst",
        "prev.",
        "rn",
        "w/o",
        "b/w",
        "w/c",
        "w/e",
        "appts",
        "txns",
        "rev",
        "qty",
        "percentage",
        "no. of",
        "# of",
        "dr. reid",
        "thirty five",
        "a hundred",
        "two thousand",
        "lastmonth",
        "q1-q3",
        "jan-mar",
        "months",
        "the month just gone",
        "vs last",
        "the third of",
        "october",
        "the tenth",
        "leave",
        "leaving frames out",
        "largest revenue first",
        "ended up sold",
        "how much",
        "did they come to",
        "topped £500",
        "in order of",
        "revenue",
        "frames",
        "last month",
        "by brand",
        "before any sale discounts",
        "and",
        "the",
        "of",
        "?",
        ",",
        "top 5",
        "on the wall",
        "in our displays",
        "order two more",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, min_size=1, max_size=8).map(" ".join))
def test_writing_out_twice_changes_nothing_more(text: str) -> None:
    assert written_out(written_out(text)) == written_out(text)
