"""Orders to the suppliers: the ones behind every delivery, the cancelled ones, and those on their way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, known, money, numbered, pick
from prentice.demo.chance import Ints, choose, happens, stream
from prentice.demo.ids import RowIds
from prentice.demo.practice import Practice
from prentice.demo.shelf import SERVICE, Shelf
from prentice.demo.staff import Staff
from prentice.demo.stock import Deliveries
from prentice.demo.trading import DAY, SECOND, Month, Trading, opening_times, stamps

_STATUSES = ("draft", "sent", "acknowledged", "in_transit", "delivered", "cancelled")
_DELIVERED, _CANCELLED = 4, 5
_NOTES = (None, "Part delivery expected", "Call before delivery", "Replaces cancelled order", "Rush")


class Purchasing:
    def __init__(self, practice: Practice, trading: Trading, shelf: Shelf, seed: int) -> None:
        self.practice, self.trading, self.shelf, self.seed = practice, trading, shelf, seed
        self._order_ids = RowIds(seed, practice.slug, "purchase order")
        self._open_ids = RowIds(seed, practice.slug, "purchase order not delivered")
        self._line_ids = RowIds(seed, practice.slug, "purchase order line")
        self._staff = Staff(practice, seed)
        self._lines = 0

    def month(self, month: Month, deliveries: Deliveries) -> Iterator[Batch]:
        """The orders that were delivered in this month."""
        if not len(deliveries):
            return
        rng = stream(self.seed, self.practice.slug, "purchasing", month.number)
        numbers, first, order = np.unique(deliveries.order, return_index=True, return_inverse=True)
        day, supplier = deliveries.day[first], deliveries.supplier[first]
        arrived = day * DAY + (8 * 3600 + 1800) * SECOND
        lead = 2 + supplier * 2 + rng.integers(0, 6, len(numbers))
        created = opening_times(rng, self.trading.next_open(day - lead))
        created = np.minimum(created, arrived - 20 * 3600 * SECOND)
        late = choose(rng, (0.25, 0.45, 0.15, 0.1, 0.05), len(numbers)) - 1  # days after it was expected
        yield from self._rows(
            rng,
            self._order_ids.of(numbers),
            numbers,
            supplier,
            np.full(len(numbers), _DELIVERED),
            created,
            arrived - late * DAY,
            arrived,
            order,
            deliveries.product,
            deliveries.quantity,
        )

    def open_orders(self) -> Iterator[Batch]:
        """What is still on its way today, some drafts, and over the span a few that were cancelled."""
        rng = stream(self.seed, self.practice.slug, "open orders")
        houses = len(self.practice.supplier)
        coming = np.array([0, 1, 1, 2, 3, 3] * houses)
        cancelled = np.full(4 * houses, _CANCELLED)
        status = np.concatenate([coming, cancelled])
        supplier = np.arange(len(status)) % houses
        back = np.where(
            status == _CANCELLED,
            rng.integers(20, self.trading.today - self.trading.start, len(status)),
            status * 2 + rng.integers(0, 2, len(status)),
        )
        latest = self.trading.open_days(self.trading.start, self.trading.today)
        day = latest[np.searchsorted(latest, self.trading.today - back, side="right") - 1]
        created = opening_times(rng, day)
        expected = (day + rng.integers(4, 11, len(status))) * DAY + 12 * 3600 * SECOND
        pools = [
            np.flatnonzero((self.shelf.supplier == s) & (self.shelf.type != SERVICE) & self.shelf.active)
            for s in range(houses)
        ]
        order, product = [], []
        for place, house in enumerate(supplier):
            chosen = rng.permutation(pools[house])[: rng.integers(1, 6)]
            order.append(np.full(len(chosen), place))
            product.append(chosen)
        products = np.concatenate(product)
        quantity = np.maximum(self.shelf.lot[products], 1) * rng.integers(1, 3, len(products))
        yield from self._rows(
            rng,
            self._open_ids.upto(len(status)),
            900_000 + np.arange(len(status)),
            supplier,
            status,
            created,
            expected,
            None,
            np.concatenate(order),
            products,
            quantity,
        )

    def _rows(
        self,
        rng: np.random.Generator,
        ids: pl.Series,
        number: Ints,
        supplier: Ints,
        status: Ints,
        created: Ints,
        expected: Ints,
        arrived: Ints | None,
        order: Ints,
        product: Ints,
        quantity: Ints,
    ) -> Iterator[Batch]:
        cost = self.shelf.cost[product]
        total = np.bincount(order, cost * quantity, len(ids)).astype(np.int64)
        staff = self._staff
        writers = staff.ids[pl.Series(staff.dispensers[rng.integers(0, len(staff.dispensers), len(ids))])]
        updated = created + 600 * SECOND if arrived is None else arrived
        yield batch(
            "purchase_orders",
            id=ids,
            po_number=numbered("PO-", number + 1001),
            company_id=self.practice.company_id,
            supplier_id=staff.supplier_ids[supplier],
            created_by_id=writers,
            status=pick(_STATUSES, status),
            total_amount=money(total),
            notes=pick(_NOTES, choose(rng, (30, 1, 1, 0.5, 1), len(ids))),
            expected_delivery_date=known(stamps(expected), ~happens(rng, 0.04, len(ids))),
            actual_delivery_date=None if arrived is None else stamps(arrived),
            tracking_number=pick(
                [f"TRK{n:08d}" for n in rng.integers(0, 10**8, len(ids))], np.arange(len(ids))
            ),
            created_at=stamps(created),
            updated_at=stamps(updated),
        )
        line = self._lines + np.arange(len(product), dtype=np.int64)
        self._lines += len(product)
        yield batch(
            "po_line_items",
            id=self._line_ids.of(line),
            purchase_order_id=ids[order],
            item_name=pick(self.shelf.names, product),
            description=pick(self.shelf.skus, product),
            quantity=quantity,
            unit_price=money(cost),
            total_price=money(cost * quantity),
            created_at=stamps(created[order]),
        )
