"""The values that a question may name: this practice's own brands, models, staff, coatings, and so on.

Read as the practice's login, so another practice's values are never among them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from prentice.errors import SourceUnsuitable
from prentice.warehouse.cells import Cell

MOST = 20_000  # of one dimension; a chain's catalogue has fewer models
# Reading them may take a twentieth of the time: on a source that changes all the while they are
# read again after twenty times as long as that took, and a small practice's almost at once.
_PATIENCE = 20
_LONGEST_S = 60.0

Values = dict[str, list[str]]
Read = Callable[[str, int], list[list[Cell]]]

_NAMED = "select distinct s.name from prentice.{view} x join prentice.staff s on s.staff_id = x.{column}"
_COLUMNS: tuple[tuple[str, str, str], ...] = (  # dimension, view, column
    ("product", "products", "name"),
    ("brand", "products", "brand"),
    ("model", "products", "model"),
    ("sku", "products", "sku"),
    ("category", "products", "category"),
    ("product_type", "products", "product_type"),
    ("staff", "staff", "name"),
    ("payment_method", "sales", "payment_method"),
    ("movement_type", "stock_movements", "movement_type"),
    ("lens_type", "orders", "lens_type"),
    ("lens_material", "orders", "lens_material"),
    ("coating", "orders", "coating"),
    ("frame_type", "orders", "frame_type"),
    ("orders.status", "orders", "status"),
    ("appointment_type", "appointments", "appointment_type"),
    ("appointments.status", "appointments", "status"),
    ("supplier", "purchase_orders", "supplier"),
    ("purchasing.status", "purchase_orders", "status"),
)
_PEOPLE: tuple[tuple[str, str, str], ...] = (
    ("prescriber", "orders", "prescriber_id"),
    ("practitioner", "appointments", "practitioner_id"),
)


@dataclass(slots=True)
class _Shelf:
    values: Values
    version: str | None
    read_at: float
    took_s: float


class Linkable:
    """The values of each practice, kept in this process. Safe between threads."""

    def __init__(self) -> None:
        self._shelves: dict[str, _Shelf] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, tenant_id: str, version: str | None, read: Read) -> Values:
        """The values as of this state of the data, or a little older where reading them is slow."""
        if self._fits(shelf := self._shelves.get(tenant_id), version) and shelf is not None:
            return shelf.values
        with self._lock:
            lock = self._locks.setdefault(tenant_id, threading.Lock())
        with lock:
            if self._fits(shelf := self._shelves.get(tenant_id), version) and shelf is not None:
                return shelf.values
            started = time.monotonic()
            values = _read_all(read)
            now = time.monotonic()
            self._shelves[tenant_id] = _Shelf(values, version, now, now - started)
            return values

    @staticmethod
    def _fits(shelf: _Shelf | None, version: str | None) -> bool:
        if shelf is None:
            return False
        if version is not None and shelf.version == version:
            return True
        return time.monotonic() - shelf.read_at < min(shelf.took_s * _PATIENCE, _LONGEST_S)


def _read_all(read: Read) -> Values:
    """One statement a view, or a dimension where the view is not whole. What the source lacks is empty."""
    values: Values = {name: [] for name, _, _ in (*_COLUMNS, *_PEOPLE)}
    for view in dict.fromkeys(view for _, view, _ in _COLUMNS):
        parts = [
            f"(select '{name}' as dimension, value from "
            f"(select distinct {column} as value from prentice.{view}) d "
            f"where value is not null limit {MOST})"
            for name, of, column in _COLUMNS
            if of == view
        ]
        if not _gather(values, read, " union all ".join(parts)):
            for part in parts:
                _gather(values, read, part)
    for name, view, column in _PEOPLE:
        named = _NAMED.format(view=view, column=column)
        _gather(
            values, read, f"select '{name}' as dimension, n.name from ({named}) n where n.name is not null"
        )
    statuses = [status for name in values if name.endswith(".status") for status in values[name]]
    values["status"] = sorted(set(statuses))
    return {name: sorted(found) for name, found in values.items()}


def _gather(values: Values, read: Read, sql: str) -> bool:
    try:
        rows = read(sql, MOST * 8)
    except SourceUnsuitable:
        return False
    for dimension, value in rows:
        values[str(dimension)].append(str(value))
    return True
