"""What ran is held against the words: each date, number and name of the question, and the rows' shape."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planner.practice import TODAY, asked, plan, read_words

from prentice.ask.check import misshapen, passed_over
from prentice.semantic.query import Query
from prentice.semantic.statement import ResultColumn

SEPTEMBER = {"from": "2026-09-01", "to": "2026-09-30"}
AUGUST = {"from": "2026-08-01", "to": "2026-08-31"}


def query(**parts: Any) -> Query:
    return Query.model_validate({"metrics": ["revenue"], **parts})


def over(question: str, **parts: Any) -> str | None:
    return passed_over(read_words(question), query(**parts), TODAY)


def test_a_time_that_the_query_does_not_hold_is_told_in_its_words() -> None:
    assert over("revenue in September", range=SEPTEMBER) is None
    assert over("revenue in September", range=AUGUST) == "in september"
    assert over("revenue in September") == "in september"


def test_each_of_two_times_must_be_there() -> None:
    both = {"range": SEPTEMBER, "compare": {"range": AUGUST}}
    assert over("revenue in September compared with August", **both) is None
    assert over("revenue in September compared with August", range=SEPTEMBER) == "august"


def test_two_ends_of_one_range_are_both_there() -> None:
    joined = {"from": "2026-08-01", "to": "2026-09-30"}
    assert over("revenue in August and September", range=joined) is None


def test_a_comparison_by_distance_needs_some_time() -> None:
    question = "revenue vs the same month last year"
    assert over(question) == "the same month last year"
    assert over(question, range=SEPTEMBER, compare={"range": AUGUST}) is None


def test_stock_today_has_no_range() -> None:
    stock = Query(metrics=("stock_on_hand",))
    assert passed_over(read_words("stock on hand today"), stock, TODAY) is None
    assert passed_over(read_words("stock on hand yesterday"), stock, TODAY) == "yesterday"


def test_the_diary_looks_ahead_under_the_same_words() -> None:
    made = asked("how many appointments on 5 November")
    assert made.range is not None
    assert made.range.from_ == date(2026, 11, 5)
    assert passed_over(read_words("how many appointments on 5 November"), made, TODAY) is None


def test_a_stored_name_must_be_a_value_of_some_filter() -> None:
    aldwych = {"field": "brand", "value": "Aldwych"}
    assert over("revenue of Aldwych", filters=[aldwych]) is None
    assert over("revenue of Aldwych", having=[aldwych]) is None
    assert over("revenue of Aldwych", filters=[{"not": {"or": [aldwych]}}]) is None
    assert over("revenue of Aldwych") == "aldwych"
    assert over("revenue of Aldwych", filters=[{"field": "brand", "value": "Corrigan"}]) == "aldwych"
    several = {"field": "brand", "op": "in", "value": ["aldwych", "Corrigan"]}
    assert over("revenue of Aldwych", filters=[several]) is None


def test_part_of_a_name_or_a_word_of_the_trade_is_not_held_against_the_filters() -> None:
    assert over("revenue of Callum") is None
    assert over("revenue of contact lens fitting", metrics=["appointments"]) is None


def test_a_ranking_number_stands_as_the_limit() -> None:
    by_brand = {"dimensions": ["brand"]}
    assert over("top 5 brands", **by_brand, limit=5) is None
    assert over("top 5 brands", **by_brand, limit=10) == "5"
    assert over("top 5 brands", **by_brand) == "5"
    per = {"dimensions": ["staff", "brand"], "top_per": {"dimension": "staff", "limit": 5}}
    assert over("top 5 brands for each staff member", **per) is None
    assert over("the top one of our brands", **by_brand, limit=10) is None


@pytest.mark.parametrize(
    ("question", "having"),
    [
        ("brands over £500", {"field": "revenue", "op": ">", "value": 500}),
        ("brands with a margin over 60%", {"field": "gross_margin_rate", "op": ">", "value": 0.6}),
        ("brands between 5 and 10 units", {"field": "units_sold", "op": "between", "value": [5, 10]}),
        ("brands over 2.5k", {"field": "revenue", "op": ">", "value": 2500}),
    ],
)
def test_a_bound_stands_as_a_condition(question: str, having: dict[str, Any]) -> None:
    assert over(question, dimensions=["brand"], having=[having]) is None
    assert over(question, dimensions=["brand"]) is not None
    wrong = {**having, "op": ">", "value": 7}
    assert over(question, dimensions=["brand"], having=[wrong]) is not None


def test_a_yes_is_no_number() -> None:
    late = {"field": "late", "value": True}
    assert over("top 1 brands", dimensions=["brand"], filters=[late]) == "1"


def test_a_single_figure_answers_its_bound() -> None:
    assert over("did we take more than £500") is None


@pytest.mark.parametrize(
    "question",
    [
        "What were our top 5 brands last month?",
        "Revenue in September compared with August",
        "brands with a margin over 60% last month",
        "products with less than 10 units in stock",
        "revenue of Aldwych and Corrigan since June",
        "takings after 4pm last month",
        "Top 2 models for each brand this year",
        "revenue on 5 October vs the same day last year",
        "appointments next week",
    ],
)
def test_nothing_is_passed_over_in_what_the_planner_makes(question: str) -> None:
    made = plan(question)
    assert made.query is not None
    assert made.reading is not None
    assert passed_over(made.reading, made.query, TODAY) is None


COLUMNS = (
    ResultColumn("brand", "dimension", None, None, "Brand", "dimension"),
    ResultColumn("revenue", "metric", "revenue", "currency", "Revenue", "value"),
)
MONTHS = (ResultColumn("month", "dimension", None, None, "Month", "dimension"), COLUMNS[1])


def test_rows_as_the_query_says_are_well_shaped() -> None:
    by_brand = query(dimensions=["brand"], limit=2)
    assert misshapen(by_brand, COLUMNS, [["Aldwych", 5], [None, 3]]) is None
    assert misshapen(by_brand, COLUMNS, []) is None
    assert misshapen(query(), COLUMNS[1:], [[5]]) is None


def test_more_rows_than_the_limit_are_noticed_but_not_within_each_of_something() -> None:
    rows = [["Aldwych", 5], ["Corrigan", 3]]
    assert misshapen(query(dimensions=["brand"], limit=1), COLUMNS, rows) == "more rows than the limit"
    per = query(dimensions=["brand"], limit=1, top_per={"dimension": "brand", "limit": 1})
    assert misshapen(per, COLUMNS, rows) is None


def test_a_row_of_another_width_is_noticed() -> None:
    rows = [["Aldwych", 5], ["Corrigan"]]
    assert misshapen(query(dimensions=["brand"]), COLUMNS, rows) == "a row of another width"


def test_several_rows_without_a_breakdown_are_noticed() -> None:
    assert misshapen(query(), COLUMNS[1:], [[5], [6]]) == "several rows without a breakdown"


def test_the_same_group_twice_is_noticed() -> None:
    rows = [["Aldwych", 5], ["Aldwych", 6]]
    assert misshapen(query(dimensions=["brand"]), COLUMNS, rows) == "the same group twice"
    assert misshapen(query(dimensions=["brand"]), COLUMNS, [["1", 5], [1, 6]]) is None


def test_a_date_outside_the_range_is_noticed() -> None:
    by_month = query(grain="month", range=SEPTEMBER)
    assert misshapen(by_month, MONTHS, [[date(2026, 9, 1), 5]]) is None
    assert misshapen(by_month, MONTHS, [[date(2026, 10, 1), 5]]) == "a date outside the range"
    assert misshapen(query(grain="month"), MONTHS, [[date(2026, 10, 1), 5]]) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=6), st.integers(1, 6))
def test_what_is_wrong_with_rows_is_the_first_thing_that_is(rows: list[tuple[str, int]], limit: int) -> None:
    told = misshapen(query(dimensions=["brand"], limit=limit), COLUMNS, rows)
    if len(rows) > limit:
        assert told == "more rows than the limit"
    elif len({brand for brand, _ in rows}) < len(rows):
        assert told == "the same group twice"
    else:
        assert told is None
