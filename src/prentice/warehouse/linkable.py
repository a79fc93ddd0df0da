"""The values that a question may name: this practice's own brands, models, staff, coatings, and so on.

Read as the practice's login, so another practice's values are never among them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
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

_COLUMNS: Mapping[str, Mapping[str, str]] = {  # view -> dimension -> column
    "products": {
        "product": "name",
        "brand": "brand",
        "model": "model",
        "sku": "sku",
        "category": "category",
        "product_type": "product_type",
    },
    "sales": {"payment_method": "payment_method"},
    "stock_movements": {"movement_type": "movement_type"},
    "orders": {
        "lens_type": "lens_type",
        "lens_material": "lens_material",
        "coating": "coating",
        "frame_type": "frame_type",
        "orders.status": "status",
    },
    "appointments": {"appointment_type": "appointment_type", "appointments.status": "status"},
    "purchase_orders": {"supplier": "supplier", "purchasing.status": "status"},
}
_PEOPLE: Mapping[str, tuple[str, str]] = {  # dimension -> where such a person stands
    "prescriber": ("orders", "prescriber_id"),
    "practitioner": ("appointments", "practitioner_id"),
}


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
    """One pass over each view, or one for each dimension where a view is not whole. What the source lacks
    is empty."""
    values: Values = {name: [] for columns in _COLUMNS.values() for name in columns}
    values |= {name: [] for name in ("staff", *_PEOPLE)}
    for view, columns in _COLUMNS.items():
        if not _gather(values, read, view, columns):
            for name, column in columns.items():
                _gather(values, read, view, {name: column})
    _gather_people(values, read)
    statuses = [status for name in values if name.endswith(".status") for status in values[name]]
    values["status"] = list(set(statuses))
    return {name: sorted(found)[:MOST] for name, found in values.items()}


def _gather(values: Values, read: Read, view: str, columns: Mapping[str, str]) -> bool:
    listed = list(columns.values())
    sets = ", ".join(f"({column})" for column in listed)
    # grouping() is a number with a bit for each column that is not the one of the row, the last one lowest.
    sql = (
        f"select grouping({', '.join(listed)}), coalesce({', '.join([*listed, 'null'])}) "
        f"from prentice.{view} group by grouping sets ({sets})"
    )
    try:
        rows = read(sql, MOST * len(columns))
    except SourceUnsuitable:
        return False
    every = 2 ** len(columns) - 1
    names = {every - 2**place: name for place, name in enumerate(reversed(tuple(columns)))}
    for bits, value in rows:
        if isinstance(bits, int) and value is not None:
            values[names[bits]].append(str(value))
    return True


def _gather_people(values: Values, read: Read) -> None:
    try:
        people = {
            row[0]: str(row[1]) for row in read("select staff_id, name from prentice.staff", MOST) if row[1]
        }
    except SourceUnsuitable:
        return
    values["staff"] = list(set(people.values()))
    for name, (view, column) in _PEOPLE.items():
        try:
            found = read(f"select distinct {column} from prentice.{view}", MOST)
        except SourceUnsuitable:
            continue
        values[name] = list({people[row[0]] for row in found if row[0] in people})
