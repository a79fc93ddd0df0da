"""Shares: of each group, or of one part of all else that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from planner.practice import differences, plan, short


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        # of each group
        (
            "Share of revenue by brand last quarter",
            {"metrics": "revenue_share", "by": "brand", "having": None},
        ),
        ("% of takings by product type this year", {"metrics": "revenue_share", "by": "product_type"}),
        ("percentage of units by category last month", {"metrics": "units_share", "by": "category"}),
        (
            "share of orders by lens type this year",
            {"metrics": "orders", "shares": "orders", "by": "lens_type"},
        ),
        (
            "share of transactions by payment method last month",
            {"metrics": "transactions", "shares": "transactions"},
        ),
        # of one part: the share is taken of all, and only that row is shown
        (
            "What share of revenue comes from contact lenses?",
            {
                "metrics": "revenue_share",
                "by": "product_type",
                "where": None,
                "having": "product_type = contact_lens",
            },
        ),
        (
            "What percentage of last month's revenue was frames?",
            {
                "metrics": "revenue_share",
                "by": "product_type",
                "where": None,
                "having": "product_type = frame",
            },
        ),
        (
            "percentage of revenue paid in cash this year",
            {"by": "payment_method", "having": "payment_method = cash"},
        ),
        (
            "how much of our turnover is down to Callum this year, as a percentage",
            {"metrics": "revenue_share", "by": "staff", "having": "staff = Callum Reid"},
        ),
        # of one part of something restricted
        (
            "What proportion of frame units does Aldwych account for this year?",
            {
                "metrics": "units_share",
                "by": "brand",
                "where": "product_type = frame",
                "having": "brand = Aldwych",
            },
        ),
        (
            "what portion of frame revenue was Aldwych last month",
            {"by": "brand", "where": "product_type = frame", "having": "brand = Aldwych"},
        ),
        (
            "Share of contact lens revenue by brand this year",
            {"metrics": "revenue_share", "by": "brand", "where": "product_type = contact_lens"},
        ),
        (
            "share of cancelled orders last month",
            {"metrics": "orders", "shares": "orders", "having": "status = cancelled"},
        ),
    ],
)
def test_a_share_is_of_the_whole_that_was_asked_for(question: str, parts: dict[str, Any]) -> None:
    assert differences(short(question), parts) == {}


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("what percentage of appointments were no-shows last month", "no_show_rate"),
        ("margin percentage last month", "gross_margin_rate"),
        ("percentage discount given last month", "discount_rate"),
        ("what percentage of orders were remade last month", "remake_rate"),
        ("what proportion of orders were progressive this year", "progressive_order_share"),
        ("what share of orders went out with a coating this year", "coating_attach_rate"),
        ("share of orders with a coating this year", "coating_attach_rate"),
    ],
)
def test_a_share_that_has_a_metric_of_its_own_is_that_metric(question: str, metric: str) -> None:
    found = short(question)
    assert (found["metrics"], found.get("shares"), found.get("where")) == (metric, None, None)


@pytest.mark.parametrize(
    "question", ["share of revenue", "share of all revenue from Aldwych frames last month"]
)
def test_a_share_of_which_the_part_is_not_told_is_asked_about(question: str) -> None:
    made = plan(question)
    assert (made.outcome, made.code) == ("ask", "share_of_what")
