"""Words are made alike: case, accents, hyphens, plurals; and nothing that is typed breaks it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prentice.planner.words import lemma, phrase, plain, tokens


@pytest.mark.parametrize(
    ("typed", "alike"),
    [
        ("Hi-Index 1.67", "hi_index 1.67"),
        ("Étude", "etude"),
        ("Marlowe & Finch", "marlowe and finch"),
        ("no-shows", "No Shows"),
        ("anti-reflective", "anti_reflective"),
        ("women\u2019s frames", "women's frames"),
        ("lens   type", " lens type "),
        ("year\u2013on\u2013year", "year-on-year"),
        ("single vision/progressive", "single vision / progressive"),
    ],
)
def test_two_ways_to_write_it_are_one(typed: str, alike: str) -> None:
    assert plain(typed) == plain(alike)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("2026-10-31", "2026-10-31"), ("31/10/2026", "31/10/2026"), ("-5", "-5"), ("£1,500.50", "£1,500.50")],
)
def test_dates_and_amounts_keep_their_signs(typed: str, kept: str) -> None:
    assert plain(typed) == kept


@pytest.mark.parametrize(
    ("word", "singular"),
    [
        ("frames", "frame"),
        ("categories", "category"),
        ("lenses", "lens"),
        ("boxes", "box"),
        ("glasses", "glasses"),
        ("watches", "watch"),
        ("people", "person"),
        ("women", "woman"),
        ("sunnies", "sunglass"),
        ("gross", "gross"),
        ("status", "status"),
        ("statuses", "status"),
        ("always", "always"),
        ("does", "does"),
        ("analysis", "analysis"),
        ("3rds", "3rds"),
        ("gas", "gas"),
    ],
)
def test_a_plural_has_the_lemma_of_its_singular(word: str, singular: str) -> None:
    assert lemma(word) == singular
    assert lemma(singular) == singular


def test_a_token_tells_where_it_stands_and_whether_it_is_a_plural() -> None:
    text = plain("Top 5 Frames by revenue?")
    cut = tokens(text)
    assert [t.text for t in cut] == ["top", "5", "frames", "by", "revenue", "?"]
    assert all(text[t.start : t.end] == t.text for t in cut)
    assert [t.text for t in cut if t.plural] == ["frames"]


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12", 12), ("1,500", 1500), ("2.5k", 2500), ("1m", 1e6), ("3rd", None), ("1.2.3", None), ("q3", None)],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: float | None) -> None:
    assert tokens(typed)[0].number == number


def test_a_phrase_is_alike_in_singular_and_plural() -> None:
    assert phrase("Contact Lenses") == phrase("contact-lens") == ("contact", "lens")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_made_plain_and_cut_without_error(text: str) -> None:
    made = plain(text)
    assert made == made.strip()
    assert "  " not in made
    cut = tokens(made)
    assert all(made[t.start : t.end] == t.text and t.lemma for t in cut)
    assert all(t.number is None or t.number >= 0 for t in cut)
    assert all(a.end <= b.start for a, b in pairwise(cut))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_a_singular_has_no_other_singular(word: str) -> None:
    """Stored names and questions go through the same form, so that it need be stable, not right."""
    assert phrase(word) == phrase(word.upper())
    assert len(lemma(word)) <= max(len(word), len("sunglass"))
