"""Bounds: on each group's figure, in the unit that was said; never passed over."""

from __future__ import annotations

import pytest

from planner.practice import US, plan, short


@pytest.mark.parametrize(
    ("question", "having"),
    [
        ("brands with more than £500 revenue last month", "revenue > 500"),
        ("brands with revenue over 5k last month", "revenue > 5000"),
        ("brands with at least 10 units sold last month", "units_sold >= 10"),
        ("brands with 10 or more units sold last month", "units_sold >= 10"),
        ("brands with 5 or fewer units sold last month", "units_sold <= 5"),
        ("brands with no more than 5 units sold last month", "units_sold <= 5"),
        ("brands with not more than 5 units sold last month", "units_sold <= 5"),
        ("brands with not less than 5 units sold last month", "units_sold >= 5"),
        ("brands with between 5 and 10 units sold last month", "units_sold between 5, 10"),
        ("staff with fewer than 20 transactions last month", "transactions < 20"),
        ("months with revenue above £38,000 this year", "revenue > 38000"),
        ("brands with a margin over 60% last month", "gross_margin_rate > 0.6"),
        ("lens types with turnaround longer than 14 days", "average_turnaround_days > 14"),
        ("practitioners with a no-show rate below 10% last month", "no_show_rate < 0.1"),
        ("frames sold at least 10 times last month", "units_sold >= 10"),
        ("suppliers with spend over £2,000 last quarter", "purchase_spend > 2000"),
    ],
)
def test_a_bound_holds_for_each_group(question: str, having: str) -> None:
    found = short(question)
    assert found["having"] == having
    assert found["by"]


def test_brands_have_no_price_so_money_bounds_what_they_took() -> None:
    assert short("brands over £500 last month")["having"] == "revenue > 500"


@pytest.mark.parametrize(
    "question",
    [
        "frames over £200",  # their price, or what they took?
        "orders over £500 last month",  # single amounts are not held
        "sold more than 5 units last month",
        "brands with an average transaction value over 14 days",
        "brands with between 10 and 5 units sold last month",  # the wrong way round
        "staff with more than 5 days of revenue last month",
        "revenue over £500 last month",
    ],
)
def test_a_bound_that_fits_nothing_is_asked_about(question: str) -> None:
    assert plan(question).outcome == "ask"


def test_a_bound_on_one_figure_is_a_question_of_yes_or_no_that_the_figure_answers() -> None:
    found = short("did we take more than £5,000 last month")
    assert found == {"metrics": "revenue", "when": "2026-09-01 to 2026-09-30"}


@pytest.mark.parametrize("amount", ["$500", "500 dollars", "€500", "500 usd"])
def test_an_amount_in_another_currency_is_not_converted(amount: str) -> None:
    made = plan(f"brands that took over {amount} last month")
    assert (made.outcome, made.code) == ("ask", "other_currency")
    assert "GBP" in made.message


def test_the_same_amount_is_plain_where_it_is_the_practices_money() -> None:
    assert short("brands that took over $500 last month", scope=US)["having"] == "revenue > 500"


def test_a_number_that_stands_for_nothing_is_asked_about() -> None:
    made = plan("revenue by brand 17 last month")
    assert made.outcome == "ask"
    assert made.query is None
