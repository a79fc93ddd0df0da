"""The till: transactions and their items, month by month.

All money is whole pence or cents, so the host's identities hold exactly: line_total = quantity x unit_price -
discount_amount; subtotal = sum of line_total; total_amount = subtotal - discount_amount + tax_amount.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, known, money, numbered, pick
from prentice.demo.chance import Bools, Floats, Ints, choose, choose_by_row, happens, stream
from prentice.demo.ids import RowIds
from prentice.demo.practice import Cast, Practice
from prentice.demo.register import Register
from prentice.demo.shelf import CONTACT_LENS, FRAME, SERVICE, SOLUTION, Shelf
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, SECOND, Month, Trading, opening_times, stamps

COMPLETED, REFUNDED, PENDING, FAILED, CANCELLED = range(5)
STATUSES = ("completed", "refunded", "pending", "failed", "cancelled")
_STATUS = (0.947, 0.026, 0.013, 0.008, 0.006)
_REASONS = ("Changed mind", "Faulty", "Wrong size", "Prescription changed", "Duplicate sale", "Non-tolerance")
_REMARKS = (
    None,
    "Collect Saturday",
    "Gift receipt",
    "Deposit paid earlier",
    "Phone order",
    "Family discount",
)

# Why somebody comes in: spectacles, contact lenses, an accessory, a service.
_ERRAND = (0.42, 0.23, 0.12, 0.23)
_LINES = np.array(
    [[0.24, 0.43, 0.23, 0.10], [0.38, 0.41, 0.16, 0.05], [0.7, 0.24, 0.05, 0.01], [0.56, 0.3, 0.11, 0.03]]
)
# Errand, number of the line in the sale (from 0) -> weights of frame, contact lens, solution, service.
_TYPES = np.array(
    [
        [[1, 0, 0, 0], [0.10, 0.02, 0.30, 0.58], [0.04, 0.02, 0.62, 0.32], [0.0, 0.05, 0.6, 0.35]],
        [[0, 1, 0, 0], [0.01, 0.27, 0.48, 0.24], [0, 0.1, 0.7, 0.2], [0, 0.1, 0.7, 0.2]],
        [[0, 0, 1, 0], [0.03, 0.02, 0.85, 0.1], [0, 0, 0.9, 0.1], [0, 0, 0.9, 0.1]],
        [[0, 0, 0, 1], [0.12, 0.05, 0.38, 0.45], [0.02, 0.08, 0.5, 0.4], [0, 0.05, 0.6, 0.35]],
    ],
    dtype=np.float64,
)
# Quantities 1, 2, 3, 4 of each type: lenses are bought for both eyes, services once.
_QUANTITY = np.array(
    [[0.955, 0.04, 0.004, 0.001], [0.3, 0.45, 0.07, 0.18], [0.76, 0.17, 0.05, 0.02], [1, 0, 0, 0]]
)
_METHODS = {"GB": (0.15, 0.77, 0.05, 0.03), "US": (0.08, 0.62, 0.05, 0.25)}


@dataclass(frozen=True, slots=True)
class Sales:
    """A month of sales as arrays; the items are in the order of their transactions."""

    number: Ints  # of each transaction, from 0 over the practice's whole span
    sold_at: Ints
    status: Ints
    refunded_at: Ints  # -1 where not refunded
    item_of: Ints  # each item's transaction, by position
    item_number: Ints
    product: Ints
    quantity: Ints
    transactions: Batch
    items: Batch


class Till:
    """Rings up one practice's sales, a month at a time, in order."""

    def __init__(
        self,
        cast: Cast,
        practice: Practice,
        trading: Trading,
        shelf: Shelf,
        register: Register,
        seed: int,
        scale: float,
    ) -> None:
        self.cast, self.practice, self.trading = cast, practice, trading
        self.shelf, self.register, self.seed = shelf, register, seed
        self.staff = Staff(practice, seed)
        self.volume = practice.volume.sales * scale
        self.transaction_ids = RowIds(seed, practice.slug, "transaction")
        self.item_ids = RowIds(seed, practice.slug, "transaction item")
        self._sold = 0
        self._items = 0

    def month(self, month: Month) -> Sales:
        rng = stream(self.seed, self.practice.slug, "sales", month.number)
        counts = rng.poisson(self.volume * self.trading.share(month.days))
        sold_at = np.sort(opening_times(rng, np.repeat(month.days, counts)))
        size = len(sold_at)
        number = self._sold + np.arange(size, dtype=np.int64)
        errand = choose(rng, _ERRAND, size)
        item_of, product, quantity = self._baskets(rng, month, errand)

        price = self.shelf.prices_in(month)[product]
        gross = quantity * price
        off_line = _line_discounts(rng, gross, month)
        line_total = gross - off_line
        subtotal = np.bincount(item_of, line_total, size).astype(np.int64)
        discount = _sale_discounts(rng, subtotal)
        taxed = np.bincount(item_of, line_total * (self.shelf.type[product] != SERVICE), size).astype(
            np.int64
        )
        tax = _tax(taxed, subtotal, discount, self.practice.tax_rate)
        total = subtotal - discount + tax

        status = choose(rng, _STATUS, size)
        refunded_at = self._refund_times(rng, sold_at)
        status = np.where((status == REFUNDED) & (refunded_at > self.trading.now), COMPLETED, status)
        refunded_at = np.where(status == REFUNDED, refunded_at, -1)

        item_number = self._items + np.arange(len(product), dtype=np.int64)
        ids = self.transaction_ids.of(number)
        transactions = self._transaction_rows(
            rng, ids, number, sold_at, status, refunded_at, (subtotal, discount, tax, total)
        )
        items = batch(
            "pos_transaction_items",
            id=self.item_ids.of(item_number),
            transaction_id=ids[item_of],
            product_id=self.shelf.ids[product],
            quantity=quantity,
            unit_price=money(price),
            unit_cost=money(self._costs(rng, month, product), self._cost_noted(rng, product)),
            tax_rate=pl.Series(np.where(self.shelf.type[product] == SERVICE, 0.0, self.practice.tax_rate)),
            discount_amount=money(off_line),
            line_total=money(line_total),
            created_at=stamps(sold_at[item_of]),
        )
        self._sold += size
        self._items += len(product)
        return Sales(
            number, sold_at, status, refunded_at, item_of, item_number, product, quantity, transactions, items
        )

    def _baskets(self, rng: np.random.Generator, month: Month, errand: Ints) -> tuple[Ints, Ints, Ints]:
        """Each item's transaction, product and quantity. A product stands once in a transaction."""
        lines = choose_by_row(rng, _LINES[errand]) + 1
        item_of = np.repeat(np.arange(len(errand), dtype=np.int64), lines)
        place = np.arange(len(item_of)) - np.repeat(np.cumsum(lines) - lines, lines)
        kind = choose_by_row(rng, _TYPES[errand[item_of], place])
        weights = self.shelf.weights(month)
        product = np.zeros(len(item_of), dtype=np.int64)
        for product_type in (FRAME, CONTACT_LENS, SOLUTION, SERVICE):
            of_type = kind == product_type
            typed = np.where(self.shelf.type == product_type, weights, 0.0)
            product[of_type] = choose(rng, typed, int(of_type.sum()))
        quantity = choose_by_row(rng, _QUANTITY[kind]) + 1
        _, first = np.unique(item_of * len(self.shelf) + product, return_index=True)
        once = np.sort(first)
        return item_of[once], product[once], quantity[once]

    def _refund_times(self, rng: np.random.Generator, sold_at: Ints) -> Ints:
        days = self.trading.next_open(sold_at // DAY + 1 + rng.integers(0, 35, len(sold_at)))
        return opening_times(rng, np.minimum(days, self.trading.today + 30))

    def _costs(self, rng: np.random.Generator, month: Month, product: Ints) -> Ints:
        """Suppliers' prices drift: earlier units cost up to 6% less."""
        drift = 1 - 0.06 * (1 - month.number / 26)
        return np.maximum(1, np.round(self.shelf.cost[product] * drift)).astype(np.int64)

    def _cost_noted(self, rng: np.random.Generator, product: Ints) -> Bools:
        missing: Floats = np.where(self.shelf.cost_recorded[product], 0.015, 0.09)
        return ~happens(rng, missing, len(product))

    def _transaction_rows(
        self,
        rng: np.random.Generator,
        ids: pl.Series,
        number: Ints,
        sold_at: Ints,
        status: Ints,
        refunded_at: Ints,
        sums: tuple[Ints, Ints, Ints, Ints],
    ) -> Batch:
        size = len(number)
        subtotal, discount, tax, total = sums
        method = choose(rng, _METHODS[self.practice.country], size)
        in_cash = (self.cast.payment_methods.index("cash") == method) & (status <= REFUNDED)
        received = -(-total // 1000) * 1000  # paid with tens
        patient = self.register.known_by(rng, sold_at // DAY)
        named = happens(rng, 0.70, size)
        refunded = status == REFUNDED
        prefix = "".join(word[0] for word in self.practice.name.split())
        return batch(
            "pos_transactions",
            id=ids,
            company_id=self.practice.company_id,
            transaction_number=numbered(f"{prefix}-", number + 100_001),
            staff_id=self.staff.ids[choose(rng, self.staff.sales_shares, size)],
            patient_id=known(self.register.ids.of(patient), named),
            subtotal=money(subtotal),
            tax_amount=money(tax),
            discount_amount=money(discount),
            total_amount=money(total),
            payment_method=pick(self.cast.payment_methods, method),
            payment_status=pick(STATUSES, status),
            cash_received=money(received, in_cash),
            change_given=money(received - total, in_cash),
            notes=pick(_REMARKS, choose(rng, (40, 1, 0.6, 1, 0.7, 0.7), size)),
            refund_reason=known(pick(_REASONS, choose(rng, (4, 2, 2, 1, 0.5, 1), size)), refunded),
            refunded_at=known(stamps(refunded_at), refunded),
            transaction_date=stamps(sold_at),
            created_at=stamps(sold_at),
            updated_at=stamps(np.where(refunded, refunded_at, sold_at + 20 * SECOND)),
        )


def _line_discounts(rng: np.random.Generator, gross: Ints, month: Month) -> Ints:
    """On some lines 5 to 25%, on some a round sum; more in the January sale."""
    kind = choose(rng, (0.74, 0.18, 0.08) if month.of_year == 1 else (0.88, 0.09, 0.03), len(gross))
    percent = rng.choice(np.array([5, 10, 10, 15, 20, 25]), len(gross))
    round_sum = np.minimum(rng.choice(np.array([100, 200, 500, 1000]), len(gross)), gross // 2)
    discount: Ints = np.where(kind == 1, (gross * percent + 50) // 100, np.where(kind == 2, round_sum, 0))
    return discount


def _sale_discounts(rng: np.random.Generator, subtotal: Ints) -> Ints:
    kind = choose(rng, (0.91, 0.06, 0.03), len(subtotal))
    percent = rng.choice(np.array([5, 10, 10, 15]), len(subtotal))
    voucher = np.minimum(rng.choice(np.array([500, 1000, 2000, 2500]), len(subtotal)), subtotal // 2)
    discount: Ints = np.where(kind == 1, (subtotal * percent + 50) // 100, np.where(kind == 2, voucher, 0))
    return discount


def _tax(taxed: Ints, subtotal: Ints, discount: Ints, rate: float) -> Ints:
    """Tax on the taxed lines less their share of the sale's discount, rounded half up to a penny."""
    per_myriad = round(rate * 100)
    whole = np.maximum(subtotal, 1) * 10_000
    tax: Ints = (taxed * (subtotal - discount) * per_myriad + whole // 2) // whole
    return tax
