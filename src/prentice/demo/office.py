"""The back office: invoices, alerts of low stock, and what people answered when asked for a score."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, known, money, numbered, pick
from prentice.demo.chance import Ints, choose, happens, stream
from prentice.demo.ids import RowIds
from prentice.demo.people import People
from prentice.demo.practice import Practice
from prentice.demo.register import Register
from prentice.demo.shelf import SERVICE, Shelf
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, SECOND, Trading, opening_times, stamps

_ITEMS = ("Spectacles, complete", "Progressive lenses", "Contact lens plan, 3 months",
          "Prescription sunglasses", "Safety spectacles", "Low vision assessment")  # fmt: skip
_PRICES = np.array([28900, 34500, 9600, 22900, 14900, 8500])
_FEEDBACK = (None, "Friendly staff", "Glasses took too long", "Very thorough", "Easy to book", "Pricey",
             "Great choice of frames")  # fmt: skip


class Office:
    def __init__(self, practice: Practice, trading: Trading, register: Register, seed: int) -> None:
        self.practice, self.trading, self.register, self.seed = practice, trading, register, seed
        self._invoice_ids = RowIds(seed, practice.slug, "invoice")
        self._line_ids = RowIds(seed, practice.slug, "invoice line")
        self._survey_ids = RowIds(seed, practice.slug, "survey")
        self._staff = Staff(practice, seed)
        self._invoiced = self._lines = 0

    def invoices(self, rng: np.random.Generator, folk: People) -> Iterator[Batch]:
        """About one patient in eight was sent an invoice."""
        person = np.flatnonzero(happens(rng, 0.13, len(folk)))
        size = len(person)
        first = np.maximum(folk.since[person], self.trading.start)
        day = first + (rng.random(size) * (self.trading.today - first + 1)).astype(np.int64)
        day = np.minimum(self.trading.next_open(day), self.trading.today)
        at = opening_times(rng, day)
        lines = choose(rng, (0, 7, 3), size)
        line_of = np.repeat(np.arange(size), lines)
        item = rng.integers(0, len(_ITEMS), len(line_of))
        quantity: Ints = choose(rng, (0, 9, 1), len(line_of))
        amount = quantity * _PRICES[item]
        total = np.bincount(line_of, amount, size).astype(np.int64)
        status = choose(rng, (0.05, 0.9, 0.05), size)
        number = self._invoiced + np.arange(size, dtype=np.int64)
        self._invoiced += size
        ids = self._invoice_ids.of(number)
        deleted = happens(rng, 0.01, size)
        dispensers = self._staff.dispensers
        clerk = self._staff.ids[dispensers[rng.integers(0, len(dispensers), size)]]
        yield batch(
            "invoices",
            id=ids,
            invoice_number=numbered("INV-", number + 3001),
            company_id=self.practice.company_id,
            patient_id=folk.ids[person],
            ecp_id=clerk,
            status=pick(("draft", "paid", "void"), status),
            payment_method=known(pick(("cash", "card", "mixed"), choose(rng, (2, 7, 1), size)), status == 1),
            total_amount=money(total),
            amount_paid=money(np.where(status == 1, total, 0)),
            invoice_date=stamps(at),
            created_at=stamps(at),
            updated_at=stamps(at),
            deleted_at=known(stamps(at + DAY), deleted),
        )
        line = self._lines + np.arange(len(line_of), dtype=np.int64)
        self._lines += len(line_of)
        yield batch(
            "invoice_line_items",
            id=self._line_ids.of(line),
            invoice_id=ids[line_of],
            description=pick(_ITEMS, item),
            quantity=quantity,
            unit_price=money(_PRICES[item]),
            total_price=money(amount),
            created_at=stamps(at[line_of]),
        )

    def surveys(self, rng: np.random.Generator, folk: People) -> Batch:
        """Scores that users of the portal gave (0 to 10)."""
        person = np.flatnonzero(folk.portal & happens(rng, 0.08, len(folk)))
        score = choose(rng, (0.2, 0.2, 0.4, 0.6, 0.8, 1.5, 2.5, 6, 12, 15, 18), len(person))
        category = np.where(score >= 9, 0, np.where(score >= 7, 1, 2))
        first = np.maximum(folk.since[person], self.trading.start)
        day = first + (rng.random(len(person)) * (self.trading.today - first)).astype(np.int64)
        at = day * DAY + rng.integers(8 * 3600, 22 * 3600, len(person)) * SECOND
        return batch(
            "nps_surveys",
            id=self._survey_ids.of(folk.number[person]),
            user_id=self.register.portal_user(folk.number[person]),
            score=score,
            category=pick(("promoter", "passive", "detractor"), category),
            feedback=pick(_FEEDBACK, choose(rng, (6, 1, 1, 1, 1, 1, 1), len(person))),
            trigger="after_visit",
            created_at=self.trading.with_zone(np.minimum(at, self.trading.now)),
        )

    def alerts(self, shelf: Shelf, stock: Ints) -> Batch:
        """An open alert for each active product at or below its threshold, and some that were resolved."""
        rng = stream(self.seed, self.practice.slug, "alerts")
        threshold = np.where(shelf.threshold < 0, 10, shelf.threshold)
        goods = shelf.active & (shelf.type != SERVICE)
        open_now = goods & (stock <= threshold)
        past = goods & ~open_now & happens(rng, 0.4, len(shelf))
        product = np.flatnonzero(open_now | past)
        size, resolved = len(product), past[product]
        latest = self.trading.open_days(self.trading.today - 300, self.trading.today)
        age = np.where(resolved, rng.integers(30, len(latest), size), rng.integers(1, 20, size))
        raised = opening_times(rng, latest[-age])
        cleared = raised + 8 * DAY
        held = np.where(resolved, np.minimum(threshold[product], rng.integers(0, 4, size)), stock[product])
        seen = resolved | happens(rng, 0.3, size)
        return batch(
            "low_stock_alerts",
            id=RowIds(self.seed, self.practice.slug, "alert").upto(size),
            company_id=self.practice.company_id,
            product_id=shelf.ids[product],
            alert_type=pick(("low_stock", "out_of_stock"), (held <= 0).astype(np.int64)),
            current_stock=held,
            threshold=threshold[product],
            status=pick(("active", "acknowledged", "resolved"), np.where(resolved, 2, seen.astype(np.int64))),
            acknowledged_by=known(pl.Series([self._staff.manager_id]).new_from_index(0, size), seen),
            acknowledged_at=known(stamps(np.minimum(raised + 7200 * SECOND, self.trading.now)), seen),
            resolved_at=known(stamps(cleared), resolved),
            suggested_reorder_quantity=np.maximum(shelf.lot[product], 1),
            created_at=stamps(raised),
            updated_at=stamps(np.where(resolved, cleared, raised)),
        )
