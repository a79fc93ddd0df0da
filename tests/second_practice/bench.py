"""Beside the till: orders to the lab, what comes back, appointments, deliveries, stock movements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from .cast import (
    APPOINTMENT_TYPES,
    COATINGS,
    FIRST_DAY,
    FRAME_TYPES,
    LENS_MATERIALS,
    LENS_TYPES,
    TODAY,
    Article,
)
from .till import Row, new_id, open_days

PARIS = ZoneInfo("Europe/Paris")
Spellings = Sequence[Sequence[tuple[str | None, int]]]


def written(rng: Random, spellings: Spellings) -> str | None:
    """One value of a column, in one of the spellings it is stored in."""
    flat = [pair for group in spellings for pair in group]
    return rng.choices([text for text, _ in flat], [weight for _, weight in flat])[0]


def order_rows(
    rng: Random, company: str, prescribers: Sequence[str], patients: Sequence[str], share: float
) -> tuple[list[Row], list[Row], list[Row]]:
    """Orders, returns and non-adapts. Due at 18:00, never finished on that day itself: late is late."""
    orders: list[Row] = []
    returns: list[Row] = []
    non_adapts: list[Row] = []
    for day in open_days(FIRST_DAY, TODAY):
        just_now = 2 if (TODAY - day).days <= 14 else 0  # enough of them still at the lab
        usual = rng.choices((0, 1, 2, 3), (1 - share, share * 0.6, share * 0.3, share * 0.1))[0]
        for _ in range(usual + just_now):
            placed = datetime.combine(day, time(rng.randrange(9, 19), rng.randrange(60)))
            due = datetime.combine(day + timedelta(days=rng.randrange(6, 13)), time(18))
            age = (TODAY - day).days
            done: datetime | None = None
            if age > 21:
                status = rng.choices(("completed", "Completed", "cancelled", "on_hold"), (76, 16, 6, 2))[0]
            elif age > 7:
                status = rng.choices(
                    ("completed", "shipped", "Quality Check", "In Production"), (45, 20, 15, 20)
                )[0]
            else:
                status = rng.choices(("pending", "in_production", "In Production"), (55, 30, 15))[0]
            if status.lower() == "completed":
                slack = rng.choices((-4, -3, -2, -1, 1, 3, 6), (12, 18, 22, 24, 12, 8, 4))[0]
                done = due + timedelta(days=slack, hours=-rng.randrange(8))
                done = min(done, datetime.combine(TODAY, time(8, 30)))
            order = new_id(rng)
            orders.append(
                (
                    order,
                    f"C{len(orders) + 1:05d}",
                    company,
                    rng.choice(patients),
                    rng.choice(prescribers),
                    status,
                    placed,
                    due if rng.random() < 0.84 else None,
                    done,
                    written(rng, LENS_TYPES),
                    written(rng, LENS_MATERIALS),
                    written(rng, COATINGS),
                    written(rng, FRAME_TYPES),
                    rng.choice((-2.25, -0.75, 1.5)),
                    placed + timedelta(days=1) if rng.random() < 0.02 else None,
                )
            )
            if done:
                came_back = done + timedelta(days=rng.randrange(2, 20))
                _send_back(rng, order, came_back, returns, non_adapts)
    return orders, returns, non_adapts


def _send_back(rng: Random, order: str, at: datetime, returns: list[Row], non_adapts: list[Row]) -> None:
    """None, one, two or both kinds for one order: it still counts once."""
    if at.date() >= TODAY:
        return
    luck = rng.random()
    kinds: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    if luck < 0.035:
        kinds = ("remake",)
    elif luck < 0.05:
        kinds = ("Remake", "remake")  # came back twice
    elif luck < 0.06:
        kinds = ("refund", "exchange")
    elif luck < 0.075:
        kinds, resolutions = ("remake",), ("remake",)  # both tables hold the same remake
    elif luck < 0.10:
        resolutions = ("Remake",)
    elif luck < 0.12:
        resolutions = ("lens_type_change",)
    elif luck < 0.13:
        resolutions = ("refund", "remake")
    elif luck < 0.14:
        resolutions = ("",)
    for kind in kinds:
        returns.append((new_id(rng), order, kind, "fit", "reported at the counter", "processed", at))
    for resolution in resolutions:
        non_adapts.append((new_id(rng), order, resolution or None, "swim", at + timedelta(days=1)))


def appointment_rows(
    rng: Random, company: str, practitioners: Sequence[str], patients: Sequence[str], per_day: int
) -> list[Row]:
    """Booked in Paris time, stored with a zone, through the end of November."""
    rows: list[Row] = []

    def book(
        local: datetime, kind: str | None, state: str, *, owner: str | None, removed: bool = False
    ) -> None:
        start = local.replace(tzinfo=PARIS).astimezone(UTC)
        rows.append(
            (
                new_id(rng),
                owner,
                rng.choice(practitioners) if rng.random() > 0.09 else None,
                rng.choice(patients),
                "Rendez-vous",
                kind,
                state,
                start,
                start + timedelta(minutes=30),
                30,
                start if removed else None,
            )
        )

    for day in open_days(FIRST_DAY, date(2026, 11, 28)):
        for _ in range(rng.randrange(per_day + 1)):
            local = datetime.combine(day, time(rng.randrange(9, 18), rng.choice((0, 30))))
            if day > TODAY:
                state = rng.choices(("scheduled", "confirmed", "cancelled"), (60, 32, 8))[0]
            else:
                state = rng.choices(("completed", "no_show", "cancelled", "rescheduled"), (76, 9, 10, 5))[0]
            kind = written(rng, APPOINTMENT_TYPES)
            book(local, kind, state, owner=company, removed=rng.random() < 0.03)
    # Half past midnight in Paris is still September in UTC.
    book(datetime(2026, 10, 1, 0, 30), "Emergency", "completed", owner=company)
    book(datetime(2026, 9, 15, 10, 0), "Emergency", "completed", owner=None)  # belongs to no practice
    return rows


def purchase_rows(
    rng: Random, company: str, suppliers: Sequence[tuple[str, str]], buyer: str
) -> tuple[list[Row], list[Row]]:
    """Purchase orders and their lines; cancelled ones keep their amount, drafts may have none."""
    orders: list[Row] = []
    lines: list[Row] = []
    day = FIRST_DAY + timedelta(days=3)
    while day < TODAY:
        created = datetime.combine(day, time(10, rng.randrange(60)))
        supplier = rng.choices(suppliers, (5, 3, 2))[0][0]
        status = rng.choices(("delivered", "Delivered", "cancelled", "Cancelled"), (66, 18, 10, 6))[0]
        if (TODAY - day).days < 20:
            status = rng.choice(("sent", "in_transit", "draft"))
        arrived = status.lower() == "delivered"
        total = None if status == "draft" else round(rng.uniform(180, 1900), 2)
        order = new_id(rng)
        orders.append(
            (
                order,
                f"BC-{len(orders) + 1:03d}",
                company,
                supplier,
                buyer,
                status,
                total,
                created,
                created + timedelta(days=8) if rng.random() < 0.7 else None,
                created + timedelta(days=rng.randrange(3, 15), hours=rng.randrange(8)) if arrived else None,
            )
        )
        lines.append((new_id(rng), order, "Assortiment", 10, (total or 0) / 10, total or 0))
        day += timedelta(days=rng.randrange(6, 13))
    return orders, lines


def movement_rows(rng: Random, company: str, shelves: Sequence[tuple[str, Article]], who: str) -> list[Row]:
    """Deliveries, breakages (entered with either sign) and counts at year's end and in June."""
    rows: list[Row] = []
    for product_id, article in shelves:
        if article.type == "service":
            continue
        stock = 20
        for month in range(22):
            at = datetime(2025 + month // 12, month % 12 + 1, rng.randrange(1, 28), 9, rng.randrange(60))
            if rng.random() < 0.35:
                amount, kind = rng.randrange(2, 14), rng.choice(("received", "received", "Received"))
            elif rng.random() < 0.12:
                amount, kind = rng.choice((-2, -1, -1, 1, 2)), "damaged"
            elif month % 6 == 5 and rng.random() < 0.5:
                amount, kind = rng.choice((-3, -2, -1, 1, 2)), "adjustment"
            else:
                continue
            rows.append((new_id(rng), product_id, company, kind, amount, stock, stock + amount, who, at))
            stock += amount
    return rows
