"""KPIS.md, "Words for ranking", as a table; and rankings by a change."""

from __future__ import annotations

from typing import Any

import pytest

from planner.practice import asked, differences, plan, short
from prentice.semantic.query import Condition

BY_UNITS = [
    "best-selling brands",
    "bestselling brands",
    "top-selling brands",
    "most popular brands",
    "brands that sold most",
    "which brands sold the most",
    "fastest selling brands",
    "brands most in demand",
]
BY_REVENUE = [
    "top brands",
    "best brands",
    "highest-earning brands",
    "biggest brands",
    "leading brands",
    "top grossing brands",
    "which brands took the most",
    "which brands brought in the most",
]
WORST_BY_UNITS = [
    "worst-selling brands",
    "slowest selling brands",
    "least popular brands",
    "slowest moving brands",
    "which brands sold least",
    "lowest selling brands",
]
WORST_BY_REVENUE = [
    "worst brands",
    "bottom brands",
    "poorest performing brands",
    "which brands took the least",
]


@pytest.mark.parametrize("words", BY_UNITS)
def test_words_of_selling_rank_by_units(words: str) -> None:
    found = short(f"{words} last month")
    assert differences(found, {"metrics": "units_sold", "by": "brand", "order": "units_sold desc"}) == {}


@pytest.mark.parametrize("words", BY_REVENUE)
def test_words_of_worth_rank_by_revenue(words: str) -> None:
    found = short(f"{words} last month")
    assert differences(found, {"metrics": "revenue", "by": "brand", "order": "revenue desc"}) == {}


@pytest.mark.parametrize("words", WORST_BY_UNITS)
def test_words_of_selling_badly_rank_from_below_and_count_what_sold_nothing(words: str) -> None:
    found = short(f"{words} last month")
    expected = {"metrics": "units_sold", "by": "brand", "order": "units_sold asc", "empty": True}
    assert differences(found, expected) == {}


@pytest.mark.parametrize("words", WORST_BY_REVENUE)
def test_worst_ranks_revenue_from_below_and_counts_what_sold_nothing(words: str) -> None:
    found = short(f"{words} last month")
    expected = {"metrics": "revenue", "by": "brand", "order": "revenue asc", "empty": True}
    assert differences(found, expected) == {}


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        # a figure that is named is the one ranked by
        (
            "top 5 brands by gross margin this year",
            {"metrics": "gross_margin", "order": "gross_margin desc", "limit": 5},
        ),
        ("best-selling brands by revenue this year", {"metrics": "revenue", "order": "revenue desc"}),
        (
            "worst 5 products by gross margin rate this year",
            {"order": "gross_margin_rate asc", "limit": 5, "empty": None},
        ),
        (
            "Rank the staff by average transaction value",
            {"order": "average_transaction_value desc", "by": "staff"},
        ),
        # where fewer is better, best is the smallest and highest is still the largest
        ("best staff by discount rate this year", {"order": "discount_rate asc"}),
        ("highest no-show rate by practitioner", {"order": "no_show_rate desc"}),
        ("lowest no-show rate by practitioner", {"order": "no_show_rate asc"}),
        ("worst supplier by lead time this year", {"order": "average_lead_time_days desc"}),
        ("fastest supplier by lead time", {"order": "average_lead_time_days asc", "limit": 1}),
        ("top 2 suppliers by lead time", {"by": "supplier", "limit": 2}),
        ("slowest lens type by turnaround", {"order": "average_turnaround_days desc", "limit": 1}),
        # frames and contact lenses are products of that type; lens types are ranked by orders
        ("top-selling frames this year", {"by": "product", "where": "product_type = frame"}),
        ("best contact lenses this year", {"by": "product", "where": "product_type = contact_lens"}),
        ("top products last month", {"by": "product", "where": None}),
        ("most popular lens type this year", {"metrics": "orders", "by": "lens_type", "limit": 1}),
        ("top 3 coatings this year", {"metrics": "orders", "by": "coating", "limit": 3}),
        # people, days
        ("who sold the most frames last month", {"metrics": "units_sold", "by": "staff", "limit": 1}),
        ("busiest weekday this year", {"metrics": "transactions", "by": "weekday", "limit": 1}),
        ("quietest hour last month", {"metrics": "transactions", "by": "hour", "order": "transactions asc"}),
        ("busiest practitioner last month", {"metrics": "appointments", "by": "practitioner"}),
        ("best month in 2025", {"metrics": "revenue", "by": "month", "limit": 1}),
        # people who sold nothing are no products that sold nothing
        ("worst staff by revenue last month", {"order": "revenue asc", "empty": None}),
        # within each of something
        ("Top 2 models for each brand this year", {"by": "brand model", "per": "2 of brand", "limit": None}),
        ("top brand for each staff member this year", {"by": "staff brand", "per": "1 of staff"}),
        ("top 2 brands in each month of last quarter", {"by": "month brand", "per": "2 of month"}),
    ],
)
def test_a_ranking_says_what_is_ranked_by_what_and_how(question: str, parts: dict[str, Any]) -> None:
    assert differences(short(question), parts) == {}


@pytest.mark.parametrize(
    ("question", "limit"),
    [
        ("top brands last month", 10),
        ("top brand last month", 1),
        ("Which brand took the most last month?", 1),
        ("Which brands took the most last month?", 10),
        ("top 5 brands last month", 5),
        ("highest earning brands last month, top three", 3),
        ("frames last month top 7", 7),
        ("our 3 most popular frames this year", 3),
        ("what's our biggest seller in solutions this year", 1),
        ("best sellers this year", 10),
    ],
)
def test_without_a_number_there_are_ten_or_one_where_it_is_singular(question: str, limit: int) -> None:
    assert asked(question).limit == limit


def test_a_ranking_of_brands_leaves_out_products_without_one_and_a_breakdown_does_not() -> None:
    named = Condition(field="brand", op="is not null")
    assert named in asked("top brands last month").having
    assert named not in asked("revenue by brand last month").having


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("which brands grew the most in September compared with August", "revenue_change desc"),
        ("which brands fell the most in September compared with August", "revenue_change asc"),
        ("which brands grew fastest in September compared with August", "revenue_change_pct desc"),
        ("which brands grew the least in September compared with August", "revenue_change asc"),
        (
            "which brands dropped the most in units sold in September compared with August",
            "units_sold_change asc",
        ),
    ],
)
def test_a_ranking_of_growth_goes_by_the_change(question: str, order: str) -> None:
    found = short(question)
    expected = {
        "by": "brand",
        "order": order,
        "when": "2026-09-01 to 2026-09-30",
        "beside": "2026-08-01 to 2026-08-31",
    }
    assert differences(found, expected) == {}


def test_which_grew_gives_those_that_did() -> None:
    grew = short("which brands grew in September compared with August")
    assert differences(grew, {"having": "revenue_change > 0", "order": "revenue_change desc"}) == {}
    fell = short("which brands declined in September compared with August")
    assert differences(fell, {"having": "revenue_change < 0", "order": "revenue_change asc"}) == {}


def test_a_period_under_way_is_ranked_like_for_like() -> None:
    found = short("which brands grew the most this year compared with last year")
    assert (
        differences(
            found,
            {
                "when": "2026-01-01 to 2026-10-31",
                "beside": "2025-01-01 to 2025-12-31",
                "like": "2025-01-01 to 2025-10-31",
                "order": "revenue_like_for_like_change_pct desc",
            },
        )
        == {}
    )


@pytest.mark.parametrize("question", ["top 3 for Hard Case last month", "best revenue last month"])
def test_a_ranking_of_nothing_is_asked_about(question: str) -> None:
    made = plan(question)
    assert made.outcome == "ask"
