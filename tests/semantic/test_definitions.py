"""Each metric means what KPIS.md says: the compiled SQL on PostgreSQL against Python over the same rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from by_hand import ByHand, cost, groups, total
from small_practice import TODAY, Practice, keyed

Ask = Callable[..., list[dict[str, Any]]]
FIRST, LAST = date(2026, 3, 1), date(2026, 8, 15)
RANGE = {"from": FIRST, "to": LAST}


@pytest.fixture(scope="module")
def by_hand(practice: Practice) -> ByHand:
    return ByHand(practice)


def single(rows: list[dict[str, Any]]) -> Any:
    assert len(rows) == 1
    (value,) = rows[0].values()
    return value


def close(value: Any) -> Any:
    return pytest.approx(float(value), rel=1e-9, abs=1e-9)


def test_revenue_is_net_of_every_discount_and_equals_total_less_tax(ask: Ask, by_hand: ByHand) -> None:
    revenue = float(single(ask(metrics=["revenue"], range=RANGE)))
    assert revenue == close(total(by_hand.sold(FIRST, LAST), "net"))
    made = by_hand.made(FIRST, LAST)
    assert revenue == close(total(made, "total") - total(made, "tax"))


def test_gross_revenue_units_and_transactions(ask: Ask, by_hand: ByHand) -> None:
    (row,) = ask(metrics=["gross_revenue", "units_sold", "transactions", "sale_lines"], range=RANGE)
    lines, made = by_hand.sold(FIRST, LAST), by_hand.made(FIRST, LAST)
    assert float(row["gross_revenue"]) == close(total(lines, "line_total"))
    assert row["units_sold"] == sum(line["quantity"] for line in lines)
    assert row["transactions"] == len(made)
    assert row["sale_lines"] == len(lines)


def test_averages_are_ratios_of_sums(ask: Ask, by_hand: ByHand) -> None:
    (row,) = ask(metrics=["average_transaction_value", "items_per_transaction"], range=RANGE)
    lines, made = by_hand.sold(FIRST, LAST), by_hand.made(FIRST, LAST)
    assert float(row["average_transaction_value"]) == close(total(lines, "net") / len(made))
    assert float(row["items_per_transaction"]) == close(sum(x["quantity"] for x in lines) / len(made))


def test_transactions_of_a_brand_are_sales_that_hold_it(ask: Ask, by_hand: ByHand) -> None:
    rows = ask(metrics=["transactions"], dimensions=["brand"], range=RANGE)
    expected = groups(by_hand.sold(FIRST, LAST), lambda line: line["p"]["brand"])
    assert {keyed(row["brand"]): row["transactions"] for row in rows} == {
        brand: len({line["transaction_id"] for line in lines}) for brand, lines in expected.items()
    }


def test_a_sales_discount_and_tax_count_once_and_are_shared_by_product(ask: Ask, by_hand: ByHand) -> None:
    lines, made = by_hand.sold(FIRST, LAST), by_hand.made(FIRST, LAST)
    (whole,) = ask(metrics=["discount_amount", "tax_collected", "discount_rate"], range=RANGE)
    discount = total(lines, "line_discount") + total(made, "discount")
    assert float(whole["discount_amount"]) == close(discount)
    assert float(whole["tax_collected"]) == close(total(made, "tax"))
    assert float(whole["discount_rate"]) == close(discount / (total(lines, "net") + discount))
    parts = ask(metrics=["discount_amount", "tax_collected"], dimensions=["product"], range=RANGE)
    assert sum(float(row["discount_amount"]) for row in parts) == close(discount)
    assert sum(float(row["tax_collected"]) for row in parts) == close(total(made, "tax"))
    paid = groups(lines, lambda line: line["transaction_id"])
    share = {
        name: sum(
            float(x["tax"] * x["line_total"] / total(paid[keyed(x["transaction_id"])], "line_total"))
            for x in of
            if x["subtotal"]
        )
        for name, of in groups(lines, lambda line: line["p"]["name"]).items()
    }
    assert {keyed(row["product"]): float(row["tax_collected"]) for row in parts} == pytest.approx(share)


def test_cost_falls_back_to_the_products_and_says_where_there_is_none(ask: Ask, by_hand: ByHand) -> None:
    metrics = ["cost_of_goods", "gross_margin", "gross_margin_rate", "lines_without_cost"]
    (row,) = ask(metrics=metrics, range=RANGE)
    lines = by_hand.sold(FIRST, LAST)
    cogs, revenue = sum((cost(line) for line in lines), Decimal(0)), total(lines, "net")
    assert float(row["cost_of_goods"]) == close(cogs)
    assert float(row["gross_margin"]) == close(revenue - cogs)
    assert float(row["gross_margin_rate"]) == close((revenue - cogs) / revenue)
    missing = [x for x in lines if x["unit_cost"] is None and x["p"]["cost"] is None]
    assert row["lines_without_cost"] == len(missing) > 0


def test_refunds_go_by_the_day_of_the_refund_and_their_rate_by_that_of_the_sale(
    ask: Ask, by_hand: ByHand
) -> None:
    (row,) = ask(metrics=["refunds", "refund_amount", "refund_rate"], range=RANGE)
    refunded = [s for s in by_hand.sales if s["payment_status_key"] == "refunded"]
    back = [s for s in refunded if FIRST <= s["refunded_at"].date() <= LAST]
    assert row["refunds"] == len(back)
    assert float(row["refund_amount"]) == close(total(back, "total") - total(back, "tax"))
    of_days = [s for s in refunded if FIRST <= s["sold_at"].date() <= LAST]
    assert float(row["refund_rate"]) == close(len(of_days) / (len(of_days) + len(by_hand.made(FIRST, LAST))))
    by_brand = ask(metrics=["refund_amount"], dimensions=["brand"], range=RANGE)
    assert sum(float(r["refund_amount"]) for r in by_brand) == close(
        total(back, "total") - total(back, "tax")
    )


def test_multiple_pairs_are_sales_with_two_frame_units(ask: Ask, by_hand: ByHand) -> None:
    frames = [line for line in by_hand.sold(FIRST, LAST) if line["p"]["product_type_key"] == "frame"]
    per_sale = [
        sum(x["quantity"] for x in of) for of in groups(frames, lambda x: x["transaction_id"]).values()
    ]
    expected = sum(n >= 2 for n in per_sale) / len(per_sale)
    assert float(single(ask(metrics=["multiple_pair_rate"], range=RANGE))) == close(expected)
    by_staff = ask(
        metrics=["multiple_pair_transactions", "frame_transactions"], dimensions=["staff"], range=RANGE
    )
    assert sum(row["frame_transactions"] for row in by_staff) == len(per_sale)


def test_sales_after_today_do_not_exist_yet(ask: Ask, by_hand: ByHand) -> None:
    ahead = {"from": TODAY, "to": TODAY + timedelta(days=30)}
    assert single(ask(metrics=["transactions"], range=ahead)) == len(by_hand.made(TODAY, TODAY))
    assert any(row["sold_at"].date() > TODAY for row in by_hand.sales)
    assert single(ask(metrics=["transactions"], range={"from": TODAY + timedelta(days=1)})) == 0
    assert single(ask(metrics=["transactions"], range={})) == len(by_hand.made())


def test_stock_counts_active_products_without_services(ask: Ask, by_hand: ByHand) -> None:
    (row,) = ask(
        metrics=[
            "stock_on_hand",
            "stock_value",
            "retail_stock_value",
            "active_products",
            "low_stock_items",
            "out_of_stock_items",
            "products_without_cost",
        ]
    )
    stocked = by_hand.stocked
    assert row["stock_on_hand"] == sum(p["stock_quantity"] for p in stocked)
    assert row["stock_value"] == sum(p["stock_quantity"] * (p["cost"] or 0) for p in stocked)
    assert row["retail_stock_value"] == sum(p["stock_quantity"] * p["unit_price"] for p in stocked)
    assert row["active_products"] == len(stocked)
    low = [p for p in stocked if p["stock_quantity"] <= _threshold(p)]
    assert row["low_stock_items"] == len(low)
    assert row["out_of_stock_items"] == sum(p["stock_quantity"] <= 0 for p in stocked)
    assert row["products_without_cost"] == sum(
        p["cost"] is None and p["stock_quantity"] != 0 for p in stocked
    )


def _threshold(product: dict[str, Any]) -> int:
    return 10 if product["low_stock_threshold"] is None else product["low_stock_threshold"]


def test_a_list_of_low_products_shows_stock_and_threshold(ask: Ask, by_hand: ByHand) -> None:
    rows = ask(
        metrics=["stock_on_hand"],
        dimensions=["sku", "low_stock_threshold"],
        filters=[{"field": "low_stock", "value": True}],
    )
    low = [p for p in by_hand.stocked if p["stock_quantity"] <= _threshold(p)]
    assert {(r["sku"], r["low_stock_threshold"], r["stock_on_hand"]) for r in rows} == {
        (p["sku"], _threshold(p), p["stock_quantity"]) for p in low
    }
    fewer = ask(metrics=["active_products"], filters=[{"field": "stock_quantity", "op": "<", "value": 9}])
    assert single(fewer) == sum(p["stock_quantity"] < 9 for p in by_hand.stocked)


def test_dead_stock_has_not_sold_in_the_180_days_before_today(ask: Ask, by_hand: ByHand) -> None:
    dead = by_hand.dead()
    (row,) = ask(metrics=["dead_stock_items", "dead_stock_value"])
    assert row["dead_stock_items"] == len(dead) > 0
    assert row["dead_stock_value"] == sum(p["stock_quantity"] * (p["cost"] or 0) for p in dead)
    listed = ask(
        metrics=["stock_on_hand"], dimensions=["sku"], filters=[{"field": "dead_stock", "value": True}]
    )
    assert {r["sku"] for r in listed} == {p["sku"] for p in dead}
    for others in ({"value": False}, {"op": "!=", "value": True}, {"op": "in", "value": [False]}):
        filters = [{"field": "dead_stock", **others}]
        assert ask(metrics=["active_products"], filters=filters) == [
            {"active_products": len(by_hand.stocked) - len(dead)}
        ]


def test_days_of_stock_turns_and_sell_through_of_those_products(ask: Ask, by_hand: ByHand) -> None:
    (row,) = ask(metrics=["days_of_stock", "stock_turns", "sell_through_rate"])
    ids = {p["product_id"] for p in by_hand.stocked}
    quarter = sum(x["quantity"] for i, of in by_hand.ids_sold(90).items() if i in ids for x in of)
    year = sum((cost(x) for i, of in by_hand.ids_sold(365).items() if i in ids for x in of), Decimal(0))
    stock = sum(p["stock_quantity"] for p in by_hand.stocked)
    value = sum(p["stock_quantity"] * (p["cost"] or 0) for p in by_hand.stocked)
    assert float(row["days_of_stock"]) == close(stock / (quarter / 90))
    assert float(row["stock_turns"]) == close(year / value)
    assert float(row["sell_through_rate"]) == close(quarter / (quarter + stock))


def test_days_of_stock_is_empty_where_nothing_sold(ask: Ask, by_hand: ByHand) -> None:
    rows = {r["sku"]: r["days_of_stock"] for r in ask(metrics=["days_of_stock"], dimensions=["sku"])}
    sold = by_hand.ids_sold(90)
    for product in by_hand.stocked:
        assert (rows[product["sku"]] is None) == (product["product_id"] not in sold)


def test_sell_through_takes_a_period(ask: Ask, by_hand: ByHand) -> None:
    ids = {p["product_id"] for p in by_hand.stocked}
    units = sum(x["quantity"] for x in by_hand.sold(FIRST, LAST) if x["product_id"] in ids)
    stock = sum(p["stock_quantity"] for p in by_hand.stocked)
    assert float(single(ask(metrics=["sell_through_rate"], range=RANGE))) == close(units / (units + stock))


def test_movements_are_summed_by_kind(ask: Ask, practice: Practice) -> None:
    (row,) = ask(metrics=["units_received", "units_damaged", "units_adjusted"], range=RANGE)
    moved = [
        m
        for m in practice.rows["stock_movements"]
        if FIRST <= m["moved_at"].date() <= LAST
        and practice.product(m["product_id"])["product_type_key"] != "service"
    ]
    kinds = groups(moved, lambda m: m["movement_type"])
    assert row["units_received"] == sum(abs(m["quantity"]) for m in kinds["received"])
    assert row["units_damaged"] == sum(abs(m["quantity"]) for m in kinds["damaged"])
    assert row["units_adjusted"] == sum(m["quantity"] for m in kinds["adjustment"])


def test_orders_and_their_rates(ask: Ask, practice: Practice) -> None:
    metrics = [
        "orders",
        "completed_orders",
        "cancelled_orders",
        "average_turnaround_days",
        "on_time_rate",
        "remake_rate",
        "non_adapt_rate",
        "coating_attach_rate",
        "progressive_order_share",
    ]
    (row,) = ask(metrics=metrics, range=RANGE)
    orders = [o for o in practice.rows["orders"] if FIRST <= o["ordered_at"].date() <= LAST]
    done = [o for o in orders if o["status"] == "completed"]
    assert row["orders"] == len(orders)
    assert row["completed_orders"] == len(done)
    assert row["cancelled_orders"] == sum(o["status"] == "cancelled" for o in orders)
    days = [(o["completed_at"] - o["ordered_at"]).total_seconds() / 86400 for o in done if o["completed_at"]]
    assert float(row["average_turnaround_days"]) == close(sum(days) / len(days))
    due = [o for o in done if o["due_at"]]
    on_time = sum(bool(o["completed_at"]) and o["completed_at"] <= o["due_at"] for o in due)
    assert float(row["on_time_rate"]) == close(on_time / len(due))
    assert float(row["remake_rate"]) == close(sum(o["had_remake"] for o in orders) / len(orders))
    assert float(row["non_adapt_rate"]) == close(sum(o["had_non_adapt"] for o in orders) / len(orders))
    coated = sum(o["coating_key"] not in (None, "none") for o in orders)
    assert float(row["coating_attach_rate"]) == close(coated / len(orders))
    progressive = sum(o["lens_type_key"] == "progressive" for o in orders)
    assert float(row["progressive_order_share"]) == close(progressive / len(orders))


OPEN = ("pending", "in_production", "quality_check", "on_hold", "shipped")


def _late(order: dict[str, Any]) -> bool:
    end = order["completed_at"] or datetime.combine(TODAY, datetime.min.time())
    return bool(order["status"] != "cancelled" and order["due_at"] and order["due_at"] < end)


def test_open_and_late_orders_stand_as_of_now_unless_dates_are_named(ask: Ask, practice: Practice) -> None:
    orders = practice.rows["orders"]
    of_range = [o for o in orders if FIRST <= o["ordered_at"].date() <= LAST]
    for rows, found in (
        (ask(metrics=["open_orders", "late_orders"]), orders),
        (ask(metrics=["open_orders", "late_orders"], range=RANGE), of_range),
    ):
        assert rows == [
            {"open_orders": sum(o["status"] in OPEN for o in found), "late_orders": sum(map(_late, found))}
        ]


def test_a_single_open_status_stands_as_of_now_as_well(ask: Ask, practice: Practice) -> None:
    orders = practice.rows["orders"]
    pending = ask(metrics=["orders"], filters=[{"field": "status", "value": "Pending"}])
    assert single(pending) == sum(o["status"] == "pending" for o in orders)
    completed = ask(metrics=["orders"], filters=[{"field": "status", "value": "completed"}])
    year = [o for o in orders if date(2025, 10, 1) <= o["ordered_at"].date() <= date(2026, 9, 30)]
    assert single(completed) == sum(o["status"] == "completed" for o in year)


def test_open_orders_beside_dated_metrics_keep_their_own_dates(ask: Ask, practice: Practice) -> None:
    orders = practice.rows["orders"]
    year = [o for o in orders if date(2025, 10, 1) <= o["ordered_at"].date() <= date(2026, 9, 30)]
    assert ask(metrics=["orders", "open_orders"]) == [
        {"orders": len(year), "open_orders": sum(o["status"] in OPEN for o in orders)}
    ]


def test_appointments_and_purchasing(ask: Ask, practice: Practice) -> None:
    book = [a for a in practice.rows["appointments"] if FIRST <= a["starts_at"].date() <= LAST]
    (row,) = ask(
        metrics=["appointments", "completed_appointments", "no_show_rate", "cancellation_rate", "eye_exams"],
        range=RANGE,
    )
    kinds = {kind: sum(a["status"] == kind for a in book) for kind in ("completed", "no_show", "cancelled")}
    assert row["appointments"] == len(book)
    assert row["completed_appointments"] == kinds["completed"]
    assert float(row["no_show_rate"]) == close(kinds["no_show"] / (kinds["completed"] + kinds["no_show"]))
    assert float(row["cancellation_rate"]) == close(kinds["cancelled"] / len(book))
    assert row["eye_exams"] == sum(
        a["status"] == "completed" and a["appointment_type"] == "eye_examination" for a in book
    )
    bought = [
        b
        for b in practice.rows["purchase_orders"]
        if b["status"] != "cancelled" and FIRST <= b["created_at"].date() <= LAST
    ]
    (spend,) = ask(metrics=["purchase_spend", "purchase_orders", "average_lead_time_days"], range=RANGE)
    assert spend["purchase_spend"] == total(bought, "total")
    assert spend["purchase_orders"] == len(bought)
    days = [
        (b["delivered_at"] - b["created_at"]).total_seconds() / 86400 for b in bought if b["delivered_at"]
    ]
    assert float(spend["average_lead_time_days"]) == close(sum(days) / len(days))


def test_appointments_may_lie_in_the_future(ask: Ask, practice: Practice) -> None:
    ahead = {"from": TODAY + timedelta(days=1), "to": TODAY + timedelta(days=7)}
    expected = sum(
        ahead["from"] <= a["starts_at"].date() <= ahead["to"] for a in practice.rows["appointments"]
    )
    assert single(ask(metrics=["appointments"], range=ahead)) == expected > 0
