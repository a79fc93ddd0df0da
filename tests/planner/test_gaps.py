"""Questions that are known to be misread. Each is a failure that is expected: mend it, and the test says so.

An entry that passes fails the run (`xfail_strict`): move it to the file of its subject then.
"""

from __future__ import annotations

from typing import Any

import pytest

from planner.practice import CATALOGUE, TODAY, asked, differences, in_short, plan
from prentice.planner.phrasing import phrase_query
from prentice.planner.short_forms import written_out
from prentice.semantic.query import Condition, Filter, Query

# Answered, and not what was asked: question, what a right Query holds (None: it may only be asked about).
ANSWERED_WRONG: list[tuple[str, dict[str, Any] | None]] = [
    # a name that nobody here has becomes a month or a way to pay
    # "excluding" reaches past what is excluded
    # a bound on another figure than the one that was said
    ("units sold by brand with revenue over £500 last month", {"metrics": "units_sold revenue"}),
    # what is ranked
    ("who sold most frames last month", {"metrics": "units_sold"}),
    # yes or no of one figure, not a list
    # without a coating: not set, or "none" (KPIS.md, coating_attach_rate)
    # passed over
    ("daily and monthly lenses sold last month", {"where": "category in Daily Lenses, Monthly Lenses"}),
    ("sales by stock last month", None),
]
# Asked back or declined, though it is clear.
NOT_ANSWERED: list[tuple[str, dict[str, Any]]] = [
    ("which 3 months had the highest revenue this year", {"by": "month", "limit": 3}),
    ("slow moving brands last month", {"metrics": "units_sold", "order": "units_sold asc"}),
    ("What sold most last month?", {"metrics": "units_sold", "order": "units_sold desc"}),
    ("May we see revenue for September", {"when": "2026-09-01 to 2026-09-30"}),
    (
        "men's, women's and unisex frames sold last month",
        {"where": "category in Men's Frames, Women's Frames, Unisex Frames"},
    ),
    ("brands that grew in September compared with August", {"having": "revenue_change > 0"}),
    ("prescription sunglasses sold last month", {"metrics": "units_sold"}),
    ("revenue without exams last year", {"metrics": "revenue"}),
]
FOLLOW_UPS: list[tuple[str, str, dict[str, Any]]] = [
    ("Revenue this month", "change the range to last month", {"when": "2026-09-01 to 2026-09-30"}),
]
# Said by `phrase_query` in words that mean another Query.
SAID_WRONG: list[Query] = [
    Query(metrics=("revenue",), filters=(Condition(field="weekday", op="!=", value="Monday"),)),
    Query(
        metrics=("revenue",),
        filters=(Condition(field="staff", op="in", value=("Callum Reid", "Siobhan Hartley")),),
    ),
    asked("Revenue by month up to 31 August 2026").model_copy(update={"grain": "year"}),
]


@pytest.mark.xfail
@pytest.mark.parametrize(("question", "parts"), ANSWERED_WRONG)
def test_what_was_asked_is_answered_or_asked_about(question: str, parts: dict[str, Any] | None) -> None:
    made = plan(question)
    if made.query is not None:
        assert parts is not None
        assert differences(in_short(made.query), parts) == {}


@pytest.mark.xfail
@pytest.mark.parametrize(("question", "parts"), NOT_ANSWERED)
def test_a_clear_question_is_answered(question: str, parts: dict[str, Any]) -> None:
    assert differences(in_short(asked(question)), parts) == {}


@pytest.mark.xfail
@pytest.mark.parametrize(("before", "now", "parts"), FOLLOW_UPS)
def test_what_takes_up_a_question_changes_it(before: str, now: str, parts: dict[str, Any]) -> None:
    assert differences(in_short(asked(now, before)), parts) == {}


@pytest.mark.xfail
@pytest.mark.parametrize("query", SAID_WRONG, ids=lambda q: phrase_query(q, CATALOGUE, TODAY))
def test_a_query_in_words_means_itself(query: Query) -> None:
    again = plan(phrase_query(query, CATALOGUE, TODAY)).query
    assert again is not None
    assert _essence(again) == _essence(query)


def _essence(query: Query) -> tuple[tuple[str, ...], str | None, list[Filter], str]:
    return query.dimensions, query.grain, sorted(query.filters, key=str), str(query.range and query.range.to)


@pytest.mark.xfail
@pytest.mark.parametrize("text", ["the month just gone of the last three", "revenue vs last um,"])
def test_written_out_twice_is_written_out_once(text: str) -> None:
    assert written_out(written_out(text)) == written_out(text)


@pytest.mark.xfail
@pytest.mark.parametrize("word", ["inactive", "meeting", "accountant"])
def test_a_question_back_names_the_word_that_was_typed(word: str) -> None:
    assert plan(f"revenue from {word} stuff last month").unused[:1] == (word,)
