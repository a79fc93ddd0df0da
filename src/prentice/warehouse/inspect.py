"""Looks at a source before anything is made in it: its shape, and whether the practice is there."""

from __future__ import annotations

import psycopg
from psycopg.rows import TupleRow

from prentice.errors import SourceUnsuitable
from prentice.warehouse.columns import quoted
from prentice.warehouse.report import (
    BORNE_BY,
    COSTS,
    STOCK,
    STOCK_SALES,
    STOCK_VALUE,
    Finding,
    Level,
    SourceReport,
)
from prentice.warehouse.schema import SourceSchema
from prentice.warehouse.views import NEEDS

_SHELF = (*STOCK, *STOCK_VALUE, *STOCK_SALES)
Lean = tuple[str, str, str, tuple[str, ...], str]

# Columns whose absence leaves the view standing: (table, column, area, metrics that then have no answer,
# or a poorer one, what is lost).
_BORNE: tuple[Lean, ...] = (
    ("pos_transaction_items", "unit_cost", "sales", COSTS, "costs are today's product costs"),
    (
        "pos_transactions",
        "discount_amount",
        "sales",
        ("discount_amount", "discount_rate"),
        "discounts on whole sales count as 0",
    ),
    (
        "products",
        "product_type",
        "stock",
        ("multiple_pair_rate", *_SHELF),
        "neither frames nor services can be told from other products, so services count as stock",
    ),
    ("products", "cost", "sales", COSTS, "sale lines without a unit cost count as costing nothing"),
    ("products", "brand", "products", (), "nothing can be told by brand"),
)
_LOST: tuple[Lean, ...] = (
    ("pos_transactions", "tax_amount", "sales", ("tax_collected",), "tax is not known"),
    ("pos_transactions", "staff_id", "sales", (), "sales cannot be told by staff member"),
    ("pos_transactions", "refunded_at", "sales", ("refunds", "refund_amount"), "refunds have no date"),
    (
        "products",
        "stock_quantity",
        "stock",
        tuple(metric for metric in _SHELF if metric != "active_products"),
        "what is on the shelf is not known",
    ),
    ("products", "unit_price", "stock", ("retail_stock_value",), "prices are not known"),
    ("products", "cost", "stock", STOCK_VALUE, "what stock cost is not known"),
    ("orders", "due_date", "orders", ("late_orders", "on_time_rate"), "no order is known to be late"),
    (
        "orders",
        "completed_at",
        "orders",
        ("average_turnaround_days", "late_orders", "on_time_rate"),
        "times are not known",
    ),
    ("orders", "coating", "orders", ("coating_attach_rate",), "coatings are not known"),
    ("orders", "lens_type", "orders", ("progressive_order_share",), "lens types are not known"),
    (
        "appointments",
        "appointment_type",
        "appointments",
        ("eye_exams",),
        "their kinds are not known",
    ),
    (
        "purchase_orders",
        "actual_delivery_date",
        "purchasing",
        ("average_lead_time_days",),
        "deliveries have no date",
    ),
    ("purchase_orders", "total_amount", "purchasing", ("purchase_spend",), "orders have no amount"),
)


def inspect(schema: SourceSchema) -> SourceReport:
    """What the shape alone tells. `facts.gather` adds what the rows tell."""
    findings = [
        *_missing_views(schema),
        *_missing_columns(schema),
        *_order_troubles(schema),
        *_oddities(schema),
    ]
    return SourceReport(schema.database, schema.schema, tuple(sorted(schema.tables)), tuple(findings))


def company_name(
    connection: psycopg.Connection[TupleRow], schema: SourceSchema, company_id: str
) -> str | None:
    """The practice's own name in the source, or None where it says none.

    Raises `SourceUnsuitable` where no company has this id; the message tells how many there are.
    """
    table, column = ("companies", "id")
    companies = schema.table("companies")
    if companies is None or not companies.has("id"):
        table = next(name for name, found in schema.tables.items() if found.has("company_id"))
        column = "company_id"
    named = companies is not None and companies.has("id", "name")
    place = f"{quoted(schema.schema)}.{quoted(table)}"
    name = "name::text" if named else "null"
    row = connection.execute(
        f"select {name} from {place} where {column}::text = %s limit 1".encode(), [company_id]
    ).fetchone()
    if row is None:
        counted = connection.execute(f"select count(distinct {column}) from {place}".encode()).fetchone()
        count = counted[0] if counted else 0
        there = {0: "no company at all", 1: "one company, of another id"}.get(
            count, f"{count} companies, none of it"
        )
        raise SourceUnsuitable(
            f"The source has no company of this id: it holds {there}.",
            f"Look the id up in the host ({schema.schema}.{table}.{column}) and give that (--company-id).",
        )
    return row[0] or None


def _missing_views(schema: SourceSchema) -> list[Finding]:
    found = []
    for need in NEEDS:
        if lacking := need.missing(schema):
            area = need.view.replace("_", " ")
            wholes = [name for name in lacking if "." not in name]
            what = f"no table {' or '.join(wholes)}" if wholes else f"no column {', '.join(lacking)}"
            if need.view == "staff":
                found.append(Finding("weak", area, f"There is {what}: staff members have no names."))
            else:
                metrics = BORNE_BY[need.view]
                found.append(Finding("cannot", area, f"There is {what}: {area} cannot be told.", metrics))
    return found


def _missing_columns(schema: SourceSchema) -> list[Finding]:
    levels: tuple[tuple[Level, tuple[Lean, ...]], ...] = (("cannot", _LOST), ("weak", _BORNE))
    return [
        Finding(level, area, f"There is no column {table}.{column}: {lost}.", metrics)
        for level, leans in levels
        for table, column, area, metrics, lost in leans
        if (found := schema.table(table)) is not None and not found.has(column)
    ]


def _order_troubles(schema: SourceSchema) -> list[Finding]:
    if schema.table("orders") is None:
        return []
    returns, adapts = schema.table("returns"), schema.table("non_adapts")
    returned = returns is not None and returns.has("order_id", "return_type")
    adapted = adapts is not None and adapts.has("order_id")
    findings = []
    if not adapted:
        text = "There is no table non_adapts: the non-adapt rate cannot be told."
        findings.append(Finding("cannot", "orders", text, ("non_adapt_rate",)))
    if not returned and not adapted:
        text = "There is neither returns nor non_adapts: remakes cannot be told."
        findings.append(Finding("cannot", "orders", text, ("remake_rate",)))
    elif not returned or not adapted:
        absent = "non_adapts" if returned else "returns"
        text = f"There is no table {absent}: remakes recorded there are not counted."
        findings.append(Finding("weak", "orders", text, ("remake_rate",)))
    return findings


def _oddities(schema: SourceSchema) -> list[Finding]:
    findings = []
    for table in schema.tables.values():
        if table.row_security:
            findings.append(
                Finding(
                    "note",
                    table.name,
                    f"Row security is on for {table.name}: Prentice sees what its policies let the role "
                    "prentice_owner see. Add a policy for that role if rows are missing.",
                )
            )
        if table.kind == "f":
            findings.append(
                Finding("note", table.name, f"{table.name} is a foreign table: its answers are never cached.")
            )
    if schema.schema != "public":
        findings.append(Finding("note", "source", f"The host's tables are in the schema '{schema.schema}'."))
    findings.append(
        Finding(
            "note",
            "source",
            "Before the host drops a column that a view of the schema prentice reads, or changes its type, "
            "drop that view; `prentice tenant add` again makes it anew.",
        )
    )
    return findings
