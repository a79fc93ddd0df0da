"""Dates that a question does not name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from small_practice import TODAY

from prentice.semantic.compile import compile_query
from prentice.semantic.defaults import with_defaults
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query

YEAR = (date(2025, 10, 1), date(2026, 9, 30), "last 12 complete months")
PENDING = {"field": "status", "value": "pending"}
QUARTER = (date(2026, 8, 2), date(2026, 10, 30), "last 90 days")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"metrics": ["revenue"]}, YEAR),
        ({"metrics": ["appointments"]}, YEAR),
        ({"metrics": ["units_received"]}, YEAR),
        ({"metrics": ["sell_through_rate"]}, QUARTER),
        ({"metrics": ["stock_on_hand", "dead_stock_items"]}, None),
        ({"metrics": ["open_orders", "late_orders"]}, None),
        ({"metrics": ["orders"], "filters": [{"field": "status", "value": "on hold"}]}, None),
        (
            {
                "metrics": ["orders"],
                "filters": [{"field": "status", "op": "in", "value": ["pending", "shipped"]}],
            },
            None,
        ),
        ({"metrics": ["orders"], "filters": [{"field": "order_status", "value": "outstanding"}]}, None),
        ({"metrics": ["orders"], "filters": [{"field": "status", "op": "!=", "value": "pending"}]}, YEAR),
        (
            {
                "metrics": ["orders"],
                "filters": [{"field": "status", "op": "in", "value": ["pending", "completed"]}],
            },
            YEAR,
        ),
        ({"metrics": ["orders"], "filters": [{"field": "coating", "value": "pending"}]}, YEAR),
        ({"metrics": ["orders"], "filters": [{"and": [PENDING]}]}, None),
        ({"metrics": ["orders"], "filters": [{"and": [{"field": "coating", "value": "ar"}, PENDING]}]}, None),
        ({"metrics": ["orders"], "filters": [{"or": [PENDING, {"and": [PENDING]}]}]}, None),
        ({"metrics": ["orders"], "filters": [{"or": [PENDING, {"field": "coating", "value": "ar"}]}]}, YEAR),
        ({"metrics": ["orders"], "filters": [{"not": PENDING}]}, YEAR),
        ({"metrics": ["stock_on_hand", "revenue"]}, YEAR),
        ({"metrics": ["open_orders", "orders"]}, YEAR),
    ],
)
def test_default_dates(
    catalogue: Catalogue, query: dict[str, Any], expected: tuple[date, date, str] | None
) -> None:
    filled = with_defaults(Query.model_validate(query), catalogue, TODAY)
    if expected is None:
        assert filled.range is None
    else:
        assert filled.range is not None
        assert (filled.range.from_, filled.range.to, filled.range.words) == expected
        assert filled.range.assumed
    assert with_defaults(filled, catalogue, TODAY) == filled


def test_named_dates_stay(catalogue: Catalogue) -> None:
    query = Query.model_validate(
        {"metrics": ["open_orders"], "range": {"from": "2026-01-01", "words": "since January"}}
    )
    assert with_defaults(query, catalogue, TODAY) is query


def test_compiling_with_or_without_the_defaults_gives_the_same(catalogue: Catalogue) -> None:
    query = Query.model_validate({"metrics": ["revenue", "open_orders"]})
    filled = with_defaults(query, catalogue, TODAY)
    statement = compile_query(query, catalogue, today=TODAY)
    assert statement == compile_query(filled, catalogue, today=TODAY)
    assert statement.notes == ("As it stands now, whatever the dates: Open orders.",)


@pytest.mark.parametrize("grain", ["week", "month", "year"])
def test_what_stands_now_follows_the_dates_beside_it_where_both_are_by_time(
    catalogue: Catalogue, grain: str
) -> None:
    asked = {"metrics": ["revenue", "open_orders"], "grain": grain}
    statement = compile_query(Query.model_validate(asked), catalogue, today=TODAY)
    assert statement.notes == ()
    assert statement.sql.count("o.ordered_at >= ") == 1
    assert statement.sql.count("o.ordered_at < ") == 1


def test_the_year_before_a_leap_days_month(catalogue: Catalogue) -> None:
    filled = with_defaults(Query(metrics=("revenue",)), catalogue, date(2028, 2, 29))
    assert filled.range is not None
    assert (filled.range.from_, filled.range.to) == (date(2027, 2, 1), date(2028, 1, 31))
