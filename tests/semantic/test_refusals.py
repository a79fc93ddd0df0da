"""What cannot be counted is refused, with the nearest thing that can."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from small_practice import TODAY

from prentice.errors import BadQuery
from prentice.semantic.compile import compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query

FAR = {"from": "9999-01-01", "to": "9999-12-31"}
RANGE = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.mark.parametrize(
    ("query", "message", "next_step"),
    [
        (
            {"metrics": ["revnue"]},
            "Unknown metric 'revnue'. Did you mean 'revenue'",
            "Choose one of: revenue",
        ),
        ({"metrics": ["turnover"]}, "Did you mean 'revenue'", "Choose one of"),
        ({"metrics": ["x" * 60]}, "Unknown metric 'xxxx", "Choose one of"),
        ({"metrics": ["revenue"], "dimensions": ["brnd"]}, "Did you mean 'brand'", "product, brand, model"),
        (
            {"metrics": ["revenue"], "filters": [{"field": "colour", "value": "red"}]},
            "Unknown dimension 'colour'",
            "",
        ),
        (
            {"metrics": ["orders"], "dimensions": ["brand"]},
            "Orders cannot be broken down by 'brand'",
            "lens_type",
        ),
        (
            {"metrics": ["revenue", "orders"], "dimensions": ["brand"]},
            "Orders cannot be broken down",
            "'orders' can",
        ),
        (
            {"metrics": ["revenue"], "filters": [{"field": "lens_type", "value": "x"}]},
            "cannot be filtered by",
            "brand",
        ),
        (
            {"metrics": ["orders", "appointments"], "dimensions": ["status"]},
            "Appointments cannot be",
            "appointment_type",
        ),
        ({"metrics": ["revenue"], "dimensions": ["orders"]}, "'orders' is a metric", "having"),
        ({"metrics": ["stock_on_hand"], "grain": "month"}, "known only as it stands now", "sold or received"),
        ({"metrics": ["sell_through_rate"], "grain": "month"}, "known only as it stands now", ""),
        (
            {"metrics": ["stock_on_hand"], "range": RANGE},
            "known only as it stands now",
            "Leave the dates out",
        ),
        ({"metrics": ["stock_on_hand"], "range": RANGE, "compare": {"range": RANGE}}, "no other period", ""),
        ({"metrics": ["open_orders"], "compare": {"range": RANGE}}, "dates of both periods", "range"),
        (
            {"metrics": ["revenue"], "shares": ["gross_margin_rate"]},
            "itself a ratio",
            "revenue or units_sold",
        ),
        ({"metrics": ["revenue"], "running_totals": ["revenue"]}, "needs a grain", "day, week, month"),
        (
            {"metrics": ["revenue"], "grain": "month", "running_totals": ["revenue_share"]},
            "no running total",
            "",
        ),
        (
            {"metrics": ["revenue"], "order": [{"by": "units_sold"}]},
            "Unknown column of the result",
            "revenue",
        ),
        ({"metrics": ["revenue"], "having": [{"field": "brand", "value": "x"}]}, "Unknown column", "revenue"),
        ({"metrics": ["revenue"], "top_per": {"dimension": "revenue", "limit": 1}}, "not a dimension", ""),
        ({"metrics": ["revenue"], "include_empty": True}, "Only a list of products", "product"),
        (
            {"metrics": ["revenue"], "dimensions": ["staff"], "include_empty": True},
            "'staff'",
            "by product, brand",
        ),
        (
            {
                "metrics": ["revenue"],
                "dimensions": ["brand"],
                "include_empty": True,
                "filters": [{"or": [{"field": "brand", "value": "a"}, {"field": "staff", "value": "b"}]}],
            },
            "mixes products with something else",
            "apart",
        ),
        ({"metrics": ["revenue"], "grain": "month", "dimensions": ["week"]}, "one grain", ""),
        (
            {"metrics": ["revenue"], "filters": [{"field": "month", "value": "2026-01"}]},
            "not a filter",
            "range",
        ),
        (
            {"metrics": ["orders"], "filters": [{"field": "month", "value": "2026-01"}]},
            "not a filter",
            "range",
        ),
        (
            {"metrics": ["revenue"], "filters": [{"field": "brand", "op": "<", "value": "B"}]},
            "does not apply",
            "=",
        ),
        ({"metrics": ["revenue"], "filters": [{"field": "hour", "value": "noon"}]}, "is a number", ""),
        ({"metrics": ["revenue"], "filters": [{"field": "hour", "value": 99}]}, "0 to 23", ""),
        (
            {"metrics": ["revenue"], "filters": [{"field": "weekday", "value": "Funday"}]},
            "not a day",
            "Monday",
        ),
        (
            {"metrics": ["revenue"], "filters": [{"field": "brand", "value": "a\x00b"}]},
            "control characters",
            "",
        ),
        (
            {"metrics": ["revenue"], "filters": [{"field": "brand", "op": "contains", "value": " "}]},
            "no text",
            "",
        ),
        (
            {"metrics": ["stock_on_hand"], "filters": [{"field": "low_stock", "value": "maybe"}]},
            "true or false",
            "",
        ),
        (
            {"metrics": ["stock_on_hand"], "filters": [{"field": "stock_quantity", "value": 1e300}]},
            "is a number",
            "",
        ),
        (
            {"metrics": ["orders"], "grain": "month", "having": [{"field": "month", "value": "May"}]},
            "is a date",
            "",
        ),
        ({"metrics": ["low_stock_threshold"], "dimensions": ["low_stock_threshold"]}, "Two columns", ""),
        (
            {
                "metrics": ["stock_on_hand"],
                "filters": [{"field": "stock_quantity", "op": "between", "value": [10, 5]}],
            },
            "in reverse",
            "smaller one first",
        ),
        (
            {
                "metrics": ["revenue"],
                "filters": [{"field": "weekday", "op": "between", "value": ["Sat", "Mon"]}],
            },
            "in reverse",
            "Monday to Sunday",
        ),
        ({"metrics": ["revenue"], "range": {"to": "9999-12-31"}}, "outside the years", "within"),
        ({"metrics": ["revenue"], "range": {"from": "0001-01-01"}}, "outside the years", "within"),
        (
            {"metrics": ["revenue"], "grain": "month", "range": RANGE, "compare": {"range": FAR}},
            "outside the years",
            "within",
        ),
        (
            {"metrics": ["revenue"], "filters": [{"field": "hour", "op": "between", "value": [22, 2]}]},
            "in reverse",
            "0 to 23",
        ),
        (
            {
                "metrics": ["revenue"],
                "grain": "month",
                "having": [{"field": "month", "op": "between", "value": ["2026-05-01", "2026-04-01"]}],
            },
            "in reverse",
            "first",
        ),
    ],
)
def test_each_refusal_names_what_is_wrong_and_what_to_do(
    catalogue: Catalogue, query: dict[str, Any], message: str, next_step: str
) -> None:
    with pytest.raises(BadQuery) as refused:
        compile_query(Query.model_validate(query), catalogue, today=TODAY)
    assert message in refused.value.message
    assert next_step in refused.value.next_step
    assert refused.value.next_step


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": ["revenue"], "dimensions": 5},
        {"metrics": ["revenue"], "dimensions": True},
    ],
)
def test_what_is_no_query_is_refused_in_reading_it(query: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Query.model_validate(query)


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_periods_at_both_ends_of_the_calendar_can_be_compared(catalogue: Catalogue, grain: str) -> None:
    ends = {"from": "1900-01-01", "to": "1900-12-31"}, {"from": "2200-01-01", "to": "2200-12-31"}
    for chosen, other in (ends, ends[::-1]):
        query = {"metrics": ["appointments"], "grain": grain, "range": chosen, "compare": {"range": other}}
        assert compile_query(Query.model_validate(query), catalogue, today=TODAY).sql


def test_filters_nested_too_deep_are_refused(catalogue: Catalogue) -> None:
    nested: dict[str, Any] = {"field": "brand", "value": "x"}
    for _ in range(30):
        nested = {"not": nested}
    with pytest.raises(BadQuery, match="nested"):
        compile_query(
            Query.model_validate({"metrics": ["revenue"], "filters": [nested]}), catalogue, today=TODAY
        )


def test_stock_beside_dated_metrics_says_that_it_does_not_follow_the_dates(catalogue: Catalogue) -> None:
    query = Query.model_validate(
        {"metrics": ["units_sold", "stock_on_hand"], "dimensions": ["brand"], "range": RANGE}
    )
    assert compile_query(query, catalogue, today=TODAY).notes == (
        "As it stands now, whatever the dates: Stock on hand.",
    )
