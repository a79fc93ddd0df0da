"""A small practice as rows of the views that the semantic models read, with what real tills leave behind:
a brand in two spellings, products without brand or cost, a retired product that still sold, a free sale, a
pending one, sales dated tomorrow, a sale without lines, orders without coating, status or due date.

The rows are plain dictionaries, so that tests can work a metric out by hand in Python.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

TODAY = date(2026, 10, 31)

# view -> column -> type; both PostgreSQL and DuckDB read these types
COLUMNS: dict[str, dict[str, str]] = {
    "sale_lines": {
        "line_id": "text",
        "transaction_id": "text",
        "product_id": "text",
        "staff_id": "text",
        "sold_at": "timestamp",
        "refunded_at": "timestamp",
        "payment_method": "text",
        "payment_method_key": "text",
        "payment_status": "text",
        "payment_status_key": "text",
        "quantity": "int",
        "line_total": "numeric(12,2)",
        "line_discount": "numeric(12,2)",
        "unit_cost": "numeric(12,2)",
        "subtotal": "numeric(12,2)",
        "sale_discount": "numeric(12,2)",
    },
    "sales": {
        "transaction_id": "text",
        "staff_id": "text",
        "sold_at": "timestamp",
        "refunded_at": "timestamp",
        "payment_method": "text",
        "payment_method_key": "text",
        "payment_status": "text",
        "payment_status_key": "text",
        "subtotal": "numeric(12,2)",
        "discount": "numeric(12,2)",
        "tax": "numeric(12,2)",
        "total": "numeric(12,2)",
    },
    "products": {
        "product_id": "text",
        "name": "text",
        "brand": "text",
        "model": "text",
        "sku": "text",
        "product_type": "text",
        "product_type_key": "text",
        "category": "text",
        "cost": "numeric(12,2)",
        "stock_cost": "numeric(12,2)",
        "unit_price": "numeric(12,2)",
        "stock_quantity": "int",
        "low_stock_threshold": "int",
        "is_active": "boolean",
    },
    "staff": {"staff_id": "text", "name": "text"},
    "stock_movements": {
        "movement_id": "text",
        "product_id": "text",
        "movement_type": "text",
        "movement_type_key": "text",
        "quantity": "int",
        "moved_at": "timestamp",
    },
    "orders": {
        "order_id": "text",
        "prescriber_id": "text",
        "status": "text",
        "status_key": "text",
        "lens_type": "text",
        "lens_type_key": "text",
        "lens_material": "text",
        "lens_material_key": "text",
        "coating": "text",
        "coating_key": "text",
        "frame_type": "text",
        "frame_type_key": "text",
        "ordered_at": "timestamp",
        "due_at": "timestamp",
        "completed_at": "timestamp",
        "had_remake": "boolean",
        "had_non_adapt": "boolean",
    },
    "appointments": {
        "appointment_id": "text",
        "practitioner_id": "text",
        "appointment_type": "text",
        "appointment_type_key": "text",
        "status": "text",
        "status_key": "text",
        "starts_at": "timestamp",
    },
    "purchase_orders": {
        "purchase_order_id": "text",
        "supplier_id": "text",
        "supplier": "text",
        "status": "text",
        "status_key": "text",
        "total": "numeric(12,2)",
        "created_at": "timestamp",
        "delivered_at": "timestamp",
    },
}

Row = dict[str, Any]


def keyed(text: str | None) -> str | None:
    """The views' `…_key`: lower case, with space and hyphen as underscore."""
    return None if text is None else text.strip().lower().replace(" ", "_").replace("-", "_")


@dataclass
class Practice:
    """Rows by view."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, view: str, **row: Any) -> Row:
        columns = COLUMNS[view]
        for name in list(row):
            if f"{name}_key" in columns:
                row[f"{name}_key"] = keyed(row[name])
        assert row.keys() == columns.keys(), row.keys() ^ columns.keys()
        self.rows[view].append(row)
        return row

    def table(self, view: str) -> list[tuple[Any, ...]]:
        return [tuple(row[column] for column in COLUMNS[view]) for row in self.rows[view]]

    def product(self, product_id: str) -> Row:
        return next(row for row in self.rows["products"] if row["product_id"] == product_id)


def build(seed: int = 7) -> Practice:
    """The same practice for the same seed: 26 months up to tomorrow."""
    chance = random.Random(seed)
    practice = Practice()
    for number, name in enumerate(("Ana Bell", "Bo Cole", None), 1):
        practice.add("staff", staff_id=f"s{number}", name=name)
    _products(practice, chance)
    for number in range(700):
        _sale(practice, chance, number)
    for number in range(300):
        _order(practice, chance, number)
    for number in range(300):
        _appointment(practice, chance, number)
    for number in range(60):
        _purchase(practice, chance, number)
    for number in range(240):
        _movement(practice, chance, number)
    _nameless(practice)
    return practice


def _day(chance: random.Random, back: int = 790, ahead: int = 0) -> datetime:
    """A moment in opening hours, from `back` days ago to `ahead` days from today."""
    day = TODAY + timedelta(days=chance.randint(-back, ahead))
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=chance.randint(9 * 60, 18 * 60))


def _money(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def _products(practice: Practice, chance: random.Random) -> None:
    brands = ["Aldwych", "aldwych", "Lark-spur", "Nord_haven", None, "100%_Pure"]
    types = ["frame", "frame", "Contact Lens", "solution", "service"]
    for number in range(40):
        brand, kind = brands[number % len(brands)], types[number % len(types)]
        practice.add(
            "products",
            product_id=f"p{number:02}",
            name=f"{brand or 'Plain'} {number // 2}",
            brand=brand,
            model=None if number % 7 == 0 else f"M{number % 4}",
            sku=f"SKU-{number:03}",
            product_type=kind,
            category=["Women's", "Men's", None][number % 3],
            cost=(cost := None if number % 5 == 3 else _money(chance.uniform(2, 60))),
            stock_cost=cost,
            unit_price=_money(chance.uniform(5, 200)),
            stock_quantity=chance.choice([-1, 0, 3, 8, 10, 11, 40]),
            low_stock_threshold=None if number % 3 == 0 else chance.choice([2, 8, 12]),
            is_active=number % 9 != 4,
        )


def _nameless(practice: Practice) -> None:
    """What has no type and no status: a product, a purchase, and an order that is past its due date."""
    practice.add(
        "products",
        product_id="p-plain",
        name="Untyped",
        brand="Lark-spur",
        model=None,
        sku="SKU-900",
        product_type=None,
        category=None,
        cost=Decimal(4),
        stock_cost=Decimal(4),
        unit_price=Decimal(9),
        stock_quantity=6,
        low_stock_threshold=8,
        is_active=True,
    )
    practice.add(
        "purchase_orders",
        purchase_order_id="b-plain",
        supplier_id="v1",
        supplier="Tide Lenses",
        status=None,
        total=Decimal(777),
        created_at=datetime(2026, 5, 5, 10),
        delivered_at=None,
    )
    practice.add(
        "orders",
        order_id="o-plain",
        prescriber_id="s1",
        status=None,
        lens_type="progressive",
        lens_material="cr39",
        coating=None,
        frame_type=None,
        ordered_at=datetime(2026, 5, 5, 10),
        due_at=datetime(2026, 5, 12, 10),
        completed_at=None,
        had_remake=False,
        had_non_adapt=False,
    )


def _sale(practice: Practice, chance: random.Random, number: int) -> None:
    sold_at = _day(chance, back=790, ahead=3)
    status = chance.choices(["completed", "refunded", "pending", "Completed"], [80, 8, 6, 6])[0]
    lines: list[Row] = []
    shared: Row = {
        "transaction_id": f"t{number:04}",
        "staff_id": f"s{chance.randint(1, 4)}",  # s4 is nobody
        "sold_at": sold_at,
        "refunded_at": sold_at + timedelta(days=chance.randint(0, 40)) if status == "refunded" else None,
        "payment_method": chance.choice(["cash", "card", "Card", "mixed"]),
        "payment_status": status,
    }
    free = chance.random() < 0.02
    for position in range(0 if number % 97 == 5 else chance.randint(1, 4)):
        product = practice.rows["products"][min(chance.randrange(40), chance.randrange(36))]
        quantity = chance.randint(1, 3)
        discount = _money(chance.choice([0, 0, 0, 4.5]))
        total = Decimal(0) if free else max(product["unit_price"] * quantity - discount, Decimal(0))
        lines.append(
            {
                "line_id": f"l{number:04}-{position}",
                "product_id": product["product_id"],
                "quantity": quantity,
                "line_total": total,
                "line_discount": discount,
                "unit_cost": None if chance.random() < 0.4 else product["cost"],
            }
        )
    subtotal = sum((line["line_total"] for line in lines), Decimal(0))
    discount = min(_money(chance.choice([0, 0, 10, 25])), subtotal)
    tax = _money(float(subtotal - discount) * chance.choice([0, 0.2]))
    amounts = {"subtotal": subtotal, "discount": discount, "tax": tax, "total": subtotal - discount + tax}
    practice.add("sales", **shared, **amounts)
    for line in lines:
        practice.add("sale_lines", **shared, **line, subtotal=subtotal, sale_discount=discount)


def _order(practice: Practice, chance: random.Random, number: int) -> None:
    ordered_at = _day(chance)
    status = chance.choices(
        ["pending", "in_production", "quality_check", "shipped", "completed", "on_hold", "cancelled"],
        [6, 6, 3, 4, 70, 3, 8],
    )[0]
    done = ordered_at + timedelta(days=chance.randint(2, 20), hours=chance.randint(0, 9))
    practice.add(
        "orders",
        order_id=f"o{number}",
        prescriber_id=f"s{chance.randint(1, 3)}",
        status=status,
        lens_type=chance.choice(["Single Vision", "single_vision", "progressive", "Progressive", "bifocal"]),
        lens_material=chance.choice(["cr39", "polycarbonate", "hi_index_1_67"]),
        coating=chance.choice(["none", "None", "anti_reflective", "Blue Light", None]),
        frame_type=chance.choice(["full_rim", "rimless", None]),
        ordered_at=ordered_at,
        due_at=None if chance.random() < 0.1 else ordered_at + timedelta(days=10),
        completed_at=done if status == "completed" and chance.random() < 0.97 else None,
        had_remake=chance.random() < 0.08,
        had_non_adapt=chance.random() < 0.05,
    )


def _appointment(practice: Practice, chance: random.Random, number: int) -> None:
    practice.add(
        "appointments",
        appointment_id=f"a{number}",
        practitioner_id=f"s{chance.randint(1, 3)}",
        appointment_type=chance.choice(["eye_examination", "follow_up", "collection"]),
        status=chance.choice(["scheduled", "completed", "completed", "no_show", "cancelled"]),
        starts_at=_day(chance, back=700, ahead=30),
    )


def _purchase(practice: Practice, chance: random.Random, number: int) -> None:
    created_at = _day(chance)
    practice.add(
        "purchase_orders",
        purchase_order_id=f"b{number}",
        supplier_id=f"v{number % 3}",
        supplier=["North Supply", "Tide Lenses", "North Supply"][number % 3],
        status=chance.choice(["draft", "sent", "delivered", "cancelled"]),
        total=_money(chance.uniform(50, 900)),
        created_at=created_at,
        delivered_at=created_at + timedelta(days=chance.randint(1, 12)) if chance.random() < 0.7 else None,
    )


def _movement(practice: Practice, chance: random.Random, number: int) -> None:
    kind = chance.choice(["received", "damaged", "adjustment", "sale"])
    quantity = chance.randint(1, 20) * (
        1 if kind == "received" else -1 if kind == "damaged" else chance.choice([-1, 1])
    )
    practice.add(
        "stock_movements",
        movement_id=f"m{number}",
        product_id=f"p{chance.randrange(40):02}",
        movement_type=kind,
        quantity=quantity,
        moved_at=_day(chance),
    )
