"""The views that the analyst reads, written for the tables that a practice's database has.

Each is a list of columns of a fixed type over the host's tables, walled to the practice of the login.
A view whose tables are missing is not made, nor a column whose absence would be read as "none of it"
(no due date, so nothing is late): a question that needs it is told so, not answered with 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prentice.warehouse.columns import Reading
from prentice.warehouse.schema import HostTable, SourceSchema


@dataclass(frozen=True, slots=True)
class View:
    """`name` in the schema prentice, its SELECT, and the host columns it reads (table -> columns)."""

    name: str
    sql: str
    reads: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Need:
    """What a view cannot do without: table -> columns."""

    view: str
    tables: Mapping[str, tuple[str, ...]]
    build: Callable[[SourceSchema], View]

    def missing(self, schema: SourceSchema) -> list[str]:
        """The tables and columns that are not there, as `orders` or `orders.status`."""
        lacking = []
        for name, columns in self.tables.items():
            table = schema.table(name)
            if table is None:
                lacking.append(name)
            else:
                lacking += [f"{name}.{column}" for column in columns if not table.has(column)]
        return lacking


def build_views(schema: SourceSchema) -> list[View]:
    """Every view that this database's tables can bear."""
    return [need.build(schema) for need in NEEDS if not need.missing(schema)]


def _sale_lines(schema: SourceSchema) -> View:
    i, t = _readings(schema, pos_transaction_items="i", pos_transactions="t")
    return _view(
        "sale_lines",
        [
            ("line_id", i.text("id") if i.table.has("id") else "null::text"),
            ("transaction_id", t.text("id")),
            ("product_id", i.text("product_id")),
            *_sale_columns(t),
            ("quantity", _or(i.quantity("quantity"), "0")),
            ("line_total", _or(i.number("line_total"), "0")),
            ("line_discount", _or(i.number("discount_amount"), "0")),
            ("unit_cost", i.number("unit_cost")),
            ("subtotal", _or(t.number("subtotal"), "0")),
            ("sale_discount", _or(t.number("discount_amount"), "0")),
        ],
        f"{i.source} join {t.source} on {i.joined('transaction_id', t, 'id')}",
        [*t.walled(), *i.kept()],
        [i, t],
    )


def _sales(schema: SourceSchema) -> View:
    (t,) = _readings(schema, pos_transactions="t")
    return _view(
        "sales",
        [
            ("transaction_id", t.text("id")),
            *_sale_columns(t),
            ("subtotal", _or(t.number("subtotal"), "0")),
            ("discount", _or(t.number("discount_amount"), "0")),
            *_where(t.table.has("tax_amount"), ("tax", _or(t.number("tax_amount"), "0"))),
            ("total", _or(t.number("total_amount"), "0")),
        ],
        t.source,
        t.walled(),
        [t],
    )


def _sale_columns(t: Reading) -> list[tuple[str, str]]:
    return [
        *_where(t.table.has("staff_id"), ("staff_id", t.text("staff_id"))),
        ("sold_at", t.moment("transaction_date")),
        *_where(t.table.has("refunded_at"), ("refunded_at", t.moment("refunded_at"))),
        ("payment_method", t.filled("payment_method")),
        ("payment_method_key", t.key("payment_method")),
        ("payment_status", t.filled("payment_status")),
        ("payment_status_key", t.key("payment_status")),
    ]


def _products(schema: SourceSchema) -> View:
    (p,) = _readings(schema, products="p")
    brand, model, sku = p.filled("brand"), p.filled("model"), p.filled("sku")
    spoken = f"nullif(concat_ws(' ', {brand}, {model}), '')"
    has = p.table.has
    return _view(
        "products",
        [
            ("product_id", p.text("id")),
            ("name", f"coalesce({p.filled('name')}, {spoken}, {sku}, {p.text('id')})"),
            ("brand", brand),
            ("model", model),
            ("sku", sku),
            ("product_type", p.filled("product_type")),
            ("product_type_key", p.key("product_type")),
            ("category", p.filled("category")),
            ("cost", p.number("cost")),  # what a sale line without its own falls back on
            *_where(has("cost"), ("stock_cost", p.number("cost"))),
            *_where(has("unit_price"), ("unit_price", p.number("unit_price"))),
            *_where(has("stock_quantity"), ("stock_quantity", _or(p.quantity("stock_quantity"), "0"))),
            ("low_stock_threshold", _or(p.quantity("low_stock_threshold"), "10")),
            ("is_active", _or(p.flag("is_active"), "true")),
        ],
        p.source,
        p.walled(),
        [p],
    )


# Who counts as staff: whoever sold, prescribed or saw someone. The host keeps patients' own logins in the
# same table, without a role: their names must never be here.
_WORK = (("pos_transactions", "staff_id"), ("orders", "ecp_id"), ("appointments", "practitioner_id"))


def _staff(schema: SourceSchema) -> View:
    (u,) = _readings(schema, users="u")
    works = [
        (Reading(schema, table, "w"), column)
        for name, column in _WORK
        if (table := schema.table(name)) and table.has("company_id", column)
    ]
    # The few who worked are gathered, then looked up: of EXISTS the planner expects a pass for each user.
    cast = "" if all(w.alike(column, u, "id") for w, column in works) else "::text"
    worked = " union all ".join(
        f"select distinct {w.raw(column)}{cast} from {w.source} where {' and '.join(w.walled())}"
        for w, column in works
    )
    # A user of no company (the host allows it) is named where it worked for this practice, never else.
    own = f"({u.walled()[0]} or {u.raw('company_id')} is null)"
    where = [f"{u.raw('id')}{cast} in ({worked})" if works else "false", own, *u.kept()]
    columns = [("staff_id", u.text("id")), ("name", _full_name(u))]
    return _view("staff", columns, u.source, where, [u, *(w for w, _ in works)])


def _full_name(u: Reading) -> str:
    return f"nullif(concat_ws(' ', {u.filled('first_name')}, {u.filled('last_name')}), '')"


def _stock_movements(schema: SourceSchema) -> View:
    (m,) = _readings(schema, inventory_movements="m")
    return _view(
        "stock_movements",
        [
            ("movement_id", m.text("id")),
            ("product_id", m.text("product_id")),
            ("movement_type", m.filled("movement_type")),
            ("movement_type_key", m.key("movement_type")),
            ("quantity", _or(m.quantity("quantity"), "0")),
            ("moved_at", m.moment("created_at")),
        ],
        m.source,
        m.walled(),
        [m],
    )


def _orders(schema: SourceSchema) -> View:
    (o,) = _readings(schema, orders="o")
    used, source = [o], o.source
    remakes, non_adapts = [], []
    # Grouped by order before the join, so that an order with two returns counts once. A join, where EXISTS
    # would do: of that the planner expects 600 times the cost it has, and the gate would refuse it.
    if (returns := _tied(schema, "returns", "r")) and returns.table.has("return_type"):
        used.append(returns)
        source += _by_order(returns, o, "returned", {"remade": f"{returns.key('return_type')} = 'remake'"})
        remakes.append("coalesce(returned.remade, false)")
    if adapts := _tied(schema, "non_adapts", "n"):
        used.append(adapts)
        flags = {"there": "true"}
        non_adapts.append("coalesce(unadapted.there, false)")
        if adapts.table.has("resolution_type"):
            flags["remade"] = f"{adapts.key('resolution_type')} = 'remake'"
            remakes.append("coalesce(unadapted.remade, false)")
        source += _by_order(adapts, o, "unadapted", flags)
    enumerated = [
        pair
        for column in ("status", "lens_type", "lens_material", "coating", "frame_type")
        if o.table.has(column)
        for pair in ((column, o.filled(column)), (f"{column}_key", o.key(column)))
    ]
    return _view(
        "orders",
        [
            ("order_id", o.text("id")),
            *_where(o.table.has("ecp_id"), ("prescriber_id", o.text("ecp_id"))),
            *enumerated,
            ("ordered_at", o.moment("order_date")),
            *_where(o.table.has("due_date"), ("due_at", o.moment("due_date"))),
            *_where(o.table.has("completed_at"), ("completed_at", o.moment("completed_at"))),
            *_where(bool(remakes), ("had_remake", " or ".join(remakes))),
            *_where(bool(non_adapts), ("had_non_adapt", " or ".join(non_adapts))),
        ],
        source,
        o.walled(),
        used,
    )


def _appointments(schema: SourceSchema) -> View:
    (a,) = _readings(schema, appointments="a")
    return _view(
        "appointments",
        [
            ("appointment_id", a.text("id")),
            *_where(a.table.has("practitioner_id"), ("practitioner_id", a.text("practitioner_id"))),
            *_where(
                a.table.has("appointment_type"),
                ("appointment_type", a.filled("appointment_type")),
                ("appointment_type_key", a.key("appointment_type")),
            ),
            ("status", a.filled("appointment_status")),
            ("status_key", a.key("appointment_status")),
            ("starts_at", a.moment("start_time")),
        ],
        a.source,
        a.walled(),
        [a],
    )


def _purchase_orders(schema: SourceSchema) -> View:
    (p,) = _readings(schema, purchase_orders="p")
    used, source, supplier = [p], p.source, p.text("supplier_id")
    users = schema.table("users")
    if users and users.has("id") and p.table.has("supplier_id"):
        # A supplier is a user of its own company: only those that this practice ordered from are named.
        # The person's name stands in for a firm's, and never where the row may be a patient's (no role).
        u = Reading(schema, users, "u")
        used.append(u)
        source += f" left join {u.source} on {' and '.join([p.joined('supplier_id', u, 'id'), *u.kept()])}"
        names = [u.filled("organization_name"), supplier]
        if users.has("role"):
            names.insert(1, f"case when {u.raw('role')} is not null then {_full_name(u)} end")
        supplier = f"coalesce({', '.join(names)})"
    return _view(
        "purchase_orders",
        [
            ("purchase_order_id", p.text("id")),
            ("supplier_id", p.text("supplier_id")),
            ("supplier", supplier),
            ("status", p.filled("status")),
            ("status_key", p.key("status")),
            *_where(p.table.has("total_amount"), ("total", _or(p.number("total_amount"), "0"))),
            ("created_at", p.moment("created_at")),
            *_where(p.table.has("actual_delivery_date"), ("delivered_at", p.moment("actual_delivery_date"))),
        ],
        source,
        p.walled(),
        used,
    )


NEEDS = (
    Need(
        "sale_lines",
        {
            "pos_transactions": ("id", "company_id", "payment_status", "transaction_date", "subtotal"),
            "pos_transaction_items": ("transaction_id", "product_id", "quantity", "line_total"),
        },
        _sale_lines,
    ),
    Need(
        "sales",
        {"pos_transactions": ("id", "company_id", "payment_status", "transaction_date", "total_amount")},
        _sales,
    ),
    Need("products", {"products": ("id", "company_id")}, _products),
    Need("staff", {"users": ("id", "company_id")}, _staff),
    Need(
        "stock_movements",
        {"inventory_movements": ("company_id", "product_id", "movement_type", "quantity", "created_at")},
        _stock_movements,
    ),
    Need("orders", {"orders": ("id", "company_id", "status", "order_date")}, _orders),
    Need(
        "appointments",
        {"appointments": ("company_id", "appointment_status", "start_time")},
        _appointments,
    ),
    Need("purchase_orders", {"purchase_orders": ("company_id", "status", "created_at")}, _purchase_orders),
)


def _readings(schema: SourceSchema, **aliases: str) -> list[Reading]:
    return [Reading(schema, schema.tables[name], alias) for name, alias in aliases.items()]


def _tied(schema: SourceSchema, name: str, alias: str) -> Reading | None:
    """A table without a company of its own, that belongs to its order's."""
    table: HostTable | None = schema.table(name)
    return Reading(schema, table, alias) if table and table.has("order_id") else None


def _by_order(inner: Reading, order: Reading, name: str, flags: Mapping[str, str]) -> str:
    """A join to one row for each order that has rows of this table; the flags are true if one row's are.

    The planner leaves it out of a query that does not use it.
    """
    mine, theirs = inner.tied("order_id", order, "id")
    told = ", ".join(f"bool_or({condition}) as {flag}" for flag, condition in flags.items())
    where = f" where {' and '.join(inner.kept())}" if inner.kept() else ""
    grouped = f"select {mine} as order_id, {told} from {inner.source}{where} group by 1"
    return f"\n  left join ({grouped}) {name} on {name}.order_id = {theirs}"


def _where(known: bool, *columns: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return columns if known else ()


def _or(expression: str, otherwise: str) -> str:
    return f"coalesce({expression}, {otherwise})"


def _view(
    name: str, columns: list[tuple[str, str]], source: str, where: list[str], readings: list[Reading]
) -> View:
    listed = ",\n  ".join(f"{expression} as {column}" for column, expression in columns)
    sql = f"select\n  {listed}\nfrom {source}\nwhere {' and '.join(where)}"
    return View(name, sql, {reading.table.name: frozenset(reading.used) for reading in readings})
