"""Budgets: set aside before the work, settled after it, so that parallel requests cannot overspend.

Valkey holds, for each practice, what is used of the day and the month and what is set aside; the keys have
no time to live, so they are not what a full Valkey lets go, and the period stands inside. What is settled
is also written down (`limits.use`): a Valkey that comes back empty is told what stands there, and each time
something was written it is told again. Nothing is set aside without Valkey: `LimitsUnavailable`.

What was set aside and never settled counts as spent: whoever set it aside was killed in the middle, the
work was most likely done, and a budget that can be got back by crashing the server is none.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Literal
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from prentice.errors import BudgetSpent, LimitsUnavailable
from prentice.limits.budget_steps import FILL, KEEP, LOOK, REMOVE, RESERVE, SETTLE
from prentice.limits.policy import Budgets
from prentice.limits.practices import Practice, Practices, unavailable
from prentice.limits.store import Script, Silent, Store
from prentice.limits.use import Ledger, Spent, Use

What = Literal["rows", "cost", "tokens"]
WHATS: tuple[What, ...] = ("rows", "cost", "tokens")

log = structlog.get_logger(__name__)

LIFE_S = 900  # of what is set aside; the longest statement may take 600
_MOST = 10**15


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is set aside for one piece of work; to be settled or released once."""

    tenant_id: str
    id: str
    rows: int = 0
    cost: int = 0
    tokens: int = 0
    what: What | None = None  # where it is one thing: `settle` then takes one figure
    until: float = field(default=0.0, compare=False)  # time.monotonic(), when it counts as spent

    @property
    def member(self) -> str:
        return f"{self.id}:{self.rows}:{self.cost}:{self.tokens}"


@dataclass(frozen=True, slots=True)
class Wish:
    """A reservation on its way: what Valkey is asked for it, by what was known of the practice."""

    wanted: Reservation
    arguments: list[str | int]
    day: date
    practice: Practice

    @property
    def keys(self) -> tuple[str, str]:
        return _keys(self.wanted.tenant_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """One budget of a practice at this moment."""

    limit: int
    used: int
    aside: int
    renews: datetime


class Budget:
    """Safe between threads and processes."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        practices: Practices,
        now: Callable[[], datetime],
        refused: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._practices = practices
        self._now = now
        self._refused = refused  # told the practice and why
        self._lock = threading.Lock()
        self._open: dict[str, Reservation] = {}
        self._owed: list[Reservation] = []  # settled while Valkey did not answer
        self._told: list[Reservation] = []  # settled since the last beat, and nobody waited for the answer
        self._broken = 0
        self._untold: list[Spent] = []  # written while Valkey did not answer
        ledger.tell = self._tell

    def reserve(self, tenant_id: str, what: What, amount: float) -> Reservation:
        """Set `amount` aside. Raises `BudgetSpent`, `LimitsUnavailable`, `UnknownTenant`."""
        return self.reserve_all(tenant_id, {what: amount})

    def reserve_all(self, tenant_id: str, amounts: Mapping[What, float]) -> Reservation:
        """Set all of the amounts aside or none of them, in one step. Raises as `reserve` does."""
        return self.granted(self.wish(tenant_id, amounts), None)

    def wish(self, tenant_id: str, amounts: Mapping[What, float]) -> Wish:
        """What `RESERVE` is to be asked, for whoever asks it together with something else. Raises
        `LimitsUnavailable`, `UnknownTenant`."""
        practice = self._practice(tenant_id)
        day = self._now().astimezone(practice.zone).date()
        wanted = Reservation(
            tenant_id,
            secrets.token_hex(8),
            **_whole(amounts),
            what=next(iter(amounts)) if len(amounts) == 1 else None,
            until=time.monotonic() + LIFE_S,
        )
        limits = practice.policy.budgets
        arguments: list[str | int] = [
            wanted.member,
            wanted.rows,
            wanted.cost,
            wanted.tokens,
            day.isoformat(),
            (day + timedelta(days=1)).isoformat(),
            limits.rows_per_day,
            limits.cost_per_day,
            limits.tokens_per_day,
            limits.tokens_per_month,
            LIFE_S * 1000,
        ]
        return Wish(wanted, arguments, day, practice)

    def granted(self, wish: Wish, said: list[str] | None) -> Reservation:
        """What is set aside where `RESERVE` said so; None: it is still to be asked. Raises as `reserve`."""
        wanted, arguments, day = wish.wanted, wish.arguments, wish.day
        tenant_id = wanted.tenant_id
        if said is None:
            said = self._run(RESERVE, tenant_id, arguments)
        if said[0] == "fill":
            self._fill(tenant_id, day)
            said = self._run(RESERVE, tenant_id, arguments)
        if said[0] == "fill":  # restarted again in between
            raise self._unavailable(tenant_id)
        rows, cost, tokens = map(int, said[-3:])
        if rows or cost or tokens:
            self._ledger.add(tenant_id, day, Use(rows=rows, cost=cost, tokens=tokens))
        if said[0] == "no":
            limits, zone = wish.practice.policy.budgets, wish.practice.zone
            raise self._spent(wanted, int(said[1]) - 1, int(said[2]), limits, day, zone)
        with self._lock:
            self._open[wanted.id] = wanted
        return wanted

    def settle(self, reservation: Reservation, actual: float | Mapping[What, float]) -> None:
        """Count what was truly used, and give back the rest. A second time it does nothing.

        `actual` is one figure where one thing was reserved. It may be more than was set aside: what was
        used was used. Never fails: without Valkey the use is written down, and Valkey told later.
        """
        used = _actual(reservation, actual)
        with self._lock:
            if self._open.pop(reservation.id, None) is None:
                return
        if time.monotonic() >= reservation.until:
            return  # it has counted as spent since, as it was set aside
        figures = [used[what] for what in WHATS]
        heard = self._store.tell(SETTLE, _keys(reservation.tenant_id), [reservation.member, *figures])
        with self._lock:
            (self._told if heard else self._owed).append(reservation)
        if any(used.values()):
            self._ledger.add(reservation.tenant_id, self._practices.today(reservation.tenant_id), Use(**used))

    def release(self, reservation: Reservation) -> None:
        """Nothing was used."""
        self.settle(reservation, dict[What, float]())

    def standing(self, tenant_id: str) -> dict[str, Standing]:
        """Every budget of the practice now: rows, cost, tokens, tokens_of_month. Raises as `reserve` does."""
        practice = self._practice(tenant_id)
        day = self._now().astimezone(practice.zone).date()
        look = self._run(LOOK, tenant_id, [])
        if look[0] != day.isoformat():
            self._fill(tenant_id, day)
            look = self._run(LOOK, tenant_id, [])
        used, aside = list(map(int, look[1:5])), list(map(int, [*look[5:8], look[7]]))
        limits = practice.policy.budgets
        most = (limits.rows_per_day, limits.cost_per_day, limits.tokens_per_day, limits.tokens_per_month)
        renew = [_midnight(_next(day, i), practice.zone) for i in range(4)]
        return {
            name: Standing(most[i], used[i], aside[i], renew[i])
            for i, name in enumerate((*WHATS, "tokens_of_month"))
        }

    def keep(self) -> None:
        """Write down what was settled, and tell Valkey what it does not know (any more). Raises nothing."""
        with self._lock:
            owed, self._owed = self._owed, []
            told, self._told = self._told, []
            untold, self._untold = self._untold, []
        if self._broken != self._store.broken:  # some of it may not have been heard
            self._broken = self._store.broken
            owed += told
        self._tell(untold)
        try:
            self._ledger.write()
        except SQLAlchemyError as lost:
            log.warning("use is not written down yet; it will be", failure=type(lost).__name__)
            with self._lock:
                self._owed += owed  # what they used would be free until it is written
        else:
            for reservation in owed:
                self._give_back(reservation)  # Valkey has heard of the use as something written
        for reservation in list(self._open.values()):
            self._keep(reservation)

    def _tell(self, days: list[Spent]) -> None:
        """Valkey is to know no less than what is written down."""
        for spent in days:
            try:
                self._store.run(FILL, _keys(spent.tenant_id), _filling(spent))
            except Silent:
                with self._lock:
                    self._untold.append(spent)

    def remove(self, tenant_id: str) -> None:
        """Forget a practice that was removed: its keys have no time to live."""
        self._run(REMOVE, tenant_id, [])

    def __len__(self) -> int:
        return len(self._open)

    def _fill(self, tenant_id: str, day: date) -> None:
        """Tell a Valkey that knows nothing of the day what is written down, and what we have set aside."""
        try:
            spent = self._ledger.spent(tenant_id, day)
        except SQLAlchemyError:
            raise self._unavailable(tenant_id) from None
        self._run(FILL, tenant_id, _filling(spent))
        for reservation in list(self._open.values()):
            if reservation.tenant_id == tenant_id:
                self._keep(reservation)

    def _keep(self, reservation: Reservation) -> None:
        left = reservation.until - time.monotonic()
        if left <= 0:
            return
        try:
            self._store.run(KEEP, _keys(reservation.tenant_id), [reservation.member, int(left * 1000)])
        except Silent:
            return
        if reservation.id not in self._open:  # settled meanwhile, perhaps before we put it back
            self._give_back(reservation)

    def _give_back(self, reservation: Reservation) -> None:
        """Should it still be set aside, it is no more; nothing is counted as used."""
        try:
            self._store.run(SETTLE, _keys(reservation.tenant_id), [reservation.member, 0, 0, 0])
        except Silent:
            with self._lock:
                self._owed.append(reservation)

    def _run(self, script: Script, tenant_id: str, arguments: list[str | int]) -> list[str]:
        try:
            return self._store.run(script, _keys(tenant_id), arguments)
        except Silent:
            raise self._unavailable(tenant_id) from None

    def _practice(self, tenant_id: str) -> Practice:
        try:
            return self._practices.get(tenant_id)
        except LimitsUnavailable:
            raise self._unavailable(tenant_id) from None

    def _unavailable(self, tenant_id: str) -> LimitsUnavailable:
        self._refused(tenant_id, "unavailable")
        return unavailable()

    def _spent(
        self, wanted: Reservation, which: int, used: int, limits: Budgets, day: date, zone: ZoneInfo
    ) -> BudgetSpent:
        name = _NAMES[which]
        limit, amount = getattr(limits, name), (wanted.rows, wanted.cost, wanted.tokens, wanted.tokens)[which]
        self._refused(wanted.tenant_id, name)
        things, period = _WORDS[which]
        renews = _midnight(_next(day, which), zone)
        when = f"{renews:%Y-%m-%d %H:%M} ({zone.key})"
        if amount > limit:
            return BudgetSpent(
                f"This would use more {things} than the practice may in a whole {period}.",
                "Ask for less, or have the limit raised.",
            )
        if used + amount <= limit:
            error = BudgetSpent(
                f"What is left of the practice's {things} for this {period} is set aside for work under way.",
                f"Try again in a few seconds; the {period}'s budget renews at {when}.",
            )
            error.retry_after_s = 2
            return error
        error = BudgetSpent(
            f"The practice's {things} for this {period} are used up.",
            f"They renew at {when}; whoever administers the practice can have the limit raised.",
        )
        left = renews.astimezone(UTC) - self._now().astimezone(UTC)
        error.retry_after_s = max(1, math.ceil(left.total_seconds()))
        return error


_NAMES = ("rows_per_day", "cost_per_day", "tokens_per_day", "tokens_per_month")
_WORDS = (
    ("rows", "day"),
    ("units of database work", "day"),
    ("model tokens", "day"),
    ("model tokens", "month"),
)


def _keys(tenant_id: str) -> tuple[str, str]:
    return f"prentice:budget:{tenant_id}", f"prentice:budget:{tenant_id}:open"


def _whole(amounts: Mapping[What, float]) -> dict[What, int]:
    """Whole numbers of each, rounded up: sums of fractions would not come out even."""
    found: dict[What, int] = dict.fromkeys(WHATS, 0)
    for what, amount in amounts.items():
        if not 0 <= amount <= _MOST:
            raise ValueError(f"no amount of {what} that can be counted")
        found[what] = math.ceil(amount)
    return found


def _actual(reservation: Reservation, actual: float | Mapping[What, float]) -> dict[What, int]:
    if isinstance(actual, Mapping):
        return _whole(actual)
    if reservation.what is None:
        raise ValueError("several things were reserved: say how much of each was used")
    return _whole({reservation.what: actual})


def _filling(spent: Spent) -> list[str | int]:
    following = spent.day + timedelta(days=1)
    figures = (spent.rows, spent.cost, spent.tokens, spent.tokens_of_month)
    return [spent.day.isoformat(), following.isoformat(), f"{spent.day:%Y-%m}", *figures]


def _next(day: date, which: int) -> date:
    """When the budget renews: the next day, or the first of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) if which == 3 else day + timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock_time(), zone)
