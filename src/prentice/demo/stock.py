"""The stockroom: deliveries, damage, counts, and the ledger of every movement.

For each product, the quantities of its movements add up to its stock: sales and damage are negative, refunds
and deliveries positive, counts either. Stock is never below zero, because a delivery comes in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, known, pick
from prentice.demo.chance import Bools, Ints, stream
from prentice.demo.ids import RowIds
from prentice.demo.practice import Practice
from prentice.demo.sales import REFUNDED, Sales
from prentice.demo.shelf import SERVICE, Shelf
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, MONTHS, SECOND, Month, Trading, stamps, weekdays

INITIAL, RECEIVED, SALE, REFUND, ADJUSTMENT, DAMAGED = range(6)
KINDS = ("initial", "received", "sale", "refund", "adjustment", "damaged")
_REASONS = (
    "Opening stock",
    "Delivery",
    "Sale",
    "Customer refund",
    "Stock count",
    "Display model broken",
)
_REFERENCES = (None, "purchase_order", "pos_transaction", "pos_transaction", None, None)
_DELIVERED_AT = (8 * 3600 + 1800) * SECOND  # before opening
_COUNTED_AT = (17 * 3600 + 2700) * SECOND  # after closing
_EXACT_MONTHS = 8  # how long before the end a product that is to run low gets no more than it needs


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What came in during a month, one entry per product and day."""

    day: Ints
    supplier: Ints
    product: Ints
    quantity: Ints
    order: Ints  # number of the purchase order; one per supplier and day

    def __len__(self) -> int:
        return len(self.day)


class Stockroom:
    """Keeps one practice's stock over the months, in order."""

    def __init__(self, practice: Practice, trading: Trading, shelf: Shelf, seed: int) -> None:
        self.practice, self.trading, self.shelf, self.seed = practice, trading, shelf, seed
        self.stock = np.zeros(len(shelf), dtype=np.int64)
        self.order_ids = RowIds(seed, practice.slug, "purchase order")
        self._ids = RowIds(seed, practice.slug, "movement")
        self._staff = Staff(practice, seed)
        self._refunds = _Ledger.empty()  # of sales so far, still to come back
        self._written = 0
        self._last = max(month.number for month in trading.months() if len(month.days))
        self._orders = 0

    def month(self, month: Month, sales: Sales, transaction_ids: RowIds) -> tuple[Batch, Deliveries]:
        """The month's movements, and what was delivered."""
        rng = stream(self.seed, self.practice.slug, "stock", month.number)
        before = self.stock.copy()
        sold, refunds = self._sold(sales), self._refunded(sales, month)
        arrivals = self._arrivals(rng, month)
        deliveries, events = self._days(rng, month, arrivals, sold, refunds)
        ledger = _Ledger.joined(
            [
                arrivals,
                _Ledger(
                    deliveries.day * DAY + _DELIVERED_AT + deliveries.product,
                    deliveries.product,
                    np.full(len(deliveries), RECEIVED),
                    deliveries.quantity,
                    deliveries.order,
                ),
                sold,
                refunds,
                events,
            ]
        )
        return self._rows(rng, ledger, before, transaction_ids), deliveries

    def _sold(self, sales: Sales) -> _Ledger:
        moved = (self.shelf.type[sales.product] != SERVICE) & (sales.status[sales.item_of] <= REFUNDED)
        product, item_of = sales.product[moved], sales.item_of[moved]
        return _Ledger(
            sales.sold_at[item_of],
            product,
            np.full(len(product), SALE),
            -sales.quantity[moved],
            sales.number[item_of],
        )

    def _refunded(self, sales: Sales, month: Month) -> _Ledger:
        """Goods that come back this month; later ones are kept for their month."""
        back = (self.shelf.type[sales.product] != SERVICE) & (sales.status[sales.item_of] == REFUNDED)
        product, item_of = sales.product[back], sales.item_of[back]
        waiting = _Ledger.joined(
            [
                self._refunds,
                _Ledger(
                    sales.refunded_at[item_of],
                    product,
                    np.full(len(product), REFUND),
                    sales.quantity[back],
                    sales.number[item_of],
                ),
            ]
        )
        due = waiting.at // DAY <= month.last
        self._refunds = waiting.where(~due)
        return waiting.where(due)

    def _arrivals(self, rng: np.random.Generator, month: Month) -> _Ledger:
        shelf = self.shelf
        new = np.flatnonzero((shelf.arrives == month.number) & (shelf.type != SERVICE))
        quantity = shelf.cushion[new] + shelf.lot[new] + rng.integers(1, 6, len(new))
        at = np.full(len(new), month.days[0] * DAY + _DELIVERED_AT - 1800 * SECOND) + new
        return _Ledger(at, new, np.full(len(new), INITIAL), quantity, np.full(len(new), -1))

    def _days(
        self, rng: np.random.Generator, month: Month, arrivals: _Ledger, sold: _Ledger, refunds: _Ledger
    ) -> tuple[Deliveries, _Ledger]:
        """Walks through the month's open days: what must be delivered, what is damaged or counted."""
        shelf, days, size = self.shelf, month.days, len(self.shelf)
        demand = _by_day(sold, days, size)
        returned = _by_day(refunds, days, size)
        self.stock += np.bincount(arrivals.product, arrivals.quantity, size).astype(np.int64)
        damaged = rng.random((len(days), size)) < 0.0009
        # A quarterly count finds a unit or two more or fewer than the books say.
        counted = (rng.random(size) < 0.12) * rng.choice(np.array([-2, -1, -1, 1]), size)
        last_months = month.number >= MONTHS - _EXACT_MONTHS
        exact = (shelf.final >= 0) & last_months
        keep = np.where(exact, shelf.final, np.where(shelf.leaves <= month.number, 0, shelf.cushion))
        delivery_days = [
            _delivers(days, shelf.supplier == s, s) for s in range(int(shelf.supplier.max()) + 1)
        ]
        due = np.logical_or.reduce(delivery_days)
        ahead = _demand_until_next(demand, due)
        came: list[tuple[int, Ints, Ints]] = []
        events: list[_Ledger] = []
        for place, day in enumerate(days):
            wanted = ahead[place] + keep - self.stock
            short = due[place] & (wanted > 0) & (shelf.type != SERVICE) & (shelf.arrives <= month.number)
            short &= shelf.leaves > month.number
            if short.any():
                product = np.flatnonzero(short)
                lots = np.where(exact, 1, np.maximum(shelf.lot, 1))[product]
                quantity = -(-wanted[product] // lots) * lots
                self.stock[product] += quantity
                came.append((int(day), product, quantity))
            self.stock -= demand[place]
            self.stock += returned[place]
            change = np.where(damaged[place] & (self.stock > ahead[place]) & ~exact, -1, 0)
            kind = np.full(size, DAMAGED)
            if place == len(days) - 1:
                change, kind = self._count(month, change, counted)
            spoilt = np.flatnonzero(change)
            self.stock[spoilt] += change[spoilt]
            at = np.full(len(spoilt), day * DAY + _COUNTED_AT) + spoilt
            events.append(_Ledger(at, spoilt, kind[spoilt], change[spoilt], np.full(len(spoilt), -1)))
        return self._number(came), _Ledger.joined(events)

    def _count(self, month: Month, change: Ints, counted: Ints) -> tuple[Ints, Ints]:
        """The month's last evening: a quarterly count, and write-offs that bring a product to its end."""
        shelf = self.shelf
        exact = (shelf.final >= 0) & (month.number >= MONTHS - _EXACT_MONTHS)
        found = np.where(
            (month.of_year % 3 == 0) & ~exact & (shelf.arrives <= month.number),
            np.maximum(counted, -self.stock),
            0,
        )
        found = np.where(shelf.type == SERVICE, 0, found)
        gone = (shelf.leaves <= month.number) & (shelf.final == 0)
        ends = gone | (exact & (month.number == self._last))
        found = np.where(ends, shelf.final - self.stock, found)
        return found, np.full(len(shelf), ADJUSTMENT)

    def _number(self, came: list[tuple[int, Ints, Ints]]) -> Deliveries:
        if not came:
            none = np.zeros(0, dtype=np.int64)
            return Deliveries(none, none, none, none, none)
        day = np.concatenate([np.full(len(product), day) for day, product, _ in came])
        product = np.concatenate([product for _, product, _ in came])
        quantity = np.concatenate([quantity for _, _, quantity in came])
        supplier = self.shelf.supplier[product]
        _, order = np.unique(day * 100 + supplier, return_inverse=True)
        first, self._orders = self._orders, self._orders + int(order.max()) + 1
        return Deliveries(day, supplier, product, quantity, order + first)

    def _rows(self, rng: np.random.Generator, ledger: _Ledger, before: Ints, transactions: RowIds) -> Batch:
        size = len(ledger.at)
        order = np.lexsort((ledger.kind, ledger.at, ledger.product))
        ledger = ledger.where(order)
        running = np.cumsum(ledger.quantity)
        starts = np.flatnonzero(np.diff(ledger.product, prepend=-1))
        base = np.repeat((running - ledger.quantity)[starts], np.diff(starts, append=size))
        new_stock = running - base + before[ledger.product]
        ids = self._ids.of(self._written + np.arange(size, dtype=np.int64))
        self._written += size
        orders = self.order_ids.of(np.maximum(ledger.reference, 0))
        of_order = ledger.kind == RECEIVED
        sales = transactions.of(np.maximum(ledger.reference, 0))
        reference = orders.zip_with(pl.Series(of_order), sales)
        staff = self._staff
        performer = np.where(
            (ledger.kind == SALE) | (ledger.kind == REFUND),
            rng.integers(0, len(staff.ids), size),
            staff.dispensers[rng.integers(0, len(staff.dispensers), size)],
        )
        return batch(
            "inventory_movements",
            id=ids,
            company_id=self.practice.company_id,
            product_id=self.shelf.ids[ledger.product],
            movement_type=pick(KINDS, ledger.kind),
            quantity=ledger.quantity,
            previous_stock=new_stock - ledger.quantity,
            new_stock=new_stock,
            reference_type=pick(_REFERENCES, ledger.kind),
            reference_id=known(reference, ledger.reference >= 0),
            reason=pick(_REASONS, ledger.kind),
            performed_by=staff.ids[performer],
            created_at=stamps(ledger.at),
        )


@dataclass(frozen=True, slots=True)
class _Ledger:
    at: Ints
    product: Ints
    kind: Ints
    quantity: Ints  # signed
    reference: Ints  # number of the purchase order or transaction; -1: none

    @classmethod
    def empty(cls) -> _Ledger:
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, none, none, none)

    @classmethod
    def joined(cls, parts: list[_Ledger]) -> _Ledger:
        return cls(
            *(
                np.concatenate([getattr(part, field) for part in parts]).astype(np.int64)
                for field in ("at", "product", "kind", "quantity", "reference")
            )
        )

    def where(self, rows: Bools | Ints) -> _Ledger:
        return _Ledger(
            self.at[rows], self.product[rows], self.kind[rows], self.quantity[rows], self.reference[rows]
        )


def _by_day(ledger: _Ledger, days: Ints, products: int) -> Ints:
    """Units moved by open day and product, without sign."""
    place = np.searchsorted(days, ledger.at // DAY)
    flat = np.bincount(place * products + ledger.product, np.abs(ledger.quantity), len(days) * products)
    return flat.astype(np.int64).reshape(len(days), products)


def _delivers(days: Ints, supplied: Bools, supplier: int) -> Bools:
    """Whether each product is delivered on each day: once a week, and on the month's first open day."""
    of_supplier = weekdays(days) == 1 + supplier % 3
    of_supplier[0] = True
    both: Bools = of_supplier[:, None] & supplied[None, :]
    return both


def _demand_until_next(demand: Ints, due: Bools) -> Ints:
    """Units sold from each day to the one before the next delivery (or the month's end)."""
    ahead = np.zeros_like(demand)
    running = np.zeros(demand.shape[1], dtype=np.int64)
    for place in range(len(demand) - 1, -1, -1):
        running = running + demand[place]
        ahead[place] = running
        running = np.where(due[place], 0, running)
    return ahead
