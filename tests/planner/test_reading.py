"""Which words of a question are time, numbers, trade words and stored values, and which are none."""

from __future__ import annotations

import pytest

from planner.practice import SCOPE, US, read_words, short


def said(question: str) -> list[str]:
    return [m.text for m in read_words(question).mentions]


def test_the_longest_phrase_wins() -> None:
    assert said("average transaction value") == ["average transaction value"]
    assert "gross margin rate" in said("gross margin rate by brand")
    assert "aquavue daily 30" in said("AquaVue Daily 30 sold")
    assert short("AquaVue Daily 30 sold last month")["where"] == "product = AquaVue Daily 30"
    assert short("Daily 30 sold last month")["where"] == "model = Daily 30"
    assert short("AquaVue sold last month")["where"] == "brand = AquaVue"


def test_a_phrase_does_not_reach_across_a_comma() -> None:
    assert "contact lenses" in said("contact lenses")
    assert "contact lenses" not in said("contact, lenses")


@pytest.mark.parametrize(
    ("question", "categories"),
    [
        ("women's and unisex frames sold last month", "Women's Frames, Unisex Frames"),
        ("women's or children's frames sold last month", "Women's Frames, Children's Frames"),
    ],
)
def test_the_noun_behind_two_words_stands_for_both(question: str, categories: str) -> None:
    assert short(question)["where"] == f"category in {categories}"


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("Hard Case sold this year", "product = Hard Case"),
        ("revenue from Lens Care last month", "category = Lens Care"),
        ("Temple sold last month", "model = Temple"),
        ("contact lens fitting revenue last month", "product = Contact Lens Fitting"),
        ("1.67 orders last month", "lens_material = hi_index_1_67"),
    ],
)
def test_a_stored_value_beats_the_words_it_is_made_of(question: str, where: str) -> None:
    assert short(question)["where"] == where


def test_an_accent_and_an_ampersand_may_be_left_out() -> None:
    assert short("etude sold this year") == short("Étude sold this year")
    assert short("Marlowe and Finch revenue last month")["where"] == "brand = Marlowe & Finch"
    assert short("Marlowe revenue last month")["where"] == "brand = Marlowe & Finch"


def test_part_of_a_persons_name_stands_for_the_person() -> None:
    for name in ("Callum", "Reid", "Callum Reid", "callum's"):
        assert short(f"{name} revenue last month")["where"] == "staff = Callum Reid"


def test_a_word_of_several_product_names_is_looked_for_in_them() -> None:
    reading = read_words("black frames sold last month")
    assert reading.named == ("black",)
    assert reading.unused == ()
    assert short("black frames sold last month")["where"] == "product contains black; product_type = frame"


def test_a_weekday_beside_a_range_restricts_it() -> None:
    assert short("Grace's Saturday revenue this year") == {
        "metrics": "revenue",
        "where": "staff = Grace Lindqvist; weekday = Saturday",
        "when": "2026-01-01 to 2026-10-31",
    }


def test_a_weekday_alone_is_the_last_such_day() -> None:
    assert short("revenue on Friday") == {"metrics": "revenue", "when": "2026-10-30 to 2026-10-30"}


def test_weekdays_in_the_plural_are_a_restriction() -> None:
    assert short("revenue on Mondays last month")["where"] == "weekday = Monday"
    assert short("revenue on weekends this year")["where"] == "weekday in Saturday, Sunday"


def test_a_stored_name_with_a_month_in_it_is_no_date() -> None:
    reading = read_words("OCT Scan revenue last month")
    assert [t.words for t in reading.times] == ["last month"]
    assert short("OCT Scan revenue last month") == {
        "metrics": "revenue",
        "where": "product = OCT Scan",
        "when": "2026-09-01 to 2026-09-30",
    }
    assert short("OCT Scans sold in Oct")["when"] == "2026-10-01 to 2026-10-31"


def test_numbers_of_dates_and_names_are_not_numbers_of_the_question() -> None:
    assert read_words("AquaVue Daily 30 sold on 5 October 2026").numbers == ()
    assert [v for _, v in read_words("top five brands over £1,500 on 5 October").numbers] == [5, 1500]


def test_the_country_decides_which_comes_first_day_or_month() -> None:
    assert short("revenue on 5/10/2026", scope=SCOPE)["when"] == "2026-10-05 to 2026-10-05"
    assert short("revenue on 5/10/2026", scope=US)["when"] == "2026-05-10 to 2026-05-10"


def test_words_that_nothing_knows_are_left_over_in_their_order() -> None:
    assert read_words("revenue from tartan gizmos last month").unused == ("tartan", "gizmos")
    assert read_words("please show me our revenue last month, thanks").unused == ()


def test_a_reading_tells_what_stands_beside_a_token() -> None:
    reading = read_words("revenue by brand: only Aldwych last month")
    by, brand = reading.grammar("group"), reading.after(2)
    assert by is not None
    assert brand is not None
    assert reading.before(2) == by
    assert brand.has("dimension", "brand")
    assert reading.covers(1)
    assert reading.breaks_before(3)
    assert not reading.breaks_before(2)
    assert reading.is_time(5)
    assert not reading.is_time(4)
