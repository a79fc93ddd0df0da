"""Sales of one practice, day by day, with everything a real till leaves behind."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from .cast import FIRST_DAY, PAYMENT_METHODS, TODAY, Article, Person

Row = tuple[object, ...]
SEASON = (0.9, 0.8, 1.0, 1.05, 1.1, 1.25, 1.15, 0.6, 1.2, 1.3, 1.0, 1.35)  # August is quiet, December is not


def new_id(rng: Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def open_days(first: date, last: date) -> Iterator[date]:
    """Tuesday to Saturday; the practice is closed on Sundays, Mondays, New Year's Day and Christmas Day."""
    day = first
    while day <= last:
        if day.isoweekday() not in (1, 7) and (day.month, day.day) not in ((1, 1), (12, 25)):
            yield day
        day += timedelta(days=1)


@dataclass
class Till:
    rng: Random
    company: str
    staff: list[tuple[str, Person]]  # user id, who
    shelves: list[tuple[str, Article]]  # product id, what
    patients: list[str]
    transactions: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)

    def run(self, per_day: float) -> None:
        """Rings up every open day since FIRST_DAY, then the odd cases, then what is dated after today."""
        for day in open_days(FIRST_DAY, TODAY):
            growth = 1.18 if day.year > FIRST_DAY.year else 1.0
            busy = per_day * SEASON[day.month - 1] * growth * (1.6 if day.isoweekday() == 6 else 1.0)
            for _ in range(max(1, round(self.rng.gauss(busy, 0.9)))):
                self._sale(day)
        self._odd_cases()
        for days_ahead in (1, 1, 6, 7):
            future = [pair for pair in self.shelves if pair[1].only_future] or self.shelves[:1]
            self._ring_up(self._at(TODAY + timedelta(days=days_ahead)), [(*future[0], 2)], "completed")

    def _at(self, day: date) -> datetime:
        hour = self.rng.choices(range(9, 19), (6, 11, 14, 5, 4, 12, 15, 18, 13, 7))[0]
        return datetime.combine(day, time(hour, self.rng.randrange(60)))

    def _sale(self, day: date) -> None:
        on_display = [a for a in self.shelves if a[1].weight and day <= (a[1].last_sale or TODAY)]
        weights = [article.weight for _, article in on_display]
        chosen = self.rng.choices(on_display, weights, k=self.rng.choice((1, 1, 2, 2, 3)))
        lines = [(pid, a, self._quantity(a)) for pid, a in dict(chosen).items()]
        status = self.rng.choices(("completed", "Completed", "refunded", "pending"), (78, 15, 4.5, 2.5))[0]
        self._ring_up(self._at(day), lines, status, voided=self.rng.random() < 0.012)

    def _quantity(self, article: Article) -> int:
        if article.type == "service":
            return 1
        return self.rng.choices((1, 2, 3), (60, 35, 5) if article.type == "contact_lens" else (88, 11, 1))[0]

    def _ring_up(
        self, at: datetime, lines: list[tuple[str, Article, int]], status: str, *, voided: bool = False
    ) -> None:
        rng, transaction, subtotal = self.rng, new_id(self.rng), 0.0
        for number, (product_id, article, quantity) in enumerate(lines, start=1):
            price = round(article.price * (0.96 if at.year < TODAY.year else 1.0), 2)
            discount = (
                round(quantity * price * rng.choice((0.05, 0.1, 0.15)), 2) if rng.random() < 0.2 else None
            )
            total = round(quantity * price - (discount or 0), 2)
            cost = (
                round(article.cost * rng.choice((0.97, 1.0, 1.03)), 2) if article.cost is not None else None
            )
            shown = cost if rng.random() < 0.5 else None  # half the lines never had a cost written on them
            self.items.append(
                (new_id(rng), transaction, number, product_id, quantity, price, discount, total, shown, None)
            )
            subtotal = round(subtotal + total, 2)
        reduction = round(subtotal * rng.choice((0.05, 0.1, 0.2)), 2) if rng.random() < 0.16 else None
        self._close(transaction, at, status, subtotal, reduction, subtotal - (reduction or 0), voided=voided)

    def _close(
        self,
        transaction: str,
        at: datetime,
        status: str,
        subtotal: float,
        reduction: float | None,
        total: float,
        *,
        voided: bool = False,
    ) -> None:
        rng = self.rng
        seller = rng.choices(self.staff, [p.share for _, p in self.staff])[0][0]
        refunded = at + timedelta(days=rng.randrange(1, 30)) if status == "refunded" else None
        if refunded and refunded.date() > TODAY:
            refunded = at + timedelta(minutes=20)
        method = rng.choices([m for m, _ in PAYMENT_METHODS], [w for _, w in PAYMENT_METHODS])[0]
        self.transactions.append(
            (
                transaction,
                f"V-{len(self.transactions) + 1:05d}",
                self.company,
                seller,
                rng.choice(self.patients) if rng.random() < 0.7 else None,
                at,
                method,
                status,
                subtotal,
                reduction,
                rng.choice((0, 0, None)),
                round(total, 2),
                refunded,
                rng.choice(("T1", "T2")),
                at + timedelta(minutes=3) if voided else None,
            )
        )

    def _odd_cases(self) -> None:
        """What no form should allow and every till holds."""
        rng = self.rng
        first_id, first = self.shelves[0]
        for day in (date(2025, 2, 14), date(2026, 3, 12), date(2026, 9, 17)):  # rung up, nothing on it
            self._close(new_id(rng), self._at(day), "completed", 0, None, 0)
        for day, line_total in ((date(2026, 5, 20), 0), (date(2026, 9, 9), 40)):  # given away: subtotal 0
            transaction = new_id(rng)
            self.items.append(
                (new_id(rng), transaction, 1, first_id, 1, line_total, None, line_total, first.cost, None)
            )
            self._close(transaction, self._at(day), "completed", 0, 0, 0)
        for day in (date(2025, 11, 18), date(2026, 9, 22)):  # the product's row is gone, the sale is not
            transaction = new_id(rng)
            self.items.append((new_id(rng), transaction, 1, new_id(rng), 1, 57.5, 0, 57.5, None, None))
            self._close(transaction, self._at(day), "completed", 57.5, None, 57.5)
        # A line whose transaction was removed.
        self.items.append((new_id(rng), new_id(rng), 1, first_id, 4, 149, None, 596, None, None))
        never_sold = [pair for pair in self.shelves if pair[1].weight == 0 and pair[1].active]
        if never_sold:  # was sold once, and brought back: still dead stock
            self._ring_up(datetime(2026, 9, 4, 11, 5), [(*never_sold[0], 1)], "refunded")
