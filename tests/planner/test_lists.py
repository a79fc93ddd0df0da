"""Lists of products: low in stock, out of stock, dead, unsold; and how many there are of each."""

from __future__ import annotations

from typing import Any

import pytest

from planner.practice import differences, plan, short

LOW = {
    "metrics": "stock_on_hand low_stock_threshold stock_to_threshold",
    "by": "product",
    "order": "stock_to_threshold asc",
    "limit": None,
}


@pytest.mark.parametrize(
    "question",
    [
        "Which products are low in stock?",
        "what are we running low on",
        "what needs reordering",
        "products below threshold",
        "list all low stock products",
    ],
)
def test_low_in_stock_is_a_list_with_stock_and_threshold_lowest_first(question: str) -> None:
    assert differences(short(question), {**LOW, "where": "low_stock = True"}) == {}


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("Which frames are low in stock?", "low_stock = True; product_type = frame"),
        ("which Aldwych are low in stock", "brand = Aldwych; low_stock = True"),
        (
            "which frames are running low but not out of stock",
            "low_stock = True; product_type = frame; stock_quantity > 0",
        ),
    ],
)
def test_a_list_keeps_its_restrictions(question: str, where: str) -> None:
    assert differences(short(question), {**LOW, "where": where}) == {}


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        # a number instead of the threshold
        (
            "products with less than 10 units in stock",
            {
                "metrics": "stock_on_hand",
                "by": "product",
                "where": "stock_quantity < 10",
                "order": "stock_on_hand asc",
            },
        ),
        (
            "how many products have less than 10 units in stock",
            {"metrics": "active_products", "where": "stock_quantity < 10", "by": None},
        ),
        (
            "brands with more than 50 units in stock",
            {"metrics": "stock_on_hand", "by": "brand", "having": "stock_on_hand > 50", "where": None},
        ),
        # out of stock
        ("which products are out of stock", {"by": "product", "where": "out_of_stock = True"}),
        ("how many products are out of stock", {"metrics": "out_of_stock_items", "by": None}),
        ("how many products are out of stock by brand", {"metrics": "out_of_stock_items", "by": "brand"}),
        # low, counted
        ("how many products are low in stock", {"metrics": "low_stock_items", "by": None, "where": None}),
        ("low stock by brand", {"metrics": "low_stock_items", "by": "brand"}),
        # dead
        (
            "which products are dead stock",
            {"metrics": "stock_on_hand dead_stock_value", "by": "product", "where": "dead_stock = True"},
        ),
        ("how much is our dead stock worth", {"metrics": "dead_stock_value", "by": None, "where": None}),
        ("how many dead stock products do we have", {"metrics": "dead_stock_items", "by": None}),
        ("value of dead stock by brand", {"metrics": "dead_stock_value", "by": "brand"}),
        # unsold
        (
            "which frames did not sell last month",
            {
                "metrics": "units_sold",
                "by": "product",
                "where": "product_type = frame",
                "having": "units_sold = 0",
                "empty": True,
                "when": "2026-09-01 to 2026-09-30",
            },
        ),
        ("which brands sold nothing this year", {"by": "brand", "having": "units_sold = 0", "empty": True}),
        (
            "which products have never sold",
            {"having": "units_sold = 0", "empty": True, "when": "… to 2026-10-31"},
        ),
        # stock that is no list
        ("stock by brand", {"metrics": "stock_on_hand", "by": "brand", "where": None}),
        (
            "how many frames do we have in stock",
            {"metrics": "stock_on_hand", "where": "product_type = frame"},
        ),
        ("stock value of frames", {"metrics": "stock_value", "where": "product_type = frame"}),
        (
            "how many active frames do we carry",
            {"metrics": "active_products", "where": "product_type = frame"},
        ),
    ],
)
def test_a_list_or_its_count_is_what_was_asked_for(question: str, parts: dict[str, Any]) -> None:
    assert differences(short(question), parts) == {}


@pytest.mark.parametrize(
    "question",
    [
        "stock on hand last month",
        "which products were low in stock in August",
        "stock value compared with last year",
    ],
)
def test_stock_of_another_time_is_not_held(question: str) -> None:
    made = plan(question)
    assert (made.outcome, made.code) == ("decline", "stock_history")


def test_stock_today_is_stock() -> None:
    assert short("stock on hand today") == short("stock on hand")


@pytest.mark.parametrize("question", ["products that are not dead stock", "products not low in stock"])
def test_the_opposite_of_a_list_is_asked_about(question: str) -> None:
    assert plan(question).code == "negation"
