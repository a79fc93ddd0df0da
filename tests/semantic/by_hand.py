"""Metrics of KPIS.md worked out row by row in Python, without a line of the compiler."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from small_practice import TODAY, Practice, Row, keyed

Group = Callable[[Row], object]


class ByHand:
    """`lines` and `sales` carry their product (`p`), staff name and net amount."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        products = {row["product_id"]: row for row in practice.rows["products"]}
        names = {row["staff_id"]: row["name"] for row in practice.rows["staff"]}
        self.sales = [row | {"staff": names.get(row["staff_id"])} for row in practice.rows["sales"]]
        tax = {row["transaction_id"]: row["tax"] for row in self.sales}
        self.lines = [
            row
            | {
                "p": products[row["product_id"]],
                "staff": names.get(row["staff_id"]),
                "net": net(row),
                "tax": tax[row["transaction_id"]],
            }
            for row in practice.rows["sale_lines"]
        ]
        self.stocked = [
            row
            for row in practice.rows["products"]
            if row["is_active"] and row["product_type_key"] != "service"
        ]

    def sold(self, first: date | None = None, last: date = TODAY) -> list[Row]:
        """Lines of completed sales of these days; none after today."""
        return [row for row in self.lines if _completed(row) and _within(row["sold_at"], first, last)]

    def made(self, first: date | None = None, last: date = TODAY) -> list[Row]:
        """Completed sales of these days."""
        return [row for row in self.sales if _completed(row) and _within(row["sold_at"], first, last)]

    def ids_sold(self, days: int) -> dict[str, list[Row]]:
        """Lines by product in that many days before today."""
        found: dict[str, list[Row]] = {}
        for row in self.sold(TODAY - timedelta(days=days), TODAY - timedelta(days=1)):
            found.setdefault(row["product_id"], []).append(row)
        return found

    def dead(self) -> list[Row]:
        recent = self.ids_sold(180)
        return [p for p in self.stocked if p["stock_quantity"] > 0 and p["product_id"] not in recent]


def net(line: Row) -> Decimal:
    """What was paid for the line without tax."""
    if line["subtotal"] == 0:
        return Decimal(0)
    share: Decimal = line["line_total"] * (1 - line["sale_discount"] / line["subtotal"])
    return share


def cost(line: Row) -> Decimal:
    unit = line["unit_cost"] if line["unit_cost"] is not None else line["p"]["cost"]
    return Decimal(0) if unit is None else line["quantity"] * unit


def total(rows: Iterable[Row], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def groups(rows: Iterable[Row], key: Group) -> dict[object, list[Row]]:
    """Rows by group; texts in one spelling."""
    found: dict[object, list[Row]] = {}
    for row in rows:
        value = key(row)
        found.setdefault(keyed(value) if isinstance(value, str) else value, []).append(row)
    return found


def _completed(row: Row) -> bool:
    return bool(row["payment_status_key"] == "completed")


def _within(moment: datetime | None, first: date | None, last: date) -> bool:
    return moment is not None and (first is None or moment.date() >= first) and moment.date() <= last
