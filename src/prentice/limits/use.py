"""What was used, written down: the platform database keeps each practice's days when Valkey forgets them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from prentice.limits.tables import use_by_day as table
from prentice.tenancy.tables import tenants


@dataclass(frozen=True, slots=True)
class Use:
    """Of one practice in one day."""

    rows: int = 0
    cost: int = 0
    tokens: int = 0
    questions: int = 0
    refused: int = 0

    def __add__(self, more: Use) -> Use:
        return Use(
            self.rows + more.rows,
            self.cost + more.cost,
            self.tokens + more.tokens,
            self.questions + more.questions,
            self.refused + more.refused,
        )


@dataclass(frozen=True, slots=True)
class DayUse(Use):
    day: date = date.min


@dataclass(frozen=True, slots=True)
class Spent:
    """What is written down of a practice's day, and the tokens of the month that it is in."""

    tenant_id: str
    day: date
    rows: int
    cost: int
    tokens: int
    tokens_of_month: int


class Ledger:
    """Adds up in memory and writes in batches. Safe between threads; several processes add to the same rows.

    `tell` hears what stands of each day that something was written of.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._new: dict[tuple[str, date], Use] = {}
        self.tell: Callable[[list[Spent]], None] = lambda _: None

    def add(self, tenant_id: str, day: date, use: Use) -> None:
        with self._lock:
            self._new[tenant_id, day] = self._new.get((tenant_id, day), Use()) + use

    def unwritten(self) -> int:
        """How many rows wait to be written."""
        return len(self._new)

    def write(self) -> None:
        """Write what was added since. Raises `SQLAlchemyError`."""
        with self._writing:  # whoever reads after this sees what another thread was writing
            with self._lock:
                taken, self._new = self._new, {}
            if not taken:
                return
            try:
                with self._engine.begin() as connection:
                    # In one order everywhere, so that two processes never wait for each other's rows.
                    for (tenant_id, day), use in sorted(taken.items(), key=lambda one: one[0]):
                        connection.execute(_added(tenant_id, day, use))
                    stand = [_spent(connection, *key) for key in taken]
            except BaseException:
                for (tenant_id, day), use in taken.items():
                    self.add(tenant_id, day, use)
                raise
            self.tell(stand)

    def spent(self, tenant_id: str, day: date) -> Spent:
        """What is written down of the day, ours of this moment too. Raises `SQLAlchemyError`."""
        self.write()
        with self._engine.connect() as connection:
            return _spent(connection, tenant_id, day)

    def days(self, tenant_id: str, last: date, days: int) -> list[DayUse]:
        """The last `days` days, the newest first, those without use too. Raises `SQLAlchemyError`."""
        self.write()
        counted = [table.c[f.name] for f in fields(Use)]
        asked = select(table.c.day, *counted).where(
            table.c.tenant_id == tenant_id, table.c.day > last - timedelta(days=days)
        )
        with self._engine.connect() as connection:
            found = {row.day: DayUse(**row._asdict()) for row in connection.execute(asked)}
        wanted = {last - timedelta(days=back) for back in range(days)}
        return [found.get(day, DayUse(day=day)) for day in sorted(wanted | found.keys(), reverse=True)]


def _added(tenant_id: str, day: date, use: Use) -> Any:
    """Adds to the row of the day; nothing for a practice that was removed meanwhile."""
    counts = {f.name: getattr(use, f.name) for f in fields(Use)}
    here = (
        select(tenants.c.id, literal(day), *(literal(n) for n in counts.values()))
        .where(tenants.c.id == tenant_id)
        .with_for_update(read=True, key_share=True)
    )
    new = insert(table).from_select(["tenant_id", "day", *counts], here)
    return new.on_conflict_do_update(
        index_elements=["tenant_id", "day"],
        set_={name: table.c[name] + new.excluded[name] for name in counts},
    )


def _spent(connection: Any, tenant_id: str, day: date) -> Spent:
    first = day.replace(day=1)
    of_month = func.coalesce(func.sum(table.c.tokens), 0)
    on_day = [
        func.coalesce(func.sum(table.c[n]).filter(table.c.day == day), 0) for n in ("rows", "cost", "tokens")
    ]
    asked = select(*on_day, of_month).where(
        table.c.tenant_id == tenant_id,
        table.c.day >= first,
        table.c.day < (first + timedelta(days=32)).replace(day=1),
    )
    return Spent(tenant_id, day, *map(int, connection.execute(asked).one()))
