"""Slips are mended where one known word is clearly meant; a name that is not known never becomes a word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.practice import LEXICON, VALUES, asked, plan, read_words, short
from prentice.planner.spelling import Speller
from prentice.semantic.conditions import iter_conditions


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("reveneu last mnth", "revenue last month"),
        ("frams sold last month", "frames sold last month"),
        ("revenue by catgory last month", "revenue by category last month"),
        ("top 5 braned by revenue this year", "top 5 brands by revenue this year"),
        ("varifocls ordered last month", "varifocals ordered last month"),
        ("no-shwo rate last month", "no-show rate last month"),
        ("turnarond time last month", "turnaround time last month"),
        ("avarage transaction value last month", "average transaction value last month"),
        ("how many apointments last week", "how many appointments last week"),
        ("gros margin last month", "gross margin last month"),
    ],
)
def test_a_slip_of_a_trade_word_is_mended(typed: str, meant: str) -> None:
    assert short(typed) == short(meant)


@pytest.mark.parametrize(
    ("typed", "filter_"),
    [
        ("Nordhavn revenue last month", "brand = Nordhaven"),
        ("revenue of Aldwich last month", "brand = Aldwych"),
        ("revenue of zephyrin last month", "brand = Zephyrine"),
        ("aqua vue sold last month", "brand = AquaVue"),
        ("revenue for Sibohan last month", "staff = Siobhan Hartley"),
        ("revenue for Callun last month", "staff = Callum Reid"),
        ("revenue for Hartly last month", "staff = Siobhan Hartley"),
        ("purchase spend with Tidway last month", "supplier = Tideway Lenses"),
    ],
)
def test_a_slip_of_a_stored_name_is_mended_to_that_name(typed: str, filter_: str) -> None:
    assert short(typed)["where"] == filter_


@pytest.mark.parametrize(
    ("typed", "range_"),
    [
        ("revenue in Septembr", "2026-09-01 to 2026-09-30"),
        ("revenue in Febuary 2026", "2026-02-01 to 2026-02-28"),
        ("revenue in ocotber", "2026-10-01 to 2026-10-31"),
        ("revenue in Decembre", "2025-12-01 to 2025-12-31"),
        ("revenue last yaer", "2025-01-01 to 2025-12-31"),
        ("revenue last quater", "2026-07-01 to 2026-09-30"),
        ("revenue yesteday", "2026-10-30 to 2026-10-30"),
    ],
)
def test_a_slip_of_a_month_or_a_word_for_time_is_mended(typed: str, range_: str) -> None:
    assert short(typed) == {"metrics": "revenue", "when": range_}


def test_what_was_mended_is_told_and_makes_the_plan_less_sure() -> None:
    mended, typed_right = plan("reveneu by catgory last month"), plan("revenue by category last month")
    assert mended.query == typed_right.query
    assert mended.corrections == (("reveneu", "revenue"), ("catgory", "category"))
    assert typed_right.corrections == ()
    assert mended.confidence < typed_right.confidence


@pytest.mark.parametrize("name", ["Alex", "Marsh", "Jane", "Dave", "Brendan", "Northbrook", "Graham", "Jule"])
@pytest.mark.parametrize(
    "question",
    ["Revenue for {} last month", "how many frames did {} sell last month", "sales by {} this year"],
)
def test_a_name_that_is_not_known_is_asked_about_and_never_mended(name: str, question: str) -> None:
    made = plan(question.format(name))
    assert made.outcome == "ask"
    assert made.unused == (name.casefold(),)
    assert f"\u201c{name.casefold()}\u201d" in made.message


@pytest.mark.parametrize("name", ["alex", "jane", "dave", "jon", "mike"])
def test_a_short_name_in_small_letters_is_not_mended_either(name: str) -> None:
    assert plan(f"revenue for {name} last month").unused == (name,)


@pytest.mark.parametrize(
    "word", ["inactive", "incomplete", "irregular", "nonactive", "disordered", "unreceived"]
)
def test_the_opposite_of_a_word_is_no_slip_of_it(word: str) -> None:
    made = plan(f"{word} frames sold last month")
    assert made.outcome == "ask"
    assert made.query is None


@pytest.mark.parametrize("word", ["inactive", "unactive", "disactive"])
def test_the_opposite_of_a_word_is_not_mended_where_the_word_would_fit(word: str) -> None:
    made = plan(f"how many {word} products do we have")
    assert made.query is None
    assert "active" not in {better for _, better in read_words(f"how many {word} products").corrections}


@pytest.mark.parametrize("question", ["revenue from gift wrap last month", "sales by turtle last month"])
def test_an_everyday_word_is_not_mended_into_a_trade_word(question: str) -> None:
    assert plan(question).outcome == "ask"


@pytest.mark.parametrize(
    "typed", ["singlevision orders last month", "stockvalue by brand", "eyeexams last month"]
)
def test_two_words_typed_as_one_are_taken_apart(typed: str) -> None:
    apart = typed.replace("singlev", "single v").replace("stockv", "stock v").replace("eyee", "eye e")
    assert asked(typed) == asked(apart)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(w for w in LEXICON.words | VALUES.words if w.isalpha() and w.isascii())),
    st.sampled_from(("revenue", "sold by", "for")),
)
def test_a_known_word_is_left_as_it_is(word: str, before: str) -> None:
    mended, corrections = Speller(LEXICON, VALUES).mend(f"{before} {word}")
    assert corrections == ()
    assert mended.replace(" ", "") == f"{before}{word}".replace(" ", "")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9).map(str.capitalize))
def test_a_name_is_at_most_mended_to_something_this_practice_has_or_a_month(name: str) -> None:
    """Whatever a name resembles: no metric, and no breakdown, comes of it."""
    made = plan(f"Revenue for {name} last month")
    if made.query is None or not made.corrections:
        return
    assert made.query.metrics == ("revenue",)
    assert made.query.dimensions == ()
    stored = {v for values in VALUES.stored.values() for v in values}
    for condition in iter_conditions(made.query.filters):
        assert condition.value in stored or condition.field in ("weekday", "product", "product_type")
