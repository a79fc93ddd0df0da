"""Creates the second practice's database; see cast.py for what stands in it on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random

import psycopg
from psycopg import sql

from .bench import appointment_rows, movement_rows, order_rows, purchase_rows
from .cast import (
    COMPANY_ID,
    LAB_COMPANY_ID,
    LAC_SHELVES,
    LAC_STAFF,
    OTHER_COMPANY_ID,
    SUPPLIERS,
    TODAY,
    VISTA_SHELVES,
    VISTA_STAFF,
    Article,
    Person,
)
from .till import Row, Till, new_id

__all__ = ["COMPANY_ID", "LAB_COMPANY_ID", "OTHER_COMPANY_ID", "TODAY", "build"]

SEED = 20261041  # with this one no ranking that the questions ask for ends in a tie
TABLES = Path(__file__).with_name("tables.sql")
Copied = tuple[str, str, Iterable[Row]]


def build(admin_url: str) -> None:
    """Fills the empty database at `admin_url` with three companies; the same rows every time."""
    rng = Random(SEED)
    suppliers = [(new_id(rng), name) for name, _ in SUPPLIERS]
    parts = [*_companies(), *_suppliers(suppliers)]
    parts += _practice(
        rng, COMPANY_ID, VISTA_STAFF, VISTA_SHELVES, suppliers, per_day=2.9, share=0.72, visits=3
    )
    parts += _practice(
        rng, OTHER_COMPANY_ID, LAC_STAFF, LAC_SHELVES, suppliers, per_day=0.6, share=0.25, visits=1
    )
    parts += [
        ("audit_log", "at, who, what, company_id", [(datetime(2026, 10, 30, 9), None, "login", COMPANY_ID)]),
        (
            "shopify_sync",
            "product_id, shop_url, access_token",
            [(new_id(rng), "vista.example", "not-a-token")],
        ),
    ]
    with psycopg.connect(admin_url) as connection:
        connection.execute(TABLES.read_text(encoding="utf-8").encode())
        for table, columns, rows in parts:
            _copy(connection, table, columns, rows)


def _copy(
    connection: psycopg.Connection[tuple[object, ...]], table: str, columns: str, rows: Iterable[Row]
) -> None:
    names = sql.SQL(", ").join(sql.Identifier(c.strip()) for c in columns.split(","))
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _companies() -> list[Copied]:
    rows: list[Row] = [
        (
            COMPANY_ID,
            "Vista Optique",
            "ecp",
            "bonjour@vista-optique.example",
            '{"country": "FR", "city": "Nantes"}',
        ),
        (
            OTHER_COMPANY_ID,
            "Optique du Lac",
            "ecp",
            "bonjour@lac.example",
            '{"country": "FR", "city": "Annecy"}',
        ),
        (LAB_COMPANY_ID, "Verrerie du Rhône", "lab", "labo@rhone.example", None),
    ]
    return [("companies", "id, name, type, email, address", rows)]


def _suppliers(suppliers: Sequence[tuple[str, str]]) -> list[Copied]:
    """Suppliers are users with a firm's name and none of their own; one belongs to the lab."""
    rows: list[Row] = [
        (user, LAB_COMPANY_ID if of_the_lab else None, name, None, None, "supplier")
        for (user, name), (_, of_the_lab) in zip(suppliers, SUPPLIERS, strict=True)
    ]
    return [("users", "id, company_id, organization_name, first_name, last_name, role", rows)]


def _practice(
    rng: Random,
    company: str,
    people: Sequence[Person],
    articles: Sequence[Article],
    suppliers: Sequence[tuple[str, str]],
    *,
    per_day: float,
    share: float,
    visits: int,
) -> list[Copied]:
    staff = [(new_id(rng), person) for person in people]
    shelves = [(new_id(rng), article) for article in articles]
    patients = [new_id(rng) for _ in range(60)]
    prescribers = [user for user, person in staff if person.prescribes]
    till = Till(rng, company, staff, shelves, patients)
    till.run(per_day)
    orders, returns, non_adapts = order_rows(rng, company, prescribers, patients, share)
    bought, lines = purchase_rows(rng, company, suppliers, staff[0][0])
    return [
        (
            "users",
            "id, company_id, first_name, last_name, role, is_active, can_prescribe",
            [(u, company, p.first, p.last, "dispenser", None, p.prescribes) for u, p in staff],
        ),
        (
            "patients",
            "id, company_id, customer_number, name, date_of_birth, email",
            [
                (
                    pid,
                    company,
                    f"P{n:04d}",
                    f"Camille Rousselot {n}",
                    f"{1940 + n}-03-0{n % 9 + 1}",
                    f"c{n}@mail.example",
                )
                for n, pid in enumerate(patients)
            ],
        ),
        (
            "products",
            "id, company_id, product_type, name, brand, model, sku, category, cost, unit_price,"
            " stock_quantity, low_stock_threshold, is_active",
            [
                (
                    pid,
                    company,
                    a.type,
                    a.name,
                    a.brand,
                    a.model,
                    f"{a.type[0].upper()}{n:03d}" if n % 4 else None,
                    a.category,
                    a.cost,
                    a.price,
                    a.stock,
                    a.threshold,
                    a.active,
                )
                for n, (pid, a) in enumerate(shelves)
            ],
        ),
        (
            "pos_transactions",
            "id, transaction_number, company_id, staff_id, patient_id, transaction_date,"
            " payment_method, payment_status, subtotal, discount_amount, tax_amount, total_amount,"
            " refunded_at, till, deleted_at",
            till.transactions,
        ),
        (
            "pos_transaction_items",
            "id, transaction_id, line_number, product_id, quantity, unit_price, discount_amount,"
            " line_total, unit_cost, tax_rate",
            till.items,
        ),
        (
            "orders",
            "id, order_number, company_id, patient_id, ecp_id, status, order_date, due_date, completed_at,"
            " lens_type, lens_material, coating, frame_type, od_sphere, deleted_at",
            orders,
        ),
        ("returns", "id, order_id, return_type, return_reason, description, status, created_at", returns),
        ("non_adapts", "id, order_id, resolution_type, patient_feedback, created_at", non_adapts),
        (
            "appointments",
            "id, company_id, practitioner_id, patient_id, title, appointment_type, appointment_status,"
            " start_time, end_time, duration, deleted_at",
            appointment_rows(rng, company, prescribers, patients, visits),
        ),
        (
            "purchase_orders",
            "id, po_number, company_id, supplier_id, created_by_id, status, total_amount, created_at,"
            " expected_delivery_date, actual_delivery_date",
            bought,
        ),
        ("po_line_items", "id, purchase_order_id, item_name, quantity, unit_price, total_price", lines),
        (
            "inventory_movements",
            "id, product_id, company_id, movement_type, quantity, previous_stock, new_stock,"
            " performed_by, created_at",
            movement_rows(rng, company, shelves, staff[0][0]),
        ),
    ]
