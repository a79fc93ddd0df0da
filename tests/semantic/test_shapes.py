"""What each part of a Query does, whatever the metric: filters, grains, comparisons, shares, rankings, …"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from by_hand import ByHand, groups
from small_practice import TODAY, Practice, keyed

from prentice.semantic.compile import compile_query
from prentice.semantic.model import WEEKDAYS, Catalogue
from prentice.semantic.query import Query

Ask = Callable[..., list[dict[str, Any]]]
YEAR = {"from": date(2025, 11, 1), "to": TODAY}


@pytest.fixture(scope="module")
def by_hand(practice: Practice) -> ByHand:
    return ByHand(practice)


# -- what must never break: sums ---------------------------------------------------------------------


def test_a_total_over_any_breakdown_equals_the_total(ask: Ask, catalogue: Catalogue) -> None:
    """Guards against a join that multiplies or drops rows. Counts of sales by product overlap by nature."""
    for metric in catalogue.metrics.values():
        if not metric.additive or metric.model == "patients":  # a person can be in several groups
            continue
        dated = {"range": YEAR} if metric.dated else {}
        (whole,) = ask(metrics=[metric.name], **dated)
        overlapping = any(at.distinct for measure in metric.measures for at in measure.at)
        for dimension in catalogue.dimensions_of(metric.name):
            if dimension.name == metric.name or (overlapping and dimension.family == "product"):
                continue
            rows = ask(metrics=[metric.name], dimensions=[dimension.name], **dated)
            parts = sum(float(row[metric.name]) for row in rows)
            assert parts == pytest.approx(float(whole[metric.name])), (metric.name, dimension.name)
        if metric.over_time:
            rows = ask(metrics=[metric.name], grain="week", **dated)
            assert sum(float(row[metric.name]) for row in rows) == pytest.approx(float(whole[metric.name]))


def test_metrics_side_by_side_are_what_they_are_alone(ask: Ask) -> None:
    """Guards against facts that multiply each other: sales, orders and appointments in one result."""
    metrics = ["revenue", "transactions", "orders", "eye_exams", "purchase_spend", "units_received"]
    together = ask(metrics=metrics, grain="month", range=YEAR)
    for metric in metrics:
        alone = ask(metrics=[metric], grain="month", range=YEAR)
        assert {r["month"]: r[metric] for r in alone} == {
            r["month"]: r[metric] for r in together if r[metric]
        }


def test_stock_beside_sales_is_not_multiplied(ask: Ask) -> None:
    rows = ask(metrics=["stock_on_hand", "units_sold"], dimensions=["brand"], range=YEAR)
    stock = {
        keyed(r["brand"]): r["stock_on_hand"] for r in ask(metrics=["stock_on_hand"], dimensions=["brand"])
    }
    units = ask(metrics=["units_sold"], dimensions=["brand"], range=YEAR)
    sold = {keyed(r["brand"]): r["units_sold"] for r in units}
    for row in rows:
        assert row["stock_on_hand"] == stock.get(keyed(row["brand"]), 0)
        assert row["units_sold"] == sold.get(keyed(row["brand"]), 0)


def test_ratios_are_never_averages_of_ratios(ask: Ask) -> None:
    rows = ask(metrics=["average_transaction_value", "revenue", "transactions"], grain="quarter", range=YEAR)
    for row in rows:
        assert float(row["average_transaction_value"]) == pytest.approx(
            float(row["revenue"]) / row["transactions"]
        )


# -- texts and filters -------------------------------------------------------------------------------


def test_one_value_in_two_spellings_is_one_group_shown_as_stored(ask: Ask) -> None:
    rows = ask(metrics=["orders"], dimensions=["lens_type"], range=YEAR)
    names = [row["lens_type"] for row in rows]
    assert sorted(map(keyed, names)) == ["bifocal", "progressive", "single_vision"]
    assert not {"single_vision", "Single Vision"} <= set(names)


@pytest.mark.parametrize("said", ["Lark-spur", "lark spur", " LARK_SPUR "])
def test_filters_compare_without_case_space_hyphen_and_underscore(ask: Ask, said: str) -> None:
    rows = ask(metrics=["units_sold"], dimensions=["brand"], filters=[{"field": "brand", "value": said}])
    assert [row["brand"] for row in rows] == ["Lark-spur"]


def test_a_trade_word_stands_for_the_stored_value(ask: Ask) -> None:
    for field, word, value in [
        ("lens_type", "varifocals", "progressive"),
        ("coating", "anti-glare", "anti_reflective"),
    ]:
        said = ask(metrics=["orders"], filters=[{"field": field, "value": word}])
        assert said == ask(metrics=["orders"], filters=[{"field": field, "value": value}])
        assert said[0]["orders"] > 0


def test_contains_is_literal(ask: Ask) -> None:
    def brands(text: str) -> set[str | None]:
        filters = [{"field": "brand", "op": "contains", "value": text}]
        return {
            keyed(row["brand"]) for row in ask(metrics=["units_sold"], dimensions=["brand"], filters=filters)
        }

    assert brands("0%_p") == {"100%_pure"}
    assert brands("%") == {"100%_pure"}
    assert brands("a_d") == set()  # no wildcard: Aldwych stays out
    assert brands("LARK SP") == {"lark_spur"}


@pytest.mark.parametrize(
    "excluding",
    [
        {"not": {"field": "brand", "value": "Aldwych"}},
        {"field": "brand", "op": "!=", "value": "Aldwych"},
        {"field": "brand", "op": "not in", "value": ["Aldwych", "Nobody"]},
        {"not": {"or": [{"field": "brand", "value": "ALDWYCH"}, {"field": "brand", "value": "Nobody"}]}},
    ],
)
def test_excluding_a_brand_keeps_what_has_none(ask: Ask, by_hand: ByHand, excluding: dict[str, Any]) -> None:
    rows = ask(metrics=["units_sold"], dimensions=["brand"], filters=[excluding], range=YEAR)
    sold = groups(by_hand.sold(YEAR["from"], TODAY), lambda line: line["p"]["brand"])
    assert {keyed(row["brand"]) for row in rows} == set(sold) - {"aldwych"}
    assert None in {row["brand"] for row in rows}


def test_and_or_not_and_comparisons_combine(ask: Ask, by_hand: ByHand) -> None:
    filters = [
        {
            "or": [
                {"field": "weekday", "op": "in", "value": ["Saturday", "sun"]},
                {"field": "hour", "op": ">=", "value": 16},
            ]
        },
        {"not": {"and": [{"field": "payment_method", "value": "card"}, {"field": "brand", "op": "is null"}]}},
    ]
    rows = ask(metrics=["units_sold"], filters=filters, range=YEAR)
    expected = sum(
        x["quantity"]
        for x in by_hand.sold(YEAR["from"], TODAY)
        if (x["sold_at"].weekday() >= 5 or x["sold_at"].hour >= 16)
        and not (x["payment_method_key"] == "card" and x["p"]["brand"] is None)
    )
    assert rows == [{"units_sold": expected}]


# -- time --------------------------------------------------------------------------------------------


def test_weekdays_are_english_names_in_their_own_order(ask: Ask) -> None:
    rows = ask(
        metrics=["transactions"], dimensions=["weekday"], order=[{"by": "weekday", "descending": False}]
    )
    assert [row["weekday"] for row in rows] == list(WEEKDAYS)


def test_a_week_begins_on_monday_and_a_trend_runs_forward(ask: Ask) -> None:
    weeks = [row["week"] for row in ask(metrics=["revenue"], grain="week", range=YEAR)]
    assert weeks == sorted(weeks)
    assert {week.weekday() for week in weeks} == {0}


def test_both_ends_of_a_range_are_included(ask: Ask, by_hand: ByHand) -> None:
    day = by_hand.sold(last=TODAY - timedelta(days=3))[0]["sold_at"].date()
    (row,) = ask(metrics=["units_sold"], range={"from": day, "to": day})
    assert row["units_sold"] == sum(line["quantity"] for line in by_hand.sold(day, day)) > 0


# -- comparison --------------------------------------------------------------------------------------


def test_a_comparison_is_two_queries_side_by_side(ask: Ask) -> None:
    now, before = {"from": "2026-07-01", "to": "2026-09-30"}, {"from": "2025-07-01", "to": "2025-09-30"}
    metrics = ["revenue", "average_transaction_value"]
    rows = ask(metrics=metrics, dimensions=["brand"], range=now, compare={"range": before})
    apart = [
        {keyed(r["brand"]): r for r in ask(metrics=metrics, dimensions=["brand"], range=r_)}
        for r_ in (now, before)
    ]
    assert {keyed(row["brand"]) for row in rows} == set(apart[0]) | set(apart[1])
    for row in rows:
        mine, other = (side.get(keyed(row["brand"]), {}) for side in apart)
        assert row["revenue"] == mine.get("revenue", 0)
        assert row["revenue_previous"] == other.get("revenue", 0)
        assert row["revenue_change"] == row["revenue"] - row["revenue_previous"]
        assert row["average_transaction_value_previous"] == other.get("average_transaction_value")
        if not row["revenue_previous"]:
            assert row["revenue_change_pct"] is None
        else:
            assert row["revenue_change_pct"] == pytest.approx(row["revenue_change"] / row["revenue_previous"])


def test_months_of_this_year_stand_beside_the_same_months_of_last_year(ask: Ask) -> None:
    this, last = {"from": "2026-01-01", "to": "2026-10-31"}, {"from": "2025-01-01", "to": "2025-12-31"}
    rows = ask(metrics=["revenue"], grain="month", range=this, compare={"range": last})
    before = {r["month"]: r["revenue"] for r in ask(metrics=["revenue"], grain="month", range=last)}
    assert len(rows) == 10  # November and December of last year have nothing beside them yet
    for row in rows:
        assert row["revenue_previous"] == before[row["month"].replace(year=2025)]


def test_days_weeks_and_quarters_line_up_by_position(ask: Ask) -> None:
    days = ask(
        metrics=["orders"],
        grain="day",
        range={"from": "2026-10-01", "to": "2026-10-31"},
        compare={"range": {"from": "2026-09-01", "to": "2026-09-30"}},
    )
    first = ask(metrics=["orders"], range={"from": "2026-09-07", "to": "2026-09-07"})
    assert (
        next((r["orders_previous"] for r in days if r["day"] == date(2026, 10, 7)), 0) == first[0]["orders"]
    )
    weeks = ask(
        metrics=["orders"],
        grain="week",
        range={"from": "2026-10-05", "to": "2026-10-18"},
        compare={"range": {"from": "2026-09-21", "to": "2026-10-04"}},
    )
    assert [row["week"] for row in weeks] == [date(2026, 10, 5), date(2026, 10, 12)]
    quarters = ask(
        metrics=["orders"],
        grain="quarter",
        range={"from": "2026-04-01", "to": "2026-09-30"},
        compare={"range": {"from": "2025-04-01", "to": "2025-09-30"}},
    )
    assert [row["quarter"] for row in quarters] == [date(2026, 4, 1), date(2026, 7, 1)]
    assert all(row["orders_previous"] for row in quarters)


def test_like_for_like_is_the_part_of_the_other_period_that_is_as_long(ask: Ask) -> None:
    (row,) = ask(
        metrics=["revenue"],
        range={"from": "2026-10-01", "to": "2026-10-20"},
        compare={
            "range": {"from": "2025-10-01", "to": "2025-10-31"},
            "like_for_like": {"from": "2025-10-01", "to": "2025-10-20"},
        },
    )
    (part,) = ask(metrics=["revenue"], range={"from": "2025-10-01", "to": "2025-10-20"})
    assert row["revenue_like_for_like"] == part["revenue"]
    assert row["revenue_like_for_like_change_pct"] == pytest.approx(row["revenue"] / part["revenue"] - 1)


# -- shares, running totals, rankings ----------------------------------------------------------------


def test_shares_are_of_the_whole_under_the_same_filters_before_having_and_limit(ask: Ask) -> None:
    query = {
        "metrics": ["revenue", "revenue_share"],
        "dimensions": ["brand"],
        "range": YEAR,
        "filters": [{"field": "product_type", "value": "frame"}],
    }
    rows = ask(**query)
    whole = sum(float(row["revenue"]) for row in rows)
    assert sum(float(row["revenue_share"]) for row in rows) == pytest.approx(1)
    for row in rows:
        assert float(row["revenue_share"]) == pytest.approx(float(row["revenue"]) / whole)
    (one,) = ask(**query, having=[{"field": "brand", "value": "aldwych"}])
    assert one["revenue_share"] == next(r["revenue_share"] for r in rows if keyed(r["brand"]) == "aldwych")
    assert ask(**query, limit=2) == rows[:2]


def test_by_time_and_group_a_share_is_of_that_periods_total(ask: Ask) -> None:
    by_both = ask(metrics=["revenue"], dimensions=["brand"], grain="quarter", shares=["revenue"], range=YEAR)
    totals: dict[Any, float] = {}
    for row in by_both:
        totals[row["quarter"]] = totals.get(row["quarter"], 0) + float(row["revenue_share"])
    assert list(totals.values()) == pytest.approx([1] * len(totals))
    by_time = ask(metrics=["revenue"], grain="quarter", shares=["revenue"], range=YEAR)
    assert sum(float(row["revenue_share"]) for row in by_time) == pytest.approx(1)


def test_a_share_of_sales_by_product_is_of_all_sales_though_groups_overlap(ask: Ask, by_hand: ByHand) -> None:
    query = {"metrics": ["transactions"], "dimensions": ["product_type"], "shares": ["transactions"]}
    rows = ask(**query, range=YEAR)
    sales = len({line["transaction_id"] for line in by_hand.sold(YEAR["from"], TODAY)})
    for row in rows:
        assert float(row["transactions_share"]) == pytest.approx(row["transactions"] / sales)
    assert sum(float(row["transactions_share"]) for row in rows) > 1
    by_quarter = ask(**query, grain="quarter", range=YEAR)
    assert all(0 < float(row["transactions_share"]) <= 1 for row in by_quarter)


def test_a_share_of_each_days_sales_looks_the_days_total_up_once(
    ask: Ask, by_hand: ByHand, catalogue: Catalogue, postgres: psycopg.Connection[Any]
) -> None:
    """Guards against a look-up for each row: by product and day that took minutes."""
    asked = {
        "metrics": ["transactions", "refund_rate"],
        "dimensions": ["product"],
        "shares": ["transactions"],
        "grain": "day",
        "range": YEAR,
        "compare": {"range": {"from": "2024-11-01", "to": "2025-10-31"}},
    }
    statement = compile_query(Query.model_validate(asked), catalogue, today=TODAY)
    plan = postgres.execute(f"explain {statement.sql}", statement.parameters).fetchall()
    assert "SubPlan" not in str(plan)
    per_day = groups(by_hand.made(YEAR["from"], TODAY), lambda sale: sale["sold_at"].date())
    with_lines = groups(by_hand.sold(YEAR["from"], TODAY), lambda line: line["sold_at"].date())
    rows = [row for row in ask(**asked) if row["transactions"]]
    assert len(rows) > 100
    for row in rows:
        sales = len({line["transaction_id"] for line in with_lines[row["day"]]})
        assert sales <= len(per_day[row["day"]])
        assert float(row["transactions_share"]) == pytest.approx(row["transactions"] / sales)


def test_sums_of_halves_stay_halves_beside_other_facts(catalogue: Catalogue) -> None:
    asked = {"metrics": ["units_sold", "stock_on_hand"], "dimensions": ["brand"], "running_totals": []}
    sql = compile_query(Query.model_validate(asked), catalogue, today=TODAY).sql
    assert "AS BIGINT" not in sql
    counted = {"metrics": ["active_products", "units_sold"], "dimensions": ["brand"]}
    assert "AS BIGINT" in compile_query(Query.model_validate(counted), catalogue, today=TODAY).sql


def test_running_totals_add_up_within_each_group(ask: Ask) -> None:
    rows = ask(
        metrics=["units_sold"], dimensions=["staff"], grain="month", running_totals=["units_sold"], range=YEAR
    )
    so_far: dict[Any, int] = {}
    for row in rows:
        so_far[row["staff"]] = so_far.get(row["staff"], 0) + row["units_sold"]
        assert row["units_sold_running_total"] == so_far[row["staff"]]


def test_a_running_ratio_is_of_running_sums(ask: Ask) -> None:
    metrics = ["average_transaction_value", "revenue", "transactions"]
    rows = ask(metrics=metrics, grain="month", running_totals=["average_transaction_value"], range=YEAR)
    revenue = transactions = 0.0
    for row in rows:
        revenue, transactions = revenue + float(row["revenue"]), transactions + row["transactions"]
        assert float(row["average_transaction_value_running_total"]) == pytest.approx(revenue / transactions)


def test_top_per_group_ranks_within_the_group(ask: Ask) -> None:
    rows = ask(
        metrics=["units_sold"],
        dimensions=["brand", "product"],
        range=YEAR,
        top_per={"dimension": "brand", "limit": 2},
    )
    every = ask(metrics=["units_sold"], dimensions=["brand", "product"], range=YEAR)
    for brand, found in groups(rows, lambda row: row["brand"]).items():
        of_brand = [row for row in every if keyed(row["brand"]) == brand]
        best = sorted(of_brand, key=lambda row: (-row["units_sold"], row["product"]))[:2]
        assert [row["units_sold"] for row in found] == [row["units_sold"] for row in best]


def test_best_first_and_ties_by_name(ask: Ask) -> None:
    rows = ask(metrics=["units_sold"], dimensions=["sku"], range={"from": "2026-10-01", "to": "2026-10-31"})
    assert rows == sorted(rows, key=lambda row: (-row["units_sold"], row["sku"]))
    assert len({row["units_sold"] for row in rows}) < len(rows)


def test_a_worst_list_counts_active_products_that_sold_nothing(
    ask: Ask, by_hand: ByHand, practice: Practice
) -> None:
    days = {"from": "2026-10-20", "to": "2026-10-31"}
    rows = ask(
        metrics=["units_sold", "revenue_share"],
        dimensions=["sku"],
        range=days,
        include_empty=True,
        order=[{"by": "units_sold", "descending": False}],
    )
    sold = {x["p"]["sku"] for x in by_hand.sold(date(2026, 10, 20), TODAY)}
    active = {p["sku"] for p in practice.rows["products"] if p["is_active"]}
    assert {row["sku"] for row in rows} == sold | active
    assert {row["sku"] for row in rows if row["units_sold"] == 0} == active - sold
    frames = ask(
        metrics=["units_sold"],
        dimensions=["sku"],
        range=days,
        include_empty=True,
        filters=[{"field": "product_type", "value": "frame"}, {"field": "staff", "value": "Ana Bell"}],
    )
    assert {row["sku"] for row in frames} >= {
        p["sku"] for p in practice.rows["products"] if p["is_active"] and p["product_type"] == "frame"
    }
    assert all(practice_type(practice, row["sku"]) == "frame" for row in frames)


def practice_type(practice: Practice, sku: str) -> str:
    return next(str(p["product_type"]) for p in practice.rows["products"] if p["sku"] == sku)


def test_having_sees_metrics_shares_and_dimensions(ask: Ask) -> None:
    having = [
        {"field": "units_sold", "op": ">", "value": 5},
        {"or": [{"field": "units_sold_share", "op": "<", "value": 0.5}, {"field": "brand", "op": "is null"}]},
        {"not": {"field": "brand", "value": "aldwych"}},
    ]
    rows = ask(metrics=["units_sold"], dimensions=["brand"], shares=["units_sold"], range=YEAR, having=having)
    assert rows
    assert all(row["units_sold"] > 5 and keyed(row["brand"]) != "aldwych" for row in rows)
    months = ask(
        metrics=["orders"],
        grain="month",
        range=YEAR,
        having=[{"field": "month", "op": ">=", "value": "2026-09-01"}],
    )
    assert [row["month"] for row in months] == [date(2026, 9, 1), date(2026, 10, 1)]
