"""Figures of the copy beside the same figures of the source, each counted by a statement of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from prentice.deid.audit import LiveSource
from prentice.deid.columns import quoted
from prentice.deid.copy import BUILDING, Copy


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `expected` and `found` are figures, never values."""

    name: str
    expected: int | str
    found: int | str

    @property
    def passed(self) -> bool:
        return self.expected == self.found

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


def expected_counts(
    connection: psycopg.Connection[TupleRow], source: LiveSource, parameters: Mapping[str, Any]
) -> dict[str, int | str]:
    """What the source itself says of the figures that the copy must come to."""
    counted: dict[str, int | str] = {}
    for names, statement in _source_counts(source):
        row = connection.execute(statement.encode(), parameters).fetchone()
        counted |= {name: _figure(value) for name, value in zip(names, row or (), strict=True)}
    return counted


def counted(copy: Copy, expected: Mapping[str, int | str]) -> list[Check]:
    """The same figures of the copy that is being built, beside the source's."""
    return [
        Check(name, expected[name], _figure(copy.rows(statement)[0][0]))
        for name, statement in _COPY_COUNTS.items()
        if name in expected
    ]


_COPY_COUNTS = {
    "persons": f"select count(*) from {BUILDING}.person",
    "wearers of contact lenses": f"select count(*) from {BUILDING}.person where contact_lens_wearer",
    "exempt from NHS charges": f"select count(*) from {BUILDING}.person where nhs_exempt",
    "recalls overdue": f"select count(*) from {BUILDING}.person where recall_overdue",
    "persons with a prescription": f"select count(*) from {BUILDING}.person where has_prescription",
    "orders": f"select coalesce(sum(orders), 0) from {BUILDING}.person_year",
    "orders by kind of lens": f"select coalesce(sum(orders), 0) from {BUILDING}.order_year",
    "persons and years with an order": f"select count(*) from {BUILDING}.person_year where orders > 0",
    "sales net of tax": f"select coalesce(sum(spend), 0)::numeric(18, 2) from {BUILDING}.person_year",
}


def _source_counts(source: LiveSource) -> list[tuple[tuple[str, ...], str]]:
    """Names of figures, and the statement whose columns they are."""

    def table(name: str) -> str:
        return f"{quoted(source.schema)}.{quoted(name)}"

    def kept(name: str, alias: str) -> str:
        said = [f"{alias}.company_id = %(company)s"] if source.has(name, "company_id") else []
        if source.has(name, "deleted_at"):
            flag = source.tables[name]["deleted_at"].family == "flag"
            said.append(
                f"coalesce({alias}.deleted_at, false) = false" if flag else f"{alias}.deleted_at is null"
            )
        return " and ".join(said) or "true"

    def theirs(name: str) -> str:
        """The rows of a table that belong to somebody who is not deleted."""
        return (
            f"from {table(name)} t join {table('patients')} p on p.id::text = t.patient_id::text "
            f"where {kept(name, 't')} and {kept('patients', 'p')}"
        )

    figures = {"persons": "count(*)"}
    for name, column in (
        ("wearers of contact lenses", "contact_lens_wearer"),
        ("exempt from NHS charges", "nhs_exemption"),
    ):
        if source.has("patients", column):
            figures[name] = f"count(*) filter (where {_yes(source, column)})"
    if source.has("patients", "next_examination_due"):
        zoned = source.tables["patients"]["next_examination_due"].zoned
        due = "p.next_examination_due at time zone %(zone)s" if zoned else "p.next_examination_due"
        figures["recalls overdue"] = f"count(*) filter (where {due} < %(today)s)"
    patients = (
        f"select {', '.join(figures.values())} from {table('patients')} p where {kept('patients', 'p')}"
    )
    said = [(tuple(figures), patients)]
    if source.has("prescriptions", "patient_id"):
        statement = f"select count(distinct t.patient_id) {theirs('prescriptions')}"
        said.append((("persons with a prescription",), statement))
    if source.has("orders", "patient_id", "order_date") and not source.tables["orders"]["order_date"].zoned:
        names = ("orders", "orders by kind of lens", "persons and years with an order")
        pairs = "count(distinct (t.patient_id, date_part('year', t.order_date)))"
        years = (
            "date_part('year', t.order_date) >= date_part('year', %(first_day)s) "
            "and t.order_date::date <= %(today)s"
        )
        said.append((names, f"select count(*), count(*), {pairs} {theirs('orders')} and {years}"))
    sales = ("patient_id", "transaction_date", "payment_status", "total_amount", "tax_amount")
    if (
        source.has("pos_transactions", *sales)
        and not source.tables["pos_transactions"]["transaction_date"].zoned
        and {source.tables["pos_transactions"][name].family for name in sales[3:]} == {"number"}
    ):
        said.append((("sales net of tax",), (
            "select coalesce(sum(t.total_amount::numeric - coalesce(t.tax_amount::numeric, 0)), 0)"
            "::numeric(18, 2) "
            f"{theirs('pos_transactions')} and t.payment_status::text ilike 'completed' "
            "and t.transaction_date::date <= %(today)s "
            "and date_part('year', t.transaction_date) >= date_part('year', %(first_day)s)"
        )))  # fmt: skip
    return said


def _yes(source: LiveSource, column: str) -> str:
    match source.tables["patients"][column].family:
        case "flag":
            return f"p.{column}"
        case "number":
            return f"p.{column} <> 0"
        case _:
            return f"p.{column}::text ~* '^\\s*(y|yes|t|true|1|on)\\s*$'"


def _figure(value: object) -> int | str:
    return int(value) if isinstance(value, int) else str(value or 0)
