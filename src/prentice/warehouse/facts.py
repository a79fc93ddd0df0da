"""What a practice's own rows tell about themselves, read through its own login and views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import TupleRow, dict_row

from prentice.warehouse.report import (
    APPOINTMENTS,
    COSTS,
    MOVEMENTS,
    ORDERS,
    PURCHASING,
    REFUNDS,
    SALES,
    STOCK,
    Finding,
    SourceReport,
)

Row = Mapping[str, Any]


def gather(report: SourceReport, connection: psycopg.Connection[TupleRow], today: date) -> SourceReport:
    """The report with this practice's counts and weaknesses. `connection` is of the practice's login."""
    there: dict[str, set[str]] = {}
    for view, column in connection.execute(
        """select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
           where c.relnamespace = 'prentice'::regnamespace and c.relkind = 'v' and a.attnum > 0"""
    ):
        there.setdefault(view, set()).add(column)
    counts: dict[str, int] = {}
    findings: list[Finding] = []
    for views, query, told in _FACTS:
        if views <= there.keys():
            known = set().union(*(there[view] for view in views))
            columns = {name: name if name in known else null for name, null in _NOT_EVERYWHERE.items()}
            try:
                with connection.cursor(row_factory=dict_row) as cursor:
                    row = cursor.execute(query.format_map(columns).encode(), {"today": today}).fetchone()
            except psycopg.errors.QueryCanceled:
                text = f"There are too many rows to look through {' and '.join(sorted(views))} here."
                findings.append(Finding("note", "source", text))
                continue
            assert row is not None  # every query here is a bare aggregate
            counts |= {name.removeprefix("n_"): int(row[name]) for name in row if name.startswith("n_")}
            findings += told(row)
    return report.with_facts(counts, findings)


def _part(count: int, of: int) -> str:
    """A share as people say it; never 0% or 100% of what is only nearly so."""
    percent = round(100 * count / of)
    return f"{min(max(percent, 1), 99 if count < of else 100)}%"


def _of_sales(row: Row) -> list[Finding]:
    found = []
    if not row["n_sales"]:
        return [Finding("weak", "sales", "There is no sale yet.", SALES)]
    if not row["done"]:
        text = "No sale is marked 'completed', and only those count: revenue is 0."
        found.append(Finding("weak", "sales", text, SALES))
    if row["done"] and not row["taxed"]:
        found.append(
            Finding("weak", "sales", "Tax is 0 on every sale: none seems to be recorded.", ("tax_collected",))
        )
    found += _undated(row, "sales", SALES)
    if row["future"]:
        text = f"{row['future']:,} sales are dated after today: they do not count until then."
        found.append(Finding("note", "sales", text))
    if row["undated_refunds"]:
        text = f"{row['undated_refunds']:,} refunds have no date: they are left out of refunds by date."
        found.append(Finding("weak", "sales", text, REFUNDS[:2]))
    if row["zero"]:
        text = f"{row['zero']:,} completed sales have a subtotal of 0: they add nothing to revenue."
        found.append(Finding("note", "sales", text))
    if row["other"]:
        text = f"{row['other']:,} sales are neither completed nor refunded: they are not counted."
        found.append(Finding("note", "sales", text))
    if row["first"]:
        found.append(Finding("note", "sales", f"Sales run from {row['first']} to {row['last']}."))
    return found


def _of_lines(row: Row) -> list[Finding]:
    found = []
    if row["costless"]:
        share = _part(row["costless"], row["n_sale_lines"])
        text = f"{share} of sale lines have no unit cost; {_later(row)}."
        found.append(Finding("weak", "sales", text, COSTS))
    if row["strangers"]:
        text = f"{row['strangers']:,} sale lines are of products that are not this practice's."
        found.append(Finding("note", "sales", text))
    return found


def _undated(row: Row, what: str, metrics: tuple[str, ...]) -> list[Finding]:
    """Rows without a day, or with one that cannot be read: nothing with dates counts them."""
    if not row["undated"]:
        return []
    text = f"{row['undated']:,} {what} have no date that can be read: answers with dates leave them out."
    return [Finding("weak", what, text, metrics)]


def _later(row: Row) -> str:
    if not row["bare"]:
        return "there the product's cost is taken"
    if row["bare"] == row["costless"]:
        return "nor has the product one, so their cost counts as 0 and the margin is too high"
    share = _part(row["bare"], row["n_sale_lines"])
    return f"{share} have none on the product either: their cost counts as 0 and the margin is too high"


def _of_products(row: Row) -> list[Finding]:
    if not row["n_products"]:
        return [Finding("weak", "stock", "There is no product yet.", STOCK)]
    found = []
    if row["costless"]:
        share = _part(row["costless"], row["n_products"])
        text = f"{share} of products have no cost: they are left out of the value of the stock."
        found.append(Finding("weak", "stock", text, ("stock_value", "dead_stock_value", "stock_turns")))
    if row["idle"]:
        text = (
            f"{row['idle']:,} inactive products still have stock: they are left out of everything on stock."
        )
        found.append(Finding("note", "stock", text))
    if row["negative"]:
        text = f"{row['negative']:,} products have a stock below 0."
        found.append(Finding("weak", "stock", text, ("stock_on_hand",)))
    if not row["frames"]:
        text = "No product is of the type 'frame'."
        found.append(Finding("weak", "stock", text, ("multiple_pair_rate",)))
    return found


def _of_orders(row: Row) -> list[Finding]:
    if not row["n_orders"]:
        return [Finding("weak", "orders", "There is no order yet.", ORDERS)]
    found = _undated(row, "orders", ORDERS)
    if row["dueless"]:
        share = _part(row["dueless"], row["n_orders"])
        text = f"{share} of orders have no due date: they are never late."
        found.append(Finding("weak", "orders", text, ("late_orders", "on_time_rate")))
    if row["unfinished"]:
        text = f"{row['unfinished']:,} completed orders have no date of completion."
        found.append(Finding("weak", "orders", text, ("average_turnaround_days", "on_time_rate")))
    return found


def _of_movements(row: Row) -> list[Finding]:
    none = [Finding("weak", "stock", "No stock movement is recorded.", MOVEMENTS)]
    return _undated(row, "stock movements", MOVEMENTS) if row["n_stock_movements"] else none


def _of_appointments(row: Row) -> list[Finding]:
    return _undated(row, "appointments", APPOINTMENTS)


def _of_purchases(row: Row) -> list[Finding]:
    return _undated(row, "purchase orders", PURCHASING)


def _nothing(row: Row) -> list[Finding]:
    return []


# Columns that a view has only where the source knows them, and what stands for them elsewhere.
_NOT_EVERYWHERE = {
    "tax": "null::numeric",
    "refunded_at": "null::timestamp",
    "due_at": "null::timestamp",
    "completed_at": "null::timestamp",
    "stock_quantity": "null::numeric",
}
_FACTS: tuple[tuple[set[str], str, Callable[[Row], list[Finding]]], ...] = (
    (
        {"sales"},
        """select count(*) as n_sales,
             count(*) filter (where payment_status_key = 'completed') as done,
             count(*) filter (where payment_status_key = 'completed' and {tax} <> 0) as taxed,
             count(*) filter (where payment_status_key = 'completed' and subtotal = 0) as zero,
             count(*) filter (where payment_status_key = 'refunded'
               and {refunded_at} is null) as undated_refunds,
             count(*) filter (where payment_status_key is null
               or payment_status_key not in ('completed', 'refunded')) as other,
             count(*) filter (where sold_at >= %(today)s::date + 1) as future,
             count(*) filter (where sold_at is null) as undated,
             min(sold_at)::date as first, max(sold_at)::date as last
           from prentice.sales""",
        _of_sales,
    ),
    (
        {"sale_lines", "products"},
        """select count(*) as n_sale_lines, count(*) filter (where l.unit_cost is null) as costless,
             count(*) filter (where l.unit_cost is null and p.cost is null) as bare,
             count(*) filter (where p.product_id is null) as strangers
           from prentice.sale_lines l left join prentice.products p on p.product_id = l.product_id""",
        _of_lines,
    ),
    (
        {"products"},
        """select count(*) as n_products,
             count(*) filter (where is_active and cost is null
               and product_type_key is distinct from 'service') as costless,
             count(*) filter (where not is_active and {stock_quantity} > 0) as idle,
             count(*) filter (where is_active and {stock_quantity} < 0) as negative,
             count(*) filter (where product_type_key = 'frame') as frames
           from prentice.products""",
        _of_products,
    ),
    (
        {"stock_movements"},
        """select count(*) as n_stock_movements, count(*) filter (where moved_at is null) as undated
           from prentice.stock_movements""",
        _of_movements,
    ),
    (
        {"orders"},
        """select count(*) as n_orders, count(*) filter (where {due_at} is null) as dueless,
             count(*) filter (where status_key = 'completed' and {completed_at} is null) as unfinished,
             count(*) filter (where ordered_at is null) as undated
           from prentice.orders""",
        _of_orders,
    ),
    (
        {"appointments"},
        """select count(*) as n_appointments, count(*) filter (where starts_at is null) as undated
           from prentice.appointments""",
        _of_appointments,
    ),
    (
        {"purchase_orders"},
        """select count(*) as n_purchase_orders, count(*) filter (where created_at is null) as undated
           from prentice.purchase_orders""",
        _of_purchases,
    ),
    ({"staff"}, "select count(*) as n_staff from prentice.staff", _nothing),
)
