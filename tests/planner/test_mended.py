"""Questions that were once misread, each of a class that was mended."""

from __future__ import annotations

from typing import Any

import pytest

from planner.practice import asked, differences, in_short, plan

# Question, what a right Query holds (None: it may only be asked about).
ANSWERED: list[tuple[str, dict[str, Any] | None]] = [
    ("Marsh's revenue", None),
    ("Marsh revenue", None),
    ("revenue for Mixer last month", None),
    ("revenue for Cardo last month", None),
    ("contactlenses sold last month", {"where": "product_type = contact_lens"}),
    (
        "revenue excluding frames for Callum last month",
        {"where": "product_type != frame; staff = Callum Reid"},
    ),
    (
        "units sold excluding cash for frames last month",
        {"where": "payment_method != cash; product_type = frame"},
    ),
    ("gross margin by brand with units sold over 10 last month", {"having": "units_sold > 10"}),
    ("units sold by brand over £500 last month", {"having": "revenue > 500"}),
    ("transactions by staff over £500 last month", {"having": "revenue > 500"}),
    ("top 3 months by revenue for frames this year", {"by": "month"}),
    ("Top 3 days by revenue for Aldwych frames in September", {"by": "day"}),
    ("when do we sell most frames", None),
    ("did we sell more than 100 frames last month", {"by": None}),
    ("uncoated orders this year", {"where": "(coating is null or coating = none)"}),
    ("orders without a coating this year", {"where": "(coating is null or coating = none)"}),
    ("what did customers spend last month", {"metrics": "revenue"}),
    ("order value last month", None),
    ("5 please: revenue by brand last month", {"limit": 5}),
    ("revenue by brand last month. give me 3", {"limit": 3}),
    ("top 3 months by revenue this year", {"by": "month", "limit": 3}),
    ("cash sales last month", {"where": "payment_method = cash"}),
    ("what did we take last month after 4pm.", {"where": "hour between 16, 23"}),
    (
        "revenue last Thrusday",
        {"when": "2026-10-29 to 2026-10-29"},
    ),
    (
        "what is an average sale last month",
        {"metrics": "average_transaction_value"},
    ),
    (
        "brands not over £500 last month",
        {"having": "revenue <= 500"},
    ),
    (
        "What was our revenue last month? The accountant wonders",
        {"when": "2026-09-01 to 2026-09-30"},
    ),
    (
        "The rep is visiting next week. Revenue last month?",
        {"when": "2026-09-01 to 2026-09-30"},
    ),
]
FOLLOW_UPS: list[tuple[str, str, dict[str, Any]]] = [
    ("Revenue for frames last month", "and in stock?", {"metrics": "stock_on_hand"}),
    (
        "Aldwych sold last month",
        "how many are left?",
        {"metrics": "stock_on_hand", "where": "brand = Aldwych"},
    ),
]


@pytest.mark.parametrize(("question", "parts"), ANSWERED)
def test_what_was_asked_is_answered_or_asked_about(question: str, parts: dict[str, Any] | None) -> None:
    made = plan(question)
    if made.query is not None:
        assert parts is not None
        assert differences(in_short(made.query), parts) == {}
    else:
        assert made.code
        assert made.message


@pytest.mark.parametrize(("before", "now", "parts"), FOLLOW_UPS)
def test_what_takes_up_a_question_changes_it(before: str, now: str, parts: dict[str, Any]) -> None:
    assert differences(in_short(asked(now, before)), parts) == {}
