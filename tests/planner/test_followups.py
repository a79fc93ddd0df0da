"""A question that leans on the ones before it: what it says replaces, adds to, or frees what was said."""

from __future__ import annotations

from typing import Any

import pytest

from planner.practice import asked, differences, plan, short

SEPTEMBER = "2026-09-01 to 2026-09-30"
AUGUST = "2026-08-01 to 2026-08-31"
THIS_YEAR = "2026-01-01 to 2026-10-31"

PERIODS = [
    ("What was our revenue last month?", "and in August?", {"metrics": "revenue", "when": AUGUST}),
    ("What was our revenue last month?", "same for August", {"metrics": "revenue", "when": AUGUST}),
    ("What was our revenue last year?", "just Q2", {"when": "2025-04-01 to 2025-06-30"}),  # of that year
    ("What was our revenue last month?", "and the year before?", {"when": "2025-09-01 to 2025-09-30"}),
    ("What was our revenue this month?", "compare with last month", {"beside": SEPTEMBER}),
    (
        "Revenue in September",
        "vs same month last year",
        {"when": SEPTEMBER, "beside": "2025-09-01 to 2025-09-30"},
    ),
    ("Revenue by month this year", "and last year?", {"by": "month", "when": "2025-01-01 to 2025-12-31"}),
    (
        "Top 5 brands last month",
        "and last year?",
        {"by": "brand", "limit": 5, "when": "2025-01-01 to 2025-12-31"},
    ),
    ("How much did we take last week on card?", "this week?", {"where": "payment_method = card"}),
]
FILTERS = [
    (
        "Revenue for Aldwych last month",
        "what about Corrigan?",
        {"where": "brand = Corrigan", "when": SEPTEMBER},
    ),
    ("Revenue for Aldwych last month", "also Corrigan", {"where": "brand in Aldwych, Corrigan"}),
    ("Revenue for Aldwych last month", "only frames", {"where": "brand = Aldwych; product_type = frame"}),
    (
        "Revenue for Aldwych Strand last month",
        "what about frames?",
        {"where": "brand = Aldwych; product_type = frame"},
    ),
    (
        "Revenue for Aldwych Strand last month",
        "only frames",
        {"where": "brand = Aldwych; model = Strand; product_type = frame"},
    ),
    (
        "Revenue for Aldwych Strand last month",
        "without frames",
        {"where": "brand = Aldwych; model = Strand; product_type != frame"},
    ),
    ("Revenue by brand last month", "without Aldwych", {"where": "brand != Aldwych", "by": "brand"}),
    ("Revenue last month", "excluding cash", {"where": "payment_method != cash"}),
    ("Revenue for Aldwych last month", "all brands again", {"where": None, "when": SEPTEMBER}),
    ("Revenue for Aldwych by staff last month", "for all brands", {"where": None, "by": "staff"}),
    (
        "How much did Callum take last month?",
        "and Siobhan?",
        {"metrics": "revenue", "where": "staff = Siobhan Hartley"},
    ),
    (
        "What was the remake rate this year?",
        "And for progressives only?",
        {"where": "lens_type = progressive"},
    ),
    ("Revenue last month", "after 4pm", {"where": "hour between 16, 23", "when": SEPTEMBER}),
    ("Revenue by brand last month", "only those over £500", {"having": "revenue > 500", "by": "brand"}),
    (
        "How many open orders do we have?",
        "how many of those are late?",
        {"metrics": "open_orders", "where": "late = True"},
    ),
]
GROUPINGS = [
    ("What was our revenue last month?", "and by brand?", {"by": "brand", "when": SEPTEMBER}),
    ("Revenue by brand last month", "by staff instead", {"by": "staff"}),
    ("Revenue by brand last month", "also by month", {"by": "month brand"}),
    ("Revenue by brand last month", "and by month?", {"by": "month"}),
    ("Revenue by month this year", "by brand", {"by": "brand", "when": THIS_YEAR}),
    ("Transactions last quarter", "by week", {"by": "week", "when": "2026-07-01 to 2026-09-30"}),
    ("Revenue this year", "month by month?", {"by": "month", "when": THIS_YEAR}),
    ("Revenue this year", "trend", {"by": "month"}),
    ("Revenue last month", "cumulative", {"by": "day", "running": "revenue"}),
    (
        "Revenue by product type last month",
        "as a percentage",
        {"metrics": "revenue_share", "by": "product_type"},
    ),
]
FIGURES = [
    ("Revenue last month", "also transactions", {"metrics": "revenue transactions", "when": SEPTEMBER}),
    ("Revenue last month", "and units sold as well", {"metrics": "revenue units_sold"}),
    (
        "Revenue by brand last month",
        "and units?",
        {"metrics": "units_sold", "by": "brand", "when": SEPTEMBER},
    ),
    (
        "Revenue last month",
        "and per transaction?",
        {"metrics": "average_transaction_value", "when": SEPTEMBER},
    ),
    (
        "Units sold last month",
        "and per transaction?",
        {"metrics": "items_per_transaction", "when": SEPTEMBER},
    ),
    (
        "What was our revenue in September?",
        "and the margin for that month?",
        {"metrics": "gross_margin", "when": SEPTEMBER},
    ),
    (
        "How much did Callum take last month?",
        "and how many did he sell?",
        {"metrics": "units_sold", "where": "staff = Callum Reid"},
    ),
    (
        "How many eye exams did we do this year?",
        "and contact lens fittings?",
        {"metrics": "completed_appointments", "where": "appointment_type = contact_lens_fitting"},
    ),
    (
        "What is our stock worth at cost?",
        "And at retail prices?",
        {"metrics": "retail_stock_value", "when": None},
    ),
    ("What was purchase spend last quarter?", "and purchase orders count?", {"metrics": "purchase_orders"}),
    ("How many low-stock products do we have?", "list them", {"by": "product", "where": "low_stock = True"}),
]
RANKINGS = [
    (
        "Top 10 frames by revenue this year",
        "top 5 instead",
        {"limit": 5, "order": "revenue desc", "where": "product_type = frame", "when": THIS_YEAR},
    ),
    (
        "Top 3 frame brands by units this year",
        "worst 3 instead",
        {"limit": 3, "order": "units_sold asc", "empty": True},
    ),
    (
        "Top 5 brands last month",
        "by units rather than revenue",
        {"metrics": "units_sold", "order": "units_sold desc", "limit": 5},
    ),
    ("Top 5 brands last month", "and the bottom 5?", {"order": "revenue asc", "limit": 5, "when": SEPTEMBER}),
    ("Top 5 brands last month", "lowest first", {"order": "revenue asc"}),
    ("Top 5 brands last month", "3", {"limit": 3, "order": "revenue desc"}),
    (
        "Revenue by brand last month",
        "which one is best?",
        {"limit": 1, "order": "revenue desc", "by": "brand"},
    ),
    ("Top 5 brands last month", "and staff?", {"by": "staff", "limit": 5, "order": "revenue desc"}),
]


@pytest.mark.parametrize(("before", "now", "parts"), [*PERIODS, *FILTERS, *GROUPINGS, *FIGURES, *RANKINGS])
def test_what_is_said_changes_the_question_before_it(before: str, now: str, parts: dict[str, Any]) -> None:
    assert differences(short(now, before), parts) == {}


@pytest.mark.parametrize(
    ("conversation", "parts"),
    [
        (
            ("Revenue by brand last month", "only frames", "And in Q2?"),
            {"by": "brand", "where": "product_type = frame", "when": "2026-04-01 to 2026-06-30"},
        ),
        (
            ("Revenue last month", "by brand", "only frames", "top 3"),
            {"by": "brand", "where": "product_type = frame", "limit": 3, "when": SEPTEMBER},
        ),
        (
            ("Top 5 brands last month", "in August", "worst 5 instead"),
            {"by": "brand", "when": AUGUST, "order": "revenue asc"},
        ),
        (
            ("Revenue for Aldwych last month", "what about Corrigan?", "and Nordhaven?"),
            {"where": "brand = Nordhaven"},
        ),
        (
            ("Revenue last month", "Which patients came in?", "by brand"),  # what was declined says nothing
            {"metrics": "revenue", "by": "brand", "when": SEPTEMBER},
        ),
    ],
)
def test_a_conversation_goes_on_from_all_that_was_said(
    conversation: tuple[str, ...], parts: dict[str, Any]
) -> None:
    *context, now = conversation
    assert differences(short(now, *context), parts) == {}


@pytest.mark.parametrize(
    "question",
    [
        "How many appointments do we have next week?",
        "and how many open orders do we have today?",
        "What was our remake rate this year?",
        "Which products are low in stock?",
        "Top 3 staff by transactions in August",
        "How much revenue did Callum make in August?",
    ],
)
def test_a_question_that_is_complete_stands_alone(question: str) -> None:
    assert asked(question, "Revenue by brand for frames last month") == asked(question)


@pytest.mark.parametrize(
    "question",
    [
        "and by brand?",
        "same for August",
        "what about frames?",
        "only Callum",
        "and the year before?",
        "compare them",
        "split that",
        "instead by staff",
        "also Corrigan",
        "rank them",
        "now by week",
    ],
)
def test_what_takes_up_a_question_needs_one_before_it(question: str) -> None:
    alone = plan(question)
    assert (alone.outcome, alone.code) == ("ask", "no_context")
    assert 2 <= len(alone.alternatives) <= 4
    assert plan(question, "Revenue last month").code != "no_context"


def test_and_before_a_whole_question_needs_none_before_it() -> None:
    assert asked("and revenue by brand last month") == asked("revenue by brand last month")


def test_a_month_of_an_answer_that_had_several_is_asked_about() -> None:
    made = plan("and the margin for that month?", "What was our revenue last quarter?")
    assert (made.outcome, made.code) == ("ask", "refers_back")


def test_only_the_last_eight_questions_are_looked_at() -> None:
    filler = ["Which patients came in?"] * 8  # declined each time
    assert plan("by brand", "Revenue last month", *filler).query is None
    assert short("by brand", "Revenue last month", *filler[1:])["by"] == "brand"


@pytest.mark.parametrize("number", ["0", "2.5", "5000", "99999999999999999999"])
def test_a_number_that_is_no_length_of_a_list_is_asked_about(number: str) -> None:
    assert short("3", "Top 5 brands by revenue last month")["limit"] == 3
    made = plan(number, "Top 5 brands by revenue last month")
    assert made.outcome == "ask"
    assert made.query is None


def test_a_filter_of_another_part_of_the_practice_is_not_passed_over() -> None:
    """Revenue has no lens type: orders have, or it is asked about; never revenue of everything."""
    made = plan("only progressives", "Revenue last month")
    assert made.query is None or "lens_type" in str(made.query.filters)
