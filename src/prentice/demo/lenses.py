"""Contact lenses in their own cupboard, and the orders of those who wear them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, known, money, numbered, pick
from prentice.demo.chance import Ints, choose, happens, stream
from prentice.demo.ids import RowIds
from prentice.demo.people import People
from prentice.demo.practice import Practice
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, SECOND, Trading, dates, stamps

_POWERS = np.concatenate([np.arange(-24, 0, 2), np.arange(-6, 0), np.arange(2, 14, 2)])  # quarter dioptres
_STATUSES = ("dispensed", "received", "ordered", "pending", "cancelled")


class LensCupboard:
    def __init__(self, practice: Practice, trading: Trading, seed: int) -> None:
        self.practice, self.trading, self.seed = practice, trading, seed
        self._ids = RowIds(seed, practice.slug, "lens stock")
        self._order_ids = RowIds(seed, practice.slug, "lens order")
        self._ordered = 0
        self._powers = np.unique(_POWERS)
        self._kinds = [
            (brand, model, round(sum(band.price) * 50))
            for brand, band in practice.contact_lens_brands.items()
            for model in band.models
        ]

    def stock(self) -> Batch:
        """Every kind of lens in every power that is kept."""
        rng = stream(self.seed, self.practice.slug, "lens stock")
        kinds, powers = len(self._kinds), len(self._powers)
        kind, power = np.repeat(np.arange(kinds), powers), np.tile(self._powers, kinds)
        size = len(kind)
        models = [model for _, model, _ in self._kinds]
        toric = np.array(["Toric" in model for model in models])[kind]
        multifocal = np.array(["Multifocal" in model for model in models])[kind]
        daily = np.array(["Daily" in model for model in models])[kind]
        price = np.array([price for _, _, price in self._kinds])[kind]
        since = stamps(np.full(size, self.trading.start * DAY + 8 * 3600 * SECOND))
        suppliers = Staff(self.practice, self.seed).supplier_ids
        return batch(
            "contact_lens_inventory",
            id=self._ids.upto(size),
            company_id=self.practice.company_id,
            brand=pick([brand for brand, _, _ in self._kinds], kind),
            product_name=pick(models, kind),
            lens_type="soft",
            design=pick(("spherical", "toric", "multifocal"), np.where(toric, 1, np.where(multifocal, 2, 0))),
            replacement_schedule=pick(("monthly", "daily_disposable"), daily.astype(np.int64)),
            base_curve=pl.Series(np.where(kind % 2 == 0, 8.6, 8.4)),
            diameter=pl.Series(np.full(size, 14.2)),
            power=pl.Series(power / 4),
            cylinder=known(pl.Series(np.full(size, -0.75)), toric),
            axis=known(np.full(size, 180), toric),
            addition=known(pl.Series(np.full(size, 1.5)), multifocal),
            quantity_in_stock=rng.poisson(6, size),
            unit_cost=money(price * 58 // 100),
            retail_price=money(price),
            supplier_id=str(suppliers[1 % len(suppliers)]),
            expiry_date=dates(self.trading.today + rng.integers(60, 1200, size)),
            batch_number=pick([f"B{number}" for number in range(2000, 2400)], rng.integers(0, 400, size)),
            created_at=since,
            updated_at=since,
        )

    def orders(self, rng: np.random.Generator, folk: People) -> Iterator[Batch]:
        """One to three orders of each wearer, half of them with a solution of the house."""
        wearers = np.flatnonzero(folk.wearer)
        person = np.repeat(wearers, choose(rng, (0, 4, 3, 2), len(wearers)))
        size = len(person)
        if not size:
            return
        span = self.trading.today - np.maximum(folk.since[person], self.trading.start)
        day = self.trading.today - (rng.random(size) * (span + 1)).astype(np.int64)
        day = np.minimum(self.trading.next_open(day), self.trading.today)
        kind = rng.integers(0, len(self._kinds), size)
        powers = len(self._powers)
        right = kind * powers + rng.integers(0, powers, size)
        left = np.clip(right + rng.integers(-1, 2, size), kind * powers, kind * powers + powers - 1)
        boxes: Ints = choose(rng, (0, 2, 3, 1, 0, 0, 1), size)
        price = np.array([price for _, _, price in self._kinds])[kind]
        subtotal = boxes * 2 * price
        discount = np.where(happens(rng, 0.15, size), subtotal // 10, 0)
        tax = ((subtotal - discount) * round(self.practice.tax_rate * 100) + 5000) // 10_000
        status = np.where(self.trading.today - day < 10, choose(rng, (1, 2, 3, 2, 0.2), size),
                          choose(rng, (95, 1, 0.5, 0.5, 3), size))  # fmt: skip
        received = status <= 1
        came = np.minimum(day + rng.integers(1, 6, size), self.trading.today)
        number = self._ordered + np.arange(size, dtype=np.int64)
        self._ordered += size
        at = stamps(day * DAY + 11 * 3600 * SECOND)
        yield batch(
            "contact_lens_orders",
            id=self._order_ids.of(number),
            company_id=self.practice.company_id,
            patient_id=folk.ids[person],
            order_number=numbered("CL-", number + 2001),
            order_date=dates(day),
            od_inventory_id=self._ids.of(right),
            od_quantity=boxes,
            od_unit_price=money(price),
            os_inventory_id=self._ids.of(left),
            os_quantity=boxes,
            os_unit_price=money(price),
            subtotal=money(subtotal),
            discount=money(discount),
            tax=money(tax),
            total=money(subtotal - discount + tax),
            status=pick(_STATUSES, status),
            ordered_date=known(dates(day), status <= 2),
            received_date=known(dates(came), received),
            dispensed_date=known(dates(came), status == 0),
            created_at=at,
            updated_at=at,
        )
